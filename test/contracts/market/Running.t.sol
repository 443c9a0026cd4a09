// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice From the award to the money: starting, handing on, completing, refunding, relisting.
contract RunningTest is MarketNetwork {
    uint64 private job;
    bytes32 private certified;
    IOpenings.Bid[] private bids;

    function setUp() public override {
        super.setUp();
        job = announce();
        IOpenings.Bid[] memory list = paperBids(job);
        for (uint256 i = 0; i < list.length; ++i) bids.push(list[i]);
        certified = openingsHash(job, list);
        settled(job, list);
    }

    function handOn(uint128 eligible) private {
        market.nextInLine(job, certified, eligible, bids, proofsOf(job, bids));
    }

    function deadline() private view returns (uint40) {
        return market.jobOf(job).deadline;
    }

    function test_start_byTheWinnersSidecarInTime() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotBidder.selector, 1, address(this)));
        market.reportStarted(job, 1);
        vm.prank(ownerAt(2));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotWinner.selector, 2, 1));
        market.reportStarted(job, 2);
        uint40 due = deadline();
        vm.warp(due);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlinePassed.selector, job, due));
        market.reportStarted(job, 1);
        vm.warp(due - 1);
        vm.prank(vm.addr(1_000));
        market.reportStarted(job, 1);
        isState(job, IMarketplace.State.Running, "running");
        equal(market.jobOf(job).sidecar, 1, "sidecar");
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Running));
        market.reportStarted(job, 1);
    }

    function test_nextInLine_takesOverAndTheWinnerPays() external {
        uint40 due = deadline();
        bytes memory early = abi.encodeWithSelector(IMarketplace.DeadlineNotPassed.selector, job, due);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        vm.warp(due - 1);
        vm.expectRevert(early);
        market.nextInLine(job, certified, 7, bids, proofs);
        vm.warp(due);
        vm.expectEmit(address(market));
        emit IMarketplace.NotStarted(job, 1, 20 ether);
        vm.expectEmit(address(market));
        emit IMarketplace.TakenOver(job, 2, 75 ether, 3, 1, due + START_SECONDS);
        vm.prank(ANYBODY);
        market.nextInLine(job, certified, 7, bids, proofs);
        equal(providers.provider(1).collateral, 980 ether, "a quarter of the reserve");
        equal(providers.provider(1).running, 0, "released");
        equal(providers.provider(1).free.cpuMilliGhz, 8_000, "capacity back");
        equal(providers.trackOf(1).nodes, 1, "recorded");
        equal(providers.provider(2).lien, 80 ether, "bound now");
        vm.warp(deadline());
        handOn(7);
        equal(market.jobOf(job).winner, 3, "the last");
        equal(market.jobOf(job).price, 80 ether, "at the reserve");
        equal(market.jobOf(job).rank, 2, "third in line");
        vm.warp(deadline());
        handOn(7);
        isState(job, IMarketplace.State.Unsold, "nobody is left");
        equal(providers.forfeited(), 60 ether, "each penalised once");
        vm.prank(REQUESTER);
        market.refund(job);
        equal(market.creditOf(REQUESTER), 100 ether, "FP back");
    }

    function test_nextInLine_skipsWhoCannotTakeIt() external {
        vm.prank(GOVERNMENT);
        providers.disqualify(2);
        vm.warp(deadline());
        handOn(7);
        IMarketplace.Job memory j = market.jobOf(job);
        equal(j.winner, 3, "skipped");
        equal(j.rank, 2, "keeps its place in the line");
        equal(j.price, 80 ether, "the price of its place");
        equal(providers.provider(2).collateral, COLLATERAL, "skipping costs nothing");
    }

    function test_nextInLine_sameListOrNone() external {
        vm.warp(deadline());
        bytes memory mismatch = abi.encodeWithSelector(IOpenings.OpeningsMismatch.selector, job);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        vm.expectRevert(mismatch);
        market.nextInLine(job, certified, 3, bids, proofs);
        vm.expectRevert(mismatch);
        market.nextInLine(job, keccak256("other"), 7, bids, proofs);
        IOpenings.Bid[] memory two = new IOpenings.Bid[](2);
        (two[0], two[1]) = (bids[0], bids[2]);
        vm.expectRevert(mismatch);
        market.nextInLine(job, certified, 7, two, new IOpenings.Proof[](0));
        vm.expectRevert(abi.encodeWithSelector(IOpenings.ProofMissing.selector, job, 2));
        market.nextInLine(job, certified, 7, bids, new IOpenings.Proof[](0));
        uint40 last = deadline() + uint40(SETTLE_SPAN);
        vm.warp(last);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlinePassed.selector, job, last));
        market.nextInLine(job, certified, 7, bids, proofs);
    }

    function test_nextInLine_onlyWhileAwarded() external {
        started(job);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Running));
        market.nextInLine(job, certified, 7, bids, proofs);
    }

    function test_profit_onlyWhileRunning() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Awarded));
        market.depositProfit(job, 1);
        started(job);
        vm.expectRevert(IMarketplace.AmountZero.selector);
        market.depositProfit(job, 0);
        vm.prank(REQUESTER);
        market.depositProfit(job, 5);
        vm.prank(REQUESTER);
        market.depositProfit(job, 6);
        equal(market.jobOf(job).profit, 11, "adds up");
    }

    function test_complete_whenItsTimeIsOver() external {
        started(job);
        uint40 due = deadline();
        equal(due, block.timestamp + 60 days, "due");
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlineNotPassed.selector, job, due));
        market.complete(job);
        vm.warp(due);
        vm.expectEmit(address(market));
        emit IMarketplace.Completed(job, 1, 70 ether, 10 ether, 10 ether, 10 ether);
        vm.prank(ANYBODY);
        market.complete(job);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Completed));
        market.complete(job);
        equal(providers.provider(1).lien, 0, "free again");
        equal(providers.trackOf(1).discountBpsSum, 1_250, "an eighth below the reserve");
        equal(providers.trackOf(1).runningSecondsSum, 60 days, "running time");
        uint256 before = token.balanceOf(ownerAt(1));
        market.withdrawCredit(ownerAt(1));
        equal(token.balanceOf(ownerAt(1)) - before, 70 ether, "pulled");
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NothingCredited.selector, ownerAt(1)));
        market.withdrawCredit(ownerAt(1));
    }

    function test_complete_withoutPoolShares() external {
        IMarketplace.Policy memory p = rulesOfMarket();
        (p.rewardBps, p.insuranceBps) = (0, 0);
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        job = announce();
        settled(job, paperBids(job));
        started(job);
        vm.warp(deadline());
        market.complete(job);
        equal(rewardPool.total() + insurancePool.total(), 0, "no shares");
        equal(market.creditOf(REQUESTER), 30 ether, "the rest");
    }

    function test_refund_onlyWhatIsStuckAndOnlyToItsRequester() external {
        uint64 other = announce();
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.UnknownJob.selector, 9));
        market.refund(9);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotRequester.selector, other, address(this)));
        market.refund(other);
        uint40 due = market.jobOf(other).deadline;
        vm.warp(due - 1);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlineNotPassed.selector, other, due));
        market.refund(other);
        vm.warp(due);
        vm.prank(REQUESTER);
        vm.expectEmit(address(market));
        emit IMarketplace.Refunded(other, 100 ether);
        market.refund(other);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, other, IMarketplace.State.Refunded));
        market.refund(other);
        equal(market.creditOf(REQUESTER), 100 ether, "once");
    }

    function test_refund_ofACertifiedJobNobodySettled() external {
        uint64 other = announce();
        certify(other, paperBids(other));
        vm.warp(market.jobOf(other).deadline);
        vm.prank(REQUESTER);
        market.refund(other);
        isState(other, IMarketplace.State.Refunded, "refunded");
    }

    function test_refund_ofAJobNobodyStartedOrHandedOn() external {
        uint40 last = deadline() + uint40(SETTLE_SPAN);
        vm.warp(last - 1);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlineNotPassed.selector, job, last));
        market.refund(job);
        vm.warp(last);
        vm.prank(REQUESTER);
        market.refund(job);
        equal(market.creditOf(REQUESTER), 100 ether, "FP back");
        equal(providers.forfeited(), 20 ether, "the winner is penalised");
        equal(providers.provider(1).running, 0, "and free");
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Refunded));
        market.reportStarted(job, 1);
    }

    function test_relist_isPaidByTheSameFp() external {
        uint64 other = announce();
        vm.warp(market.jobOf(other).deadline);
        IMarketplace.Rounds memory rounds = soon();
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotRequester.selector, other, address(this)));
        market.relist(other, rounds);
        IMarketplace.Policy memory p = rulesOfMarket();
        p.rewardBps = 0;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        uint256 before = token.balanceOf(address(market));
        vm.prank(REQUESTER);
        uint64 next = market.relist(other, rounds);
        equal(token.balanceOf(address(market)), before, "no money moves");
        isState(other, IMarketplace.State.Relisted, "relisted");
        IMarketplace.Job memory j = market.jobOf(next);
        equal(j.fixedPrice, 100 ether, "FP");
        equal(j.reserve, 90 ether, "today's policy");
        equal(j.requester, REQUESTER, "requester");
        equal(j.specHash, SPEC, "spec");
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, other, IMarketplace.State.Relisted));
        market.relist(other, rounds);
        settled(next, paperBids(next));
        isState(next, IMarketplace.State.Awarded, "sold at last");
    }

    function test_engagement_endsWithTheJob() external {
        (uint32 bound_, ) = market.engagementOf(job);
        equal(bound_, 1, "awarded");
        started(job);
        (bound_, ) = market.engagementOf(job);
        equal(bound_, 1, "running");
        uint64[] memory jobs = new uint64[](1);
        jobs[0] = job;
        providers.lowerLien(1, jobs);
        equal(providers.provider(1).lien, 80 ether, "still needed");
        vm.warp(deadline());
        market.complete(job);
        (bound_, ) = market.engagementOf(job);
        equal(bound_, 0, "over");
    }
}
