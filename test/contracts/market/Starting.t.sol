// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {INodes} from "../../../contracts/interfaces/INodes.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice From the award to the start: reporting, confirming, handing on, refunding, relisting.
contract StartingTest is MarketNetwork {
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
        vm.expectEmit(address(market));
        emit IMarketplace.StartReported(job, 1, 1, uint40(block.timestamp) + CONFIRM_SECONDS);
        vm.expectEmit(address(projects));
        emit IProjects.Reported(job, 1, 1);
        market.reportStarted(job, 1);
        isState(job, IMarketplace.State.Reported, "reported");
        isProject(job, IProjects.State.Reported, "and no more");
        equal(market.jobOf(job).sidecar, 1, "sidecar");
        equal(uint256(nodes.node(1).state), uint256(INodes.State.Engaged), "held for it");
        equal(projects.jobOn(1), job, "found by its sidecar");
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Reported));
        market.reportStarted(job, 1);
    }

    function test_start_aSidecarRunsOneNode() external {
        reported(job);
        uint64 other = announce();
        settled(other, paperBids(other));
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(INodes.SidecarEngaged.selector, 1, address(projects)));
        market.reportStarted(other, 1);
    }

    function test_confirm_byAnAuditAfterTheReport() external {
        IAuditLedger.Proven memory before = audited(0, upLeaf(1, 0));
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Unknown));
        projects.confirm(job, before);
        uint40 reportedAt = uint40(block.timestamp);
        reported(job);
        vm.expectRevert(abi.encodeWithSelector(IProjects.LeafTooEarly.selector, job, 0, 0));
        projects.confirm(job, before);
        IAuditLedger.Proven memory up = auditedUp(1);
        equal(up.period, 1, "the next one");
        IAuditLedger.Proven memory forged = up;
        forged.leaf.uptimeSum = 1;
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 1, 1));
        projects.confirm(job, forged);
        forged.leaf = upLeaf(2, 1);
        vm.expectRevert(abi.encodeWithSelector(IProjects.SidecarMismatch.selector, 2, 1));
        projects.confirm(job, forged);
        forged.leaf = upLeaf(1, 1);
        vm.expectEmit(address(projects));
        emit IProjects.Started(job, 1, 1, 1, reportedAt, reportedAt + 60 days);
        vm.prank(ANYBODY);
        projects.confirm(job, up);
        isState(job, IMarketplace.State.Running, "running");
        isProject(job, IProjects.State.Running, "its project, too");
        equal(token.balanceOf(address(projects)), 100 ether, "FP went along");
        equal(uint256(nodes.node(1).state), uint256(INodes.State.Running), "the registry of nodes knows");
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Running));
        projects.confirm(job, up);
    }

    function test_confirm_needsUptimeThatSomebodySaw() external {
        reported(job);
        uint64 period = nextPeriod();
        IAuditLedger.Leaf memory leaf = upLeaf(1, period);
        leaf.uptimeBps = type(uint16).max;
        IAuditLedger.Proven memory unseen = audited(period, leaf);
        vm.expectRevert(abi.encodeWithSelector(IProjects.StartNotShown.selector, job, period, type(uint16).max));
        projects.confirm(job, unseen);
        leaf = upLeaf(1, period + 1);
        leaf.uptimeBps = 8_999;
        IAuditLedger.Proven memory down = audited(period + 1, leaf);
        vm.expectRevert(abi.encodeWithSelector(IProjects.StartNotShown.selector, job, period + 1, 8_999));
        projects.confirm(job, down);
        leaf = upLeaf(1, period + 2);
        leaf.uptimeBps = 9_000;
        projects.confirm(job, audited(period + 2, leaf));
        isProject(job, IProjects.State.Running, "at the level");
    }

    function test_confirm_inTimeOrNotAtAll() external {
        uint40 due = uint40(block.timestamp) + CONFIRM_SECONDS;
        reported(job);
        IAuditLedger.Proven memory up = auditedUp(1);
        vm.warp(due);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlinePassed.selector, job, due));
        projects.confirm(job, up);
        vm.expectEmit(address(projects));
        emit IProjects.Returned(job, 1);
        vm.expectEmit(address(market));
        emit IMarketplace.NotStarted(job, 1, 20 ether);
        handOn(7);
        equal(market.jobOf(job).winner, 2, "next in line");
        isState(job, IMarketplace.State.Awarded, "from the beginning");
        isProject(job, IProjects.State.Unknown, "nothing is left of it");
        isTrue(!nodes.isEngaged(1), "free again");
        started(job);
        equal(projects.projectOf(job).sidecar, 2, "by the next");
    }

    function test_refund_ofAJobReportedAndNeverConfirmed() external {
        reported(job);
        vm.warp(deadline() + SETTLE_SPAN);
        vm.prank(REQUESTER);
        market.refund(job);
        equal(market.creditOf(REQUESTER), 100 ether, "FP back");
        isTrue(!nodes.isEngaged(1), "free again");
        equal(providers.forfeited(), 20 ether, "as if not started");
    }

    function test_handOver_isForProjectsAlone() external {
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotProjects.selector, address(this)));
        market.handOver(job);
        bytes memory notMarket = abi.encodeWithSelector(IProjects.NotMarketplace.selector, address(this));
        vm.expectRevert(notMarket);
        projects.report(job, 1);
        vm.expectRevert(notMarket);
        projects.giveBack(job);
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
        market.relist(other, KIND, SPEC, rounds);
        IMarketplace.Policy memory p = rulesOfMarket();
        p.rewardBps = 0;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        uint256 before = token.balanceOf(address(market));
        IMarketplace.Job memory record = market.jobOf(other);
        record.reserve = 90 ether;
        record.rewardBps = 0;
        (record.closeRound, record.openRound, record.pickRound) = (rounds.close, rounds.open, rounds.pick);
        record.deadline = uint40(sidecars.timeOfRound(rounds.pick)) + market.timing().settleRounds * 3;
        vm.prank(REQUESTER);
        vm.expectEmit(address(market));
        emit IMarketplace.Announced(other + 1, REQUESTER, KIND, SPEC, record);
        uint64 next = market.relist(other, KIND, SPEC, rounds);
        equal(token.balanceOf(address(market)), before, "no money moves");
        isState(other, IMarketplace.State.Relisted, "relisted");
        IMarketplace.Job memory j = market.jobOf(next);
        equal(j.fixedPrice, 100 ether, "FP");
        equal(j.reserve, 90 ether, "today's policy");
        equal(j.requester, REQUESTER, "requester");
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, other, IMarketplace.State.Relisted));
        market.relist(other, KIND, SPEC, rounds);
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
        vm.prank(REQUESTER);
        projects.dispute(job);
        (bound_, ) = market.engagementOf(job);
        equal(bound_, 1, "disputed");
        vm.prank(GOVERNMENT);
        projects.rule(job, true, 0);
        (bound_, ) = market.engagementOf(job);
        equal(bound_, 1, "ruled on");
        projects.resume(job);
        (bound_, ) = market.engagementOf(job);
        equal(bound_, 0, "over");
    }
}
