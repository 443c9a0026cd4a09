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

    /// @dev ANKR the pool accounts for. Never below the balance while a transfer is under way, so that a token which calls
    /// back finds nothing to gather.
    uint256 private _counted;

    /// @inheritdoc IPool
    uint256 public total;
    /// @inheritdoc IPool
    uint256 public totalEth;
    /// @inheritdoc IPool
    mapping(address from => mapping(bytes32 reason => uint256)) public contributed;
    /// @inheritdoc IPool
    mapping(address from => mapping(bytes32 reason => uint256)) public contributedEth;

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
        contributedEth[msg.sender][reason] += msg.value;
        totalEth += msg.value;
        emit EthContributed(msg.sender, reason, msg.value, totalEth);
        _received(Amounts(0, msg.value.toUint128()));
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
        _counted -= amount;
    }

    function _count(address from, bytes32 reason, uint256 amount) private {
        contributed[from][reason] += amount;
        total += amount;
        _counted += amount;
        emit Contributed(from, reason, amount, total);
        _received(Amounts(amount.toUint128(), 0));
    }

    /// @dev What a pool does with what comes in.
    function _received(Amounts memory amounts) internal virtual;
}
