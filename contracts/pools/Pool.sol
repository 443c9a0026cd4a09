// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPool} from "../interfaces/IPool.sol";
import {ExactPull} from "../lib/ExactPull.sol";

/// @title A pool of ANKR and ETH that keeps account of where its money came from
/// @dev ETH comes in with `contributeEth` only; what is forced in belongs to nobody.
abstract contract Pool is IPool {
    using SafeERC20 for IERC20;
    using ExactPull for IERC20;
    using SafeCast for uint256;

    bytes32 private constant SENT = "sent";

    IERC20 internal immutable TOKEN;

    Amounts private _totals;
    mapping(address from => mapping(bytes32 reason => Amounts)) private _contributed;
    /// @dev ANKR the pool accounts for. Never below the balance while a transfer is under way, so that a token which calls
    /// back finds nothing to gather. Last, as the authority that both pools have then shares its word.
    uint96 private _counted;

    constructor(address token_) {
        if (token_.code.length == 0) revert TokenMissing();
        TOKEN = IERC20(token_);
    }

    /// @inheritdoc IPool
    function contribute(bytes32 reason, uint256 amount) external {
        if (amount == 0) revert AmountZero();
        _count(msg.sender, reason, amount);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function gather() external returns (uint256 amount) {
        uint256 balance = TOKEN.balanceOf(address(this));
        if (balance <= _counted) revert NothingToGather();
        amount = balance - _counted;
        _count(address(this), SENT, amount);
    }

    /// @inheritdoc IPool
    function contributeEth(bytes32 reason) external payable {
        if (msg.value == 0) revert AmountZero();
        uint128 amount = msg.value.toUint128();
        _contributed[msg.sender][reason].eth += amount;
        uint128 total_ = _totals.eth += amount;
        emit EthContributed(msg.sender, reason, amount, total_);
        _received(Amounts(0, amount));
    }

    /// @inheritdoc IPool
    function total() external view returns (uint256) {
        return _totals.ankr;
    }

    /// @inheritdoc IPool
    function totalEth() external view returns (uint256) {
        return _totals.eth;
    }

    /// @inheritdoc IPool
    function contributed(address from, bytes32 reason) external view returns (uint256) {
        return _contributed[from][reason].ankr;
    }

    /// @inheritdoc IPool
    function contributedEth(address from, bytes32 reason) external view returns (uint256) {
        return _contributed[from][reason].eth;
    }

    /// @inheritdoc IPool
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @dev Pays out what the pool no longer accounts for.
    function _pay(address payable to, Amounts memory amounts) internal {
        if (amounts.ankr != 0) {
            TOKEN.safeTransfer(to, amounts.ankr);
            _uncount(amounts.ankr);
        }
        if (amounts.eth == 0) return;
        (bool taken, ) = to.call{value: amounts.eth}("");
        if (!taken) revert EthRefused(to);
    }

    /// @dev After the transfer, not before.
    function _uncount(uint256 amount) internal {
        _counted -= uint96(amount);
    }

    function _count(address from, bytes32 reason, uint256 amount) private {
        _counted += amount.toUint96();
        _contributed[from][reason].ankr += uint128(amount);
        uint128 total_ = _totals.ankr += uint128(amount);
        emit Contributed(from, reason, amount, total_);
        _received(Amounts(uint128(amount), 0));
    }

    /// @dev What a pool does with what comes in.
    function _received(Amounts memory amounts) internal virtual;
}
