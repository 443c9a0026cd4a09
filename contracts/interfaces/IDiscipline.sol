// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "./IAuditLedger.sol";

/// @title Discipline: what a provider's record costs it, by anybody's call
/// @notice *Below the threshold* (white paper 3.6; P5): whose score is under it, with a record long enough to mean something,
/// is suspended for a set time: it finishes what runs and wins nothing new. When the time is over anybody brings it back.
/// From then on its old record counts half, so that what it does next weighs more, and for a probation its score suspends
/// it no more: who came back with bad totals can earn good ones.
///
/// *Unresponsive* (white paper 3.3; S2): two leaves of the audit ledger show what a sidecar did between them. If it was
/// observed in enough periods and was up for less of them than the service level, its provider loses a share of its
/// collateral. Periods in which nobody observed it count neither way, and no period counts twice.
/// @dev Nothing here is concluded from a proof that fails: without enough gas for a proof there is no penalty.
interface IDiscipline {
    /// @notice What governors set.
    /// @param threshold Scores below it suspend, at most 5,000.
    /// @param recordPeriods Observed periods from which a score counts, 1 to 100,000,
    /// @param recordNodes or nodes that ran or should have, at least 1: one of both is enough.
    /// @param suspensionSeconds One minute to 180 days.
    /// @param probationSeconds At most 180 days.
    /// @param serviceBps Service level: less uptime is unresponsive, at most 9,900.
    /// @param windowPeriods Observed periods that a report covers at least, 4 to 100,000.
    /// @param slashBps Share of what the provider holds that a report costs, 1 to 5,000.
    /// @param reporterBps Share of that for the reporter, at most 5,000: it may be the culprit itself.
    struct Policy {
        uint16 threshold;
        uint32 recordPeriods;
        uint32 recordNodes;
        uint32 suspensionSeconds;
        uint32 probationSeconds;
        uint16 serviceBps;
        uint32 windowPeriods;
        uint16 slashBps;
        uint16 reporterBps;
    }

    struct Params {
        address sidecars;
        address ledger;
        address providers;
        address authority;
        Policy policy;
    }

    /// @notice Unix seconds; zero where it never was, or is over.
    /// @param until When a suspension by the score ends.
    /// @param probationUntil Until when the score does not suspend.
    struct Suspension {
        uint40 until;
        uint40 probationUntil;
    }

    event PolicyChanged(Policy policy);
    event Suspended(uint32 indexed id, uint16 score, uint16 threshold, uint40 until);
    event Reinstated(uint32 indexed id, uint40 probationUntil);
    /// @param first First period that was counted, @param last the last.
    /// @param observed How many of them were observed, and @param uptimeBps the average uptime in those.
    event Unresponsive(
        uint32 indexed id,
        uint32 indexed sidecar,
        address indexed reporter,
        uint64 first,
        uint64 last,
        uint64 observed,
        uint16 uptimeBps,
        uint96 amount,
        uint96 reporterShare
    );
    event CreditWithdrawn(address indexed account, uint256 amount);

    error PartMissing();
    error PolicyOutOfBounds();
    /// @notice Below P_min there is no score: the provider wins nothing anyway.
    error ScoreMissing(uint32 id);
    error ScoreNotBelow(uint32 id, uint16 score, uint16 threshold);
    error RecordTooShort(uint32 id, uint256 periodsObserved, uint256 nodes);
    error OnProbation(uint32 id, uint40 until);
    error NotSuspended(uint32 id);
    error StillSuspended(uint32 id, uint40 until);
    error SidecarMismatch(uint32 opening, uint32 closing);
    error SidecarNotEnrolled(uint32 sidecar);
    /// @notice Periods up to `from` were before the enrolment, under another policy, or counted before.
    error WindowTooEarly(uint32 sidecar, uint64 period, uint64 from);
    error WindowTooShort(uint32 sidecar, uint64 observed, uint32 needed);
    error LevelKept(uint32 sidecar, uint256 uptimeBps, uint16 serviceBps);
    error NothingAtStake(uint32 id);
    error NothingCredited(address account);

    /// @notice Suspends a qualified provider whose score, brought up to date, is below the threshold. Open to anybody.
    function suspend(uint32 id) external;

    /// @notice Brings a suspended provider back, on probation. Open to anybody once the time is over, to the authority
    /// before.
    function reinstate(uint32 id) external;

    /// @notice Shows that a sidecar was unresponsive in the periods after `opening` up to `closing`. Open to anybody; pays
    /// the reporter a share of what the provider loses.
    function report(IAuditLedger.Proven calldata opening, IAuditLedger.Proven calldata closing) external;

    /// @notice Sends an account what reports credited to it. Anybody may trigger it; the money goes to the account.
    function withdrawCredit(address account) external;

    /// @notice Authority only. Reports under a policy count periods that ended after it was set.
    function setPolicy(Policy calldata policy) external;

    function policy() external view returns (Policy memory);
    function suspensionOf(uint32 id) external view returns (Suspension memory);
    /// @notice The period a report on a sidecar may open at, or any later one.
    function countedFrom(uint32 sidecar) external view returns (uint64);
    function creditOf(address account) external view returns (uint256);
}
