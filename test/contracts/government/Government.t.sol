// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Government} from "../../../contracts/government/Government.sol";
import {Timelock} from "../../../contracts/government/Timelock.sol";
import {IGovernment} from "../../../contracts/interfaces/IGovernment.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

/// @notice Proposals, votes, quorum, expiry, and governors who do not vote.
contract GovernmentTest is GovernmentNetwork {
    address private target;
    bytes private data;

    function setUp() public override {
        super.setUp();
        seatInvited();
        target = address(council);
        IMemberStakes.Policy memory p = memberPolicy();
        p.minStake = 200 ether;
        data = abi.encodeCall(council.setPolicy, (p));
    }

    function open(uint256 i, string memory text) private returns (uint256 proposal) {
        proposal = propose(i, target, data, text);
        openVote(proposal);
    }

    function isState(uint256 proposal, IGovernor.ProposalState wanted, string memory what) private view {
        equal(uint256(government.state(proposal)), uint256(wanted), what);
    }

    function test_constructorRefuses() external {
        IGovernment.Params memory p = governmentParams();
        p.council = ANYBODY;
        refused(p, abi.encodeWithSelector(IGovernment.CouncilMissing.selector));
        for (uint256 i = 0; i < 3; ++i) {
            p = governmentParams();
            if (i == 0) p.bounds.votingPeriodLeast = 0;
            if (i == 1) p.bounds.votingPeriodMost = p.bounds.votingPeriodLeast - 1;
            if (i == 2) p.bounds.executionSeconds = 0;
            refused(p, abi.encodeWithSelector(IGovernment.BoundsInvalid.selector));
        }
        p = governmentParams();
        p.policy.quorumBps = 1;
        refused(p, abi.encodeWithSelector(IGovernment.PolicyOutOfBounds.selector));
        p = governmentParams();
        p.timelock = 1 days - 1;
        refused(p, abi.encodeWithSelector(Timelock.DelayOutOfBounds.selector, 1 days - 1));
        p.timelock = 30 days + 1;
        refused(p, abi.encodeWithSelector(Timelock.DelayOutOfBounds.selector, 30 days + 1));
    }

    function refused(IGovernment.Params memory p, bytes memory reason) private {
        vm.expectRevert(reason);
        new Government(p);
    }

    function test_aDecisionFromTextToEffect() external {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        bytes32 hash = keccak256(bytes(TEXT));
        uint256 id = government.hashProposal(targets, values, datas, hash);
        vm.expectEmit(address(government));
        uint256 start = block.timestamp + 1 hours;
        emit IGovernor.ProposalCreated(
            id,
            member(1),
            targets,
            values,
            new string[](1),
            datas,
            start,
            start + 3 days,
            TEXT
        );
        vm.expectEmit(address(government));
        emit IGovernment.DecisionOpened(0, id, member(1), hash);
        propose(1, target, data, TEXT);
        equal(government.decisionCount(), 1, "one decision");
        isTrue(government.decision(0).proposal == id && government.decision(0).textHash == hash, "readable");
        isState(id, IGovernor.ProposalState.Pending, "pending");

        openVote(id);
        vote(1, id, 1);
        vote(2, id, 2);
        closeVote(id);
        isState(id, IGovernor.ProposalState.Succeeded, "for and abstain make the quorum");
        queue(target, data, TEXT);
        isState(id, IGovernor.ProposalState.Queued, "queued");
        bytes32 salt = bytes20(address(government)) ^ hash;
        bytes32 operation = timelock.hashOperationBatch(targets, values, datas, 0, salt);
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                operation,
                bytes32(uint256(1 << 2))
            )
        );
        this.tryExecute();
        vm.warp(government.proposalEta(id));
        execute(target, data, TEXT);
        isState(id, IGovernor.ProposalState.Executed, "executed");
        equal(council.policy().minStake, 200 ether, "done");
        vm.expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorUnexpectedProposalState.selector,
                id,
                IGovernor.ProposalState.Executed,
                bytes32(uint256(1 << 5))
            )
        );
        this.tryExecute();
    }

    function tryExecute() external {
        execute(target, data, TEXT);
    }

    function test_onlyGovernorsProposeAndVoteOnce() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInsufficientProposerVotes.selector, member(4), 0, 1));
        this.tryPropose(4, TEXT);
        uint256 id = open(1, TEXT);
        put(4, 10_000 ether);
        back(4, 10_000 ether);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.NotGovernor.selector, member(4)));
        vote(4, id, 1);
        vote(1, id, 0);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, member(1)));
        vote(1, id, 1);
        vm.expectRevert(IGovernor.GovernorInvalidVoteType.selector);
        vote(2, id, 3);
        put(2, 50_000 ether);
        vote(2, id, 1);
        (uint256 against, uint256 inFavour, uint256 abstain) = government.proposalVotes(id);
        isTrue(against == 1 && inFavour == 1 && abstain == 0, "one each, whatever the stake");
        closeVote(id);
        isState(id, IGovernor.ProposalState.Defeated, "a tie is no");
    }

    function tryPropose(uint256 i, string memory text) external {
        propose(i, target, data, text);
    }

    function test_whoIsSeatedLaterDoesNotVote() external {
        stand(4, MIN);
        vm.warp(TRANSITION - 1 days);
        uint256 id = open(1, TEXT);
        elect();
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.NotGovernor.selector, member(4)));
        vote(4, id, 1);
        uint256 later = propose(4, target, data, "Second");
        openVote(later);
        vote(4, later, 1);
        equal(government.quorum(government.proposalSnapshot(id)), 2, "half of 3, up");
        equal(government.quorum(government.proposalSnapshot(later)), 3, "half of 5, up, empty seats too");
    }

    function test_quorumIsOfAllSeats() external {
        uint256 id = open(1, TEXT);
        vote(1, id, 1);
        closeVote(id);
        isState(id, IGovernor.ProposalState.Defeated, "one of three is no quorum");
        vm.prank(address(council));
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, address(council)));
        government.setPolicy(IGovernment.Policy(0, 1 days, 3_400));
        decide(address(government), abi.encodeCall(government.setPolicy, (IGovernment.Policy(0, 1 days, 8_000))), "q");
        execute(address(government), abi.encodeCall(government.setPolicy, (IGovernment.Policy(0, 1 days, 8_000))), "q");
        equal(government.policy().quorumBps, 8_000, "set");
        equal(government.votingDelay(), 0, "delay");
        equal(government.votingPeriod(), 1 days, "period");
        equal(government.quorum(block.timestamp), 3, "80 % of 3, up");
        equal(government.quorum(government.proposalSnapshot(id)), 2, "old votes keep theirs");
    }

    function test_noVoteGoesBeyondTheBounds() external {
        for (uint256 i = 0; i < 5; ++i) {
            IGovernment.Policy memory p = governmentParams().policy;
            if (i == 0) p.votingDelay = 7 days + 1;
            if (i == 1) p.votingPeriod = 1 days - 1;
            if (i == 2) p.votingPeriod = 14 days + 1;
            if (i == 3) p.quorumBps = 3_399;
            if (i == 4) p.quorumBps = 8_001;
            bytes memory call = abi.encodeCall(government.setPolicy, (p));
            decide(address(government), call, vm.toString(i));
            vm.expectRevert(IGovernment.PolicyOutOfBounds.selector);
            this.tryExecuteOn(address(government), call, vm.toString(i));
        }
        equal(abi.encode(government.policy()), abi.encode(governmentParams().policy), "unchanged");
        equal(abi.encode(government.bounds()), abi.encode(governmentParams().bounds), "bounds");
    }

    function tryExecuteOn(address where, bytes memory call, string memory text) external {
        execute(where, call, text);
    }

    function test_whatIsRefusedToEveryVote() external {
        bytes[5] memory call;
        call[0] = abi.encodeCall(government.relay, (address(council), 0, abi.encodeCall(council.slash, member(2))));
        call[1] = abi.encodeCall(government.updateTimelock, (timelock));
        call[2] = abi.encodeCall(timelock.updateDelay, (30 days + 1));
        call[3] = abi.encodeCall(timelock.updateDelay, (1 days - 1));
        call[4] = abi.encodeCall(timelock.grantRole, (timelock.PROPOSER_ROLE(), member(1)));
        bytes[5] memory reason;
        reason[0] = abi.encodeWithSelector(IGovernment.RelayDisabled.selector);
        reason[1] = abi.encodeWithSelector(IGovernment.TimelockFixed.selector);
        reason[2] = abi.encodeWithSelector(Timelock.DelayOutOfBounds.selector, 30 days + 1);
        reason[3] = abi.encodeWithSelector(Timelock.DelayOutOfBounds.selector, 1 days - 1);
        reason[4] = abi.encodeWithSelector(Timelock.RolesFixed.selector);
        for (uint256 i = 0; i < 5; ++i) {
            address where = i < 2 ? address(government) : address(timelock);
            decide(where, call[i], vm.toString(i));
            vm.expectRevert(reason[i]);
            this.tryExecuteOn(where, call[i], vm.toString(i));
        }
        bytes memory delay = abi.encodeCall(timelock.updateDelay, (3 days));
        decide(address(timelock), delay, "delay");
        execute(address(timelock), delay, "delay");
        equal(timelock.getMinDelay(), 3 days, "within the bounds");
    }

    function test_theTimelockObeysTheGovernmentAlone() external {
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, address(this)));
        timelock.updateDelay(2 days);
        vm.expectRevert(Timelock.RolesFixed.selector);
        timelock.revokeRole(0, address(government));
        vm.expectRevert(Timelock.RolesFixed.selector);
        timelock.renounceRole(0, address(this));
        isTrue(timelock.hasRole(timelock.PROPOSER_ROLE(), address(government)), "schedules");
        isTrue(timelock.hasRole(timelock.EXECUTOR_ROLE(), address(government)), "executes");
        isTrue(!timelock.hasRole(timelock.EXECUTOR_ROLE(), address(0)), "nobody else");
        isTrue(!timelock.hasRole(0, address(this)) && !timelock.hasRole(0, address(government)), "no administrator");
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                address(this),
                timelock.PROPOSER_ROLE()
            )
        );
        timelock.schedule(target, 0, data, 0, 0, 2 days);
    }

    function test_aProposalRunsItsCourse() external {
        uint256 id = propose(1, target, data, TEXT);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, member(1)));
        vm.prank(member(1));
        government.cancel(targets, values, datas, keccak256(bytes(TEXT)));
        vm.expectRevert(abi.encodeWithSelector(IGovernment.ProposalStillOpen.selector, member(1), id));
        this.tryPropose(1, "Second");
        closeVote(id);
        propose(1, target, data, "Second");
        equal(government.decisionCount(), 2, "one after the other");
    }

    /// @dev Wallets and indexers ask how time is counted (ERC-6372), and whether a timelock follows.
    function test_timeIsUnixSeconds() external {
        equal(government.clock(), block.timestamp, "now");
        equal(keccak256(bytes(government.CLOCK_MODE())), keccak256("mode=timestamp"), "by its name");
        equal(staking.clock(), block.timestamp, "as votes are kept");
        isTrue(government.proposalNeedsQueuing(open(1, TEXT)), "every decision waits");
    }

    /// @dev What is decided on is paid by the timelock; the government holds nothing.
    function test_theGovernmentTakesNoEth() external {
        vm.deal(address(this), 1 ether);
        (bool ok, ) = address(government).call{value: 1 ether}("");
        isTrue(!ok, "taken");
    }

    function test_boundedProposals() external {
        vm.expectRevert(abi.encodeWithSelector(IGovernment.TextLength.selector, 0));
        this.tryPropose(1, "");
        vm.expectRevert(abi.encodeWithSelector(IGovernment.TextLength.selector, 16_385));
        this.tryPropose(1, string(new bytes(16_385)));
        vm.expectRevert(abi.encodeWithSelector(IGovernment.TooManyCalls.selector, 33));
        vm.prank(member(1));
        government.propose(new address[](33), new uint256[](33), new bytes[](33), TEXT);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInvalidProposalLength.selector, 0, 0, 0));
        vm.prank(member(1));
        government.propose(new address[](0), new uint256[](0), new bytes[](0), TEXT);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.DecisionUnknown.selector, 0));
        government.decision(0);
    }

    function test_decisionsExpire() external {
        uint256 id = open(1, TEXT);
        vote(1, id, 1);
        vote(2, id, 1);
        vm.warp(government.proposalDeadline(id) + 14 days);
        isState(id, IGovernor.ProposalState.Succeeded, "in time");
        vm.warp(block.timestamp + 1);
        isState(id, IGovernor.ProposalState.Expired, "not queued in time");
        decide(target, data, "Second");
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        id = government.hashProposal(targets, values, datas, keccak256("Second"));
        vm.warp(block.timestamp + 14 days);
        isState(id, IGovernor.ProposalState.Queued, "to execute in time");
        vm.warp(block.timestamp + 1);
        isState(id, IGovernor.ProposalState.Expired, "not executed in time");
    }

    /// @dev Decisions by member 1 on which members 1 and, as told, 2 vote; 3 never does.
    function miss(uint256 many, bool twoVotes) private {
        for (uint256 i = 0; i < many; ++i) {
            uint256 id = open(1, vm.toString(government.decisionCount()));
            vote(1, id, 0);
            if (twoVotes) vote(2, id, 0);
            closeVote(id);
        }
    }

    function test_threeMissedVotesInARowAreSlashed() external {
        miss(2, true);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.DecisionUnknown.selector, 2));
        government.punishAbsence(member(3), 0);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.DecisionUnknown.selector, type(uint256).max));
        government.punishAbsence(member(3), type(uint256).max);
        uint256 id = open(1, TEXT);
        vm.warp(government.proposalDeadline(id));
        vm.expectRevert(abi.encodeWithSelector(IGovernment.DecisionOpen.selector, 2));
        government.punishAbsence(member(3), 0);
        vote(2, id, 2);
        closeVote(id);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.NotAbsent.selector, member(1), 0));
        government.punishAbsence(member(1), 0);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.NotAbsent.selector, member(4), 0));
        government.punishAbsence(member(4), 0);
        isTrue(government.isAbsent(member(1), 2) && !government.isAbsent(member(2), 2), "absent once");
        vm.expectEmit(address(government));
        emit IGovernment.AbsencePunished(member(3), 0, ANYBODY);
        vm.prank(ANYBODY);
        government.punishAbsence(member(3), 0);
        equal(council.stakeOf(member(3)), 70 ether, "30 %");
        isTrue(!isSeated(3) && isSeated(1) && isSeated(2), "below the minimum: seat lost");
        equal(government.punishedUpTo(member(3)), 3, "these are done");
        vm.expectRevert(abi.encodeWithSelector(IGovernment.AlreadyPunished.selector, member(3), 3));
        government.punishAbsence(member(3), 0);
    }

    function test_aVoteBetweenBreaksTheRow() external {
        put(2, 1_000 ether);
        miss(2, false);
        miss(1, true);
        miss(4, false);
        for (uint256 first = 0; first < 3; ++first) {
            uint256 voted = 2;
            vm.expectRevert(abi.encodeWithSelector(IGovernment.NotAbsent.selector, member(2), voted));
            government.punishAbsence(member(2), first);
        }
        government.punishAbsence(member(2), 4);
        equal(council.stakeOf(member(2)), 770 ether, "slashed");
        isTrue(isSeated(2), "enough is left");
        vm.expectRevert(abi.encodeWithSelector(IGovernment.AlreadyPunished.selector, member(2), 7));
        government.punishAbsence(member(2), 3);
    }

    function test_aSeatLostDuringTheVoteIsNoAbsence() external {
        miss(2, true);
        uint256 id = open(1, TEXT);
        vm.prank(member(3));
        council.resign();
        closeVote(id);
        vm.expectRevert(abi.encodeWithSelector(IGovernment.NotAbsent.selector, member(3), 2));
        government.punishAbsence(member(3), 0);
    }
}
