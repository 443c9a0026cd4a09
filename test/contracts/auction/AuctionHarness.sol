// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Auction} from "../../../contracts/lib/Auction.sol";

/// @title The library behind external functions, as a settlement would call it
/// @notice Judges openings, packs what is valid, awards. One call takes many auctions, so that ten thousand of them are
/// compared with the TypeScript outcome in a few seconds.
contract AuctionHarness {
    struct Bid {
        uint32 provider;
        uint32 weight;
        bytes32 commitment;
        bytes32 opening;
    }

    struct Case {
        uint64 job;
        Auction.Rules rules;
        bytes32 randomness;
        uint256 rank;
        Bid[] bids;
    }

    /// @notice By provider number; zero for none. `valid` is a bitmap over the case's bids.
    struct Result {
        uint256 valid;
        uint32 winner;
        uint96 price;
        uint32 setter;
    }

    function settle(bytes32 separator, Case[] calldata cases) external pure returns (Result[] memory results) {
        results = new Result[](cases.length);
        for (uint256 i; i < cases.length; ++i) {
            results[i] = settleOne(separator, cases[i]);
        }
    }

    function award(
        uint256[] memory bids,
        Auction.Rules memory rules,
        bytes32 seed,
        uint256 rank
    ) external pure returns (Auction.Award memory) {
        return Auction.awardOf(bids, rules, seed, rank);
    }

    /// @notice Gas of the award alone, without the call that carries it.
    function gasOfAward(
        uint256[] memory bids,
        Auction.Rules memory rules,
        bytes32 seed
    ) external view returns (uint256 gasUsed) {
        uint256 before = gasleft();
        Auction.awardOf(bids, rules, seed, 0);
        gasUsed = before - gasleft();
    }

    function settleOne(bytes32 separator, Case calldata one) private pure returns (Result memory result) {
        uint256[] memory packed = new uint256[](one.bids.length);
        uint256 count;
        for (uint256 i; i < one.bids.length; ++i) {
            Bid calldata bid = one.bids[i];
            bytes32 computed = Auction.commitmentOf(separator, one.job, bid.provider, bid.opening);
            if (computed != bid.commitment || !Auction.isValid(bid.opening, one.rules.reserve)) continue;
            result.valid |= 1 << i;
            packed[count++] = Auction.pack(bid.provider, uint96(uint256(bid.opening) >> 160), bid.weight);
        }
        assembly ("memory-safe") {
            mstore(packed, count)
        }
        bytes32 seed = Auction.pickSeed(separator, one.job, one.randomness);
        Auction.Award memory award_ = Auction.awardOf(packed, one.rules, seed, one.rank);
        if (!award_.found) return result;
        result.winner = uint32(packed[award_.winner]);
        result.price = uint96(award_.price);
        result.setter = award_.setter == Auction.NONE ? 0 : uint32(packed[award_.setter]);
    }
}
