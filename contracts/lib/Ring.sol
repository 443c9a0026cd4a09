// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A keyed permutation of n slots, computed one index at a time
/// @notice Swap-or-not (Hoang, Morris, Rogaway 2012), 90 rounds, with keccak256. It puts the slots on a ring; each slot
/// audits the next k on it. Anybody finds one slot's place, or the slot at one place, without shuffling the rest.
/// @dev Callers make sure that slots and places are below n, and that n fits 32 bits.
library Ring {
    uint256 private constant ROUNDS = 90;

    /// @notice Place of `slot` on the ring.
    function placeOf(bytes32 seed, uint256 slot, uint256 n) internal pure returns (uint256 place) {
        place = slot;
        for (uint256 round = 0; round < ROUNDS; ++round) place = _swap(seed, round, _pivot(seed, round, n), place, n);
    }

    /// @notice Slot at `place` on the ring: the same rounds, last one first.
    function slotAt(bytes32 seed, uint256 place, uint256 n) internal pure returns (uint256 slot) {
        slot = place;
        for (uint256 i = ROUNDS; i > 0; --i) slot = _swap(seed, i - 1, _pivot(seed, i - 1, n), slot, n);
    }

    /// @notice Slots at the first `many` places. Pivots are shared, so this is much cheaper than asking one by one.
    function firstSlots(bytes32 seed, uint256 many, uint256 n) internal pure returns (uint32[] memory slots) {
        slots = new uint32[](many);
        for (uint256 i = 0; i < many; ++i) slots[i] = uint32(i);
        for (uint256 rest = ROUNDS; rest > 0; --rest) {
            uint256 round = rest - 1;
            uint256 pivot = _pivot(seed, round, n);
            for (uint256 i = 0; i < many; ++i) slots[i] = uint32(_swap(seed, round, pivot, slots[i], n));
        }
    }

    /// @notice Is `target` among the min(k, n - 1) slots that follow `auditor` on the ring?
    function isEdge(bytes32 seed, uint256 auditor, uint256 target, uint256 n, uint256 k) internal pure returns (bool) {
        uint256 a = auditor;
        uint256 t = target;
        for (uint256 round = 0; round < ROUNDS; ++round) {
            uint256 pivot = _pivot(seed, round, n);
            a = _swap(seed, round, pivot, a, n);
            t = _swap(seed, round, pivot, t, n);
        }
        uint256 distance = (t + n - a) % n;
        // distance is at most n - 1, and 0 only for the slot itself.
        return distance != 0 && distance <= k;
    }

    /// @dev First 8 bytes of keccak256(seed ‖ u8 round), modulo n.
    function _pivot(bytes32 seed, uint256 round, uint256 n) private pure returns (uint256 pivot) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, seed)
            mstore8(add(at, 32), round)
            pivot := mod(shr(192, keccak256(at, 33)), n)
        }
    }

    /// @dev One round: swaps `index` with its mirror around the pivot if the bit of the larger of the two says so. The
    /// bits of 256 indices come from one keccak256(seed ‖ u8 round ‖ u32 larger / 256), bytes in order, low bit first.
    function _swap(
        bytes32 seed,
        uint256 round,
        uint256 pivot,
        uint256 index,
        uint256 n
    ) private pure returns (uint256 next) {
        assembly ("memory-safe") {
            let mirror := mod(sub(add(pivot, n), index), n)
            let larger := xor(index, mul(xor(index, mirror), gt(mirror, index)))
            let at := mload(0x40)
            mstore(at, seed)
            mstore8(add(at, 32), round)
            mstore(add(at, 33), shl(224, shr(8, larger)))
            let chosen := byte(and(shr(3, larger), 31), keccak256(at, 37))
            next := xor(index, mul(xor(index, mirror), and(shr(and(larger, 7), chosen), 1)))
        }
    }
}
