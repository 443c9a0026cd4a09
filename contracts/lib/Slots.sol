// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title Who sits in which slot, by epoch
/// @notice Slots of an epoch are dense, 0..N-1: entry appends, exit moves the last occupant into the hole. Each change is
/// a few checkpoints keyed by the epoch it takes effect in, so it costs the same for any N and nothing at a boundary.
/// @dev Epochs of changes never decrease; the newest checkpoints are the state after everything requested so far.
library Slots {
    using Checkpoints for Checkpoints.Trace208;

    /// @dev Largest network of protocol version 1 (SLOTS_MAX of the sidecars' codec).
    uint32 internal constant MOST = 4_096;

    /// @dev `occupants` maps a slot to the id in it, `places` an id to its slot plus one; zero is nobody, nowhere.
    struct Table {
        Checkpoints.Trace208 counts;
        mapping(uint32 slot => Checkpoints.Trace208) occupants;
        mapping(uint32 id => Checkpoints.Trace208) places;
    }

    /// @notice Whether nobody more can enter: bitmaps and lists over slots are bounded by the mesh protocol.
    function isFull(Table storage table) internal view returns (bool) {
        return table.counts.latest() >= MOST;
    }

    /// @notice Appends `id` from `epoch` on.
    function enter(Table storage table, uint32 id, uint64 epoch) internal {
        uint32 slot = uint32(table.counts.latest());
        table.counts.push(uint48(epoch), slot + 1);
        _put(table, id, slot, uint48(epoch));
    }

    /// @notice Removes `id` from `epoch` on; it must be in the newest state.
    function vacate(Table storage table, uint32 id, uint64 epoch) internal {
        uint32 slot = uint32(table.places[id].latest()) - 1;
        uint32 last = uint32(table.counts.latest()) - 1;
        uint32 moved = uint32(table.occupants[last].latest());
        table.counts.push(uint48(epoch), last);
        table.occupants[last].push(uint48(epoch), 0);
        table.places[id].push(uint48(epoch), 0);
        if (moved != id) _put(table, moved, slot, uint48(epoch));
    }

    function countAt(Table storage table, uint64 epoch) internal view returns (uint32) {
        return uint32(table.counts.upperLookupRecent(_key(epoch)));
    }

    /// @return id Zero if the slot is empty in that epoch.
    function occupantAt(Table storage table, uint32 slot, uint64 epoch) internal view returns (uint32 id) {
        return uint32(table.occupants[slot].upperLookupRecent(_key(epoch)));
    }

    /// @return place Slot plus one; zero if the id has none in that epoch.
    function placeAt(Table storage table, uint32 id, uint64 epoch) internal view returns (uint32 place) {
        return uint32(table.places[id].upperLookupRecent(_key(epoch)));
    }

    function _put(Table storage table, uint32 id, uint32 slot, uint48 epoch) private {
        table.occupants[slot].push(epoch, id);
        table.places[id].push(epoch, slot + 1);
    }

    /// @dev Views take any epoch; one beyond 48 bits lies after every checkpoint.
    function _key(uint64 epoch) private pure returns (uint48) {
        return epoch > type(uint48).max ? type(uint48).max : uint48(epoch);
    }
}
