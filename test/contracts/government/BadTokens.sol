// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";

/// @notice Burns a hundredth of every transfer.
contract FeeToken is TestAnkr {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 100);
    }
}

/// @notice Returns nothing from its transfers, as some old tokens do.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    /// @dev Asks for no approval: what is tested is the missing answer.
    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Calls the receiver of its tokens, and their sender before they leave, as ERC-777 did.
contract HookToken is TestAnkr {
    mapping(address who => uint256) public refusals;

    function _update(address from, address to, uint256 amount) internal override {
        if (from.code.length != 0) call(from);
        super._update(from, to, amount);
        if (to.code.length != 0) call(to);
    }

    function call(address who) private {
        (bool ok, ) = who.call(abi.encodeWithSignature("onTokens()"));
        if (!ok) ++refusals[who];
    }
}
