// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The outcome of a sealed auction, recomputed on chain
/// @notice What an opening is worth, who wins and what is paid: the same rules as `src/auction/outcome.ts`, bid for bid.
/// The shortlist is the m lowest prices with ties at the boundary; the winner is drawn among them by weight; a vickrey
/// winner is paid the (m+1)-th lowest price, or the reserve. Nothing here reverts for what a bidder did.
/// @dev Bids are packed words price (96) | weight (32) | provider (32), in strictly increasing provider order; bits from
/// 160 on are the caller's own. Their positions name them: sets of bids are bitmaps, and a bid's sort key is
/// price << 8 | position.
library Auction {
    error TooManyBids(uint256 count);
    error ProvidersNotIncreasing(uint256 position);
    error ShortlistOutOfRange(uint256 shortlist);

    /// @notice Fixed when a job is announced. `shortlist` is m.
    struct Rules {
        uint8 shortlist;
        bool payAsBid;
        uint96 reserve;
    }

    /// @notice Positions in the list of bids. `setter` is the other bid whose price is paid, or NONE: the reserve, or
    /// the winner's own price.
    struct Award {
        bool found;
        uint256 winner;
        uint256 price;
        uint256 setter;
    }

    uint256 internal constant BIDS_MAX = 128;
    uint256 internal constant SHORTLIST_MAX = 16;
    uint256 internal constant NONE = type(uint256).max;

    bytes32 private constant BID_TAG = keccak256("stkr.bid");
    bytes32 private constant PICK_TAG = keccak256("stkr.pick");

    /// @dev What one shortlist says: who is in it, what a vickrey winner is paid, which bid says so, and which one says
    /// so when that bid wins itself (it is tied with it then).
    struct Shortlist {
        uint256 eligible;
        uint256 price;
        uint256 setter;
        uint256 deputy;
    }

    /// @notice What a bidder commits to. `opening` is price (12 bytes) and salt (20 bytes), as the timelock sealed them.
    function commitmentOf(
        bytes32 separator,
        uint256 job,
        uint256 provider,
        bytes32 opening
    ) internal pure returns (bytes32) {
        return commitmentIn(commitmentForm(separator, job), provider, opening);
    }

    /// @notice What the commitments of one job have in common, to be filled in: one piece of memory for all its bids.
    function commitmentForm(bytes32 separator, uint256 job) internal pure returns (bytes memory) {
        return abi.encode(BID_TAG, separator, job, uint256(0), uint256(0), uint256(0));
    }

    /// @notice keccak256(abi.encode(tag, separator, job, provider, price, salt)).
    function commitmentIn(
        bytes memory form,
        uint256 provider,
        bytes32 opening
    ) internal pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            mstore(add(form, 0x80), provider)
            mstore(add(form, 0xa0), shr(160, opening))
            mstore(add(form, 0xc0), and(opening, 0xffffffffffffffffffffffffffffffffffffffff))
            commitment := keccak256(add(form, 0x20), 0xc0)
        }
    }

    /// @notice Does what a commitment opened to make a valid bid? Salt zero never does: it stands for what did not open.
    function isValid(bytes32 opening, uint256 reserve) internal pure returns (bool) {
        return uint160(uint256(opening)) != 0 && uint256(opening) >> 160 <= reserve;
    }

    /// @notice Seed of a job's draw, from the randomness of its pick round.
    function pickSeed(bytes32 separator, uint256 job, bytes32 randomness) internal pure returns (bytes32) {
        return keccak256(abi.encode(PICK_TAG, separator, job, randomness));
    }

    /// @notice Packs a valid bid. A weight of zero counts as one, so that every shortlist can be drawn from.
    function pack(uint32 provider, uint96 price, uint32 weight) internal pure returns (uint256) {
        return (uint256(price) << 64) | (uint256(weight == 0 ? 1 : weight) << 32) | provider;
    }

    /// @notice The award of rank 0 and, when a winner does not start, of rank 1, 2, …: the next drawn of the same
    /// shortlist at the same price; when that is used up, a shortlist of the bids that are left.
    function awardOf(
        uint256[] memory bids,
        Rules memory rules,
        bytes32 seed,
        uint256 rank
    ) internal pure returns (Award memory award) {
        check(bids, rules);
        (award, ) = awardFrom(bids, rules, seed, rank, type(uint256).max);
    }

    /// @notice The award of the first rank from `least` on whose winner is in `able`, a bitmap over the bids, and that
    /// rank. The others keep their places in the line: who is able does not change what anybody is paid.
    /// @dev For callers that made sure of what `check` checks.
    function awardFrom(
        uint256[] memory bids,
        Rules memory rules,
        bytes32 seed,
        uint256 least,
        uint256 able
    ) internal pure returns (Award memory award, uint256 rank) {
        Shortlist memory shortlist;
        uint256 gone;
        uint256 all = (1 << bids.length) - 1;
        for (; gone != all; ++rank) {
            uint256 eligible = shortlist.eligible & ~gone;
            if (eligible == 0) {
                shortlist = shortlistOf(bids, rules, gone);
                eligible = shortlist.eligible;
            }
            uint256 winner = draw(bids, eligible, keccak256(abi.encode(seed, rank)));
            if (rank >= least && (able >> winner) & 1 == 1) return (priced(bids, rules, shortlist, winner), rank);
            gone |= 1 << winner;
        }
    }

    function priced(
        uint256[] memory bids,
        Rules memory rules,
        Shortlist memory shortlist,
        uint256 winner
    ) private pure returns (Award memory) {
        if (rules.payAsBid) return Award(true, winner, uint96(bids[winner] >> 64), NONE);
        uint256 setter = shortlist.setter == winner ? shortlist.deputy : shortlist.setter;
        return Award(true, winner, shortlist.price, setter);
    }

    /// @dev The m lowest keys, ties at the boundary, and the (m+1)-th. At least one bid is not gone.
    function shortlistOf(
        uint256[] memory bids,
        Rules memory rules,
        uint256 gone
    ) private pure returns (Shortlist memory shortlist) {
        uint256 m = rules.shortlist;
        uint256[] memory lowest = new uint256[](m + 1);
        uint256 filled = keepLowest(bids, gone, lowest);
        bool outbid = filled > m;
        uint256 last = (outbid ? m : filled) - 1;
        uint256 boundary = lowest[last];
        shortlist.price = outbid ? lowest[m] >> 8 : rules.reserve;
        shortlist.setter = outbid ? lowest[m] & 0xff : NONE;
        shortlist.deputy = boundary & 0xff;
        // Whoever else bid the boundary's price is in as well; there is nobody if the first one outside bid more.
        if (outbid && shortlist.price == boundary >> 8) shortlist.eligible = atMost(bids, gone, boundary >> 8);
        else for (uint256 i = 0; i <= last; ++i) shortlist.eligible |= 1 << (lowest[i] & 0xff);
    }

    /// @dev Insertion into a short sorted list, in calldata order: most bids are compared once and dropped.
    function keepLowest(
        uint256[] memory bids,
        uint256 gone,
        uint256[] memory lowest
    ) private pure returns (uint256 filled) {
        uint256 size = lowest.length;
        uint256 count = bids.length;
        // The highest key that is kept, once the list is full.
        uint256 bar = type(uint256).max;
        unchecked {
            for (uint256 i; i < count; ++i) {
                uint256 key = (priceAt(bids, i) << 8) | i;
                if (key > bar || (gone >> i) & 1 == 1) continue;
                uint256 place = filled < size ? filled++ : size - 1;
                for (; place > 0 && lowest[place - 1] > key; --place) {
                    lowest[place] = lowest[place - 1];
                }
                lowest[place] = key;
                if (filled == size) bar = lowest[size - 1];
            }
        }
    }

    function atMost(uint256[] memory bids, uint256 gone, uint256 price) private pure returns (uint256 set) {
        uint256 count = bids.length;
        unchecked {
            for (uint256 i; i < count; ++i) {
                if (priceAt(bids, i) <= price) set |= 1 << i;
            }
        }
        return set & ~gone;
    }

    /// @dev The sum of weights is below 2^39, so the modulus favours nobody by more than 2^-217.
    function draw(uint256[] memory bids, uint256 eligible, bytes32 hash) private pure returns (uint256 winner) {
        winner = lowestBit(eligible);
        // Alone it wins whatever the hash: an auction for one place and without a tie needs no more.
        if (eligible & (eligible - 1) == 0) return winner;
        uint256 total;
        unchecked {
            for (uint256 left = eligible; left != 0; left &= left - 1) {
                total += uint32(bids[lowestBit(left)] >> 32);
            }
            uint256 ticket = uint256(hash) % total;
            for (; ; eligible &= eligible - 1) {
                winner = lowestBit(eligible);
                uint256 weight = uint32(bids[winner] >> 32);
                if (ticket < weight) return winner;
                ticket -= weight;
            }
        }
    }

    /// @dev Without a bounds check: only for loops up to the length.
    function priceAt(uint256[] memory bids, uint256 index) private pure returns (uint256 price) {
        assembly ("memory-safe") {
            price := shr(160, shl(96, mload(add(add(bids, 0x20), shl(5, index)))))
        }
    }

    /// @dev Position of the lowest set bit of a word that is not zero.
    function lowestBit(uint256 set) private pure returns (uint256 position) {
        assembly ("memory-safe") {
            // EIP-7939 counts leading zeros; the isolated lowest bit has 255 minus its position of them.
            position := sub(255, clz(and(set, sub(0, set))))
        }
    }

    function check(uint256[] memory bids, Rules memory rules) private pure {
        uint256 count = bids.length;
        if (count > BIDS_MAX) revert TooManyBids(count);
        if (rules.shortlist == 0 || rules.shortlist > SHORTLIST_MAX) revert ShortlistOutOfRange(rules.shortlist);
        unchecked {
            for (uint256 i = 1; i < count; ++i) {
                if (uint32(bids[i]) <= uint32(bids[i - 1])) revert ProvidersNotIncreasing(i);
            }
        }
    }
}
