// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {Jobs} from "./Jobs.sol";

/// @title Acting on a verdict: award, forfeit, hand on
/// @dev What the outcome is, the referee says; no token moves here.
abstract contract Settlement is Jobs {
    /// @inheritdoc IMarketplace
    function settle(uint64 id, Bid[] calldata bids, Proof[] calldata) external {
        Job storage job = _settleable(id);
        bytes32 certified = job.openingsHash;
        IReferee.Case memory c = _caseOf(id, job);
        c.certified = certified;
        IReferee.Verdict memory verdict = _judge(c, 3);
        if (verdict.voids != 0) _forfeitVoid(id, job, verdict.voids, bids);
        if (!verdict.found) return _unsold(id, job);
        // Whoever hands the job on later shows the same list and the same bitmap again.
        job.openingsHash = keccak256(abi.encode(certified, verdict.eligible));
        uint40 startBefore = _award(job, verdict);
        emit Settled(id, verdict.winner, verdict.price, verdict.setter, verdict.eligible, startBefore);
    }

    /// @inheritdoc IMarketplace
    function nextInLine(uint64 id, bytes32 certified, uint128 eligible, Bid[] calldata, Proof[] calldata) external {
        Job storage job = _inState(id, State.Awarded);
        _requireHandingOn(id, job.deadline);
        if (keccak256(abi.encode(certified, eligible)) != job.openingsHash) revert OpeningsMismatch(id);
        IReferee.Case memory c = _caseOf(id, job);
        c.certified = certified;
        c.takesOver = true;
        c.eligible = eligible;
        c.least = job.rank + 1;
        IReferee.Verdict memory verdict = _judge(c, 5);
        _failStart(id, job);
        if (!verdict.found) return _unsold(id, job);
        uint40 startBefore = _award(job, verdict);
        emit TakenOver(id, verdict.winner, verdict.price, verdict.setter, verdict.rank, startBefore);
    }

    /// @dev Penalises the winner of a job that it did not start, and frees what the job bound.
    function _failStart(uint64 id, Job storage job) internal {
        uint32 failed = job.winner;
        uint96 penalty = PROVIDERS.penalise(failed, _capacityOf(job), _share(job.reserve, job.penaltyBps));
        emit NotStarted(id, failed, penalty);
    }

    function _needOf(Job storage job) internal view returns (IProviders.Need memory) {
        return IProviders.Need(_capacityOf(job), job.reserve, uint40(_timeOf(job.closeRound)));
    }

    function _award(Job storage job, IReferee.Verdict memory verdict) private returns (uint40 startBefore) {
        startBefore = uint40(block.timestamp) + _policy.startSeconds;
        // One storage write, packed by hand: everything from `state` on (bit 72) of the word with the rates.
        uint256 outcome = (uint256(State.Awarded) << 72) | (uint256(verdict.rank) << 80);
        outcome |= (uint256(verdict.winner) << 88) | (uint256(verdict.price) << 120) | (uint256(startBefore) << 216);
        assembly ("memory-safe") {
            let slot := add(job.slot, 3)
            sstore(slot, or(and(sload(slot), 0xffffffffffffffffff), outcome))
        }
        PROVIDERS.take(verdict.winner, _capacityOf(job), job.reserve);
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

    function _settleable(uint64 id) private view returns (Job storage job) {
        job = _known(id);
        State state = job.state;
        if (state >= State.Awarded && state <= State.Unsold) revert AlreadySettled(id);
        if (state != State.Certified) revert WrongState(id, state);
        if (block.timestamp >= job.deadline) revert DeadlinePassed(id, job.deadline);
    }

    function _requireHandingOn(uint64 id, uint40 deadline) private view {
        if (block.timestamp < deadline) revert DeadlineNotPassed(id, deadline);
        uint256 last = deadline + _settleSpan();
        if (block.timestamp >= last) revert DeadlinePassed(id, uint40(last));
    }

    /// @dev Asks the referee with the bids and proofs of this very call, the last two of its `heads` arguments: their
    /// encoding is passed on as it is, only its two offsets are moved. Encoding them again would cost each bid as much as
    /// judging it.
    function _judge(IReferee.Case memory c, uint256 heads) private view returns (IReferee.Verdict memory) {
        bytes memory head = abi.encodeWithSelector(IReferee.judge.selector, c);
        uint256 first = 4 + 32 * heads;
        uint256 bids = uint256(bytes32(msg.data[first - 64:]));
        uint256 proofs = uint256(bytes32(msg.data[first - 32:]));
        // Where the head ends nothing of it may be read as a bid: it is not the same in both calls.
        if (bids < first - 4) revert CallMalformed();
        // Both heads end with the two offsets, which count from behind the selector.
        uint256 moved = head.length + 64 - first;
        bytes memory call = bytes.concat(head, bytes32(bids + moved), bytes32(proofs + moved), msg.data[first:]);
        (bool ok, bytes memory answer) = address(REFEREE).staticcall(call);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return abi.decode(answer, (IReferee.Verdict));
    }

    function _caseOf(uint64 id, Job storage job) private view returns (IReferee.Case memory c) {
        c.job = id;
        c.shortlist = job.shortlist;
        c.payAsBid = job.payAsBid;
        c.need = _needOf(job);
        c.randomness = BEACONS.requireRandomness(job.pickRound);
    }
}
