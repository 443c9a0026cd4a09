// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../../contracts/government/Council.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
import {Government} from "../../../contracts/government/Government.sol";
import {Ranking} from "../../../contracts/government/Ranking.sol";
import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IGovernment} from "../../../contracts/interfaces/IGovernment.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {FeeToken} from "./BadTokens.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

/// @notice Money of the members, what a deployment refuses, bounds of the policy.
contract MemberStakesTest is GovernmentNetwork {
    function test_constructorRefuses() external {
        ICouncil.Params memory p = councilParams();
        p.token = ANYBODY;
        refused(p, abi.encodeWithSelector(IMemberStakes.TokenMissing.selector));
        p = councilParams();
        p.insurancePool = ANYBODY;
        refused(p, abi.encodeWithSelector(IMemberStakes.InsurancePoolMissing.selector));
        p = councilParams();
        p.votes = ANYBODY;
        refused(p, abi.encodeWithSelector(ICouncil.VotesMissing.selector));
        p = councilParams();
        p.installer = address(0);
        refused(p, abi.encodeWithSelector(ICouncil.InstallerMissing.selector));
        p = councilParams();
        p.transitionAt = BEGIN;
        refused(p, abi.encodeWithSelector(ICouncil.TransitionNotAhead.selector, BEGIN));
        p = councilParams();
        p.invited = new address[](2);
        refused(p, abi.encodeWithSelector(ICouncil.InvitationsMiscounted.selector, 2, 3));
        p = councilParams();
        p.invited[2] = address(0);
        refused(p, abi.encodeWithSelector(ICouncil.InvitationInvalid.selector, address(0)));
        p.invited[2] = member(1);
        refused(p, abi.encodeWithSelector(ICouncil.InvitationInvalid.selector, member(1)));
        p = councilParams();
        p.rewardPool = ANYBODY;
        refused(p, abi.encodeWithSelector(ICouncil.RewardPoolMissing.selector));
        for (uint256 i = 0; i < 6; ++i) {
            p = councilParams();
            if (i == 0) p.bounds.minStakeLeast = 0;
            if (i == 1) p.bounds.electionSecondsLeast = 0;
            if (i == 2) p.bounds.unbondingSecondsLeast = 0;
            if (i == 3) p.bounds.minStakeMost = p.bounds.minStakeLeast - 1;
            if (i == 4) p.bounds.electionSecondsMost = p.bounds.electionSecondsLeast - 1;
            if (i == 5) p.bounds.unbondingSecondsMost = p.bounds.unbondingSecondsLeast - 1;
            refused(p, abi.encodeWithSelector(IMemberStakes.BoundsInvalid.selector));
        }
        p = councilParams();
        p.policy.minStake = 1;
        refused(p, abi.encodeWithSelector(IMemberStakes.PolicyOutOfBounds.selector));
    }

    function refused(ICouncil.Params memory p, bytes memory reason) private {
        vm.expectRevert(reason);
        new Council(p);
    }

    function test_noVoteGoesBeyondTheBounds() external {
        for (uint256 i = 0; i < 10; ++i) {
            IMemberStakes.Policy memory p = memberPolicy();
            if (i == 0) p.slashBps = 0;
            if (i == 1) p.slashBps = 5_001;
            if (i == 2) p.minStake = 10 ether - 1;
            if (i == 3) p.minStake = 1_000 ether + 1;
            if (i == 4) p.electionSeconds = 1 days - 1;
            if (i == 5) p.electionSeconds = 365 days + 1;
            if (i == 6) p.unbondingSeconds = 1 days - 1;
            if (i == 7) p.unbondingSeconds = 30 days + 1;
            if (i > 7) openSize();
            if (i == 8) p.n = 0;
            if (i == 9) p.n = 11;
            vm.expectRevert(IMemberStakes.PolicyOutOfBounds.selector);
            vm.prank(address(timelock));
            council.setPolicy(p);
        }
        IMemberStakes.Policy memory most = IMemberStakes.Policy(10, 1_000 ether, 5_000, 365 days, 30 days);
        vm.prank(address(timelock));
        council.setPolicy(most);
        equal(abi.encode(council.policy()), abi.encode(most), "at the bounds");
        equal(abi.encode(council.bounds()), abi.encode(councilParams().bounds), "bounds");
    }

    function openSize() private {
        if (council.phase() == ICouncil.Phase.Automated) return;
        stand(9, MIN);
        elect();
    }

    function test_install() external {
        Council fresh = new Council(councilParams());
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotInstaller.selector, ANYBODY));
        vm.prank(ANYBODY);
        fresh.install(address(government));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.GovernmentMismatch.selector, address(government)));
        fresh.install(address(government));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.GovernmentMismatch.selector, ANYBODY));
        fresh.install(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.GovernmentAlreadyInstalled.selector, address(government)));
        council.install(address(government));
        IGovernment.Params memory p = governmentParams();
        p.council = address(fresh);
        address own = address(new Government(p));
        fresh.install(own);
        equal(fresh.government(), own, "installed");
        equal(fresh.timelock(), Government(payable(own)).timelock(), "timelock");
        equal(fresh.votes(), address(staking), "votes");
        equal(fresh.token(), address(token), "token");
    }

    function test_depositAndWithdraw() external {
        vm.expectRevert(IMemberStakes.AmountZero.selector);
        council.deposit(0);
        vm.expectRevert(IMemberStakes.AmountZero.selector);
        council.requestWithdrawal(0);
        vm.expectRevert(abi.encodeWithSelector(IMemberStakes.NothingWithdrawing.selector, member(4)));
        vm.prank(member(4));
        council.withdraw();
        put(4, 50);
        equal(council.stakeAt(member(4), BEGIN), 50, "stake");
        vm.expectRevert(abi.encodeWithSelector(IMemberStakes.StakeBound.selector, member(4), 50, 0, 51));
        vm.prank(member(4));
        council.requestWithdrawal(51);
        vm.warp(BEGIN + 1);
        vm.prank(member(4));
        council.requestWithdrawal(20);
        vm.warp(BEGIN + 2);
        vm.expectEmit(address(council));
        emit IMemberStakes.WithdrawalRequested(member(4), 10, 30, BEGIN + 2 + 7 days);
        vm.prank(member(4));
        council.requestWithdrawal(10);
        equal(council.stakeOf(member(4)), 20, "counts no more");
        equal(council.staked(), 50, "still held");
        vm.warp(BEGIN + 1 + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IMemberStakes.StillBound.selector, member(4), BEGIN + 2 + 7 days));
        vm.prank(member(4));
        council.withdraw();
        vm.warp(BEGIN + 2 + 7 days);
        vm.expectEmit(address(council));
        emit IMemberStakes.Withdrawn(member(4), 30);
        vm.prank(member(4));
        council.withdraw();
        equal(token.balanceOf(member(4)), 100_000 ether - 20, "paid");
        equal(council.staked(), 20, "the rest");
    }

    function test_aRoleKeepsTheMinimum() external {
        seat(1, MIN + 5);
        stand(4, MIN + 5);
        for (uint256 i = 1; i <= 4; i += 3) {
            vm.expectRevert(abi.encodeWithSelector(IMemberStakes.StakeBound.selector, member(i), MIN + 5, MIN, 6));
            vm.prank(member(i));
            council.requestWithdrawal(6);
            vm.prank(member(i));
            council.requestWithdrawal(5);
        }
        vm.prank(member(1));
        council.resign();
        vm.prank(member(1));
        council.requestWithdrawal(MIN);
        equal(council.withdrawalOf(member(1)).amount, MIN + 5, "all");
    }

    function test_askingBackDoesNotSaveFromASlash() external {
        seat(1, MIN + 50);
        vm.prank(member(1));
        council.resign();
        vm.prank(member(1));
        council.requestWithdrawal(MIN);
        vm.prank(address(government));
        council.slash(member(1));
        uint256 taken = ((uint256(MIN) + 50) * 3) / 10;
        equal(council.stakeOf(member(1)), 0, "stake first");
        equal(council.withdrawalOf(member(1)).amount, uint256(MIN) + 50 - taken, "then what was asked back");
        equal(council.forfeited(), taken, "30 %");
        vm.warp(BEGIN + 7 days);
        vm.prank(member(1));
        council.withdraw();
        vm.expectEmit(address(council));
        emit IMemberStakes.HandedOver(taken);
        council.handOver();
        equal(insurancePool.contributed(address(council), "absence"), taken, "to the Insurance Pool");
        equal(token.balanceOf(address(council)), 0, "nothing is left");
        vm.expectRevert(IMemberStakes.NothingForfeited.selector);
        council.handOver();
    }

    function testFuzz_slashIsNeverMoreThanThereIs(uint128 stake, uint128 asked, uint16 bps) external {
        stake = uint128(bound(stake, 1, 1_000 ether));
        asked = uint128(bound(asked, 0, stake));
        IMemberStakes.Policy memory p = memberPolicy();
        p.slashBps = uint16(bound(bps, 1, 5_000));
        vm.prank(address(timelock));
        council.setPolicy(p);
        put(4, stake);
        if (asked != 0) {
            vm.prank(member(4));
            council.requestWithdrawal(asked);
        }
        vm.prank(address(government));
        council.slash(member(4));
        uint256 taken = council.forfeited();
        isTrue(taken <= stake && taken * 10_000 >= uint256(stake) * p.slashBps, "at least the share, at most all");
        equal(council.stakeOf(member(4)) + council.withdrawalOf(member(4)).amount + taken, stake, "nothing lost");
        equal(council.staked() + taken, token.balanceOf(address(council)), "owed is held");
    }

    function test_refusesTokensThatTakeAFee() external {
        FeeToken fee = new FeeToken();
        ICouncil.Params memory p = councilParams();
        p.token = address(fee);
        Council other = new Council(p);
        fee.mint(ANYBODY, 1_000);
        vm.prank(ANYBODY);
        fee.approve(address(other), 1_000);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 1_000, 990));
        vm.prank(ANYBODY);
        other.deposit(1_000);
    }

    /// @dev Against sorting the whole list.
    function testFuzz_rankingKeepsTheLargest(uint208[12] memory votes, uint8 places) external pure {
        uint256[] memory top = new uint256[](bound(places, 0, 14));
        uint256 filled = 0;
        for (uint256 i = 0; i < 12; ++i) {
            // Few values, so that there are ties.
            filled = Ranking.insert(top, filled, Ranking.word(votes[i] % 5, uint40(12 - i), uint8(i)));
        }
        equal(filled, top.length < 12 ? top.length : 12, "filled");
        for (uint256 i = 0; i < 12; ++i) {
            uint256 own = votes[i] % 5;
            uint256 rank = 0;
            for (uint256 j = 0; j < 12; ++j) {
                // A higher index has the earlier candidacy.
                if (votes[j] % 5 > own || (votes[j] % 5 == own && j > i)) ++rank;
            }
            if (rank >= filled) continue;
            equal(Ranking.indexOf(top[rank]), i, "place");
            equal(Ranking.votesOf(top[rank]), own, "votes");
        }
    }
}
