// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";

/// @notice A registry of which only the states matter, set at will.
contract SidecarStates {
    mapping(uint32 id => ISidecars.Status) public status;

    function set(uint32 id, ISidecars.Status state) external {
        status[id] = state;
    }
}
