// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRuns} from "../../../contracts/interfaces/IRuns.sol";

/// @notice Projects on sidecars, begun and ended at will.
contract Runs is IRuns {
    mapping(uint32 sidecar => uint40) public runningSince;

    function begin(uint32 sidecar) external {
        runningSince[sidecar] = uint40(block.timestamp);
    }

    function end(uint32 sidecar) external {
        runningSince[sidecar] = 0;
    }
}

/// @notice A list of candidates, as the council has one.
contract Candidates {
    mapping(address account => uint40) private _numbers;

    function set(address account, bool stands) external {
        _numbers[account] = stands ? 1 : 0;
    }

    function candidacyOf(address account) external view returns (uint40 number, uint48 since) {
        return (_numbers[account], 0);
    }
}

/// @notice Has code, and that is all that is asked of it.
contract Anything {}
