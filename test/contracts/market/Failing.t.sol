// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IInstallable} from "../../../contracts/interfaces/IInstallable.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {Projects} from "../../../contracts/market/Projects.sol";
import {AuditedMarket} from "./AuditedMarket.sol";

/// @notice S1 and S5: projects that fail, by audits, by word or by ruling; and disputes. A project here lasts ten periods:
/// reported in period 0, confirmed by period 1, so periods 2 to 9 can be shown; period 10 is not all its own.
contract FailingTest is AuditedMarket {
    uint64 private job;
    uint32 private constant DURATION = 10 * PERIOD;

    function setUp() public override {
        super.setUp();
        IMarketplace.Announcement memory a = announcement();
        a.requirements = IQuotes.Requirements(4_000_000, 16_000_000, 128_000_000, DURATION);
        a.maxFixedPrice = 1_000 ether;
        vm.mockCall(address(quotes), abi.encodePacked(IQuotes.quote.selector), abi.encode(uint96(100 ether)));
        a.requirements = IQuotes.Requirements(4_000, 16_000, 128_000, DURATION);
        vm.prank(REQUESTER);
        job = market.announce(a);
        settled(job, paperBids(job));
        reported(job);
        projects.confirm(job, post(1, upLeaf(1, 1)));
    }

    /// @notice The result of a period: so many were observed since the start, and up for so much of them together.
    function shown(uint64 period, uint64 observed, uint64 sum) private returns (IAuditLedger.Proven memory) {
        return post(period, leafOf(1, 2 + observed, 20_000 + sum, 0));
    }

    function test_fail_paysTheRequesterAtOnce() external {
        earn(job, 30 ether);
        earnEth(job, 3 ether);
        IAuditLedger.Proven memory down = shown(9, 8, 71_999);
        vm.expectEmit(address(projects));
        emit IProjects.Missed(job, 1, 9, 8, 8_999);
        vm.expectEmit(address(providers));
        emit IProviders.Compensated(1, 40 ether, 960 ether);
        vm.expectEmit(address(projects));
        emit IProjects.Failed(job, 1, 40 ether, IPool.Amounts(170 ether, 3 ether), 1);
        vm.prank(ANYBODY);
        projects.fail(job, down);
        isProject(job, IProjects.State.Failed, "for good");
        equal(ledger.latestOf(1).period, 1, "the proof was checked, and not written down");
        equal(ankrOf(REQUESTER), 170 ether, "FP, profit and half the reserve");
        equal(ethOf(REQUESTER), 3 ether, "and ETH");
        equal(ankrOf(ownerAt(1)), 0, "the provider is not paid");
        equal(token.balanceOf(address(projects)), 170 ether, "owed is held");
        equal(rewardPool.total() + insurancePool.total(), 0, "the pools neither");
        equal(providers.forfeited(), 0, "it is the requester's, not the pool's");
        IProviders.Provider memory p = providers.provider(1);
        equal(p.collateral, 960 ether, "what is left is the provider's");
        equal(p.lien, 0, "and free");
        equal(p.free.cpuMilliGhz, 8_000, "capacity back");
        equal(providers.failuresOf(1), 1, "on record");
        equal(providers.trackOf(1).nodes, 1, "a node without running time");
        equal(providers.trackOf(1).settledJobs, 1, "a job without a discount");
        isTrue(!nodes.isEngaged(1), "idle");
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Failed));
        projects.fail(job, down);
    }

    function test_fail_lowersTheScore() external {
        // A delivered job first: from then on there are averages to lower.
        vm.warp(projects.projectOf(job).endsAt);
        vm.prank(REQUESTER);
        projects.complete(job);
        uint16 before = providers.provider(1).score;
        job = announce();
        settled(job, paperBids(job));
        reported(job);
        uint64 period = nextPeriod();
        projects.confirm(job, post(period, upLeaf(1, period)));
        vm.prank(ownerAt(1));
        projects.concede(job);
        isTrue(providers.provider(1).score < before, "lower");
        equal(providers.failuresOf(1), 1, "one failure");
    }

    function test_fail_atTheLevelIsNoFailure() external {
        IAuditLedger.Proven memory level = shown(9, 8, 72_000);
        vm.expectRevert(abi.encodeWithSelector(IProjects.LevelReachable.selector, job, 9_000, 9_000));
        projects.fail(job, level);
    }

    function test_fail_earlyOnlyWhenNothingCanMakeItUp() external {
        // Three periods down, five left: at best 5 of 8. Two down of three: at best 6 of 8.
        IAuditLedger.Proven memory down = shown(4, 3, 20_000);
        vm.expectRevert(abi.encodeWithSelector(IProjects.LevelReachable.selector, job, 8_750, 8_500));
        this.failAt(down, 8_500);
        vm.clearMockedCalls();
        projects.fail(job, down);
        isProject(job, IProjects.State.Failed, "below nine tenths whatever comes");
    }

    /// @dev As if the job had been announced with another level.
    function failAt(IAuditLedger.Proven memory leaf, uint16 serviceBps) external {
        uint256[4] memory words = market.wordsOf(job);
        words[3] = (words[3] & ~(uint256(type(uint16).max) << 192)) | (uint256(serviceBps) << 192);
        vm.mockCall(address(market), abi.encodeCall(market.wordsOf, (job)), abi.encode(words));
        projects.fail(job, leaf);
    }

    function test_fail_periodsAfterTheEndDoNotCount() external {
        vm.warp(projects.projectOf(job).endsAt);
        IAuditLedger.Proven memory late = shown(10, 9, 0);
        vm.expectRevert(abi.encodeWithSelector(IProjects.LeafTooLate.selector, job, 10, 9));
        projects.fail(job, late);
    }

    function test_fail_olderLeavesAreShownAfterNewerOnes() external {
        IAuditLedger.Proven memory down = shown(9, 8, 0);
        IAuditLedger.Proven memory newer = shown(12, 11, 30_000);
        ledger.proveLeaf(newer.period, newer.leaf, newer.proof);
        projects.fail(job, down);
    }

    /// @notice What a committee certifies falsely shows no failure.
    function test_fail_refusesTotalsThatFell() external {
        IAuditLedger.Proven memory leaf = post(8, leafOf(1, 1, 20_000, 0));
        vm.expectRevert(abi.encodeWithSelector(IProjects.TotalsFell.selector, job, 8));
        projects.fail(job, leaf);
        leaf = post(9, leafOf(1, 9, 19_999, 0));
        vm.expectRevert(abi.encodeWithSelector(IProjects.TotalsFell.selector, job, 9));
        projects.fail(job, leaf);
    }

    function test_fail_needsALeafOfItsOwnAndEnoughOfThem() external {
        IAuditLedger.Proven memory leaf = IAuditLedger.Proven(1, upLeaf(1, 1), new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IProjects.LeafTooEarly.selector, job, 1, 1));
        projects.fail(job, leaf);
        leaf.leaf.id = 2;
        vm.expectRevert(abi.encodeWithSelector(IProjects.SidecarMismatch.selector, 2, 1));
        projects.fail(job, leaf);
        leaf = shown(9, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IProjects.WindowTooShort.selector, job, 2, 3));
        projects.fail(job, leaf);
        leaf.leaf.uptimeSum += 1;
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 9, 1));
        projects.fail(job, leaf);
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, 9, IProjects.State.Unknown));
        projects.fail(9, leaf);
    }

    function test_fail_takesNoMoreThanThereIs() external {
        vm.prank(address(market));
        providers.forfeit(1, 990 ether);
        vm.prank(ownerAt(1));
        projects.concede(job);
        equal(ankrOf(REQUESTER), 110 ether, "FP and the last ten");
        equal(providers.provider(1).collateral, 0, "nothing left");
        equal(providers.forfeited(), 990 ether, "the pool keeps what was forfeited before");
    }

    function test_fail_ofAProviderWithNothingLeft() external {
        vm.prank(address(market));
        providers.forfeit(1, 1_000 ether);
        vm.prank(ownerAt(1));
        projects.concede(job);
        equal(ankrOf(REQUESTER), 100 ether, "FP");
    }

    function test_concede_isTheProvidersWord() external {
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.NotProvider.selector, job, REQUESTER));
        projects.concede(job);
        vm.prank(REQUESTER);
        projects.dispute(job);
        vm.prank(ownerAt(1));
        projects.concede(job);
        isProject(job, IProjects.State.Failed, "also while disputed");
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Failed));
        projects.concede(job);
    }

    function test_compensate_isForProjectsAlone() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotProjects.selector, address(this)));
        providers.compensate(1, needed(), 1);
        vm.prank(address(market));
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotProjects.selector, address(market)));
        providers.complete(1, needed(), 1, 1, 1);
    }

    function disputed() private returns (uint40 until) {
        until = uint40(block.timestamp) + RULING_SECONDS;
        vm.expectEmit(address(projects));
        emit IProjects.Disputed(job, REQUESTER, until);
        vm.prank(REQUESTER);
        projects.dispute(job);
    }

    function test_dispute_locksEverything() external {
        IAuditLedger.Proven memory down = shown(9, 8, 0);
        vm.expectRevert(abi.encodeWithSelector(IProjects.NotParty.selector, job, address(this)));
        projects.dispute(job);
        disputed();
        bytes memory locked = abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Disputed);
        vm.expectRevert(locked);
        projects.fail(job, down);
        vm.expectRevert(locked);
        projects.depositProfit(job, 1);
        vm.expectRevert(locked);
        projects.dispute(job);
        vm.warp(projects.projectOf(job).endsAt);
        vm.prank(REQUESTER);
        vm.expectRevert(locked);
        projects.complete(job);
        equal(token.balanceOf(address(projects)), 100 ether, "still there");
    }

    /// @dev A ruling moves nothing and is final; whoever calls carries it out, once.
    function carriedOut() private {
        isProject(job, IProjects.State.Disputed, "locked until somebody calls");
        equal(ankrOf(ownerAt(1)) + ankrOf(REQUESTER), 0, "nobody is credited");
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProjects.RulingTooLate.selector, job, uint40(block.timestamp)));
        projects.rule(job, true, 0);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProjects.RuledBefore.selector, job));
        projects.concede(job);
        vm.prank(ANYBODY);
        projects.resume(job);
        IProjects.State state = projects.projectOf(job).state;
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, state));
        projects.resume(job);
    }

    function test_rule_deliveredPaysUpToThePrice() external {
        earn(job, 300 ether);
        disputed();
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        projects.rule(job, true, 0);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProjects.RulingOutOfBounds.selector, job, 70 ether + 1, 70 ether));
        projects.rule(job, true, 70 ether + 1);
        vm.expectEmit(address(projects));
        emit IProjects.Ruled(job, true, 30 ether);
        vm.prank(GOVERNMENT);
        projects.rule(job, true, 30 ether);
        carriedOut();
        isProject(job, IProjects.State.Completed, "delivered");
        equal(ankrOf(ownerAt(1)), 30 ether, "a part of the price");
        projects.forward(rewardPool);
        equal(rewardPool.total(), 40 ether, "the pools as always");
        equal(ankrOf(REQUESTER), 290 ether, "the rest");
        equal(providers.provider(1).collateral, COLLATERAL, "no collateral lost");
    }

    function test_rule_failedTakesUpToTheReserve() external {
        disputed();
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProjects.RulingOutOfBounds.selector, job, 80 ether + 1, 80 ether));
        projects.rule(job, false, 80 ether + 1);
        vm.prank(GOVERNMENT);
        projects.rule(job, false, 80 ether);
        equal(providers.provider(1).lien, 80 ether, "bound until then");
        carriedOut();
        isProject(job, IProjects.State.Failed, "failed");
        equal(ankrOf(REQUESTER), 180 ether, "FP and the reserve");
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Failed));
        projects.rule(job, true, 0);
    }

    function test_resume_whenNobodyRuled() external {
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Running));
        projects.resume(job);
        IAuditLedger.Proven memory down = shown(9, 8, 0);
        uint40 until = disputed();
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(IProjects.RulingOpen.selector, job, until));
        projects.resume(job);
        vm.warp(until);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProjects.RulingTooLate.selector, job, until));
        projects.rule(job, true, 0);
        vm.expectEmit(address(projects));
        emit IProjects.Resumed(job, until + CHALLENGE_SECONDS);
        projects.resume(job);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProjects.DisputedBefore.selector, job));
        projects.dispute(job);
        // Its time was over long ago, but there is time again to show that it failed.
        vm.expectRevert(abi.encodeWithSelector(IProjects.NotEnded.selector, job, until + CHALLENGE_SECONDS));
        projects.complete(job);
        projects.fail(job, down);
    }

    function test_dispute_byTheProviderAsWell() external {
        vm.prank(ownerAt(1));
        projects.dispute(job);
        isProject(job, IProjects.State.Disputed, "disputed");
    }

    function test_construct_checksPartsAndTiming() external {
        for (uint256 i = 0; i < 7; ++i) {
            IProjects.Params memory p = projectParams();
            if (i == 0) p.sidecars = address(0);
            if (i == 1) p.ledger = address(0);
            if (i == 2) p.providers = address(0);
            if (i == 3) p.nodes = address(0);
            if (i == 4) p.requesters = address(0);
            if (i == 5) p.rewardPool = address(0);
            if (i == 6) p.insurancePool = address(0);
            vm.expectRevert(IProjects.AddressMissing.selector);
            new Projects(p);
        }
        for (uint256 i = 0; i < 4; ++i) {
            IProjects.Params memory p = projectParams();
            if (i == 0) p.timing.challengeSeconds = 2 * PERIOD - 1;
            if (i == 1) p.timing.challengeSeconds = 30 days + 1;
            if (i == 2) p.timing.rulingSeconds = 59;
            if (i == 3) p.timing.rulingSeconds = 90 days + 1;
            vm.expectRevert(IProjects.TimingInvalid.selector);
            new Projects(p);
        }
        equal(projects.timing().rulingSeconds, RULING_SECONDS, "kept");
        (address a, address b, address c, address d) = projects.parts();
        equal(a, address(nodes), "nodes");
        equal(b, address(requesters), "requesters");
        equal(c, address(rewardPool), "reward pool");
        equal(d, address(insurancePool), "insurance pool");
    }

    function test_install_onceByTheInstaller() external {
        Projects fresh = new Projects(projectParams());
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IInstallable.NotInstaller.selector, ANYBODY));
        fresh.install(address(market));
        vm.expectRevert(IProjects.AddressMissing.selector);
        fresh.install(address(0));
        fresh.install(address(market));
        equal(fresh.marketplace(), address(market), "kept");
        vm.expectRevert(IInstallable.AlreadyInstalled.selector);
        fresh.install(address(market));
    }
}
