// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberStakes} from "./IMemberStakes.sol";

/// @title Council: the 2n + 1 seats of the government, and the elections that fill them
/// @notice *Initialization*: n + 1 invited members take their seats by keeping the least stake. *Transition*: the first
/// election adds the n candidates with most votes. *Automated*: every later election fills all 2n + 1 seats (white paper
/// 3.1; G1 to G3). Votes are a candidate's own stake here plus the ANKR staked on sidecars that votes for it, both as
/// they were at the election's date; ties go to the earlier candidacy. Anybody runs an election that is due.
/// @dev An election is refused nothing but time: with too few candidates seats stay empty, with none everything stays as
/// it is until the next date. Candidates are at most 100, so that an election fits in a transaction; in a full list a
/// candidate gives way to one whose own stake alone is more than all its votes.
interface ICouncil is IMemberStakes {
    enum Phase {
        Initialization,
        Automated
    }

    /// @notice What is fixed at deployment, and the first policy.
    /// @param votes Staking contract (OpenZeppelin Votes, clock in Unix seconds).
    /// @param insurancePool Receives what is slashed.
    /// @param rewardPool Is told the stakes of those who have a seat.
    /// @param installer May install the government once, nothing else.
    /// @param transitionAt Date of the first election, Unix seconds.
    /// @param invited n + 1 different addresses.
    struct Params {
        address token;
        address votes;
        address insurancePool;
        address rewardPool;
        address installer;
        uint48 transitionAt;
        address[] invited;
        Policy policy;
        Bounds bounds;
    }

    event GovernmentInstalled(address indexed government, address indexed timelock);
    event Stood(address indexed candidate, uint40 candidacy);
    event GaveWay(address indexed candidate, address indexed to);
    event StoodDown(address indexed candidate);
    event Seated(address indexed governor);
    event Unseated(address indexed governor);
    /// @param votes Votes of each of the elected, in their order.
    event Elected(uint48 indexed date, address[] governors, uint256[] votes);
    event NobodyElectable(uint48 indexed date);

    error VotesMissing();
    error RewardPoolMissing();
    error InstallerMissing();
    error TransitionNotAhead(uint48 transitionAt);
    error InvitationsMiscounted(uint256 invited, uint256 wanted);
    error InvitationInvalid(address invited);
    error NotInstaller(address caller);
    error GovernmentAlreadyInstalled(address government);
    error GovernmentMismatch(address government);
    error NotGovernment(address caller);
    error NotTimelock(address caller);
    error NotInvited(address caller);
    error InvitationOver();
    error StakeTooLow(address account, uint256 stake, uint256 least);
    error AlreadyCandidate(address account);
    error NotCandidate(address account);
    error NotSeated(address account);
    error CandidatesFull();
    error CandidatesNotFull();
    error CandidateStronger(address candidate, uint256 votes, uint256 stake);
    error ElectionDue(uint48 date);
    error ElectionNotDue(uint48 date);
    error SizeFixedUntilTransition();

    /// @notice Takes the seat the caller is invited to, before the first election.
    function acceptSeat() external;
    /// @notice Makes the caller a candidate for all elections from now on, until it stands down.
    function stand() external;
    /// @notice The same in a full list, in place of a candidate whose votes are fewer than the caller's own stake.
    function standInsteadOf(address candidate) external;
    /// @notice Ends the caller's candidacy; a seat is kept until the next full election.
    function standDown() external;
    /// @notice Gives up the caller's seat; a candidacy is kept.
    function resign() external;
    /// @notice Runs the election that is due. Open to anybody.
    function elect() external;
    /// @notice Slashes a member; below the least stake it loses seat and candidacy. Government only.
    function slash(address account) external;
    /// @notice Changes the policy, within the bounds. Timelock of the government only. A new n counts from the next election.
    function setPolicy(Policy calldata policy) external;
    /// @notice Names the government and its timelock, once. Installer only.
    function install(address government) external;

    function phase() external view returns (Phase);
    /// @notice When the next election is due, Unix seconds.
    function electionAt() external view returns (uint48);
    function seats() external view returns (address[] memory);
    function candidates() external view returns (address[] memory);
    function candidacyOf(address account) external view returns (uint40 number, uint48 since);
    /// @notice Whether an account had a seat at a time (Unix seconds); final for times that are past.
    function seatedAt(address account, uint48 time) external view returns (bool);
    /// @notice How many seats there were at a time, taken or empty.
    function sizeAt(uint48 time) external view returns (uint256);
    function isInvited(address account) external view returns (bool);
    function government() external view returns (address);
    function timelock() external view returns (address);
    function votes() external view returns (address);
}
