// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

/// @notice Invitations, candidacies and elections.
contract CouncilTest is GovernmentNetwork {
    function test_invitedTakeTheirSeats() external {
        isTrue(council.phase() == ICouncil.Phase.Initialization, "initialization");
        equal(council.sizeAt(BEGIN), 3, "n + 1 seats");
        isTrue(council.isInvited(member(1)) && !council.isInvited(member(4)), "invited");
        put(1, MIN - 1);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.StakeTooLow.selector, member(1), MIN - 1, MIN));
        vm.prank(member(1));
        council.acceptSeat();
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotInvited.selector, member(4)));
        vm.prank(member(4));
        council.acceptSeat();
        put(1, 1);
        vm.warp(BEGIN + 5);
        vm.expectEmit(address(council));
        emit ICouncil.Seated(member(1));
        vm.prank(member(1));
        council.acceptSeat();
        isTrue(isSeated(1) && !council.seatedAt(member(1), BEGIN + 4), "seated from then on");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotInvited.selector, member(1)));
        vm.prank(member(1));
        council.acceptSeat();
        equal(council.seats().length, 1, "one seat taken");
    }

    function test_aSeatIsGivenUpOnce() external {
        seat(1, MIN);
        vm.warp(BEGIN + 5);
        vm.expectEmit(address(council));
        emit ICouncil.Unseated(member(1));
        vm.prank(member(1));
        council.resign();
        isTrue(!isSeated(1) && council.seatedAt(member(1), BEGIN), "history stays");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotSeated.selector, member(1)));
        vm.prank(member(1));
        council.resign();
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotInvited.selector, member(1)));
        vm.prank(member(1));
        council.acceptSeat();
    }

    function test_candidacy() external {
        put(4, MIN - 1);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.StakeTooLow.selector, member(4), MIN - 1, MIN));
        vm.prank(member(4));
        council.stand();
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotCandidate.selector, member(4)));
        vm.prank(member(4));
        council.standDown();
        put(4, 1);
        vm.expectEmit(address(council));
        emit ICouncil.Stood(member(4), 1);
        vm.prank(member(4));
        council.stand();
        (uint40 number, uint48 since) = council.candidacyOf(member(4));
        isTrue(number == 1 && since == BEGIN, "candidacy");
        equal(council.candidates().length, 1, "listed");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.AlreadyCandidate.selector, member(4)));
        vm.prank(member(4));
        council.stand();
        vm.expectEmit(address(council));
        emit ICouncil.StoodDown(member(4));
        vm.prank(member(4));
        council.standDown();
        (number, ) = council.candidacyOf(member(4));
        equal(number, 0, "no candidacy");
        vm.warp(TRANSITION + 1);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.ElectionDue.selector, TRANSITION));
        vm.prank(member(4));
        council.stand();
    }

    function test_transitionAddsTheNWithMostVotes() external {
        seatInvited();
        vm.prank(member(1));
        council.stand();
        stand(4, MIN);
        stand(5, MIN + 40 ether);
        stand(6, MIN);
        back(6, 41 ether);
        stand(7, MIN);
        back(1, 10_000 ether);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.ElectionNotDue.selector, TRANSITION));
        council.elect();
        vm.warp(TRANSITION);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.ElectionNotDue.selector, TRANSITION));
        council.elect();

        vm.warp(TRANSITION + 1);
        (address[] memory elected, uint256[] memory votes) = (new address[](2), new uint256[](2));
        (elected[0], votes[0]) = (member(6), MIN + 41 ether);
        (elected[1], votes[1]) = (member(5), MIN + 40 ether);
        vm.expectEmit(address(council));
        emit ICouncil.Elected(TRANSITION, elected, votes);
        vm.prank(ANYBODY);
        council.elect();
        isTrue(council.phase() == ICouncil.Phase.Automated, "automated");
        isTrue(isSeated(1) && isSeated(2) && isSeated(3) && isSeated(5) && isSeated(6), "2n + 1");
        equal(council.seats().length, 5, "all taken");
        equal(council.sizeAt(uint48(block.timestamp)), 5, "size");
        equal(council.sizeAt(TRANSITION), 3, "size before");
        equal(council.electionAt(), TRANSITION + 30 days, "next date");
        vm.expectRevert(ICouncil.InvitationOver.selector);
        vm.prank(member(1));
        council.acceptSeat();
    }

    function test_laterElectionsFillAllSeats() external {
        seatInvited();
        stand(4, MIN);
        stand(5, MIN);
        elect();
        for (uint256 i = 6; i <= 9; ++i) stand(i, MIN + uint128(i));
        vm.prank(member(3));
        council.stand();
        elect();
        isTrue(!isSeated(1) && !isSeated(2), "who does not stand is out");
        isTrue(isSeated(6) && isSeated(7) && isSeated(8) && isSeated(9), "most votes");
        isTrue(isSeated(4) && !isSeated(5) && !isSeated(3), "ties to the earlier candidacy");
        equal(council.seats().length, 5, "2n + 1");
        vm.prank(member(4));
        council.standDown();
        isTrue(isSeated(4), "keeps the seat until the next election");
        elect();
        isTrue(!isSeated(4) && isSeated(5), "then the next in line has it");
    }

    function test_votesCountAsTheyWereAtTheDate() external {
        seatInvited();
        for (uint256 i = 4; i <= 6; ++i) stand(i, MIN);
        back(4, 3);
        back(5, 2);
        back(6, 1);
        vm.warp(TRANSITION + 1);
        back(6, 1_000 ether);
        put(6, 1_000 ether);
        vm.prank(address(uint160(0x70000 + 4)));
        staking.unstake(1, 3);
        council.elect();
        isTrue(isSeated(4) && isSeated(5) && !isSeated(6), "nothing after the date counts");
    }

    function test_whoseStakeIsMissingIsPassedOver() external {
        seatInvited();
        stand(4, MIN);
        stand(5, MIN);
        vm.warp(TRANSITION + 1);
        vm.prank(member(4));
        council.standDown();
        council.elect();
        isTrue(!isSeated(4) && isSeated(5), "one elected, one seat empty");
        equal(council.seats().length, 4, "seats taken");
        raiseMinimum();
        uint48 date = council.electionAt();
        vm.warp(date + 1);
        vm.expectEmit(address(council));
        emit ICouncil.NobodyElectable(date);
        council.elect();
        equal(council.seats().length, 4, "nothing changes");
        equal(council.electionAt(), date + 30 days, "but the date");
    }

    function raiseMinimum() private {
        IMemberStakes.Policy memory p = memberPolicy();
        p.minStake = MIN + 1;
        vm.prank(address(timelock));
        council.setPolicy(p);
    }

    function test_aTransitionWithoutCandidatesIsTriedAgain() external {
        seatInvited();
        elect();
        isTrue(council.phase() == ICouncil.Phase.Initialization, "still");
        equal(council.sizeAt(uint48(block.timestamp)), 3, "n + 1");
        stand(4, MIN);
        elect();
        isTrue(council.phase() == ICouncil.Phase.Automated && isSeated(4) && isSeated(1), "later");
    }

    function test_aLateElectionDoesNotMoveTheDates() external {
        seatInvited();
        vm.warp(uint256(TRANSITION) + 95 days);
        council.elect();
        equal(council.electionAt(), TRANSITION + 120 days, "on the grid");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.ElectionNotDue.selector, TRANSITION + 120 days));
        council.elect();
        vm.warp(TRANSITION + 120 days);
        stand(4, MIN);
        elect();
        equal(council.electionAt(), TRANSITION + 150 days, "one later");
        isTrue(isSeated(4), "who stood in the last second counts");
    }

    function test_aFullListGivesWayToMoreStake() external {
        for (uint256 i = 1; i <= 99; ++i) stand(i, MIN);
        vm.expectRevert(ICouncil.CandidatesNotFull.selector);
        council.standInsteadOf(member(1));
        stand(100, MIN + 5);
        back(100, 5);
        put(101, MIN + 10);
        vm.expectRevert(ICouncil.CandidatesFull.selector);
        vm.prank(member(101));
        council.stand();
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotCandidate.selector, member(102)));
        vm.prank(member(101));
        council.standInsteadOf(member(102));
        vm.expectRevert(abi.encodeWithSelector(ICouncil.CandidateStronger.selector, member(100), MIN + 10, MIN + 10));
        vm.prank(member(101));
        council.standInsteadOf(member(100));
        put(101, 1);
        vm.expectEmit(address(council));
        emit ICouncil.GaveWay(member(100), member(101));
        vm.prank(member(101));
        council.standInsteadOf(member(100));
        equal(council.candidates().length, 100, "still full");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.AlreadyCandidate.selector, member(101)));
        vm.prank(member(101));
        council.standInsteadOf(member(1));
    }

    function test_onlyTheGovernmentSlashes() external {
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotGovernment.selector, ANYBODY));
        vm.prank(ANYBODY);
        council.slash(member(1));
        vm.expectRevert(abi.encodeWithSelector(IMemberStakes.NothingStaked.selector, member(1)));
        vm.prank(address(government));
        council.slash(member(1));
    }

    function test_aSlashTakesTheSeatBelowTheMinimum() external {
        seat(1, 2 * MIN);
        vm.prank(member(1));
        council.stand();
        vm.expectEmit(address(council));
        emit IMemberStakes.Slashed(member(1), 60 ether, 140 ether);
        vm.prank(address(government));
        council.slash(member(1));
        isTrue(isSeated(1) && council.candidates().length == 1, "enough is left");
        equal(council.forfeited(), 60 ether, "forfeited");
        vm.prank(address(government));
        council.slash(member(1));
        isTrue(!isSeated(1) && council.candidates().length == 0, "not any more");
        equal(council.stakeOf(member(1)), 98 ether, "the rest is its own");
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotInvited.selector, member(1)));
        vm.prank(member(1));
        council.acceptSeat();
    }

    function test_onlyTheTimelockSetsPolicy() external {
        IMemberStakes.Policy memory p = memberPolicy();
        vm.expectRevert(abi.encodeWithSelector(ICouncil.NotTimelock.selector, address(this)));
        council.setPolicy(p);
        p.n = 3;
        vm.expectRevert(ICouncil.SizeFixedUntilTransition.selector);
        vm.prank(address(timelock));
        council.setPolicy(p);
        seatInvited();
        for (uint256 i = 4; i <= 10; ++i) stand(i, MIN);
        elect();
        vm.expectEmit(address(council));
        emit IMemberStakes.PolicyChanged(p);
        vm.prank(address(timelock));
        council.setPolicy(p);
        equal(council.sizeAt(uint48(block.timestamp)), 5, "size in force");
        elect();
        equal(council.sizeAt(uint48(block.timestamp)), 7, "size from the election");
        equal(council.seats().length, 7, "2n + 1");
        p.n = 1;
        vm.prank(address(timelock));
        council.setPolicy(p);
        elect();
        equal(council.seats().length, 3, "smaller");
    }
}
