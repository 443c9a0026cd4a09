// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../interfaces/IAuditLedger.sol";
import {IDiscipline} from "../interfaces/IDiscipline.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Authority} from "./Authority.sol";

/// @title Discipline: what a provider's record costs it, by anybody's call
/// @dev Holds no money: collateral is kept by Providers, which takes this contract's word, the reporters' shares of it as well.
contract Discipline is IDiscipline, Authority {
    uint256 private constant BPS = 10_000;
    uint16 private constant THRESHOLD_MOST = 5_000;
    uint32 private constant PERIODS_MOST = 100_000;
    uint32 private constant WINDOW_LEAST = 4;
    uint32 private constant SUSPENSION_LEAST = 1 minutes;
    uint32 private constant SPAN_MOST = 180 days;
    uint16 private constant SERVICE_MOST = 9_900;
    uint16 private constant SHARE_MOST = 5_000;

    IAuditLedger private immutable LEDGER;
    IProviders private immutable PROVIDERS;
    // Copied from the registry's clock: asking it would cost each report a call.
    uint256 private immutable FIRST_PERIOD_AT;
    uint256 private immutable PERIOD_SECONDS;

    Policy private _policy;
    /// @dev The period in which the policy was set: the first that reports may open at.
    uint64 private _policySince;
    mapping(uint32 id => Suspension) private _suspensions;
    /// @dev Last period that a report counted.
    mapping(uint32 sidecar => uint64) private _reported;
    /// @inheritdoc IDiscipline
    mapping(address account => uint256) public creditOf;

    constructor(Params memory p) Authority(p.authority) {
        address[3] memory needed = [p.sidecars, p.ledger, p.providers];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert PartMissing();
        ISidecars.Clock memory clock = ISidecars(p.sidecars).params().clock;
        FIRST_PERIOD_AT = ISidecars(p.sidecars).timeOfRound(clock.genesisRound);
        PERIOD_SECONDS = uint256(clock.periodRounds) * clock.secondsPerRound;
        LEDGER = IAuditLedger(p.ledger);
        PROVIDERS = IProviders(p.providers);
        _setPolicy(p.policy);
    }

    /// @inheritdoc IDiscipline
    function suspend(uint32 id) external {
        Policy memory p = _policy;
        Suspension storage suspension = _suspensions[id];
        if (block.timestamp < suspension.probationUntil) revert OnProbation(id, suspension.probationUntil);
        PROVIDERS.refreshScore(id);
        (, uint16 score) = PROVIDERS.standingBefore(id, uint40(block.timestamp) + 1);
        if (score == 0) revert ScoreMissing(id);
        if (score >= p.threshold) revert ScoreNotBelow(id, score, p.threshold);
        IProviders.Track memory track = PROVIDERS.trackOf(id);
        if (track.periodsObserved < p.recordPeriods && track.nodes < p.recordNodes) {
            revert RecordTooShort(id, track.periodsObserved, track.nodes);
        }
        suspension.until = uint40(block.timestamp) + p.suspensionSeconds;
        emit Suspended(id, score, p.threshold, suspension.until);
        PROVIDERS.suspend(id);
    }

    /// @inheritdoc IDiscipline
    function reinstate(uint32 id) external {
        Suspension storage suspension = _suspensions[id];
        uint40 until = suspension.until;
        if (until == 0) revert NotSuspended(id);
        if (block.timestamp < until && msg.sender != authority) revert StillSuspended(id, until);
        suspension.until = 0;
        suspension.probationUntil = uint40(block.timestamp) + _policy.probationSeconds;
        emit Reinstated(id, suspension.probationUntil);
        PROVIDERS.reinstate(id);
    }

    /// @inheritdoc IDiscipline
    function report(IAuditLedger.Proven calldata opening, IAuditLedger.Proven calldata closing) external {
        Policy memory p = _policy;
        uint32 sidecar = closing.leaf.id;
        if (opening.leaf.id != sidecar) revert SidecarMismatch(opening.leaf.id, sidecar);
        uint64 from = countedFrom(sidecar);
        if (opening.period < from) revert WindowTooEarly(sidecar, opening.period, from);
        (uint64 observed, uint256 uptime) = _between(opening, closing);
        if (observed < p.windowPeriods) revert WindowTooShort(sidecar, observed, p.windowPeriods);
        if (uptime >= p.serviceBps) revert LevelKept(sidecar, uptime, p.serviceBps);
        LEDGER.requireLeaf(opening.period, opening.leaf, opening.proof);
        LEDGER.requireLeaf(closing.period, closing.leaf, closing.proof);

        _reported[sidecar] = closing.period;
        (uint32 id, ) = PROVIDERS.bidderOf(sidecar);
        (uint96 taken, uint96 share) = PROVIDERS.slash(id, p.slashBps, p.reporterBps);
        if (taken == 0) revert NothingAtStake(id);
        creditOf[msg.sender] += share;
        emit Unresponsive(
            id,
            sidecar,
            msg.sender,
            opening.period + 1,
            closing.period,
            observed,
            uint16(uptime),
            taken,
            share
        );
    }

    /// @inheritdoc IDiscipline
    function withdrawCredit(address account) external {
        uint256 amount = creditOf[account];
        if (amount == 0) revert NothingCredited(account);
        creditOf[account] = 0;
        emit CreditWithdrawn(account, amount);
        PROVIDERS.payShare(account, amount);
    }

    /// @inheritdoc IDiscipline
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IDiscipline
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IDiscipline
    function suspensionOf(uint32 id) external view returns (Suspension memory) {
        return _suspensions[id];
    }

    /// @inheritdoc IDiscipline
    function countedFrom(uint32 sidecar) public view returns (uint64 from) {
        uint40 enrolledAt = PROVIDERS.enrolledAt(sidecar);
        if (enrolledAt == 0) revert SidecarNotEnrolled(sidecar);
        from = _periodAt(enrolledAt);
        if (from < _policySince) from = _policySince;
        if (from < _reported[sidecar]) from = _reported[sidecar];
    }

    /// @dev What the running totals of two leaves say of the periods between them. Totals never fall; leaves in the wrong
    /// order are a window of nothing.
    function _between(
        IAuditLedger.Proven calldata opening,
        IAuditLedger.Proven calldata closing
    ) private pure returns (uint64 observed, uint256 uptime) {
        IAuditLedger.Leaf calldata a = opening.leaf;
        IAuditLedger.Leaf calldata b = closing.leaf;
        bool later = closing.period > opening.period && b.periodsObserved > a.periodsObserved;
        if (!later || b.uptimeSum < a.uptimeSum) return (0, 0);
        observed = b.periodsObserved - a.periodsObserved;
        uptime = (b.uptimeSum - a.uptimeSum) / observed;
    }

    function _periodAt(uint40 time) private view returns (uint64) {
        return time < FIRST_PERIOD_AT ? 0 : uint64((time - FIRST_PERIOD_AT) / PERIOD_SECONDS);
    }

    function _setPolicy(Policy memory p) private {
        bool score =
            p.threshold <= THRESHOLD_MOST &&
                p.recordPeriods != 0 &&
                p.recordPeriods <= PERIODS_MOST &&
                p.recordNodes != 0 &&
                p.suspensionSeconds >= SUSPENSION_LEAST &&
                p.suspensionSeconds <= SPAN_MOST &&
                p.probationSeconds <= SPAN_MOST;
        bool service =
            p.serviceBps <= SERVICE_MOST &&
                p.windowPeriods >= WINDOW_LEAST &&
                p.windowPeriods <= PERIODS_MOST &&
                p.slashBps != 0 &&
                p.slashBps <= SHARE_MOST &&
                p.reporterBps <= SHARE_MOST;
        if (!score || !service) revert PolicyOutOfBounds();
        _policy = p;
        _policySince = _periodAt(uint40(block.timestamp));
        emit PolicyChanged(p);
    }
}
