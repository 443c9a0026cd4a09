// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {OwnProviders} from "./OwnProviders.sol";

/// @notice What the registry does at the word of its discipline, and what it tells its dividends.
contract SanctionsTest is OwnProviders {
    function statusOf(uint32 id) private view returns (IProviders.Status) {
        return own.provider(id).status;
    }

    function test_onlyByDiscipline() external {
        bytes memory refusal = abi.encodeWithSelector(IProviders.NotDiscipline.selector, GOVERNMENT);
        vm.prank(GOVERNMENT);
        vm.expectRevert(refusal);
        own.suspend(1);
        vm.prank(GOVERNMENT);
        vm.expectRevert(refusal);
        own.reinstate(1);
        vm.prank(GOVERNMENT);
        vm.expectRevert(refusal);
        own.slash(1, 1, 1);
        vm.prank(GOVERNMENT);
        vm.expectRevert(refusal);
        own.payShare(GOVERNMENT, 0);
    }

    function test_payShare_asMuchAsSlashesLeft() external {
        own.slash(1, 1_000, 2_500);
        vm.expectRevert(abi.encodeWithSelector(IProviders.SharesTooSmall.selector, 25 ether, 25 ether + 1));
        own.payShare(ANYBODY, 25 ether + 1);
        own.payShare(ANYBODY, 10 ether);
        equal(token.balanceOf(ANYBODY), 10 ether, "paid");
        equal(own.shares(), 15 ether, "the rest waits");
        equal(own.forfeited(), 75 ether, "the pool's is the pool's");
    }

    function test_suspend_onlyTheQualified_andBack() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotSuspended.selector, 1));
        own.reinstate(1);
        own.suspend(1);
        isTrue(statusOf(1) == IProviders.Status.Suspended, "suspended");
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        own.suspend(1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        own.take(1, needed(), 1);
        own.reinstate(1);
        isTrue(statusOf(1) == IProviders.Status.Qualified, "back");
        own.take(1, needed(), 1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 9));
        own.suspend(9);
    }

    function test_suspended_finishWhatRuns() external {
        own.take(1, needed(), 80 ether);
        own.suspend(1);
        own.complete(1, needed(), 80 ether, 60 ether, 1 days);
        equal(own.provider(1).running, 0, "finished");
        equal(own.trackOf(1).settledJobs, 1, "recorded");
        isTrue(statusOf(1) == IProviders.Status.Suspended, "still suspended");
    }

    function test_disqualify_endsASuspensionForGood() external {
        own.suspend(1);
        vm.prank(GOVERNMENT);
        own.disqualify(1);
        isTrue(statusOf(1) == IProviders.Status.Disqualified, "disqualified");
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotSuspended.selector, 1));
        own.reinstate(1);
        vm.prank(ownerAt(1));
        own.applyAs("again", defaultCapacity(), 1);
        vm.prank(GOVERNMENT);
        own.qualify(1, "again", defaultCapacity(), 1);
        isTrue(statusOf(1) == IProviders.Status.Qualified, "the governors' own word");
    }

    function test_reinstate_halvesWhatWasBefore() external {
        for (uint256 i = 0; i < 3; ++i) {
            own.take(1, needed(), 80 ether);
            own.complete(1, needed(), 80 ether, 60 ether, 101);
        }
        own.take(1, needed(), 80 ether);
        own.penalise(1, needed(), 0);
        own.suspend(1);
        own.reinstate(1);
        IProviders.Track memory track = own.trackOf(1);
        equal(track.settledJobs, 2, "jobs, up");
        equal(track.discountBpsSum, 3_750, "discounts");
        equal(track.nodes, 2, "nodes");
        equal(track.runningSecondsSum, 151, "running time, down");
        equal(track.periodsObserved, 0, "no periods");
        equal(track.uptimeBpsSum, 0, "no uptime");
    }

    function test_slash_takesAShareOfAllThatIsHeld() external {
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 400 ether);
        (uint96 taken, uint96 share) = own.slash(1, 7_000, 2_500);
        equal(taken, 700 ether, "of both");
        equal(share, 175 ether, "a quarter of it");
        equal(own.shares(), 175 ether, "kept for reporters");
        equal(own.forfeited(), 525 ether, "the rest is the Insurance Pool's");
        equal(own.provider(1).collateral, 0, "collateral first");
        equal(own.provider(1).withdrawing, 300 ether, "then what was asked back");
        equal(own.provider(1).score, 0, "the score follows");
        equal(weighed, 600 ether, "the weight by anybody's call: a penalty does not wait for the pool");
        own.handOver();
        equal(insurancePool.contributed(address(own), "forfeit"), 525 ether, "handed over");
    }

    function test_slash_roundsUpAndTakesNoMoreThanThereIs() external {
        own.forfeit(1, COLLATERAL - 3);
        (uint96 taken, uint96 share) = own.slash(1, 1, 5_000);
        equal(taken, 1, "at least one unit");
        equal(share, 0, "rounded down");
        (taken, share) = own.slash(1, 10_000, 10_000);
        equal(taken, 2, "all that is left");
        equal(share, 2, "all of it");
        (taken, share) = own.slash(1, 10_000, 5_000);
        equal(taken, 0, "nothing left");
    }

    function test_dividendsHearOfWhatProvidersDo() external {
        equal(weighed, COLLATERAL, "deposit");
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 100 ether);
        equal(weighed, 900 ether, "asked back");
        own.slash(1, 1_000, 0);
        equal(weighed, 900 ether, "penalties tell nobody");
        own.take(1, needed(), 80 ether);
        own.forfeit(1, 50 ether);
        equal(weighed, 900 ether, "nor do settlements");
    }

    /// @notice Whatever is slashed in whatever order: never more than there was, every unit accounted for.
    function test_fuzz_slashIsCovered(uint96 asked, uint16 bps, uint16 shareBps, uint8 times) external {
        asked = uint96(bound(asked, 1, COLLATERAL));
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, asked);
        uint256 paid;
        for (uint256 i = 0; i < bound(times, 1, 5); ++i) {
            uint256 held = uint256(own.provider(1).collateral) + own.provider(1).withdrawing;
            (uint96 taken, uint96 share) = own.slash(1, bound(bps, 0, 10_000), bound(shareBps, 0, 10_000));
            isTrue(taken <= held && share <= taken, "more than there is");
            if (i % 2 == 0) own.payShare(ANYBODY, share);
            if (i % 2 == 0) paid += share;
        }
        IProviders.Provider memory p = own.provider(1);
        uint256 kept = own.forfeited() + own.shares();
        equal(uint256(p.collateral) + p.withdrawing + kept + paid, COLLATERAL, "every unit");
        equal(token.balanceOf(address(own)), COLLATERAL - paid, "held");
        equal(token.balanceOf(ANYBODY), paid, "paid");
    }

    /// @notice No average gains by halving, but for what rounding leaves of its unit.
    function test_fuzz_halvingFlattersNobody(uint32 jobs, uint32 discount, uint16 runs) external {
        jobs = uint32(bound(jobs, 1, 20));
        for (uint256 i = 0; i < jobs; ++i) {
            own.take(1, needed(), 80 ether);
            own.complete(1, needed(), 80 ether, uint96(bound(discount, 0, 80 ether)), runs);
        }
        uint256 score = own.provider(1).score;
        IProviders.Track memory before = own.trackOf(1);
        own.suspend(1);
        own.reinstate(1);
        IProviders.Track memory track = own.trackOf(1);
        isTrue(own.provider(1).score <= score, "a better score");
        equal(track.settledJobs, (before.settledJobs + 1) / 2, "jobs");
        equal(track.nodes, (before.nodes + 1) / 2, "nodes");
        equal(track.discountBpsSum, before.discountBpsSum / 2, "discounts");
        equal(track.runningSecondsSum, before.runningSecondsSum / 2, "running time");
    }
}
