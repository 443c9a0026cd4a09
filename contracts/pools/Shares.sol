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
    mapping(uint32 period => uint48) private _endedAt;
    mapping(Group group => Whole) internal _wholes;
    mapping(Group group => Amounts) internal _pots;
    /// @dev What a base unit of weight earned in all periods up to this one, times 2^92.
    mapping(Group group => mapping(uint32 period => Amounts)) private _sums;
    mapping(address source => mapping(address account => mapping(uint32 sidecar => Position))) internal _positions;
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

    /// @dev Sets a position's weight from now on; `lost` is taken from what it has of the open period. It must be settled.
    function _setWeight(
        Group group,
        address source,
        address account,
        uint32 sidecar,
        uint256 weight,
        uint256 lost
    ) internal {
        Position storage position = _positions[source][account][sidecar];
        Whole storage whole = _wholes[group];
        int256 more = int256(uint256(weight.toUint96())) - int256(uint256(position.weight));
        int256 missing = more * int256(block.timestamp - _open.startedAt) + int256(lost);
        position.weight = uint96(weight);
        position.missing = (position.missing + missing).toInt128();
        whole.weight = uint256(int256(uint256(whole.weight)) + more).toUint96();
        whole.missing = (whole.missing + missing).toInt128();
        emit WeightChanged(group, account, sidecar, weight);
    }

    /// @dev Credits what a position earned in closed periods, and moves it to the open one.
    /// @param since When the project on its sidecar began, zero for none.
    function _settle(Group group, address source, address account, uint32 sidecar, uint256 since) internal {
        Position storage position = _positions[source][account][sidecar];
        (Amounts memory earned, Held memory held) = _earned(group, source, account, sidecar, since);
        if (position.period != _open.number) {
            (position.period, position.missing) = (_open.number, 0);
        }
        if (group == Group.Stakers) _setHeld(account, sidecar, held);
        if (earned.ankr == 0 && earned.eth == 0) return;
        Amounts storage credit = _credits[account];
        (credit.ankr, credit.eth) = (credit.ankr + earned.ankr, credit.eth + earned.eth);
        emit Rewarded(group, account, sidecar, earned);
    }

    function _setHeld(address account, uint32 sidecar, Held memory held) internal {
        Held storage before = _helds[account][sidecar];
        if (held.ankr != before.ankr || held.eth != before.eth) _helds[account][sidecar] = held;
    }

    /// @return earned What closed periods brought and nothing holds back any more.
    /// @return held What waits for the project on the sidecar.
    function _earned(
        Group group,
        address source,
        address account,
        uint32 sidecar,
        uint256 since
    ) internal view returns (Amounts memory earned, Held memory held) {
        Position memory position = _positions[source][account][sidecar];
        uint32 last = _open.number - 1;
        uint32 cut = since == 0 ? last : _lastEndedBy(since, position.period, last);
        earned = _rewards(group, position, cut);
        if (group != Group.Stakers) return (earned, held);
        Amounts memory all = cut == last ? earned : _rewards(group, position, last);
        held = _helds[account][sidecar];
        (uint128 ankr, uint128 eth) = (all.ankr - earned.ankr, all.eth - earned.eth);
        if (held.since != since) {
            // What it waited for is over.
            (earned.ankr, earned.eth) = (earned.ankr + held.ankr, earned.eth + held.eth);
            (held.ankr, held.eth, held.since) = (0, 0, uint48(since));
        }
        held.ankr += uint256(ankr).toUint104();
        held.eth += uint256(eth).toUint104();
    }

    /// @dev What is open of a position's period, in weight-seconds so far. It must be settled.
    function _areaNow(Position storage position) internal view returns (uint256) {
        return _area(position.weight, position.missing, block.timestamp - _open.startedAt);
    }

    /// @dev What a position earned from its period to `last`.
    function _rewards(Group group, Position memory p, uint32 last) private view returns (Amounts memory) {
        if (p.period == 0 || p.period > last) return Amounts(0, 0);
        mapping(uint32 => Amounts) storage sums = _sums[group];
        Amounts memory first = sums[p.period - 1];
        Amounts memory own = sums[p.period];
        Amounts memory end = p.period == last ? own : sums[last];
        uint256 lasted = _endedAt[p.period] - _endedAt[p.period - 1];
        uint256 area = _area(p.weight, p.missing, lasted);
        // Rounded once: the part of the first period keeps its fraction.
        return
            Amounts(
                uint128(
                    ((area * (own.ankr - first.ankr)) / lasted + uint256(p.weight) * (end.ankr - own.ankr)) >> SUM_BITS
                ),
                uint128(((area * (own.eth - first.eth)) / lasted + uint256(p.weight) * (end.eth - own.eth)) >> SUM_BITS)
            );
    }

    /// @return The last period of those from `first` - 1 to `last` that had ended at `time`; `first` - 1 if none had.
    function _lastEndedBy(uint256 time, uint32 first, uint32 last) private view returns (uint32) {
        if (first == 0 || first > last) return last;
        (uint32 low, uint32 high) = (first - 1, last);
        while (low < high) {
            uint32 middle = high - (high - low) / 2;
            if (_endedAt[middle] <= time) low = middle;
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
