// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Pulls tokens and refuses those that arrive in another amount
/// @notice A token that takes a fee on transfer would leave the contract owing more than it holds. Tokens that return
/// nothing are taken.
library ExactPull {
    using SafeERC20 for IERC20;

    error TransferInexact(uint256 asked, uint256 received);

    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        // Wraps if the token took from the holder: then the difference is not `amount` either.
        unchecked {
            uint256 received = token.balanceOf(address(this)) - before;
            if (received != amount) revert TransferInexact(amount, received);
        }
    }
}
