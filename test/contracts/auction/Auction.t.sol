// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Auction} from "../../../contracts/lib/Auction.sol";
import {Vm} from "../support/Test.sol";
import {AuctionHarness} from "./AuctionHarness.sol";

/// @notice Cases a person can check by hand, and properties of every award, fuzzed. That the library agrees with the
/// TypeScript outcome on random auctions is test/auction/differential.test.ts.
contract AuctionTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    AuctionHarness private immutable HARNESS = new AuctionHarness();
    bytes32 private constant SEED = keccak256("pick");

    function rulesOf(uint8 shortlist, bool payAsBid) private pure returns (Auction.Rules memory) {
        return Auction.Rules(shortlist, payAsBid, 80 ether);
    }

    function paperBids() private pure returns (uint256[] memory bids) {
        bids = new uint256[](3);
        bids[0] = Auction.pack(1, 60 ether, 100);
        bids[1] = Auction.pack(2, 70 ether, 100);
        bids[2] = Auction.pack(3, 75 ether, 100);
    }

    function test_vickrey_paysTheSecondPrice() external view {
        Auction.Award memory award = HARNESS.award(paperBids(), rulesOf(1, false), SEED, 0);
        require(award.found && award.winner == 0, "the lowest wins");
        require(award.price == 70 ether && award.setter == 1, "paid the second price");
    }

    function test_payAsBid_paysTheWinnersOwn() external view {
        Auction.Award memory award = HARNESS.award(paperBids(), rulesOf(1, true), SEED, 0);
        require(award.winner == 0 && award.price == 60 ether && award.setter == Auction.NONE, "paid its own");
    }

    function test_nextInLine_movesUpUntilNobodyIsLeft() external view {
        uint256[] memory bids = paperBids();
        uint256[3] memory prices = [uint256(70 ether), 75 ether, 80 ether];
        for (uint256 rank; rank < 3; ++rank) {
            Auction.Award memory award = HARNESS.award(bids, rulesOf(1, false), SEED, rank);
            require(award.winner == rank && award.price == prices[rank], "next lowest at the next price");
        }
        require(!HARNESS.award(bids, rulesOf(1, false), SEED, 3).found, "the line ends");
    }

    function test_loneBid_isPaidTheReserve() external view {
        uint256[] memory bids = new uint256[](1);
        bids[0] = Auction.pack(9, 1, 0);
        Auction.Award memory award = HARNESS.award(bids, rulesOf(1, false), SEED, 0);
        require(award.found && award.price == 80 ether && award.setter == Auction.NONE, "the reserve");
        require(!HARNESS.award(new uint256[](0), rulesOf(1, false), SEED, 0).found, "no bid, no award");
    }

    function test_tie_isPaidTheTiedPriceAndSetByTheOther() external view {
        uint256[] memory bids = paperBids();
        bids[1] = Auction.pack(2, 60 ether, 100);
        for (uint256 i; i < 16; ++i) {
            Auction.Award memory award = HARNESS.award(bids, rulesOf(1, false), keccak256(abi.encode(i)), 0);
            require(award.winner < 2 && award.price == 60 ether, "one of the tied, at their price");
            require(award.setter == 1 - award.winner, "set by the other");
        }
    }

    function test_award_refusesWhatNoSettlementMayAsk() external {
        VM.expectRevert(abi.encodeWithSelector(Auction.ShortlistOutOfRange.selector, 0));
        HARNESS.award(paperBids(), rulesOf(0, false), SEED, 0);
        VM.expectRevert(abi.encodeWithSelector(Auction.ShortlistOutOfRange.selector, Auction.SHORTLIST_MAX + 1));
        HARNESS.award(paperBids(), rulesOf(uint8(Auction.SHORTLIST_MAX + 1), false), SEED, 0);
        VM.expectRevert(abi.encodeWithSelector(Auction.TooManyBids.selector, Auction.BIDS_MAX + 1));
        HARNESS.award(new uint256[](Auction.BIDS_MAX + 1), rulesOf(1, false), SEED, 0);
        uint256[] memory bids = paperBids();
        bids[2] = bids[1];
        VM.expectRevert(abi.encodeWithSelector(Auction.ProvidersNotIncreasing.selector, 2));
        HARNESS.award(bids, rulesOf(1, false), SEED, 0);
    }

    /// @notice Any award names a bid within the m lowest prices, and pays it at least its price and at most the reserve.
    function test_fuzz_awardIsFair(uint96[] memory prices, uint8 shortlist, bytes32 seed, bool payAsBid) external view {
        uint256 count = prices.length > 64 ? 64 : prices.length;
        Auction.Rules memory rules = rulesOf(uint8(1 + (shortlist % Auction.SHORTLIST_MAX)), payAsBid);
        uint256[] memory bids = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            bids[i] = Auction.pack(
                uint32(i + 1),
                uint96(prices[i] % (80 ether + 1)),
                uint32(uint256(seed) >> (i % 200))
            );
        }
        Auction.Award memory award = HARNESS.award(bids, rules, seed, 0);
        require(award.found == (count > 0), "a winner whenever there is a bid");
        if (count == 0) return;
        uint256 own = bids[award.winner] >> 64;
        uint256 lower;
        for (uint256 i; i < count; ++i) {
            if (bids[i] >> 64 < own) ++lower;
        }
        require(lower < rules.shortlist, "winner is on the shortlist");
        require(award.price >= own && award.price <= rules.reserve, "price between bid and reserve");
        if (award.setter == Auction.NONE) return;
        require(award.setter != award.winner && bids[award.setter] >> 64 == award.price, "set by another");
    }
}
