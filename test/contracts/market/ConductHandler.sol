// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {ITiers} from "../../../contracts/interfaces/ITiers.sol";
import {Tiers} from "../../../contracts/market/Tiers.sol";
import {AuditedMarket} from "./AuditedMarket.sol";

/// @notice What audits cost and earn, in any order: committees that post, reporters, providers that put collateral in and ask it
/// back, governors that change the rules, strangers. Refused calls count as nothing done; `done` counts the others.
contract ConductHandler is AuditedMarket {
    Tiers private tiers;
    /// @dev Leaves of a sidecar in the order of their periods.
    mapping(uint32 sidecar => IAuditLedger.Proven[]) private _leaves;
    mapping(uint32 sidecar => mapping(uint64 period => bool)) private _counted;
    mapping(bytes4 action => uint256) public done;

    function prepare() external {
        setUp();
        tiers = new Tiers(address(providers), GOVERNMENT);
    }

    function act(address who, address target, bytes memory data) private returns (bool ok) {
        vm.prank(who);
        (ok, ) = target.call(data);
        if (ok) ++done[bytes4(data)];
    }

    /// @dev Two providers, so that a campaign brings windows of each to their end.
    function one(uint256 seed) private pure returns (uint32) {
        return uint32(1 + (seed % 2));
    }

    function held(uint32 id) private view returns (uint256) {
        IProviders.Provider memory p = providers.provider(id);
        return uint256(p.collateral) + p.withdrawing;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + (time % 9 == 0 ? bound(time, 1, 40 days) : bound(time, 1, 20 * PERIOD)));
    }

    /// @dev Totals grow by what the periods since the sidecar's last leaf can hold.
    function audit(uint256 seed, uint256 up, uint256 diligence, uint256 told) external {
        uint32 sidecar = one(seed);
        vm.warp(block.timestamp + bound(seed / 2, 1, 12) * PERIOD);
        uint64 period = uint64(sidecars.periodAt(uint64(block.timestamp)));
        IAuditLedger.Leaf memory leaf = leafOf(sidecar, 0, 0, 0);
        uint64 before = 0;
        uint256 count = _leaves[sidecar].length;
        if (count != 0) {
            IAuditLedger.Proven memory last = _leaves[sidecar][count - 1];
            (leaf, before) = (last.leaf, last.period);
        }
        uint64 gap = period - before;
        leaf.periodsObserved += seed % 3 == 0 ? gap / 2 : gap;
        leaf.uptimeSum += uint64(seed % 3 == 0 ? gap / 2 : gap) * uint64(up % 10_001);
        leaf.diligenceSum += gap * uint64(diligence % 10_001);
        _leaves[sidecar].push(post(period, leaf));
        if (told % 2 == 0) {
            ledger.proveLeaf(period, leaf, new bytes32[](0));
            act(ANYBODY, address(providers), abi.encodeCall(providers.refreshUptime, (sidecar)));
        }
    }

    function report(uint256 seed, uint256 from, uint256 to) external {
        uint32 sidecar = one(seed);
        uint256 count = _leaves[sidecar].length;
        if (count < 2) return;
        IAuditLedger.Proven memory a = _leaves[sidecar][from % count];
        IAuditLedger.Proven memory b = _leaves[sidecar][seed % 5 == 0 ? to % count : count - 1];
        uint256 before = held(sidecar);
        uint256 credit = discipline.creditOf(ANYBODY);
        IDiscipline.Policy memory p = discipline.policy();
        bytes memory call = abi.encodeCall(discipline.report, (a, b));
        if (!act(ANYBODY, address(discipline), call)) return equal(held(sidecar), before, "refused, and taken");
        uint256 lost = before - held(sidecar);
        equal(lost, (before * p.slashBps + 9_999) / 10_000, "the share of what is held");
        isTrue(lost <= before, "a slash above the stake");
        equal(discipline.creditOf(ANYBODY) - credit, (lost * p.reporterBps) / 10_000, "the reporter's part of it");
        for (uint64 period = a.period + 1; period <= b.period; ++period) {
            // Time jumps make long windows: their ends tell as much as what is between.
            if (period == a.period + 200 && b.period > period + 200) period = b.period - 200;
            isTrue(!_counted[sidecar][period], "a period counted twice");
            _counted[sidecar][period] = true;
        }
        isTrue(!act(ANYBODY, address(discipline), call), "one window, two penalties");
    }

    function suspend(uint256 seed) external {
        uint32 id = one(seed);
        uint40 probation = discipline.suspensionOf(id).probationUntil;
        if (!act(ANYBODY, address(discipline), abi.encodeCall(discipline.suspend, (id)))) return;
        isTrue(block.timestamp >= probation, "suspended on probation");
        isTrue(providers.provider(id).status == IProviders.Status.Suspended, "suspended");
        isTrue(!act(ANYBODY, address(discipline), abi.encodeCall(discipline.suspend, (id))), "suspended twice");
    }

    function reinstate(uint256 seed, uint256 mercy) external {
        uint32 id = one(seed);
        uint40 until = discipline.suspensionOf(id).until;
        bool pardon = mercy % 5 == 0;
        address who = pardon ? GOVERNMENT : ANYBODY;
        if (!act(who, address(discipline), abi.encodeCall(discipline.reinstate, (id)))) return;
        isTrue(pardon || block.timestamp >= until, "back before its time");
    }

    function measure(uint256 seed) external {
        uint32 id = one(seed);
        act(ANYBODY, address(dividends), abi.encodeCall(dividends.measure, (id)));
        act(ANYBODY, address(dividends), abi.encodeCall(dividends.synchronise, (id)));
        equal(toldOf(id), dividends.weightOf(id), "told as computed");
    }

    function deposit(uint256 seed, uint256 amount) external {
        uint32 id = one(seed);
        bytes memory call = abi.encodeCall(providers.deposit, (id, uint96(bound(amount, 1, 800 ether))));
        act(ownerAt(id), address(providers), call);
    }

    function askBack(uint256 seed, uint256 amount) external {
        uint32 id = one(seed);
        bytes memory call = abi.encodeCall(providers.requestWithdrawal, (id, uint96(bound(amount, 1, 300 ether))));
        if (seed % 4 == 0) act(ownerAt(id), address(providers), call);
        act(ownerAt(id), address(providers), abi.encodeCall(providers.withdraw, (id)));
    }

    /// @dev A forfeit as settlements make it: the Reward Pool hears of it by the next `synchronise`.
    function forfeit(uint256 seed, uint256 amount) external {
        uint256 before = held(one(seed));
        vm.prank(address(market));
        uint256 taken = providers.forfeit(one(seed), uint96(bound(amount, 0, 300 ether)));
        equal(before - held(one(seed)), taken, "as much as it says");
    }

    function govern(uint256 threshold, uint256 service, uint256 slash, uint256 window, uint256 stake) external {
        IDiscipline.Policy memory p = rulesOfConduct();
        (p.threshold, p.serviceBps) = (uint16(threshold % 5_001), uint16(bound(service, 5_000, 9_900)));
        (p.slashBps, p.windowPeriods) = (uint16(bound(slash, 1, 5_000)), uint32(bound(window, 4, 12)));
        if (stake % 4 == 0) act(GOVERNMENT, address(discipline), abi.encodeCall(discipline.setPolicy, (p)));
        ITiers.Tier tier = ITiers.Tier(stake % 3);
        act(GOVERNMENT, address(tiers), abi.encodeCall(tiers.setTier, (one(window), tier, stake % 40 ether)));
        act(GOVERNMENT, address(tiers), abi.encodeCall(tiers.setTier, (one(window), tier, 0)));
    }

    /// @dev Whoever is nobody to them takes nothing, whatever it asks for.
    function intrude(uint256 seed) external {
        uint32 id = one(seed);
        bytes[7] memory calls = [
            abi.encodeCall(providers.payShare, (REQUESTER, 1)),
            abi.encodeCall(providers.slash, (id, 5_000, 5_000)),
            abi.encodeCall(providers.suspend, (id)),
            abi.encodeCall(providers.requestWithdrawal, (id, 1)),
            abi.encodeCall(providers.withdraw, (id)),
            abi.encodeCall(providers.forfeit, (id, 1)),
            abi.encodeCall(providers.reinstate, (id))
        ];
        isTrue(!act(REQUESTER, address(providers), calls[seed % 7]), "a stranger moved a stake");
        bytes memory told = abi.encodeCall(dividends.collateralChanged, (id, type(uint96).max));
        isTrue(!act(REQUESTER, address(dividends), told), "a stranger set a weight");
    }

    function collect() external {
        act(ANYBODY, address(discipline), abi.encodeCall(discipline.withdrawCredit, (ANYBODY)));
        act(ANYBODY, address(providers), abi.encodeCall(providers.handOver, ()));
    }

    function check() external view {
        uint256 stakes = 0;
        uint256 weights = 0;
        for (uint32 id = 1; id <= PROVIDERS_FIRST; ++id) {
            stakes += held(id);
            weights += toldOf(id);
            (uint16 rate, uint32 count) = dividends.diligenceOf(id);
            isTrue(rate <= 10_000 && count <= 1, "more than all of the audits");
            isTrue(dividends.weightOf(id) <= providers.provider(id).collateral, "weight above collateral");
            uint256 stake = tiers.stakeRequired(id);
            isTrue(stake <= 16 ether, "more than an untrusted provider stakes");
            isTrue(stake != 0 || tiers.tierOf(id) == ITiers.Tier.Trusted, "trusted without a word");
            bool suspended = providers.provider(id).status == IProviders.Status.Suspended;
            equal(suspended ? 1 : 0, discipline.suspensionOf(id).until == 0 ? 0 : 1, "both know who is suspended");
        }
        uint256 taken = providers.forfeited() + providers.shares();
        equal(token.balanceOf(address(providers)), stakes + taken, "collateral owed is held");
        equal(providers.shares(), discipline.creditOf(ANYBODY), "shares owed are held");
        equal(rewardPool.totalWeight(IRewardPool.Group.Operators), weights, "the whole is its parts");
    }

    function toldOf(uint32 id) private view returns (uint256) {
        return rewardPool.weightOf(IRewardPool.Group.Operators, ownerAt(id), 0);
    }
}
