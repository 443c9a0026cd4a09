// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Trace} from "../../contracts/lib/Trace.sol";
import {Test} from "./support/Test.sol";

/// @notice A number through time against a list of what was said.
contract TraceTest is Test {
    using Trace for Trace.Line;

    Trace.Line private line;
    uint40[] private times;
    uint32[] private values;

    function put(uint40 time, uint32 value) private {
        line.push(time, value);
        times.push(time);
        values.push(value);
    }

    function saidAt(uint40 time) private view returns (uint32 value) {
        for (uint256 i = 0; i < times.length; ++i) if (times[i] <= time) value = values[i];
    }

    function test_nothing_isZero() external view {
        equal(line.latest(), 0, "latest");
        equal(line.at(type(uint40).max), 0, "at any time");
    }

    function test_ends() external {
        put(0, 0);
        put(0, type(uint32).max);
        equal(line.at(0), type(uint32).max, "from the first time on");
        put(0, 0);
        equal(line.latest(), 0, "taken back");
        put(type(uint40).max, type(uint32).max);
        equal(line.at(type(uint40).max - 1), 0, "not before");
        equal(line.at(type(uint40).max), type(uint32).max, "the last time there is");
    }

    function test_aChange_writesTheNewestWord() external {
        for (uint32 i = 1; i <= 7; ++i) put(i, i);
        equal(line.newest >> 216, 2, "two words are full");
        equal(line.full[2], 0, "and no third");
        line.push(7, 9);
        equal(line.latest(), 9, "the last word at a time");
        equal(line.at(6), 6, "what was before it stays");
    }

    function testFuzz_saysWhatWasSaid(uint256 seed, uint256 count, uint256 asked) external {
        count = bound(count, 1, 40);
        uint40 time = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            time += uint40(word % 3);
            put(time, uint32((word >> 8) % 4));
            equal(line.latest(), uint32((word >> 8) % 4), "latest");
        }
        for (uint40 t = 0; t <= time + 1; ++t) equal(line.at(t), saidAt(t), "at each time");
        uint40 late = uint40(asked);
        equal(line.at(late), saidAt(late), "at any time");
    }
}
