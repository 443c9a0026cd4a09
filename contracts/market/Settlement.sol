// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {Referee} from "./Referee.sol";

/// @title Acting on a verdict: award, forfeit, hand on
/// @dev What the outcome is, the referee says; no token moves here.
abstract contract Settlement is Referee {
    /// @dev Where the outcome begins in the job's third word: before it are rules and commitments.
    uint256 private constant OUTCOME = 56;

    /// @inheritdoc IMarketplace
    function settle(uint64 id, Bid[] calldata bids, Proof[] calldata proofs) external {
        Job storage job = _jobs[id];
        Case memory c = _caseOf(id, job);
        _requireSettleable(id, c.rules);
        c.certified = job.openingsHash;
        Verdict memory verdict = _judge(c, bids, proofs);
        if (verdict.voids != 0) _forfeitVoid(id, job, verdict.voids, bids);
        if (!verdict.found) return _unsold(id, job);
        // Whoever hands the job on later shows the same list and the same bitmap again.
        job.openingsHash = _handOnHash(c.certified, verdict.eligible);
        uint256 startBefore = _award(job, c, verdict);
        emit Settled(
            id,
            verdict.winner,
            uint96(verdict.price),
            verdict.setter,
            uint128(verdict.eligible),
            uint40(startBefore)
        );
    }

    /// @inheritdoc IMarketplace
    function nextInLine(
        uint64 id,
        bytes32 certified,
        uint128 eligible,
        Bid[] calldata bids,
        Proof[] calldata proofs
    ) external {
        Job storage job = _known(id);
        State state = job.state;
        if (state != State.Awarded && state != State.Reported) revert WrongState(id, state);
        _requireHandingOn(id, job.deadline);
        if (_handOnHash(certified, eligible) != job.openingsHash) revert OpeningsMismatch(id);
        Case memory c = _caseOf(id, job);
        c.certified = certified;
        c.takesOver = true;
        c.eligible = eligible;
        c.least = uint256(job.rank) + 1;
        Verdict memory verdict = _judge(c, bids, proofs);
        _failStart(id, job, state);
        if (!verdict.found) return _unsold(id, job);
        uint256 startBefore = _award(job, c, verdict);
        emit TakenOver(
            id,
            verdict.winner,
            uint96(verdict.price),
            verdict.setter,
            uint8(verdict.rank),
            uint40(startBefore)
        );
    }

    /// @dev Penalises the winner of a job that it did not start, and frees what the job bound.
    function _failStart(uint64 id, Job storage job, State state) internal {
        if (state == State.Reported) PROJECTS.giveBack(id);
        uint32 failed = job.winner;
        uint96 penalty = PROVIDERS.penalise(failed, _capacityOf(job), _share(job.reserve, job.penaltyBps));
        emit NotStarted(id, failed, penalty);
    }

    function _needOf(Job storage job) internal view returns (IProviders.Need memory) {
        return IProviders.Need(_capacityOf(job), job.reserve, uint40(_timeOf(job.closeRound)));
    }

    function _award(Job storage job, Case memory c, Verdict memory v) private returns (uint256 startBefore) {
        startBefore = block.timestamp + uint32(c.rules >> 16);
        // One storage write, packed by hand: all from `state` on.
        uint256 outcome = uint256(State.Awarded) | (v.rank << 8) | (uint256(v.winner) << 16);
        outcome |= (v.price << 48) | (startBefore << 144);
        outcome = (outcome << OUTCOME) | (c.rules & ((1 << OUTCOME) - 1));
        assembly ("memory-safe") {
            sstore(add(job.slot, 2), outcome)
        }
        PROVIDERS.take(v.winner, _capacityOf(job), uint96(c.terms));
    }

    function _unsold(uint64 id, Job storage job) private {
        job.state = State.Unsold;
        emit Unsold(id);
    }

    /// @dev Void: did not open, or is above the reserve (M7).
    function _forfeitVoid(uint64 id, Job storage job, uint256 voids, Bid[] calldata bids) private {
        uint96 amount = _share(job.reserve, job.forfeitBps);
        for (uint256 i = 0; voids >> i != 0; ++i) {
            if ((voids >> i) & 1 == 0) continue;
            uint32 provider = bids[i].provider;
            emit BidForfeited(id, provider, PROVIDERS.forfeit(provider, amount));
        }
    }

    function _requireSettleable(uint64 id, uint256 rules) private view {
        State state = State(uint8(rules >> OUTCOME));
        if (state == State.Unknown) revert UnknownJob(id);
        if (state >= State.Awarded && state <= State.Unsold) revert AlreadySettled(id);
        if (state != State.Certified) revert WrongState(id, state);
        uint40 deadline = uint40(rules >> 200);
        if (block.timestamp >= deadline) revert DeadlinePassed(id, deadline);
    }

    function _requireHandingOn(uint64 id, uint40 deadline) private view {
        if (block.timestamp < deadline) revert DeadlineNotPassed(id, deadline);
        uint256 last = deadline + _settleSpan();
        if (block.timestamp >= last) revert DeadlinePassed(id, uint40(last));
    }

    /// @dev Two words read once: field by field it would be twelve reads.
    function _caseOf(uint64 id, Job storage job) private view returns (Case memory c) {
        c.job = id;
        assembly ("memory-safe") {
            mstore(add(c, 0x20), sload(add(job.slot, 1)))
            mstore(add(c, 0x40), sload(add(job.slot, 2)))
        }
    }

    function _handOnHash(bytes32 certified, uint256 eligible) private pure returns (bytes32) {
        return keccak256(abi.encode(certified, eligible));
    }
}
