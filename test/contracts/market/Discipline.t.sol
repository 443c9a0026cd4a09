// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {Discipline} from "../../../contracts/market/Discipline.sol";
import {AuditedMarket} from "./AuditedMarket.sol";

/// @notice P5 and S2: who is suspended and comes back, and what an unresponsive sidecar costs.
contract DisciplineTest is AuditedMarket {
    function statusOf(uint32 id) private view returns (IProviders.Status) {
        return providers.provider(id).status;
    }

    /// @dev Ten observed periods at this uptime, in the score.
    function observed(uint64 uptimeBps) private {
        prove(1, leafOf(1, 10, 10 * uptimeBps, 0));
        providers.refreshUptime(1);
    }

    function setThreshold(uint16 threshold) private {
        IDiscipline.Policy memory p = rulesOfConduct();
        p.threshold = threshold;
        vm.prank(GOVERNMENT);
        discipline.setPolicy(p);
    }

    function test_construct_checksItsParts() external {
        for (uint256 i = 0; i < 3; ++i) {
            IDiscipline.Params memory p = disciplineParams(address(providers));
            if (i == 0) p.sidecars = address(1);
            if (i == 1) p.ledger = address(1);
            if (i == 2) p.providers = address(1);
            vm.expectRevert(IDiscipline.PartMissing.selector);
            new Discipline(p);
        }
    }

    function test_policy_isBoundedAndTheAuthoritys() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        discipline.setPolicy(rulesOfConduct());
        for (uint256 i = 0; i < 14; ++i) {
            IDiscipline.Policy memory p = rulesOfConduct();
            if (i == 0) p.threshold = 5_001;
            if (i == 1) p.recordPeriods = 0;
            if (i == 2) p.recordPeriods = 100_001;
            if (i == 3) p.recordNodes = 0;
            if (i == 4) p.suspensionSeconds = 59;
            if (i == 5) p.suspensionSeconds = 180 days + 1;
            if (i == 6) p.probationSeconds = 180 days + 1;
            if (i == 7) p.serviceBps = 9_901;
            if (i == 8) p.windowPeriods = 3;
            if (i == 9) p.windowPeriods = 100_001;
            if (i == 10) p.slashBps = 0;
            if (i == 11) p.slashBps = 5_001;
            if (i == 12) p.reporterBps = 5_001;
            vm.prank(GOVERNMENT);
            if (i != 13) vm.expectRevert(IDiscipline.PolicyOutOfBounds.selector);
            discipline.setPolicy(p);
        }
        equal(discipline.policy().windowPeriods, 10, "kept");
    }

    function test_suspend_onlyBelowTheThreshold() external {
        // 1,000 of 10,000 staked: 400 of 10,000 marks; half up: 1,000 more.
        observed(5_000);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.ScoreNotBelow.selector, 1, 1_400, 300));
        discipline.suspend(1);
        setThreshold(1_400);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.ScoreNotBelow.selector, 1, 1_400, 1_400));
        discipline.suspend(1);
        setThreshold(1_401);
        uint40 until = uint40(block.timestamp) + 7 days;
        vm.expectEmit(address(discipline));
        emit IDiscipline.Suspended(1, 1_400, 1_401, until);
        discipline.suspend(1);
        equal(discipline.suspensionOf(1).until, until, "until");
        isTrue(statusOf(1) == IProviders.Status.Suspended, "suspended");
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        discipline.suspend(1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 99));
        discipline.suspend(99);
    }

    function test_suspend_needsARecordAndAScore() external {
        setThreshold(1_000);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.RecordTooShort.selector, 1, 0, 0));
        discipline.suspend(1);
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, 901 ether);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.ScoreMissing.selector, 1));
        discipline.suspend(1);
    }

    function test_suspend_countsTheScoreAsItIsNow() external {
        setThreshold(900);
        observed(3_000);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.ScoreNotBelow.selector, 1, 1_000, 900));
        discipline.suspend(1);
        IProviders.Policy memory p = scoring();
        (p.stakeWeight, p.priceWeight) = (2_000, 4_000);
        vm.prank(GOVERNMENT);
        providers.setPolicy(p);
        equal(providers.provider(1).score, 1_000, "nobody refreshed it");
        discipline.suspend(1);
        equal(providers.provider(1).score, 800, "refreshed");
    }

    function test_reinstate_whenTheTimeIsOver_onProbation() external {
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.NotSuspended.selector, 1));
        discipline.reinstate(1);
        setThreshold(1_401);
        observed(5_000);
        discipline.suspend(1);
        uint40 until = uint40(block.timestamp) + 7 days;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.StillSuspended.selector, 1, until));
        discipline.reinstate(1);
        vm.warp(until);
        vm.prank(ANYBODY);
        discipline.reinstate(1);
        isTrue(statusOf(1) == IProviders.Status.Qualified, "back without an application");
        equal(providers.trackOf(1).periodsObserved, 5, "its past counts half");
        equal(discipline.suspensionOf(1).until, 0, "over");
        vm.warp(until + 30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.OnProbation.selector, 1, until + 30 days));
        discipline.suspend(1);
        // What it did since weighs as much as all before.
        prove(2, leafOf(1, 15, 100_000, 0));
        providers.refreshUptime(1);
        equal(providers.provider(1).score, 400 + 1_500, "it healed");
        vm.warp(until + 30 days);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.ScoreNotBelow.selector, 1, 1_900, 1_401));
        discipline.suspend(1);
    }

    function test_reinstate_byTheAuthorityBefore_neverAgainstIt() external {
        setThreshold(1_401);
        observed(5_000);
        discipline.suspend(1);
        vm.prank(GOVERNMENT);
        discipline.reinstate(1);
        isTrue(statusOf(1) == IProviders.Status.Qualified, "pardoned");
    }

    function test_disqualified_isNotBroughtBackByTime() external {
        setThreshold(1_401);
        observed(5_000);
        discipline.suspend(1);
        vm.prank(GOVERNMENT);
        providers.disqualify(1);
        vm.warp(block.timestamp + 8 days);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotSuspended.selector, 1));
        discipline.reinstate(1);
    }

    /// @dev Periods 2 to 12: ten of them observed, at this uptime.
    function window(
        uint64 uptimeBps
    ) private returns (IAuditLedger.Proven memory opening, IAuditLedger.Proven memory closing) {
        opening = post(2, leafOf(1, 3, 30_000, 0));
        closing = post(12, leafOf(1, 13, 30_000 + 10 * uptimeBps, 0));
    }

    function test_report_slashesOnceAndPaysTheReporter() external {
        (IAuditLedger.Proven memory a, IAuditLedger.Proven memory b) = window(8_999);
        vm.expectEmit(address(discipline));
        emit IDiscipline.Unresponsive(1, 1, ANYBODY, 3, 12, 10, 8_999, 100 ether, 25 ether);
        vm.prank(ANYBODY);
        discipline.report(a, b);
        equal(providers.provider(1).collateral, 900 ether, "a tenth");
        equal(providers.forfeited(), 75 ether, "the Insurance Pool's");
        equal(discipline.creditOf(ANYBODY), 25 ether, "the reporter's");
        equal(discipline.countedFrom(1), 12, "counted");
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.WindowTooEarly.selector, 1, 2, 12));
        discipline.report(a, b);
        discipline.withdrawCredit(ANYBODY);
        equal(token.balanceOf(ANYBODY), 25 ether, "paid");
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.NothingCredited.selector, ANYBODY));
        discipline.withdrawCredit(ANYBODY);
        // The next window may begin where this one ended.
        IAuditLedger.Proven memory c = post(30, leafOf(1, 23, 30_000 + 89_990, 0));
        discipline.report(b, c);
        equal(providers.provider(1).collateral, 810 ether, "a tenth of what was left");
    }

    function test_report_neverOnTheLevel() external {
        (IAuditLedger.Proven memory a, IAuditLedger.Proven memory b) = window(9_000);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.LevelKept.selector, 1, 9_000, 9_000));
        discipline.report(a, b);
    }

    function test_report_needsEnoughObservedPeriods() external {
        IAuditLedger.Proven memory a = post(2, leafOf(1, 3, 0, 0));
        IAuditLedger.Proven memory b = post(90, leafOf(1, 12, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.WindowTooShort.selector, 1, 9, 10));
        discipline.report(a, b);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.WindowTooShort.selector, 1, 0, 10));
        discipline.report(b, a);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.WindowTooShort.selector, 1, 0, 10));
        discipline.report(a, a);
    }

    function test_report_needsWhatWasPosted() external {
        (IAuditLedger.Proven memory a, IAuditLedger.Proven memory b) = window(5_000);
        b.leaf.uptimeSum -= 1;
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 12, 1));
        discipline.report(a, b);
        b.leaf.uptimeSum += 1;
        a.leaf.uptimeSum += 1;
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 2, 1));
        discipline.report(a, b);
        a.leaf.uptimeSum -= 1;
        b.leaf.id = 2;
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.SidecarMismatch.selector, 1, 2));
        discipline.report(a, b);
        (a.leaf.id, b.leaf.id) = (9, 9);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.SidecarNotEnrolled.selector, 9));
        discipline.report(a, b);
    }

    function test_report_notUnderAPolicyItDidNotKnow() external {
        (IAuditLedger.Proven memory a, IAuditLedger.Proven memory b) = window(9_400);
        IDiscipline.Policy memory p = rulesOfConduct();
        p.serviceBps = 9_500;
        vm.prank(GOVERNMENT);
        discipline.setPolicy(p);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.WindowTooEarly.selector, 1, 2, 12));
        discipline.report(a, b);
    }

    function test_report_withNothingLeftToTake() external {
        (IAuditLedger.Proven memory a, IAuditLedger.Proven memory b) = window(100);
        vm.prank(address(market));
        providers.forfeit(1, COLLATERAL);
        vm.expectRevert(abi.encodeWithSelector(IDiscipline.NothingAtStake.selector, 1));
        discipline.report(a, b);
    }

    /// @notice Reports in any order over any windows: no period is counted twice, and no more is taken than there is.
    function test_fuzz_windowsNeverOverlap(uint256 seed) external {
        IAuditLedger.Proven[] memory all = new IAuditLedger.Proven[](10);
        for (uint64 i = 0; i < 10; ++i) all[i] = post(1 + i * 5, leafOf(1, i * 5, i * 5 * 4_000, 0));
        bool[] memory taken = new bool[](60);
        uint256 expected = COLLATERAL;
        for (uint256 i = 0; i < 12; ++i) {
            (uint256 a, uint256 b) = ((seed >> (8 * i)) % 10, (seed >> (8 * i + 4)) % 10);
            try discipline.report(all[a], all[b]) {
                isTrue(b >= a + 2, "shorter than a window");
                for (uint256 p = all[a].period + 1; p <= all[b].period; ++p) {
                    isTrue(!taken[p], "a period counted twice");
                    taken[p] = true;
                }
                expected -= (expected + 9) / 10;
            } catch {}
        }
        equal(providers.provider(1).collateral, expected, "one share for each window");
        equal(providers.forfeited() + discipline.creditOf(address(this)), COLLATERAL - expected, "every unit");
        equal(providers.shares(), discipline.creditOf(address(this)), "owed is held");
    }
}
