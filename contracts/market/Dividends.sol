// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../interfaces/IAuditLedger.sol";
import {IDividends} from "../interfaces/IDividends.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Authority} from "./Authority.sol";

/// @title Dividends: what collateral weighs in the Reward Pool
/// @dev Holds no money. A provider's sidecars are never looped over: their rates are kept as a sum.
contract Dividends is IDividends, Authority {
    /// @dev Counted sidecars of a provider, and the sum of their rates.
    struct Rates {
        uint32 sidecars;
        uint64 sum;
    }

    uint256 private constant BPS = 10_000;
    uint32 private constant WINDOW_MOST = 10_000;
    uint32 private constant LAPSE_MOST = 100_000;
    uint64 private constant NONE = type(uint64).max;

    ISidecars private immutable SIDECARS;
    IAuditLedger private immutable LEDGER;
    IProviders private immutable PROVIDERS;
    IRewardPool private immutable REWARD_POOL;

    Policy private _policy;
    mapping(uint32 sidecar => Mark) private _marks;
    mapping(uint32 id => Rates) private _rates;

    constructor(Params memory p) Authority(p.authority) {
        address[4] memory needed = [p.sidecars, p.ledger, p.providers, p.rewardPool];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert PartMissing();
        SIDECARS = ISidecars(p.sidecars);
        LEDGER = IAuditLedger(p.ledger);
        PROVIDERS = IProviders(p.providers);
        REWARD_POOL = IRewardPool(p.rewardPool);
        _setPolicy(p.policy);
    }

    /// @inheritdoc IDividends
    function measure(uint32 sidecar) external {
        (uint32 id, ) = PROVIDERS.bidderOf(sidecar);
        if (id == 0) revert SidecarNotEnrolled(sidecar);
        Mark memory mark = _marks[sidecar];
        if (mark.state == State.Left) revert SidecarLeft(sidecar);
        IAuditLedger.Latest memory leaf = LEDGER.latestOf(sidecar);
        if (!leaf.known) revert LeafNotProven(sidecar);
        uint64 needed = mark.period + _policy.windowPeriods;
        if (!mark.known) {
            _marks[sidecar] = Mark(true, leaf.period, leaf.diligenceSum, 0, State.New);
            emit Measured(id, sidecar, leaf.period, leaf.period, 0);
        } else if (leaf.period >= needed) {
            _count(id, sidecar, mark, leaf);
        } else if (SIDECARS.status(sidecar) > ISidecars.Status.Exiting) {
            _leave(id, sidecar, mark);
        } else if (mark.rateBps != 0 && _isIdle(mark.period)) {
            _rates[id].sum -= mark.rateBps;
            _marks[sidecar].rateBps = 0;
            emit Lapsed(id, sidecar);
        } else {
            revert WindowTooShort(sidecar, leaf.period, needed);
        }
        _weigh(id, _collateralOf(id));
    }

    /// @inheritdoc IDividends
    function synchronise(uint32 id) external {
        _weigh(id, _collateralOf(id));
    }

    /// @inheritdoc IDividends
    function collateralChanged(uint32 id, uint256 collateral) external {
        if (msg.sender != address(PROVIDERS)) revert NotProviders(msg.sender);
        // Whose sidecars never counted has no weight that could change.
        if (_rates[id].sidecars != 0) _weigh(id, collateral);
    }

    /// @inheritdoc IDividends
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IDividends
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IDividends
    function markOf(uint32 sidecar) external view returns (Mark memory) {
        return _marks[sidecar];
    }

    /// @inheritdoc IDividends
    function diligenceOf(uint32 id) external view returns (uint16 rateBps, uint32 sidecars) {
        Rates memory rates = _rates[id];
        return (rates.sidecars == 0 ? 0 : uint16(rates.sum / rates.sidecars), rates.sidecars);
    }

    /// @inheritdoc IDividends
    function weightOf(uint32 id) external view returns (uint256) {
        return _weightOf(id, _collateralOf(id));
    }

    /// @dev Ends a window and begins the next. Periods that were never posted are nobody's to audit, but they pass for all.
    function _count(uint32 id, uint32 sidecar, Mark memory mark, IAuditLedger.Latest memory leaf) private {
        // Totals never fall; if a committee certified that one did, nothing was earned.
        uint256 earned = leaf.diligenceSum > mark.diligenceSum ? leaf.diligenceSum - mark.diligenceSum : 0;
        uint256 rate = earned / (leaf.period - mark.period);
        if (rate > BPS) rate = BPS;
        Rates storage rates = _rates[id];
        if (mark.state == State.New) ++rates.sidecars;
        rates.sum = rates.sum - mark.rateBps + uint64(rate);
        _marks[sidecar] = Mark(true, leaf.period, leaf.diligenceSum, uint16(rate), State.Counted);
        emit Measured(id, sidecar, mark.period, leaf.period, uint16(rate));
    }

    function _leave(uint32 id, uint32 sidecar, Mark memory mark) private {
        if (mark.state == State.Counted) {
            --_rates[id].sidecars;
            _rates[id].sum -= mark.rateBps;
        }
        _marks[sidecar].rateBps = 0;
        _marks[sidecar].state = State.Left;
        emit Departed(id, sidecar);
    }

    function _weigh(uint32 id, uint256 collateral) private {
        uint256 weight = _weightOf(id, collateral);
        emit Weighed(id, weight);
        REWARD_POOL.sync(IRewardPool.Group.Operators, PROVIDERS.ownerOf(id), weight);
    }

    /// @dev Counted by what was posted: while the ledger stands still, nobody is idle.
    function _isIdle(uint64 since) private view returns (bool) {
        (uint64 last, , , ) = LEDGER.head();
        return last != NONE && last > since && last - since > _policy.lapsePeriods;
    }

    function _collateralOf(uint32 id) private view returns (uint256 collateral) {
        (collateral, ) = PROVIDERS.standingBefore(id, uint40(block.timestamp) + 1);
    }

    function _weightOf(uint32 id, uint256 collateral) private view returns (uint256) {
        Rates memory rates = _rates[id];
        return rates.sidecars == 0 ? 0 : (collateral * rates.sum) / (BPS * rates.sidecars);
    }

    function _setPolicy(Policy memory p) private {
        bool bounded =
            p.windowPeriods != 0 &&
                p.windowPeriods <= WINDOW_MOST &&
                p.lapsePeriods >= 2 * p.windowPeriods &&
                p.lapsePeriods <= LAPSE_MOST;
        if (!bounded) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }
}
