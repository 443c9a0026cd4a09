// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Losses of many, paid off in proportion by whatever comes in
/// @notice Every loss takes shares of all that is owed, as many for a base unit as those before have now. A payment lowers what is
/// owed and so everyone's part alike, in one step for any number of losses. When all is paid a new round begins.
library Debts {
    /// @param free Held and promised to nobody.
    /// @param owed Reported and not paid yet.
    struct Book {
        uint128 free;
        uint128 owed;
        uint32 round;
        uint256 shares;
    }

    /// @dev At most so many shares for a base unit that is owed: somebody who pays all but a base unit, before every new
    /// loss, could otherwise make shares outgrow a word. Once is no matter: that takes 65 bits, for a validator's ETH.
    uint256 private constant DENSITY_BITS = 120;
    /// @dev Shares for a base unit in a new round, as a power of two, so that rounding them moves nobody's part.
    uint256 private constant FINE_BITS = 32;

    /// @return shares Of the loss, in `book.round` as it is before anything is paid.
    function take(Book storage book, uint128 loss) internal returns (uint256 shares) {
        shares = book.owed == 0 ? uint256(loss) << FINE_BITS : Math.mulDiv(loss, book.shares, book.owed);
        book.owed += loss;
        book.shares += shares;
    }

    /// @notice Pays what is owed from what is free.
    function pay(Book storage book) internal {
        (uint128 free, uint128 owed) = (book.free, book.owed);
        if (free == 0 || owed == 0) return;
        uint128 left = free >= owed ? 0 : owed - free;
        uint256 least = book.shares >> DENSITY_BITS;
        // What is so little waits until all of it can be paid.
        if (left != 0 && left < least) left = owed < least ? owed : uint128(least);
        (book.free, book.owed) = (free - (owed - left), left);
        if (left == 0) (book.round, book.shares) = (book.round + 1, 0);
    }

    /// @return What is still owed to a loss with these shares of a round; rounded up, so that the parts never are less
    /// than the whole.
    function owedTo(Book storage book, uint32 round, uint256 shares) internal view returns (uint256) {
        if (round != book.round) return 0;
        return Math.mulDiv(shares, book.owed, book.shares, Math.Rounding.Ceil);
    }
}
