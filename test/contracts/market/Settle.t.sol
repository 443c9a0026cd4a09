// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeacons} from "../../../contracts/interfaces/IBeacons.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice The paper's example, and everything somebody may try with a settlement.
contract SettleTest is MarketNetwork {
    uint64 private job;
    IOpenings.Bid[] private bids;

    function begin(IOpenings.Bid[] memory list) private returns (IOpenings.Proof[] memory) {
        for (uint256 i = 0; i < list.length; ++i) bids.push(list[i]);
        certify(job, list);
        pick(job);
        return proofsOf(job, list);
    }

    function setUp() public override {
        super.setUp();
        job = announce();
    }

    function test_settle_paperExampleVickrey() external {
        IOpenings.Proof[] memory proofs = begin(paperBids(job));
        vm.expectEmit(address(market));
        emit IMarketplace.Settled(job, 1, 70 ether, 2, 7, uint40(block.timestamp) + START_SECONDS);
        vm.prank(ANYBODY);
        market.settle(job, bids, proofs);
        IMarketplace.Job memory j = market.jobOf(job);
        isState(job, IMarketplace.State.Awarded, "awarded");
        equal(j.reserve, 80 ether, "reserve: FP less both rates");
        equal(j.winner, 1, "lowest wins");
        equal(j.price, 70 ether, "second price");
        equal(j.rank, 0, "first in line");
        (uint32 bound, uint96 lien) = market.engagementOf(job);
        equal(bound, 1, "engaged");
        equal(lien, 80 ether, "by the reserve");
        equal(providers.provider(1).lien, 80 ether, "lien");
        equal(providers.provider(1).free.cpuMilliGhz, 4_000, "capacity taken");
        equal(providers.provider(1).running, 1, "one running");
    }

    function test_settle_paperExamplePayAsBid() external {
        IMarketplace.Policy memory p = rulesOfMarket();
        p.payAsBid = true;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        job = announce();
        settled(job, paperBids(job));
        equal(market.jobOf(job).price, 60 ether, "own price");
    }

    function test_settle_neededProofsAreWinnerAndSetterOnly() external {
        IOpenings.Proof[] memory all = begin(paperBids(job));
        IOpenings.Proof[] memory one = new IOpenings.Proof[](1);
        one[0] = all[0];
        vm.expectRevert(abi.encodeWithSelector(IOpenings.ProofMissing.selector, job, 2));
        market.settle(job, bids, one);
        one[0] = all[1];
        vm.expectRevert(abi.encodeWithSelector(IOpenings.ProofMissing.selector, job, 1));
        market.settle(job, bids, one);
        IOpenings.Proof[] memory two = new IOpenings.Proof[](2);
        (two[0], two[1]) = (all[1], all[0]);
        market.settle(job, bids, two);
        isState(job, IMarketplace.State.Awarded, "awarded");
    }

    function test_settle_twiceIsRefusedByName() external {
        IOpenings.Proof[] memory proofs = begin(paperBids(job));
        market.settle(job, bids, proofs);
        bytes memory again = abi.encodeWithSelector(IMarketplace.AlreadySettled.selector, job);
        vm.expectRevert(again);
        market.settle(job, bids, proofs);
        reported(job);
        vm.expectRevert(again);
        market.settle(job, bids, proofs);
        projects.confirm(job, auditedUp(1));
        vm.expectRevert(again);
        market.settle(job, bids, proofs);
        completed(job);
        vm.expectRevert(again);
        market.settle(job, bids, proofs);
    }

    function test_settle_tamperedListsAreRefused() external {
        IOpenings.Proof[] memory proofs = begin(paperBids(job));
        IOpenings.Proof[] memory none = new IOpenings.Proof[](0);
        bytes memory mismatch = abi.encodeWithSelector(IOpenings.OpeningsMismatch.selector, job);

        IOpenings.Bid[] memory list = new IOpenings.Bid[](2);
        (list[0], list[1]) = (bids[1], bids[2]);
        vm.expectRevert(mismatch);
        market.settle(job, list, none);

        list = paperBids(job);
        list[0].content = openingOf(job, 1, 61 ether);
        vm.expectRevert(mismatch);
        market.settle(job, list, proofs);

        list = paperBids(job);
        (list[0].opened, list[0].content) = (false, commitment(job, 1, bids[0].content));
        vm.expectRevert(mismatch);
        market.settle(job, list, proofs);

        list = paperBids(job);
        list[2].provider = 4;
        vm.expectRevert(mismatch);
        market.settle(job, list, proofs);

        list = new IOpenings.Bid[](4);
        (list[0], list[1], list[2]) = (bids[0], bids[1], bids[2]);
        list[3] = IOpenings.Bid(4, true, openingOf(job, 4, 1));
        vm.expectRevert(mismatch);
        market.settle(job, list, proofs);

        list = paperBids(job);
        (list[0], list[1]) = (list[1], list[0]);
        vm.expectRevert(abi.encodeWithSelector(IOpenings.BidsNotIncreasing.selector, 1));
        market.settle(job, list, proofs);

        list = paperBids(job);
        list[1] = list[0];
        vm.expectRevert(abi.encodeWithSelector(IOpenings.BidsNotIncreasing.selector, 1));
        market.settle(job, list, proofs);
        list[0].provider = 0;
        vm.expectRevert(abi.encodeWithSelector(IOpenings.BidsNotIncreasing.selector, 0));
        market.settle(job, list, proofs);

        vm.expectRevert(abi.encodeWithSelector(IOpenings.TooManyBids.selector, 129));
        market.settle(job, new IOpenings.Bid[](129), none);
    }

    function test_settle_proofsOfOthersAreRefused() external {
        IOpenings.Proof[] memory proofs = begin(paperBids(job));
        bytes memory notSigned = abi.encodeWithSelector(IOpenings.RecordNotSigned.selector, job, 1, 1);
        IOpenings.Proof memory good = proofOf(job, bids[0], 0);

        // By another key, in another place, over another ciphertext.
        sign(job, proofs[0], commitment(job, 1, bids[0].content), 1_001);
        vm.expectRevert(notSigned);
        market.settle(job, bids, proofs);
        proofs[0] = good;
        proofs[0].sequence = 2;
        vm.expectRevert(notSigned);
        market.settle(job, bids, proofs);
        proofs[0] = proofOf(job, bids[0], 0);
        proofs[0].ciphertext[3] ^= 0x01;
        vm.expectRevert(notSigned);
        market.settle(job, bids, proofs);
        proofs[0] = proofOf(job, bids[0], 0);
        proofs[0].v = 29;
        vm.expectRevert(notSigned);
        market.settle(job, bids, proofs);

        // By a sidecar of somebody else, properly signed.
        proofs[0] = proofOf(job, bids[0], 0);
        proofs[0].sidecar = 2;
        sign(job, proofs[0], commitment(job, 1, bids[0].content), 1_001);
        vm.expectRevert(abi.encodeWithSelector(IOpenings.RecordNotSigned.selector, job, 1, 2));
        market.settle(job, bids, proofs);

        // By nobody: said to be on chain, but it is not.
        proofs[0] = proofOf(job, bids[0], 0);
        proofs[0].ciphertext = "";
        vm.expectRevert(notSigned);
        market.settle(job, bids, proofs);

        proofs[0].ciphertext = new bytes(159);
        vm.expectRevert(abi.encodeWithSelector(IOpenings.CiphertextLength.selector, 159));
        market.settle(job, bids, proofs);
        proofs[0] = good;
        proofs[0].position = 3;
        vm.expectRevert(abi.encodeWithSelector(IOpenings.PositionOutOfRange.selector, 3));
        market.settle(job, bids, proofs);
    }

    function test_settle_providersMustAnswerInFull() external {
        IOpenings.Proof[] memory proofs = begin(paperBids(job));
        bytes memory screen = abi.encodePacked(IProviders.screen.selector);
        vm.mockCall(address(providers), screen, abi.encode(new uint256[](2)));
        vm.expectRevert(IOpenings.ScreenFailed.selector);
        market.settle(job, bids, proofs);
        vm.clearMockedCalls();
        market.settle(job, bids, proofs);
    }

    function test_settle_needsCertificateBeaconAndTime() external {
        bids.push(paperBids(job)[0]);
        IOpenings.Proof[] memory none = new IOpenings.Proof[](0);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.UnknownJob.selector, 77));
        market.settle(77, bids, none);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Announced));
        market.settle(job, bids, none);
        certify(job, bids);
        uint32 round = market.jobOf(job).pickRound;
        vm.expectRevert(abi.encodeWithSelector(IBeacons.RoundNotProven.selector, round));
        market.settle(job, bids, none);
        pick(job);
        uint40 deadline = market.jobOf(job).deadline;
        equal(deadline, sidecars.timeOfRound(round) + SETTLE_SPAN, "deadline");
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlinePassed.selector, job, deadline));
        market.settle(job, bids, none);
        vm.warp(deadline - 1);
        market.settle(job, bids, proofsOf(job, bids));
        isState(job, IMarketplace.State.Awarded, "in the last second");
    }

    function test_settle_loneBidIsPaidTheReserve() external {
        uint256[] memory prices = new uint256[](1);
        prices[0] = 3;
        settled(job, bidsAt(job, prices));
        equal(market.jobOf(job).price, 80 ether, "reserve");
    }

    function test_settle_noBidLeavesItUnsold() external {
        IOpenings.Bid[] memory none = new IOpenings.Bid[](0);
        settled(job, none);
        isState(job, IMarketplace.State.Unsold, "unsold");
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.AlreadySettled.selector, job));
        market.settle(job, none, new IOpenings.Proof[](0));
        vm.prank(REQUESTER);
        market.refund(job);
        equal(market.creditOf(REQUESTER), 100 ether, "all of FP");
    }

    function test_settle_voidBidsForfeitAndNeedTheirRecord() external {
        IOpenings.Bid[] memory list = bidsAt(job, three(60 ether, 70 ether, 80 ether + 1));
        (list[1].opened, list[1].content) = (false, keccak256("does not open"));
        IOpenings.Proof[] memory proofs = begin(list);
        IOpenings.Proof[] memory winnerOnly = new IOpenings.Proof[](1);
        winnerOnly[0] = proofs[0];
        vm.expectRevert(abi.encodeWithSelector(IOpenings.ProofMissing.selector, job, 2));
        market.settle(job, list, winnerOnly);

        vm.expectEmit(address(market));
        emit IMarketplace.BidForfeited(job, 2, 40 ether);
        vm.expectEmit(address(market));
        emit IMarketplace.BidForfeited(job, 3, 40 ether);
        market.settle(job, list, proofs);
        equal(market.jobOf(job).winner, 1, "the valid one wins");
        equal(market.jobOf(job).price, 80 ether, "void bids set no price");
        equal(providers.provider(2).collateral, 960 ether, "half the reserve");
        equal(providers.provider(3).collateral, 960 ether, "above the reserve is void");
        equal(providers.forfeited(), 80 ether, "for the pool");
        providers.handOver();
        equal(insurancePool.contributed(address(providers), "forfeit"), 80 ether, "handed over");
    }

    function test_settle_forfeitMayBeNothing() external {
        IMarketplace.Policy memory p = rulesOfMarket();
        p.forfeitBps = 0;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        job = announce();
        IOpenings.Bid[] memory list = bidsAt(job, three(60 ether, 70 ether, 81 ether));
        settled(job, list);
        equal(providers.provider(3).collateral, COLLATERAL, "nothing forfeited");
    }

    function test_settle_saltZeroIsVoid() external {
        IOpenings.Bid[] memory list = bidsAt(job, three(60 ether, 70 ether, 75 ether));
        list[0].content = bytes32(uint256(50 ether) << 160);
        settled(job, list);
        equal(market.jobOf(job).winner, 2, "salt zero never wins");
        equal(market.jobOf(job).price, 75 ether, "nor sets");
    }

    function test_settle_onChainCommitmentNeedsNoRecord() external {
        IOpenings.Bid[] memory list = paperBids(job);
        bytes32 sealed_ = commitment(job, 1, list[0].content);
        vm.prank(ownerAt(1));
        market.commitBid(job, 1, sealed_, cipherOf(job, 1));
        IOpenings.Proof[] memory proofs = begin(list);
        IOpenings.Proof memory bare;
        proofs[0] = bare;
        market.settle(job, list, proofs);
        equal(market.jobOf(job).winner, 1, "the censored wins");
    }

    function test_settle_shortlistDrawsByScore() external {
        IMarketplace.Policy memory p = rulesOfMarket();
        p.shortlist = 2;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        job = announce();
        settled(job, paperBids(job));
        equal(market.jobOf(job).price, 75 ether, "first that missed the shortlist");
        isTrue(market.jobOf(job).winner < 3, "one of the two lowest");
    }

    /// @notice Whatever is bid: a valid lowest wins, the price is within bid and reserve, money adds up.
    function test_fuzz_settle(uint96 a, uint96 b, uint96 c, uint96 profit, bool payAsBid) external {
        IMarketplace.Policy memory p = rulesOfMarket();
        p.payAsBid = payAsBid;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        job = announce();
        uint256[] memory prices = three(a % 100 ether, b % 100 ether, c % 100 ether);
        settled(job, bidsAt(job, prices));
        IMarketplace.Job memory j = market.jobOf(job);
        if (j.state == IMarketplace.State.Unsold) {
            for (uint256 i = 0; i < 3; ++i) isTrue(prices[i] > j.reserve, "unsold although a bid was valid");
            return;
        }
        uint256 own = prices[j.winner - 1];
        for (uint256 i = 0; i < 3; ++i) isTrue(prices[i] >= own, "lowest wins");
        isTrue(j.price >= own && j.price <= j.reserve, "price between bid and reserve");
        started(job);
        profit = uint96(profit % 1_000 ether);
        if (profit != 0) {
            earn(job, profit);
            earnEth(job, profit);
        }
        paidOut(job);
        uint256 all = 100 ether + uint256(profit);
        equal(rewardPool.total(), all / 10, "reward pool rounds down");
        equal(insurancePool.total(), all / 10, "insurance pool rounds down");
        equal(rewardPool.totalEth(), profit / 10, "of ETH as well");
        equal(ethOf(REQUESTER) + 2 * (uint256(profit) / 10), profit, "no wei lost");
        uint256 credits = ankrOf(ownerAt(j.winner)) + ankrOf(REQUESTER);
        equal(credits + rewardPool.total() + insurancePool.total(), all, "no base unit lost");
    }
}
