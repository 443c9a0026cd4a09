// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A number through time, three changes to a word
/// @notice Changes come in order of time; the last one at a time is what holds from then on. A change writes the newest word,
/// which is there from the first on; one in three begins another.
library Trace {
    /// @dev A change is its time, and its value from bit 40 on. `newest` has up to three, the oldest lowest; from bit 216 on how many
    /// words are full. What is zero is no change: at time zero, zero is what held anyway.
    struct Line {
        uint256 newest;
        mapping(uint256 place => uint256) full;
    }

    uint256 private constant CHANGE = 72;
    uint256 private constant CHANGES = 3 * CHANGE;
    uint256 private constant VALUE = 40;

    /// @param time Not below that of the change before.
    function push(Line storage line, uint40 time, uint32 value) internal {
        uint256 word = line.newest;
        uint256 end = _endOf(word);
        if (end != 0 && uint40(word >> (end - CHANGE)) == time) {
            end -= CHANGE;
            word &= ~(((1 << CHANGE) - 1) << end);
        } else if (end == CHANGES) {
            uint256 count = word >> CHANGES;
            line.full[count] = word;
            (word, end) = ((count + 1) << CHANGES, 0);
        }
        line.newest = word | (((uint256(value) << VALUE) | time) << end);
    }

    function latest(Line storage line) internal view returns (uint32) {
        uint256 word = line.newest;
        uint256 end = _endOf(word);
        return end == 0 ? 0 : uint32(word >> (end - CHANGE + VALUE));
    }

    /// @return value What held at a time: zero before the first change.
    function at(Line storage line, uint40 time) internal view returns (uint32 value) {
        uint256 word = line.newest;
        uint256 high = word >> CHANGES;
        if (high != 0 && uint40(word) > time) {
            // The last word that does not begin too late.
            uint256 low = 0;
            while (low + 1 < high) {
                uint256 middle = (low + high) / 2;
                if (uint40(line.full[middle]) > time) high = middle;
                else low = middle;
            }
            word = line.full[low];
        }
        for (uint256 end = _endOf(word); end != 0; end -= CHANGE) {
            uint256 change = word >> (end - CHANGE);
            if (uint40(change) <= time) return uint32(change >> VALUE);
        }
    }

    /// @dev Where the changes of a word end.
    function _endOf(uint256 word) private pure returns (uint256) {
        if (uint72(word >> (2 * CHANGE)) != 0) return CHANGES;
        if (uint72(word >> CHANGE) != 0) return 2 * CHANGE;
        return uint72(word) == 0 ? 0 : CHANGE;
    }
}
