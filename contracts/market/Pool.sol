// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPool} from "../interfaces/IPool.sol";

/// @title A pool of ANKR that keeps account of where its money came from
abstract contract Pool is IPool {
    using SafeERC20 for IERC20;

    IERC20 private immutable TOKEN;

    /// @inheritdoc IPool
    uint256 public total;
    /// @inheritdoc IPool
    mapping(address from => mapping(bytes32 reason => uint256)) public contributed;

    constructor(address token_) {
        if (token_.code.length == 0) revert TokenMissing();
        TOKEN = IERC20(token_);
    }

    /// @inheritdoc IPool
    function contribute(bytes32 reason, uint256 amount) external {
        if (amount == 0) revert AmountZero();
        contributed[msg.sender][reason] += amount;
        total += amount;
        emit Contributed(msg.sender, reason, amount, total);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IPool
    function token() external view returns (address) {
        return address(TOKEN);
    }
}
