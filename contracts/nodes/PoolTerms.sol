// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoolTypes} from "../interfaces/IPoolTypes.sol";

/// @title A micro-pool's terms, as they stand behind the code of its clone
/// @notice Two words of code cost a quarter of two words of memory, and reading them a tenth. Nothing can change them, and the pool's
/// address follows from them.
library PoolTerms {
    /// @dev Of a clone, before what it was made with.
    uint256 private constant CLONE_BYTES = 45;

    function pack(IPoolTypes.Terms memory t) internal pure returns (bytes memory) {
        bytes memory parties = abi.encodePacked(t.provider, t.providerId, t.sidecar, t.rewardBps, t.insuranceBps);
        return abi.encodePacked(parties, t.fixedPrice, t.endsAt, t.stake, t.number);
    }

    /// @return t Of a pool; of anything else something without meaning, here and below.
    function read(address pool) internal view returns (IPoolTypes.Terms memory t) {
        (uint256 parties, uint256 rest) = (_word(pool, 0), _word(pool, 1));
        t.provider = payable(address(uint160(parties >> 96)));
        t.providerId = uint32(parties >> 64);
        t.sidecar = uint32(parties >> 32);
        t.rewardBps = uint16(parties >> 16);
        t.insuranceBps = uint16(parties);
        t.fixedPrice = uint96(rest >> 160);
        t.endsAt = uint40(rest >> 120);
        t.stake = uint72(rest >> 48);
        t.number = uint32(rest >> 16);
    }

    function provider(address pool) internal view returns (address payable) {
        return payable(address(uint160(_word(pool, 0) >> 96)));
    }

    function fixedPrice(address pool) internal view returns (uint96) {
        return uint96(_word(pool, 1) >> 160);
    }

    function endsAt(address pool) internal view returns (uint40) {
        return uint40(_word(pool, 1) >> 120);
    }

    function stake(address pool) internal view returns (uint72) {
        return uint72(_word(pool, 1) >> 48);
    }

    function number(address pool) internal view returns (uint32) {
        return uint32(_word(pool, 1) >> 16);
    }

    /// @dev Beyond the end of the code there are zeros.
    function _word(address pool, uint256 place) private view returns (uint256 word) {
        uint256 from = CLONE_BYTES + 32 * place;
        assembly ("memory-safe") {
            extcodecopy(pool, 0, from, 32)
            word := mload(0)
        }
    }
}
