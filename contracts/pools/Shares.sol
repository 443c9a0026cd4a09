// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {Split} from "../lib/Split.sol";

/// @title Who earned what in which period: weights, time, and what a unit of weight earned
/// @dev No token moves here. `area` is weight times seconds. Widths: a weight fits 96 bits (all ANKR there is takes 94), a period
/// 31, so an area 127, and an area times a sum 255.
abstract contract Shares is IRewardPool {
    using SafeCast for uint256;
    using SafeCast for int256;

    /// @dev `missing` is of period `period`; its weight is full from then on.
    struct Position {
        uint96 weight;
        uint32 period;
        int128 missing;
    }

    /// @dev All positions of a group; `missing` is of the open period.
    struct Whole {
        uint96 weight;
        int128 missing;
    }

    /// @dev Earned while the project that began at `since` runs on the sidecar.
    struct Held {
        uint104 ankr;
        uint104 eth;
        uint48 since;
    }

    /// @dev One word: everything that stakers' calls need besides their positions.
    struct Open {
        uint32 number;
        uint48 startedAt;
        address staking;
    }

    uint256 private constant SUM_BITS = 92;
    /// @dev A group with less on average counts as empty: one who is alone in it with next to nothing could otherwise push
    /// its sums to their end.
    uint256 private constant LEAST_WEIGHT = 1 ether;

    Open internal _open;
    /// @dev By period; five of them in a word.
    uint48[1 << 32] private _endedAt;
    mapping(Group group => Whole) internal _wholes;
    mapping(Group group => Amounts) internal _pots;
    /// @dev What a base unit of weight earned in all periods up to this one, times 2^92.
    mapping(Group group => mapping(uint32 period => Amounts)) private _sums;
    mapping(Group group => mapping(address source => mapping(address account => mapping(uint32 sidecar => Position))))
        internal _positions;
    mapping(address account => mapping(uint32 sidecar => Held)) internal _helds;
    mapping(address account => Amounts) internal _credits;

    constructor() {
        _open.number = 1;
        _open.startedAt = uint48(block.timestamp);
        _endedAt[0] = uint48(block.timestamp);
    }

    /// @dev Ends the open period: what each group earned is final.
    function _close() internal returns (uint32 number) {
        number = _open.number;
        uint256 lasted = block.timestamp - _open.startedAt;
        _endedAt[number] = uint48(block.timestamp);
        for (uint256 i = 0; i <= uint256(type(Group).max); ++i) {
            Group group = Group(i);
            Whole storage whole = _wholes[group];
            uint256 area = _area(whole.weight, whole.missing, lasted);
            whole.missing = 0;
            Amounts memory sum = _sums[group][number - 1];
            if (area >= lasted * LEAST_WEIGHT) {
                Amounts storage pot = _pots[group];
                (sum.ankr, pot.ankr) = _spread(sum.ankr, pot.ankr, lasted, area);
                (sum.eth, pot.eth) = _spread(sum.eth, pot.eth, lasted, area);
            }
            _sums[group][number] = sum;
        }
        _open.number = number + 1;
        _open.startedAt = uint48(block.timestamp);
    }

    /// @dev Sets a position's weight from now on. It must have been moved to the open period.
    function _setWeight(Position storage position, Group group, uint256 weight) internal {
        Whole storage whole = _wholes[group];
        int256 more = int256(uint256(weight.toUint96())) - int256(uint256(position.weight));
        int256 missing = more * int256(block.timestamp - _open.startedAt);
        position.weight = uint96(weight);
        position.missing = (position.missing + missing).toInt128();
        whole.weight = uint256(int256(uint256(whole.weight)) + more).toUint96();
        whole.missing = (whole.missing + missing).toInt128();
    }

    /// @dev Credits what a position earned in closed periods and nothing holds back, and moves it to the first period after
    /// those.
    /// @param since When the project on its sidecar began, zero for none.
    function _settle(Position storage position, Group group, address account, uint32 sidecar, uint256 since) internal {
        uint32 from = position.period;
        if (from == 0) {
            position.period = _open.number;
            return;
        }
        uint32 cut = _lastBefore(since, from);
        Amounts memory earned = _rewards(group, position, cut);
        if (group == Group.Stakers) {
            Held memory held = _helds[account][sidecar];
            if (held.since != 0 && held.since != since) {
                // The project it waited for is over.
                (earned.ankr, earned.eth) = (earned.ankr + held.ankr, earned.eth + held.eth);
                delete _helds[account][sidecar];
            }
        }
        if (from <= cut) (position.period, position.missing) = (cut + 1, 0);
        if (earned.ankr == 0 && earned.eth == 0) return;
        _add(_credits[account], earned.ankr, earned.eth);
        emit Rewarded(group, account, sidecar, earned);
    }

    /// @dev Puts aside what a settled position earned while a project runs, so that its weight can grow.
    function _hold(Position storage position, address account, uint32 sidecar, uint256 since) internal {
        uint32 number = _open.number;
        if (position.period == number) return;
        Amounts memory more = _rewards(Group.Stakers, position, number - 1);
        (position.period, position.missing) = (number, 0);
        Held memory held = _helds[account][sidecar];
        uint104 ankr = (uint256(held.ankr) + more.ankr).toUint104();
        uint104 eth = (uint256(held.eth) + more.eth).toUint104();
        _helds[account][sidecar] = Held(ankr, eth, uint48(since));
    }

    /// @dev Takes a part of the weight out of a settled position while a project runs, as if it had never been there since
    /// the project began; what the part earned goes to the others. What stays is not touched.
    function _leaveEarly(Position storage position, address account, uint32 sidecar, uint96 part) internal {
        Position memory left = position;
        uint96 before = left.weight;
        (position.weight, left.weight) = (before - part, part);
        // Rounded so that neither part's area is below zero.
        int256 stays = (int256(left.missing) * int256(uint256(before - part))) / int256(uint256(before));
        position.missing = int128(stays);
        left.missing -= int128(stays);
        uint32 number = _open.number;
        Whole storage whole = _wholes[Group.Stakers];
        whole.weight -= part;
        if (left.period == number) whole.missing -= left.missing;
        Amounts memory lost = _rewards(Group.Stakers, left, number - 1);
        Held memory held = _helds[account][sidecar];
        if (held.ankr != 0 || held.eth != 0) {
            uint104 ankr = uint104(Split.leaving(held.ankr, part, before));
            uint104 eth = uint104(Split.leaving(held.eth, part, before));
            _helds[account][sidecar] = Held(held.ankr - ankr, held.eth - eth, held.since);
            (lost.ankr, lost.eth) = (lost.ankr + ankr, lost.eth + eth);
        }
        _add(_pots[Group.Stakers], lost.ankr, lost.eth);
        emit Forfeited(account, sidecar, lost);
    }

    /// @return earned What `_settle` would credit.
    /// @return held What waits for the project on the sidecar.
    function _claimable(
        Position memory position,
        Group group,
        address account,
        uint32 sidecar,
        uint256 since
    ) internal view returns (Amounts memory earned, Amounts memory held) {
        earned = _rewards(group, position, _lastBefore(since, position.period));
        if (group != Group.Stakers) return (earned, held);
        Amounts memory all = _rewards(group, position, _open.number - 1);
        (held.ankr, held.eth) = (all.ankr - earned.ankr, all.eth - earned.eth);
        Held memory aside = _helds[account][sidecar];
        Amounts memory to = aside.since == since ? held : earned;
        (to.ankr, to.eth) = (to.ankr + aside.ankr, to.eth + aside.eth);
    }

    function _add(Amounts storage to, uint128 ankr, uint128 eth) internal {
        if (ankr == 0 && eth == 0) return;
        Amounts memory now_ = to;
        (to.ankr, to.eth) = (now_.ankr + ankr, now_.eth + eth);
    }

    /// @dev What a position earned from its period to `last`.
    function _rewards(Group group, Position memory p, uint32 last) private view returns (Amounts memory) {
        if (p.period == 0 || p.period > last) return Amounts(0, 0);
        mapping(uint32 => Amounts) storage sums = _sums[group];
        Amounts memory from = sums[p.period - 1];
        Amounts memory to = sums[last];
        uint256 ankr = uint256(p.weight) * (to.ankr - from.ankr);
        uint256 eth = uint256(p.weight) * (to.eth - from.eth);
        if (p.missing != 0) {
            Amounts memory own = sums[p.period];
            uint256 lasted = _endedAt[p.period] - _endedAt[p.period - 1];
            ankr = _without(ankr, p.missing, own.ankr - from.ankr, lasted);
            eth = _without(eth, p.missing, own.eth - from.eth, lasted);
        }
        return Amounts(uint128(ankr >> SUM_BITS), uint128(eth >> SUM_BITS));
    }

    /// @return `full` less what the missing area would have earned in its period; rounded down.
    function _without(uint256 full, int256 missing, uint256 sum, uint256 lasted) private pure returns (uint256) {
        if (missing < 0) return full + (uint256(-missing) * sum) / lasted;
        return full - (uint256(missing) * sum + lasted - 1) / lasted;
    }

    /// @return The last closed period that had ended when a project began; the last of all for none. Not below the one
    /// before `first`.
    function _lastBefore(uint256 since, uint32 first) private view returns (uint32) {
        uint32 high = _open.number - 1;
        if (since == 0 || first == 0 || first > high) return high;
        uint32 low = first - 1;
        while (low < high) {
            uint32 middle = high - (high - low) / 2;
            if (_endedAt[middle] <= since) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    /// @return The sum with a pot spread over an area, and what is left of the pot: all of it if the sum were full.
    function _spread(uint256 sum, uint256 pot, uint256 lasted, uint256 area) private pure returns (uint128, uint128) {
        uint256 after_ = sum + ((pot << SUM_BITS) * lasted) / area;
        return after_ > type(uint128).max ? (uint128(sum), uint128(pot)) : (uint128(after_), 0);
    }

    function _area(uint256 weight, int256 missing, uint256 lasted) private pure returns (uint256) {
        return uint256(int256(weight * lasted) - missing);
    }
}
