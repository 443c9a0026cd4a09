// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {OwnProviders} from "./OwnProviders.sol";

/// @notice What a score is made of, what settlements read of a provider, and its past.
contract ScoresTest is OwnProviders {
    function test_standingBefore_remembersEveryChange() external {
        uint40 first = uint40(block.timestamp);
        vm.warp(first + 10);
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 500 ether);
        vm.warp(first + 20);
        vm.prank(ownerAt(1));
        own.deposit(1, 100 ether);
        vm.prank(ownerAt(1));
        own.deposit(1, 100 ether);
        was(first, 0, 0);
        was(0, 0, 0);
        was(first + 1, 1_000 ether, 400);
        was(first + 10, 1_000 ether, 400);
        was(first + 11, 500 ether, 200);
        was(first + 20, 500 ether, 200);
        was(first + 21, 700 ether, 280);
        own.forfeit(1, 900 ether);
        was(first + 10, 300 ether, 400);
        own.refreshScore(1);
        was(first + 10, 300 ether, 400);
        was(first + 21, 0, 0);
    }

    function was(uint40 time, uint256 collateral, uint256 score) private view {
        (uint96 amount, uint16 weight) = own.standingBefore(1, time);
        equal(amount, collateral, "collateral then");
        equal(weight, score, "score then");
    }

    function test_score_countsWhatWasDelivered() external {
        own.take(1, needed(), 80 ether);
        own.complete(1, needed(), 80 ether, 60 ether, 365 days / 2);
        // Stake 1,000 of 10,000 · discount 25 % · half a year of a year · nothing observed.
        equal(own.provider(1).score, (1_000 * 4_000 + 2_500 * 2_000 + 5_000 * 2_000) / 10_000, "score");
        own.take(1, needed(), 80 ether);
        own.penalise(1, needed(), 0);
        equal(own.provider(1).score, (1_000 * 4_000 + 2_500 * 2_000 + 2_500 * 2_000) / 10_000, "a node that never ran");
        equal(own.trackOf(1).nodes, 2, "nodes");
        equal(own.trackOf(1).settledJobs, 1, "delivered");
        own.take(1, needed(), 0);
        own.complete(1, needed(), 0, 0, 0);
        equal(own.trackOf(1).discountBpsSum, 2_500, "no discount on nothing");
    }

    function test_refreshUptime_takesTheNewestLeaf() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.SidecarNotEnrolled.selector, 1));
        own.refreshUptime(1);
        own.enrol(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.LeafNotProven.selector, 1));
        own.refreshUptime(1);
        leaf(10, 95_000);
        own.refreshUptime(1);
        equal(own.provider(1).score, (1_000 * 4_000 + 9_500 * 2_000) / 10_000, "95 % up");
        own.refreshUptime(1);
        equal(own.trackOf(1).periodsObserved, 10, "the same leaf adds nothing");
        leaf(20, 145_000);
        own.refreshUptime(1);
        equal(own.trackOf(1).periodsObserved, 20, "totals continue");
        equal(own.trackOf(1).uptimeBpsSum, 145_000, "sum");
        equal(own.provider(1).score, (1_000 * 4_000 + 7_250 * 2_000) / 10_000, "72.5 % up");
        vm.clearMockedCalls();
    }

    function leaf(uint64 periods, uint64 sum) private {
        bytes memory latest = abi.encode(true, periods, sum);
        vm.mockCall(address(ledger), abi.encodeCall(IAuditLedger.uptimeOf, (1)), latest);
    }

    function test_refreshScore_followsThePolicy() external {
        IProviders.Policy memory p = scoring();
        p.maxCollateral = 1_000 ether;
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        own.setPolicy(p);
        vm.prank(GOVERNMENT);
        own.setPolicy(p);
        equal(own.policy().maxCollateral, 1_000 ether, "kept");
        equal(own.provider(1).score, 400, "not yet");
        own.refreshScore(1);
        equal(own.provider(1).score, 4_000, "full marks now");
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 2));
        own.refreshScore(2);
    }

    function test_policy_isBounded() external {
        IProviders.Policy memory p = scoring();
        p.stakeWeight = 3_999;
        refuses(p);
        uint16[4][4] memory heavy = [
            [uint16(6_001), 3_999, 0, 0],
            [uint16(0), 6_001, 3_999, 0],
            [uint16(0), 0, 6_001, 3_999],
            [uint16(3_999), 0, 0, 6_001]
        ];
        for (uint256 i = 0; i < 4; ++i) {
            p = scoring();
            (p.stakeWeight, p.priceWeight) = (heavy[i][0], heavy[i][1]);
            (p.runningTimeWeight, p.uptimeWeight) = (heavy[i][2], heavy[i][3]);
            refuses(p);
        }
        p = scoring();
        p.minCollateral = 0;
        refuses(p);
        p = scoring();
        p.minCollateral = p.maxCollateral + 1;
        refuses(p);
        p = scoring();
        p.fullRunningSeconds = 1 hours - 1;
        refuses(p);
        p.fullRunningSeconds = 3_650 days + 1;
        refuses(p);
    }

    function refuses(IProviders.Policy memory p) private {
        vm.prank(GOVERNMENT);
        vm.expectRevert(IProviders.PolicyOutOfBounds.selector);
        own.setPolicy(p);
    }

    function test_screen_weighsAndMarks() external {
        uint256[] memory bids = new uint256[](3);
        bids[0] = (uint256(70 ether) << 64) | 1;
        bids[1] = (uint256(500 ether + 1) << 64) | 1;
        bids[2] = (uint256(1) << 64) | 77;
        uint40 closesAt = uint40(block.timestamp) + 1;
        uint256[] memory words = own.screen(IProviders.Need(defaultCapacity(), 80 ether, closesAt), bids);
        equal(words[0], bids[0] | (400 << 32) | (1 << 160), "eligible");
        equal(words[1], bids[1] | (400 << 32), "above its ceiling");
        equal(words[2], bids[2], "nobody");
        for (uint256 i = 0; i < 3; ++i) {
            IProviders.Capacity memory c = defaultCapacity();
            if (i == 0) c.cpuMilliGhz += 1;
            if (i == 1) c.memoryMilliGb += 1;
            if (i == 2) c.storageMilliGb += 1;
            equal(own.screen(IProviders.Need(c, 1, closesAt), bids)[0] >> 160, 0, "too large");
        }
        equal(own.screen(IProviders.Need(needed(), 1_000 ether + 1, closesAt), bids)[0] >> 160, 0, "reserve");
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 901 ether);
        equal(own.screen(IProviders.Need(needed(), 1, closesAt), bids)[0] >> 160, 0, "below P_min");
    }
}
