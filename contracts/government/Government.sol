// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ICouncil} from "../interfaces/ICouncil.sol";
import {IGovernment} from "../interfaces/IGovernment.sol";
import {Timelock} from "./Timelock.sol";

/// @title Government: what governors decide, and how
/// @dev Creates its own timelock, so that no one ever held a key to it.
contract Government is IGovernment, Governor, GovernorCountingSimple, GovernorTimelockControl {
    using Checkpoints for Checkpoints.Trace208;

    uint16 private constant BPS = 10_000;
    uint16 private constant QUORUM_BPS_LEAST = 3_400;
    uint16 private constant QUORUM_BPS_MOST = 8_000;
    uint256 private constant TEXT_MOST = 16_384;
    uint256 private constant CALLS_MOST = 32;
    /// @dev Missed votes in a row that are punished (white paper 3.1).
    uint256 private constant ROW = 3;

    ICouncil private immutable COUNCIL;

    Policy private _policy;
    Bounds private _bounds;
    /// @dev By time: a new quorum must not decide old votes anew.
    Checkpoints.Trace208 private _quorums;
    Decision[] private _decisions;
    /// @dev The latest proposal of a governor: a second one waits until the first is voted on, or one governor could
    /// make the others miss any number of votes.
    mapping(address proposer => uint256 proposal) private _latestOf;
    /// @inheritdoc IGovernment
    mapping(address account => uint256) public punishedUpTo;

    constructor(
        Params memory p
    )
        Governor("Stkr government")
        GovernorTimelockControl(new Timelock(address(this), p.timelock, p.bounds.timelockLeast, p.bounds.timelockMost))
    {
        if (p.council.code.length == 0) revert CouncilMissing();
        Bounds memory b = p.bounds;
        if (b.votingPeriodLeast == 0 || b.votingPeriodLeast > b.votingPeriodMost || b.executionSeconds == 0) {
            revert BoundsInvalid();
        }
        COUNCIL = ICouncil(p.council);
        _bounds = b;
        _setPolicy(p.policy);
    }

    /// @inheritdoc IGovernment
    function punishAbsence(address account, uint256 first) external {
        if (first < punishedUpTo[account]) revert AlreadyPunished(account, punishedUpTo[account]);
        for (uint256 i = 0; i < ROW; ++i) {
            if (!isAbsent(account, first + i)) revert NotAbsent(account, first + i);
        }
        punishedUpTo[account] = first + ROW;
        emit AbsencePunished(account, first, msg.sender);
        COUNCIL.slash(account);
    }

    /// @inheritdoc IGovernment
    function setPolicy(Policy calldata p) external onlyGovernance {
        _setPolicy(p);
    }

    /// @notice Refused: the government calls through its timelock alone.
    function relay(address, uint256, bytes calldata) public payable override {
        revert RelayDisabled();
    }

    /// @notice Refused: every contract of the system knows this timelock as its authority.
    function updateTimelock(TimelockController) public pure override {
        revert TimelockFixed();
    }

    /// @inheritdoc IGovernment
    function decisionCount() external view returns (uint256) {
        return _decisions.length;
    }

    /// @inheritdoc IGovernment
    function decision(uint256 number) external view returns (Decision memory) {
        if (number >= _decisions.length) revert DecisionUnknown(number);
        return _decisions[number];
    }

    /// @inheritdoc IGovernment
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IGovernment
    function bounds() external view returns (Bounds memory) {
        return _bounds;
    }

    /// @inheritdoc IGovernment
    function council() external view returns (address) {
        return address(COUNCIL);
    }

    /// @inheritdoc IGovernment
    function isAbsent(address account, uint256 number) public view returns (bool) {
        if (number >= _decisions.length) revert DecisionUnknown(number);
        uint256 proposal = _decisions[number].proposal;
        uint256 deadline = proposalDeadline(proposal);
        if (deadline >= clock()) revert DecisionOpen(number);
        return
            COUNCIL.seatedAt(account, uint48(proposalSnapshot(proposal))) &&
            COUNCIL.seatedAt(account, uint48(deadline)) &&
            !hasVoted(proposal, account);
    }

    /// @notice As in OpenZeppelin's Governor; a decision not queued, or not executed, in time expires.
    function state(
        uint256 proposal
    ) public view override(Governor, GovernorTimelockControl) returns (ProposalState current) {
        current = super.state(proposal);
        uint256 from = 0;
        if (current == ProposalState.Succeeded) from = proposalDeadline(proposal);
        if (current == ProposalState.Queued) from = proposalEta(proposal);
        if (from != 0 && clock() > from + _bounds.executionSeconds) return ProposalState.Expired;
    }

    function timelock() public view override(IGovernment, GovernorTimelockControl) returns (address) {
        return super.timelock();
    }

    /// @notice Seats that must vote for or abstain, rounded up, for a vote fixed at a time; empty seats count.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        uint256 bps = _quorums.upperLookupRecent(uint48(timepoint));
        return (COUNCIL.sizeAt(uint48(timepoint)) * bps + BPS - 1) / BPS;
    }

    function votingDelay() public view override returns (uint256) {
        return _policy.votingDelay;
    }

    function votingPeriod() public view override returns (uint256) {
        return _policy.votingPeriod;
    }

    /// @notice A seat is enough, and needed.
    function proposalThreshold() public pure override returns (uint256) {
        return 1;
    }

    function proposalNeedsQueuing(
        uint256 proposal
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposal);
    }

    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice ERC-6372.
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function _setPolicy(Policy memory p) private {
        Bounds memory b = _bounds;
        if (
            p.votingDelay > b.votingDelayMost ||
            p.votingPeriod < b.votingPeriodLeast ||
            p.votingPeriod > b.votingPeriodMost ||
            p.quorumBps < QUORUM_BPS_LEAST ||
            p.quorumBps > QUORUM_BPS_MOST
        ) revert PolicyOutOfBounds();
        _policy = p;
        _quorums.push(clock(), p.quorumBps);
        emit PolicyChanged(p);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory text,
        address proposer
    ) internal override returns (uint256 proposal) {
        uint256 length = bytes(text).length;
        if (length == 0 || length > TEXT_MOST) revert TextLength(length);
        if (targets.length > CALLS_MOST) revert TooManyCalls(targets.length);
        uint256 latest = _latestOf[proposer];
        if (latest != 0 && proposalDeadline(latest) >= clock()) revert ProposalStillOpen(proposer, latest);
        proposal = super._propose(targets, values, calldatas, text, proposer);
        _latestOf[proposer] = proposal;
        bytes32 textHash = keccak256(bytes(text));
        emit DecisionOpened(_decisions.length, proposal, proposer, textHash);
        _decisions.push(Decision(proposal, textHash));
    }

    function _getVotes(address account, uint256 timepoint, bytes memory) internal view override returns (uint256) {
        return COUNCIL.seatedAt(account, uint48(timepoint)) ? 1 : 0;
    }

    function _countVote(
        uint256 proposal,
        address account,
        uint8 support,
        uint256 weight,
        bytes memory params
    ) internal override(Governor, GovernorCountingSimple) returns (uint256) {
        if (weight == 0) revert NotGovernor(account);
        return super._countVote(proposal, account, support, weight, params);
    }

    function _validateCancel(uint256, address) internal pure override returns (bool) {
        return false;
    }

    function _queueOperations(
        uint256 proposal,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 textHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposal, targets, values, calldatas, textHash);
    }

    function _executeOperations(
        uint256 proposal,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 textHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposal, targets, values, calldatas, textHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 textHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, textHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
