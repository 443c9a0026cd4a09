// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../interfaces/IProviders.sol";
import {History} from "../lib/History.sol";
import {Score} from "./Score.sol";

/// @title What settlements read of a provider: one word for each, and the past of it
/// @dev Collateral and score count as they were when bidding closed. Otherwise a bidder who has seen the others' prices
/// could still leave by asking its collateral back, or come in by adding some, and who has seen the pick round could move
/// the draw by moving its weight.
abstract contract Standings is IProviders {
    using History for mapping(uint256 place => uint256);

    /// @dev One word, all that screening a bid reads: a word more would cost each bid as much as all the rest of it. Hence
    /// amounts in thousandths of an ANKR, rounded down. `counted` is the collateral; it and `score` hold since `since`,
    /// before that `_past` says.
    struct Standing {
        Status status;
        uint16 score;
        uint40 since;
        uint48 ceiling;
        uint32 freeCpu;
        uint32 freeMemory;
        uint32 freeStorage;
        uint48 counted;
    }

    /// @dev One word, to the base unit. `changes` counts what `_past` knows.
    struct Funds {
        uint96 collateral;
        uint96 lien;
        uint16 running;
        uint24 failures;
        uint24 changes;
    }

    /// @dev Side by side: who is screened is looked up once. Whoever changes several fields does so in memory, and writes
    /// each word once.
    struct Account {
        Standing standing;
        Funds funds;
    }

    struct Withdrawal {
        uint96 amount;
        uint40 unlocksAt;
    }

    /// @dev What was taken and waits to be sent on. Never empty, so that no penalty pays for writing it for the first time.
    struct Waiting {
        uint120 forfeited;
        uint120 shares;
        bool written;
    }

    /// @dev The lowest bits of what a track counts (jobs, nodes, periods), and all bits but the highest of each field.
    uint256 private constant TRACK_COUNTS = (1 << 160) | (1 << 80) | 1;
    uint256 private constant TRACK_HALVES =
        type(uint256).max ^ ((1 << 255) | (1 << 199) | (1 << 159) | (1 << 111) | (1 << 79) | (1 << 31));

    /// @dev In `settledJobs` as it is kept: a track's word is written when its provider applies, so that nobody who ends its
    /// first job pays for that.
    uint32 private constant WRITTEN = 1 << 31;

    uint256 private constant ELIGIBLE = 1 << 160;
    uint96 private constant THOUSANDTH = 1e15;
    uint16 private constant WEIGHT_MAX = 6_000;
    uint32 private constant RUNNING_LEAST = 1 hours;
    uint32 private constant RUNNING_MOST = 3_650 days;

    mapping(uint32 id => Account) internal _accounts;
    mapping(uint32 id => Withdrawal) internal _withdrawals;
    mapping(uint32 id => Track) private _tracks;
    /// @dev Standings that are over, from when on they held: `counted` from bit 16 on, `score` before it.
    mapping(uint32 id => mapping(uint256 place => uint256)) private _past;
    Policy internal _policy;
    Waiting internal _waiting;

    /// @inheritdoc IProviders
    function screen(Need calldata need, uint256[] calldata bids) external view returns (uint256[] memory words) {
        words = bids;
        Need memory n = need;
        uint256 end;
        assembly ("memory-safe") {
            end := add(add(words, 0x20), shl(5, mload(words)))
        }
        for (uint256 place = end - 32 * bids.length; place != end;) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(place)
            }
            word = _screened(word, n);
            assembly ("memory-safe") {
                mstore(place, word)
                place := add(place, 0x20)
            }
        }
        // Returned as it lies in memory: encoding it again would cost each bid a copy by hand.
        assembly {
            let answer := sub(words, 0x20)
            mstore(answer, 0x20)
            return(answer, sub(end, answer))
        }
    }

    /// @inheritdoc IProviders
    function forfeited() public view returns (uint256) {
        return _waiting.forfeited;
    }

    /// @inheritdoc IProviders
    function standingBefore(uint32 id, uint40 time) external view returns (uint96 collateral, uint16 score) {
        (uint256 amount, uint256 weight) = _standingBefore(id, time);
        return (uint96(amount), uint16(weight));
    }

    /// @dev Sets collateral, and the score that follows, from now on.
    function _setFunds(uint32 id, uint96 collateral) internal {
        Account memory account = _load(id);
        if (_revalue(id, account, _trackOf(id), collateral)) _store(id, account);
    }

    /// @dev The same in memory. Below P_min there is no score: settlements read from it that nothing can be won.
    /// @return changed False if nothing did: nobody can lengthen a provider's history by refreshing its score.
    function _revalue(
        uint32 id,
        Account memory account,
        Track memory track,
        uint96 collateral
    ) internal returns (bool changed) {
        Standing memory standing = account.standing;
        Funds memory funds = account.funds;
        Policy memory p = _policy;
        uint16 score = collateral < p.minCollateral ? 0 : Score.scoreOf(track, collateral, p);
        if (score == standing.score && collateral == funds.collateral) return false;
        bool past = standing.since != 0 && standing.since != block.timestamp;
        // A change a second for half a year fills it. Whoever wanted that is known by the last entry from then on.
        if (past && funds.changes != type(uint24).max) {
            uint256 held = (uint256(standing.since) << 64) | (uint256(standing.counted) << 16) | standing.score;
            _past[id][funds.changes++] = held;
        }
        if (score != standing.score) emit ScoreChanged(id, score);
        funds.collateral = collateral;
        (standing.counted, standing.score) = (_thousandths(collateral), score);
        standing.since = uint40(block.timestamp);
        return true;
    }

    /// @dev For the Insurance Pool, but for `shareBps` of it. The score follows with the next change or `refreshScore`.
    function _forfeit(
        uint32 id,
        Account memory account,
        uint96 amount,
        uint256 shareBps
    ) internal returns (uint96 taken, uint96 share) {
        uint96 left;
        (taken, left) = _seize(id, account, amount);
        if (taken == 0) return (0, 0);
        share = uint96((taken * shareBps) / Score.BPS);
        Waiting memory waiting = _waiting;
        (waiting.forfeited, waiting.shares) = (waiting.forfeited + taken - share, waiting.shares + share);
        _waiting = waiting;
        emit Forfeited(id, taken, left);
    }

    /// @dev Takes what is there, first what was not asked back. What is gone counts for no job any more, so the past is
    /// left alone: it is capped by what is held.
    function _seize(uint32 id, Account memory account, uint96 amount) internal returns (uint96 taken, uint96 held) {
        Funds memory funds = account.funds;
        uint96 asked = _withdrawals[id].amount;
        held = funds.collateral + asked;
        taken = amount < held ? amount : held;
        if (taken == 0) return (0, held);
        held -= taken;
        if (taken > funds.collateral) {
            _withdrawals[id].amount = held;
            funds.collateral = 0;
        } else {
            funds.collateral -= taken;
        }
        if (funds.lien > held) funds.lien = held;
        account.standing.counted = _thousandths(funds.collateral);
    }

    function _load(uint32 id) internal view returns (Account memory) {
        return _accounts[id];
    }

    /// @dev Two storage writes, packed by hand: field by field it would be thirteen.
    function _store(uint32 id, Account memory account) internal {
        Account storage kept = _accounts[id];
        Standing memory s = account.standing;
        uint256 standing = uint256(s.status) | (uint256(s.score) << 8) | (uint256(s.since) << 24);
        standing |= (uint256(s.ceiling) << 64) | (uint256(s.freeCpu) << 112) | (uint256(s.freeMemory) << 144);
        standing |= (uint256(s.freeStorage) << 176) | (uint256(s.counted) << 208);
        Funds memory f = account.funds;
        uint256 funds = uint256(f.collateral) | (uint256(f.lien) << 96) | (uint256(f.running) << 192);
        funds |= (uint256(f.failures) << 208) | (uint256(f.changes) << 232);
        assembly ("memory-safe") {
            sstore(kept.slot, standing)
            sstore(add(kept.slot, 1), funds)
        }
    }

    function _trackOf(uint32 id) internal view returns (Track memory track) {
        track = _tracks[id];
        track.settledJobs &= ~WRITTEN;
    }

    /// @dev `track` is not to be used any more.
    function _storeTrack(uint32 id, Track memory track) internal {
        track.settledJobs |= WRITTEN;
        _tracks[id] = track;
    }

    function _setStatus(uint32 id, Status status) internal {
        _accounts[id].standing.status = status;
    }

    /// @dev Halves all totals of a track, which are one word: sums down and counts up, so that no average gains by it.
    function _halveTrack(uint32 id) internal {
        Track storage track = _tracks[id];
        (uint256 counts, uint256 halves, uint256 written) = (TRACK_COUNTS, TRACK_HALVES, WRITTEN);
        assembly ("memory-safe") {
            sstore(track.slot, or(written, and(shr(1, add(xor(sload(track.slot), written), counts)), halves)))
        }
    }

    function _setPolicy(Policy memory p) internal {
        uint256 sum = uint256(p.stakeWeight) + p.priceWeight + p.runningTimeWeight + p.uptimeWeight;
        bool balanced =
            p.stakeWeight <= WEIGHT_MAX &&
                p.priceWeight <= WEIGHT_MAX &&
                p.runningTimeWeight <= WEIGHT_MAX &&
                p.uptimeWeight <= WEIGHT_MAX;
        if (sum != Score.BPS || !balanced) revert PolicyOutOfBounds();
        if (p.minCollateral == 0 || p.minCollateral > p.maxCollateral) revert PolicyOutOfBounds();
        if (p.fullRunningSeconds < RUNNING_LEAST || p.fullRunningSeconds > RUNNING_MOST) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }

    /// @dev Collateral counts as it was, but never more than what is still held of it.
    function _standingBefore(uint32 id, uint40 time) internal view returns (uint256 collateral, uint256 score) {
        Account storage account = _accounts[id];
        Standing memory standing = account.standing;
        if (standing.since < time) return (uint256(standing.counted) * THOUSANDTH, standing.score);
        Funds memory funds = account.funds;
        uint256 past = _past[id].latestBefore(funds.changes, time);
        uint256 counted = uint48(past >> 16);
        uint256 held = _thousandths(funds.collateral + _withdrawals[id].amount);
        return ((counted < held ? counted : held) * THOUSANDTH, uint16(past));
    }

    /// @dev A word with score and eligibility. One storage read, unpacked by hand: field by field it would be eight.
    function _screened(uint256 word, Need memory n) private view returns (uint256) {
        Standing storage slot = _accounts[uint32(word)].standing;
        uint256 standing;
        assembly ("memory-safe") {
            standing := sload(slot.slot)
        }
        uint256 score = uint16(standing >> 8);
        uint256 collateral = (standing >> 208) * THOUSANDTH;
        if (uint40(standing >> 24) >= n.closesAt) (collateral, score) = _standingBefore(uint32(word), n.closesAt);
        word |= score << 32;
        if (score == 0 || collateral < n.reserve || !_canTake(standing, n.capacity, uint96(word >> 64))) return word;
        return word | ELIGIBLE;
    }

    /// @dev `standing` is the word of a `Standing`.
    function _canTake(uint256 standing, Capacity memory c, uint256 price) private pure returns (bool) {
        return
            uint8(standing) == uint8(Status.Qualified) &&
            price <= uint48(standing >> 64) * uint256(THOUSANDTH) &&
            c.cpuMilliGhz <= uint32(standing >> 112) &&
            c.memoryMilliGb <= uint32(standing >> 144) &&
            c.storageMilliGb <= uint32(standing >> 176);
    }

    function _bind(uint32 id, Capacity calldata c, uint96 requirement) internal {
        _take(id, c);
        Account storage account = _accounts[id];
        Funds memory funds = account.funds;
        if (requirement > funds.lien) funds.lien = requirement;
        ++funds.running;
        account.funds = funds;
    }

    /// @dev One read and one write of the word, packed by hand. Fields do not borrow from each other: what is taken was
    /// free.
    function _take(uint32 id, Capacity calldata c) internal {
        Account storage account = _accounts[id];
        uint256 standing;
        assembly ("memory-safe") {
            standing := sload(account.slot)
        }
        if (!_canTake(standing, c, 0)) revert NotQualified(id);
        uint256 taken = (uint256(c.cpuMilliGhz) << 112) | (uint256(c.memoryMilliGb) << 144);
        taken |= uint256(c.storageMilliGb) << 176;
        assembly ("memory-safe") {
            sstore(account.slot, sub(standing, taken))
        }
    }

    /// @dev The same the other way: what is given back was taken, so that with what is free it is no more than there was.
    function _restore(uint32 id, Capacity calldata c) internal {
        Account storage account = _accounts[id];
        uint256 given = (uint256(c.cpuMilliGhz) << 112) | (uint256(c.memoryMilliGb) << 144);
        given |= uint256(c.storageMilliGb) << 176;
        assembly ("memory-safe") {
            sstore(account.slot, add(sload(account.slot), given))
        }
    }

    function _release(Account memory account, Capacity calldata c) internal pure {
        Standing memory standing = account.standing;
        standing.freeCpu += c.cpuMilliGhz;
        standing.freeMemory += c.memoryMilliGb;
        standing.freeStorage += c.storageMilliGb;
        Funds memory funds = account.funds;
        funds.running -= 1;
        if (funds.running == 0) funds.lien = 0;
    }

    function _thousandths(uint96 amount) internal pure returns (uint48) {
        return uint48(amount / THOUSANDTH);
    }

    function _ceilingOf(uint32 id) internal view returns (uint96) {
        return _accounts[id].standing.ceiling * THOUSANDTH;
    }

    function _freeOf(uint32 id) internal view returns (Capacity memory) {
        Standing storage s = _accounts[id].standing;
        return Capacity(s.freeCpu, s.freeMemory, s.freeStorage);
    }

    function _setFree(uint32 id, Capacity memory c) internal {
        Standing storage s = _accounts[id].standing;
        (s.freeCpu, s.freeMemory, s.freeStorage) = (c.cpuMilliGhz, c.memoryMilliGb, c.storageMilliGb);
    }
}
