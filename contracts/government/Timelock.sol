// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Timelock: the authority over every contract of the system
/// @notice Executes what the government decided, and nothing else: the government alone schedules and executes, there is
/// no administrator, roles never change, and the delay stays within bounds that no vote can move.
contract Timelock is TimelockController {
    uint256 private immutable LEAST;
    uint256 private immutable MOST;

    error DelayOutOfBounds(uint256 delay);
    error RolesFixed();

    constructor(
        address government,
        uint256 delay,
        uint256 least,
        uint256 most
    ) TimelockController(delay, _only(government), _only(government), address(0)) {
        if (delay < least || delay > most) revert DelayOutOfBounds(delay);
        LEAST = least;
        MOST = most;
    }

    /// @notice Changes the delay of later decisions, within the bounds. By decision only.
    function updateDelay(uint256 delay) public override {
        super.updateDelay(delay);
        if (delay < LEAST || delay > MOST) revert DelayOutOfBounds(delay);
    }

    /// @notice Refused: a role for anybody else would be a way around the vote.
    function grantRole(bytes32, address) public pure override {
        revert RolesFixed();
    }

    /// @notice Refused: without its roles the government could never act again.
    function revokeRole(bytes32, address) public pure override {
        revert RolesFixed();
    }

    /// @notice Refused, as revoking is.
    function renounceRole(bytes32, address) public pure override {
        revert RolesFixed();
    }

    function _only(address account) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }
}
