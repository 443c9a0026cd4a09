// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {Score} from "./Score.sol";

/// @title What settlements read of a provider: two words for each, and the past of one of them
/// @dev Collateral and score count as they were when bidding closed. Otherwise a bidder who has seen the others' prices
/// could still leave by asking its collateral back, or come in by adding some, and who has seen the pick round could move
/// the draw by moving its weight.
abstract contract Standings is IProviders {
    using Checkpoints for Checkpoints.Trace160;

    /// @dev Changed by governors and by winning only. One word: a nested struct would begin another.
    struct Standing {
        Status status;
        uint16 running;
        uint96 ceiling;
        uint32 freeCpu;
        uint32 freeMemory;
        uint32 freeStorage;
    }

    /// @dev `collateral` and `score` hold since `since`; before that, `_past` says. One word.
    struct Funds {
        uint96 collateral;
        uint96 lien;
        uint16 score;
        uint40 since;
    }

    struct Withdrawal {
        uint96 amount;
        uint40 unlocksAt;
    }

    /// @dev The lowest bits of what a track counts (jobs, nodes, periods), and all bits but the highest of each field.
    uint256 private constant TRACK_COUNTS = (1 << 160) | (1 << 80) | 1;
    uint256 private constant TRACK_HALVES =
        type(uint256).max ^ ((1 << 255) | (1 << 199) | (1 << 159) | (1 << 111) | (1 << 79) | (1 << 31));

    uint256 private constant ELIGIBLE = 1 << 160;
    uint16 private constant WEIGHT_MAX = 6_000;
    uint32 private constant RUNNING_LEAST = 1 hours;
    uint32 private constant RUNNING_MOST = 3_650 days;

    mapping(uint32 id => Standing) internal _standings;
    mapping(uint32 id => Funds) internal _funds;
    mapping(uint32 id => Withdrawal) internal _withdrawals;
    mapping(uint32 id => Track) internal _tracks;
    mapping(uint32 id => Checkpoints.Trace160) private _past;
    Policy internal _policy;
    /// @inheritdoc IProviders
    uint256 public forfeited;

    /// @inheritdoc IProviders
    function screen(Need calldata need, uint256[] calldata bids) external view returns (uint256[] memory words) {
        words = bids;
        Need memory n = need;
        uint256 least = n.reserve;
        uint256 count = words.length;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word = words[i];
                uint32 id = uint32(word);
                (uint256 collateral, uint256 score) = _countedOf(id, n.closesAt);
                word |= score << 32;
                if (score != 0 && collateral >= least && _canTake(_standings[id], n.capacity, word >> 64)) {
                    word |= ELIGIBLE;
                }
                words[i] = word;
            }
        }
        // Returned as it lies in memory: encoding it again would cost each bid a copy by hand.
        assembly {
            let answer := sub(words, 0x20)
            mstore(answer, 0x20)
            return(answer, add(0x40, shl(5, count)))
        }
    }

    /// @inheritdoc IProviders
    function standingBefore(uint32 id, uint40 time) external view returns (uint96 collateral, uint16 score) {
        (uint256 amount, uint256 weight) = _standingBefore(id, time);
        return (uint96(amount), uint16(weight));
    }

    /// @dev Sets collateral, and the score that follows, from now on. Below P_min there is no score: settlements read
    /// from it that nothing can be won.
    function _setFunds(uint32 id, uint96 collateral) internal {
        Funds storage funds = _funds[id];
        Policy memory p = _policy;
        uint16 score = collateral < p.minCollateral ? 0 : Score.scoreOf(_tracks[id], collateral, p);
        // Nothing new, no past: nobody can lengthen a provider's history by refreshing its score.
        if (score == funds.score && collateral == funds.collateral) return;
        if (funds.since != 0 && funds.since != block.timestamp) {
            _past[id].push(funds.since, (uint160(funds.collateral) << 16) | funds.score);
        }
        if (score != funds.score) emit ScoreChanged(id, score);
        funds.collateral = collateral;
        funds.score = score;
        funds.since = uint40(block.timestamp);
    }

    /// @dev Takes what is there, first what was not asked back. What is gone counts for no job any more, so the past is
    /// left alone: it is capped by what is held. The score follows with the next change or `refreshScore`.
    function _forfeit(uint32 id, uint96 amount) internal returns (uint96 taken) {
        Funds storage funds = _funds[id];
        uint96 collateral = funds.collateral;
        uint96 asked = _withdrawals[id].amount;
        taken = amount < collateral + asked ? amount : collateral + asked;
        if (taken > collateral) {
            asked -= taken - collateral;
            _withdrawals[id].amount = asked;
            collateral = 0;
        } else {
            collateral -= taken;
        }
        if (taken == 0) return 0;
        funds.collateral = collateral;
        if (funds.lien > collateral + asked) funds.lien = collateral + asked;
        forfeited += taken;
        emit Forfeited(id, taken, collateral + asked);
    }

    function _setStatus(uint32 id, Status status) internal {
        _standings[id].status = status;
    }

    /// @dev Halves all totals of a track, which are one word: sums down and counts up, so that no average gains by it.
    function _halveTrack(uint32 id) internal {
        Track storage track = _tracks[id];
        (uint256 counts, uint256 halves) = (TRACK_COUNTS, TRACK_HALVES);
        assembly ("memory-safe") {
            sstore(track.slot, and(shr(1, add(sload(track.slot), counts)), halves))
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
        Funds memory funds = _funds[id];
        if (funds.since < time) return (funds.collateral, funds.score);
        uint160 past = time == 0 ? 0 : _past[id].upperLookupRecent(time - 1);
        collateral = past >> 16;
        score = uint16(past);
        uint256 held = uint256(funds.collateral) + _withdrawals[id].amount;
        if (collateral > held) collateral = held;
    }

    /// @dev `_standingBefore` for the common case, nothing changed since: one storage read, unpacked by hand.
    function _countedOf(uint32 id, uint40 time) private view returns (uint256 collateral, uint256 score) {
        Funds storage funds = _funds[id];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(funds.slot)
        }
        if (word >> 208 >= time) return _standingBefore(id, time);
        return (uint96(word), uint16(word >> 192));
    }

    /// @dev One storage read, unpacked by hand: field by field it would be six.
    function _canTake(Standing storage s, Capacity memory c, uint256 price) private view returns (bool) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(s.slot)
        }
        return
            uint8(word) == uint8(Status.Qualified) &&
            price <= uint96(word >> 24) &&
            c.cpuMilliGhz <= uint32(word >> 120) &&
            c.memoryMilliGb <= uint32(word >> 152) &&
            c.storageMilliGb <= uint32(word >> 184);
    }

    /// @dev One storage write, packed by hand. Fields do not borrow from each other: what is taken was free.
    function _takeFree(uint32 id, Capacity calldata c) internal {
        Standing storage s = _standings[id];
        if (!_canTake(s, c, 0)) revert NotQualified(id);
        uint256 taken = (uint256(c.cpuMilliGhz) << 120) | (uint256(c.memoryMilliGb) << 152);
        taken |= uint256(c.storageMilliGb) << 184;
        assembly ("memory-safe") {
            sstore(s.slot, add(sub(sload(s.slot), taken), 0x100))
        }
    }

    function _freeOf(uint32 id) internal view returns (Capacity memory) {
        Standing storage s = _standings[id];
        return Capacity(s.freeCpu, s.freeMemory, s.freeStorage);
    }

    function _setFree(uint32 id, Capacity memory c) internal {
        Standing storage s = _standings[id];
        (s.freeCpu, s.freeMemory, s.freeStorage) = (c.cpuMilliGhz, c.memoryMilliGb, c.storageMilliGb);
    }

    function _minus(Capacity memory a, Capacity memory b) internal pure returns (Capacity memory) {
        return
            Capacity(
                a.cpuMilliGhz - b.cpuMilliGhz,
                a.memoryMilliGb - b.memoryMilliGb,
                a.storageMilliGb - b.storageMilliGb
            );
    }

    function _covers(Capacity memory a, Capacity memory b) internal pure returns (bool) {
        return
            a.cpuMilliGhz >= b.cpuMilliGhz &&
            a.memoryMilliGb >= b.memoryMilliGb &&
            a.storageMilliGb >= b.storageMilliGb;
    }

    function _hashOf(string calldata brand, Capacity calldata c, uint96 ceiling) internal pure returns (bytes32) {
        return keccak256(abi.encode(brand, c, ceiling));
    }
}
