// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../interfaces/IProviders.sol";

/// @title A job's terms, in the words it is kept in
/// @notice A step of a project needs a few fields of its job, and takes them out of the first four words of `IMarketplace.Job`
/// (`IMarketplace.wordsOf`): all 29 fields, passed on one by one, would cost it 9,000 gas.
library Terms {
    function requester(uint256[4] memory words) internal pure returns (address) {
        return address(uint160(words[0]));
    }

    function fixedPrice(uint256[4] memory words) internal pure returns (uint96) {
        return uint96(words[0] >> 160);
    }

    function reserve(uint256[4] memory words) internal pure returns (uint96) {
        return uint96(words[1]);
    }

    function capacity(uint256[4] memory words) internal pure returns (IProviders.Capacity memory) {
        uint256 word = words[1];
        return IProviders.Capacity(uint32(word >> 160), uint32(word >> 192), uint32(word >> 224));
    }

    function winner(uint256[4] memory words) internal pure returns (uint32) {
        return uint32(words[2] >> 72);
    }

    function price(uint256[4] memory words) internal pure returns (uint96) {
        return uint96(words[2] >> 104);
    }

    function durationSeconds(uint256[4] memory words) internal pure returns (uint32) {
        return uint32(words[3] >> 32);
    }

    function rewardBps(uint256[4] memory words) internal pure returns (uint16) {
        return uint16(words[3] >> 64);
    }

    function insuranceBps(uint256[4] memory words) internal pure returns (uint16) {
        return uint16(words[3] >> 80);
    }

    function serviceBps(uint256[4] memory words) internal pure returns (uint16) {
        return uint16(words[3] >> 192);
    }

    function leastPeriods(uint256[4] memory words) internal pure returns (uint16) {
        return uint16(words[3] >> 208);
    }

    function lossBps(uint256[4] memory words) internal pure returns (uint16) {
        return uint16(words[3] >> 224);
    }
}
