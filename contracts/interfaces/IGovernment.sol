// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Government: what governors decide, and how
/// @notice A governor proposes calls with a text; after a delay everybody who had a seat then votes, one equal vote each;
/// a proposal with a quorum and more votes for than against waits in the timelock and is executed by anybody (white paper
/// 3.1; G4). The text is in the event `ProposalCreated`, its hash here and in the proposal's id.
/// @dev An OpenZeppelin Governor, simple counting, timelock control, clock in Unix seconds: `propose`, `castVote`, `queue`,
/// `execute`, `state` are its functions. Not of it: `cancel` (a proposal runs its course, or a proposer could break a
/// row of missed votes), `relay` and `updateTimelock` (nothing to relay, the timelock is for ever). Signed ballots use
/// this contract's own EIP-712 domain {"Stkr government", "1"}.
interface IGovernment {
    /// @notice What governors set about their own decisions.
    /// @param votingDelay Seconds from a proposal to the moment that fixes who votes on it.
    /// @param votingPeriod Seconds to vote.
    /// @param quorumBps Share of all seats, taken or empty, that must vote for or abstain.
    struct Policy {
        uint32 votingDelay;
        uint32 votingPeriod;
        uint16 quorumBps;
    }

    /// @notice What no vote can go beyond, fixed at deployment. The quorum is 3,400 to 8,000 everywhere.
    /// @param executionSeconds How long a decision may wait for the timelock, and then for its execution.
    struct Bounds {
        uint32 votingDelayMost;
        uint32 votingPeriodLeast;
        uint32 votingPeriodMost;
        uint32 timelockLeast;
        uint32 timelockMost;
        uint32 executionSeconds;
    }

    /// @param timelock Seconds between a decision's queueing and its execution.
    struct Params {
        address council;
        uint32 timelock;
        Policy policy;
        Bounds bounds;
    }

    struct Decision {
        uint256 proposal;
        bytes32 textHash;
    }

    event PolicyChanged(Policy policy);
    event DecisionOpened(uint256 indexed number, uint256 indexed proposal, address indexed proposer, bytes32 textHash);
    event AbsencePunished(address indexed governor, uint256 indexed first, address indexed reporter);

    error CouncilMissing();
    error BoundsInvalid();
    error PolicyOutOfBounds();
    error ProposalStillOpen(address proposer, uint256 proposal);
    error TextLength(uint256 length);
    error TooManyCalls(uint256 calls);
    error NotGovernor(address account);
    error RelayDisabled();
    error TimelockFixed();
    error DecisionUnknown(uint256 number);
    error DecisionOpen(uint256 number);
    error NotAbsent(address account, uint256 number);
    error AlreadyPunished(address account, uint256 upTo);

    /// @notice Slashes a governor that voted on none of the decisions `first`, `first` + 1, `first` + 2, all closed. Open to
    /// anybody. A decision is punished once.
    function punishAbsence(address account, uint256 first) external;
    /// @notice Changes the policy, within the bounds. By decision only.
    function setPolicy(Policy calldata policy) external;

    /// @notice Whether an account had a seat when a closed decision's vote began and when it ended, and did not vote.
    function isAbsent(address account, uint256 number) external view returns (bool);
    /// @notice Decisions are numbered from 0 in the order of their proposals.
    function decisionCount() external view returns (uint256);
    function decision(uint256 number) external view returns (Decision memory);
    /// @notice First number for which an account can be punished still.
    function punishedUpTo(address account) external view returns (uint256);
    function policy() external view returns (Policy memory);
    function bounds() external view returns (Bounds memory);
    function council() external view returns (address);
    function timelock() external view returns (address);
}
