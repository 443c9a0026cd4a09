// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Trace} from "./Trace.sol";

/// @title Who sits in which slot, by epoch
/// @notice Slots of an epoch are dense, 0..N-1: entry appends, exit moves the last occupant into the hole. Each change is
/// a few words keyed by the epoch it takes effect in, so it costs the same for any N and nothing at a boundary.
/// @dev Epochs of changes never decrease; the newest are the state after everything requested so far.
library Slots {
    using Trace for Trace.Line;

    /// @dev Largest network of protocol version 1 (SLOTS_MAX of the sidecars' codec).
    uint32 internal constant MOST = 4_096;

    /// @dev `occupants` maps a slot to the id in it, `places` an id to its slot plus one; zero is nobody, nowhere.
    struct Table {
        Trace.Line counts;
        mapping(uint32 slot => Trace.Line) occupants;
        mapping(uint32 id => Trace.Line) places;
    }

    /// @notice Whether nobody more can enter: bitmaps and lists over slots are bounded by the mesh protocol.
    function isFull(Table storage table) internal view returns (bool) {
        return table.counts.latest() >= MOST;
    }

    /// @notice Appends `id` from `epoch` on.
    function enter(Table storage table, uint32 id, uint64 epoch) internal {
        uint32 slot = table.counts.latest();
        table.counts.push(uint40(epoch), slot + 1);
        _put(table, id, slot, uint40(epoch));
    }

    /// @notice Removes `id` from `epoch` on; it must be in the newest state.
    function vacate(Table storage table, uint32 id, uint64 epoch) internal {
        uint32 slot = table.places[id].latest() - 1;
        uint32 last = table.counts.latest() - 1;
        uint32 moved = table.occupants[last].latest();
        table.counts.push(uint40(epoch), last);
        table.occupants[last].push(uint40(epoch), 0);
        table.places[id].push(uint40(epoch), 0);
        if (moved != id) _put(table, moved, slot, uint40(epoch));
    }

    function countAt(Table storage table, uint64 epoch) internal view returns (uint32) {
        return table.counts.at(_key(epoch));
    }

    /// @return id Zero if the slot is empty in that epoch.
    function occupantAt(Table storage table, uint32 slot, uint64 epoch) internal view returns (uint32 id) {
        return table.occupants[slot].at(_key(epoch));
    }

    /// @return place Slot plus one; zero if the id has none in that epoch.
    function placeAt(Table storage table, uint32 id, uint64 epoch) internal view returns (uint32 place) {
        return table.places[id].at(_key(epoch));
    }

    function _put(Table storage table, uint32 id, uint32 slot, uint40 epoch) private {
        table.occupants[slot].push(epoch, id);
        table.places[id].push(epoch, slot + 1);
    }

    /// @dev Views take any epoch; one beyond 40 bits, 30,000 years of seconds, lies after every change.
    function _key(uint64 epoch) private pure returns (uint40) {
        return epoch > type(uint40).max ? type(uint40).max : uint40(epoch);
    }
}
