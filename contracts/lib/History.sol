// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What was before, by time: one word for each change
/// @notice An entry is its time from bit 64 on, and 64 bits of whatever held from then on. Times only grow. How many there
/// are is kept by who writes them, in a word that changes anyway: a count of their own would cost each change as much as
/// reading two entries.
library History {
    uint256 private constant TIME = 64;

    /// @return entry The newest one from before `time`, zero for none.
    /// @dev Looked for from the end on in steps that double: what is asked for is nearly always the last or the one before.
    function latestBefore(
        mapping(uint256 place => uint256) storage entries,
        uint256 count,
        uint256 time
    ) internal view returns (uint256 entry) {
        uint256 high = count;
        uint256 low = count;
        for (uint256 step = 1; low != 0; step *= 2) {
            low = step < low ? low - step : 0;
            entry = entries[low];
            if (entry >> TIME < time) break;
            (high, entry) = (low, 0);
        }
        // What lies at `high` is too late, and what lies at `low` is not.
        while (low + 1 < high) {
            uint256 middle = (low + high) / 2;
            uint256 found = entries[middle];
            if (found >> TIME < time) (low, entry) = (middle, found);
            else high = middle;
        }
    }
}
