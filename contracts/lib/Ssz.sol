// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The little of SSZ that validators and deposits need
/// @dev https://ethereum.github.io/consensus-specs/ssz/simple-serialize (CC0)
library Ssz {
    /// @notice sha256 of two chunks.
    /// @dev In scratch memory: `bytes.concat` would cost more than the hash.
    function hash(bytes32 left, bytes32 right) internal view returns (bytes32 node) {
        bool hashed;
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            hashed := staticcall(gas(), 0x02, 0x00, 0x40, 0x00, 0x20)
            node := mload(0x00)
        }
        // Only for want of gas.
        assert(hashed);
    }

    /// @notice A number as a chunk: 8 bytes little-endian, zeros behind.
    function number(uint64 value) internal pure returns (bytes32) {
        uint256 v = value;
        v = ((v & 0xff00ff00ff00ff00) >> 8) | ((v & 0x00ff00ff00ff00ff) << 8);
        v = ((v & 0xffff0000ffff0000) >> 16) | ((v & 0x0000ffff0000ffff) << 16);
        v = (v >> 32) | ((v & 0xffffffff) << 32);
        return bytes32(v << 192);
    }
}
