// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The best of a list, in order
/// @notice Each candidate is one word, votes (208 bits) | earliness (40) | index in the list (8), so one comparison of
/// words orders by votes, then by earlier candidacy.
library Ranking {
    /// @return A word that is never zero for a candidate with votes.
    function word(uint208 votes, uint40 candidacy, uint8 index) internal pure returns (uint256) {
        return (uint256(votes) << 48) | (uint256(type(uint40).max - candidacy) << 8) | index;
    }

    function votesOf(uint256 entry) internal pure returns (uint256) {
        return entry >> 48;
    }

    function indexOf(uint256 entry) internal pure returns (uint256) {
        return uint8(entry);
    }

    /// @notice Puts `entry` where it belongs among the `filled` largest so far, in descending order; the smallest of a
    /// full list falls out.
    /// @return How many are filled now.
    function insert(uint256[] memory top, uint256 filled, uint256 entry) internal pure returns (uint256) {
        uint256 place = filled;
        if (filled == top.length) {
            if (filled == 0 || entry < top[filled - 1]) return filled;
            place = filled - 1;
        } else {
            ++filled;
        }
        while (place > 0 && top[place - 1] < entry) {
            top[place] = top[place - 1];
            --place;
        }
        top[place] = entry;
        return filled;
    }
}
