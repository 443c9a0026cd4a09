// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {Staking} from "../../../contracts/government/Staking.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {SidecarStates} from "../government/SidecarStates.sol";
import {Test} from "../support/Test.sol";
import {PoolRules} from "./PoolRules.sol";
import {StakingNetwork} from "./StakingNetwork.sol";
import {Candidates, Runs} from "./Stubs.sol";

/// @notice Three people in all groups, in any order, beside a model that adds up everybody's weight-seconds one by one. What
/// the model says somebody earned is what the pool pays, less at most a base unit for each time it was rounded.
contract RewardHandler is Test {
    uint256 private constant PEOPLE = 3;
    uint256 private constant PARTS = 1e9;

    /// @dev What the model knows of one position; rewards in 1e-9 base units: earned for good, and while a project runs.
    struct Modelled {
        uint256 weight;
        uint256 area;
        uint256[2] safe;
        uint256[2] bound;
        uint256 roundings;
    }

    RewardPool private pool;
    TestAnkr private token;
    StakingNetwork.Parts private parts;
    /// @dev By person and place: 0 governor, 1 provider, 2 requester, 3 voter, 4 and 5 the two sidecars.
    mapping(uint256 person => mapping(uint256 place => Modelled)) private _model;
    mapping(address person => uint256[2]) private _paid;
    mapping(bytes4 action => uint256) public done;

    function prepare() external {
        vm.warp(1_000_000);
        token = new TestAnkr();
        SidecarStates registry = new SidecarStates();
        registry.set(1, ISidecars.Status.Active);
        registry.set(2, ISidecars.Status.Active);
        parts = StakingNetwork.create(address(token), address(registry));
        pool = parts.pool;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            token.mint(person(i), 1e30);
            vm.prank(person(i));
            token.approve(address(parts.staking), type(uint256).max);
        }
        token.mint(address(this), 1e30);
        token.approve(address(pool), type(uint256).max);
        vm.deal(address(this), 1e30);
        parts.candidates.set(person(0), true);
    }

    function person(uint256 seed) private pure returns (address) {
        return address(uint160(0x9000 + (seed % PEOPLE)));
    }

    function group(uint256 place) private pure returns (IRewardPool.Group) {
        if (place == 0) return IRewardPool.Group.Governors;
        if (place < 3) return IRewardPool.Group.Operators;
        return place == 3 ? IRewardPool.Group.Voters : IRewardPool.Group.Stakers;
    }

    function sidecarOf(uint256 place) private pure returns (uint32) {
        return place < 4 ? 0 : uint32(place - 3);
    }

    function source(uint256 place) private view returns (address) {
        IRewardPool.Sources memory s = pool.sources();
        return
            place == 0
                ? s.council
                : place == 1
                    ? s.providers
                    : s.requesters;
    }

    function amount(uint256 seed) private pure returns (uint256) {
        return seed % 5 == 0 ? bound(seed, 1, 1_000) : bound(seed, 1 ether, 1_000_000 ether);
    }

    function pass(uint256 time) external {
        run(bound(time, 0, 20 days));
    }

    function run(uint256 time) private {
        vm.warp(block.timestamp + time);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 p = 0; p < 6; ++p) _model[i][p].area += _model[i][p].weight * time;
        }
    }

    function give(uint256 seed, bool eth) external {
        if (eth) pool.contributeEth{value: amount(seed)}("gift");
        else pool.contribute("gift", amount(seed));
        ++done[eth ? pool.contributeEth.selector : pool.contribute.selector];
    }

    function release(uint256 seed) external {
        (, uint48 startedAt, uint48 endsAt) = pool.period();
        if (block.timestamp < endsAt) {
            if (seed % 2 == 0) return;
            run(endsAt - block.timestamp);
        }
        uint256 lasted = block.timestamp - startedAt;
        for (uint256 g = 0; g < 4; ++g) share(IRewardPool.Group(g), lasted);
        pool.release();
        ++done[pool.release.selector];
    }

    /// @dev What everybody gets of a pot, by everybody's weight-seconds.
    function share(IRewardPool.Group g, uint256 lasted) private {
        IPool.Amounts memory pot = pool.potOf(g);
        uint256 all = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 p = 0; p < 6; ++p) if (group(p) == g) all += _model[i][p].area;
        }
        bool paid = all >= lasted * 1 ether;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 p = 0; p < 6; ++p) {
                if (group(p) != g) continue;
                Modelled storage m = _model[i][p];
                if (paid) {
                    uint256 since = p < 4 || m.weight == 0 ? 0 : parts.runs.runningSince(sidecarOf(p));
                    uint256[2] storage to = since != 0 && since < block.timestamp ? m.bound : m.safe;
                    to[0] += (uint256(pot.ankr) * m.area * PARTS) / all;
                    to[1] += (uint256(pot.eth) * m.area * PARTS) / all;
                    ++m.roundings;
                }
                m.area = 0;
            }
        }
    }

    function syncOf(uint256 who, uint256 placeSeed, uint256 weight) external {
        uint256 place = placeSeed % 3;
        weight = weight % 4 == 0 ? 0 : amount(weight);
        vm.prank(source(place));
        pool.sync(group(place), person(who), weight);
        _model[who % PEOPLE][place].weight = weight;
        ++_model[who % PEOPLE][place].roundings;
        ++done[pool.sync.selector];
    }

    function stake(uint256 who, uint256 seed) external {
        uint256 place = 4 + (seed % 2);
        uint128 more = uint128(amount(seed / 2));
        vm.prank(person(who));
        parts.staking.stake(sidecarOf(place), more);
        _model[who % PEOPLE][place].weight += more;
        ++_model[who % PEOPLE][place].roundings;
        ++done[parts.staking.stake.selector];
    }

    function unstake(uint256 who, uint256 seed, uint256 part, bool stays) external {
        uint256 place = 4 + (seed % 2);
        Modelled storage m = _model[who % PEOPLE][place];
        if (m.weight == 0) return;
        uint256 less = seed % 7 == 0 ? m.weight : bound(part, 1, m.weight);
        vm.prank(person(who));
        if (stays) parts.staking.move(sidecarOf(place), sidecarOf(9 - place), uint128(less));
        else parts.staking.unstake(sidecarOf(place), uint128(less));
        if (parts.runs.runningSince(sidecarOf(place)) != 0) {
            m.area -= (m.area * less) / m.weight;
            for (uint256 t = 0; t < 2; ++t) m.bound[t] -= (m.bound[t] * less) / m.weight;
            ++done[IRewardPool.syncStake.selector];
        }
        m.weight -= less;
        m.roundings += 2;
        if (stays) {
            _model[who % PEOPLE][9 - place].weight += less;
            ++_model[who % PEOPLE][9 - place].roundings;
        }
        uint256 left = parts.staking.stakeOf(person(who));
        Modelled storage v = _model[who % PEOPLE][3];
        if (v.weight > left) v.weight = left;
        ++v.roundings;
        ++done[stays ? parts.staking.move.selector : parts.staking.unstake.selector];
    }

    function name(uint256 who, uint256 whom) external {
        vm.prank(person(who));
        parts.staking.delegate(person(whom));
        (uint40 number, ) = parts.candidates.candidacyOf(person(whom));
        _model[who % PEOPLE][3].weight = number == 0 ? 0 : parts.staking.stakeOf(person(who));
        ++_model[who % PEOPLE][3].roundings;
        ++done[pool.syncVote.selector];
    }

    function candidacy(uint256 whom, bool stands, uint256 who) external {
        parts.candidates.set(person(whom), stands);
        pool.recount(person(who));
        (uint40 number, ) = parts.candidates.candidacyOf(parts.staking.delegates(person(who)));
        if (number == 0) _model[who % PEOPLE][3].weight = 0;
        ++_model[who % PEOPLE][3].roundings;
        ++done[pool.recount.selector];
    }

    function project(uint256 seed) external {
        uint256 place = 4 + (seed % 2);
        if (parts.runs.runningSince(sidecarOf(place)) == 0) return parts.runs.begin(sidecarOf(place));
        parts.runs.end(sidecarOf(place));
        for (uint256 i = 0; i < PEOPLE; ++i) {
            Modelled storage m = _model[i][place];
            for (uint256 t = 0; t < 2; ++t) (m.safe[t], m.bound[t]) = (m.safe[t] + m.bound[t], 0);
        }
        ++done[Runs.end.selector];
    }

    function claim(uint256 who, uint256 placeSeed, bool settleOnly) external {
        uint256 place = placeSeed % 6;
        address account = person(who);
        (uint256 ankr, uint256 eth) = (token.balanceOf(account), account.balance);
        if (settleOnly) pool.settle(group(place), account, sidecarOf(place));
        else {
            vm.prank(account);
            try pool.claim(group(place), sidecarOf(place), payable(account)) {
                ++done[pool.claim.selector];
            } catch (bytes memory reason) {
                equal(bytes32(reason), bytes32(IRewardPool.NothingCredited.selector), "nothing to claim");
            }
        }
        _paid[account][0] += token.balanceOf(account) - ankr;
        _paid[account][1] += account.balance - eth;
        for (uint256 p = 0; p < 6; ++p) ++_model[who % PEOPLE][p].roundings;
        (IPool.Amounts memory again, ) = pool.claimable(group(place), account, sidecarOf(place));
        if (settleOnly) equal(uint256(again.ankr) + again.eth, 0, "settled twice");
    }

    function check() external view {
        uint256[2] memory owed = [uint256(pool.waiting().ankr), pool.waiting().eth];
        for (uint256 g = 0; g < 4; ++g) {
            IPool.Amounts memory pot = pool.potOf(IRewardPool.Group(g));
            (owed[0], owed[1]) = (owed[0] + pot.ankr, owed[1] + pot.eth);
        }
        IPool.Amounts memory credit = pool.creditOf(PoolRules.DEVELOPMENT);
        (owed[0], owed[1]) = (owed[0] + credit.ankr, owed[1] + credit.eth);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256[2] memory more = checkPerson(i);
            (owed[0], owed[1]) = (owed[0] + more[0], owed[1] + more[1]);
        }
        isTrue(owed[0] <= token.balanceOf(address(pool)), "ANKR owed is held");
        isTrue(owed[1] <= address(pool).balance, "ETH owed is held");
        checkWeights();
    }

    function checkPerson(uint256 i) private view returns (uint256[2] memory owed) {
        address account = person(i);
        IPool.Amounts memory credit = pool.creditOf(account);
        uint256[2] memory earned = [_paid[account][0] + credit.ankr, _paid[account][1] + credit.eth];
        owed = [uint256(credit.ankr), credit.eth];
        uint256[2] memory right;
        uint256 roundings = 0;
        for (uint256 p = 0; p < 6; ++p) {
            Modelled memory m = _model[i][p];
            for (uint256 t = 0; t < 2; ++t) right[t] += m.safe[t];
            roundings += m.roundings;
            if (p == 2) continue;
            (IPool.Amounts memory now_, IPool.Amounts memory held) = pool.claimable(group(p), account, sidecarOf(p));
            (earned[0], earned[1]) = (earned[0] + now_.ankr, earned[1] + now_.eth);
            (owed[0], owed[1]) = (owed[0] + now_.ankr + held.ankr, owed[1] + now_.eth + held.eth);
            near(held.ankr, m.bound[0], m.roundings, "ANKR that waits");
            near(held.eth, m.bound[1], m.roundings, "ETH that waits");
        }
        near(earned[0], right[0], roundings, "ANKR earned");
        near(earned[1], right[1], roundings, "ETH earned");
    }

    /// @dev Not more than the model says, and not less but for roundings. The model itself rounds a billionth at a time.
    function near(uint256 pays, uint256 right, uint256 roundings, string memory what) private pure {
        if (pays > right / PARTS + 1) revert NotEqual(string.concat(what, ": too much"), pays, right / PARTS);
        if (pays + roundings + 1 < right / PARTS)
            revert NotEqual(string.concat(what, ": too little"), pays, right / PARTS);
    }

    function checkWeights() private view {
        uint256[4] memory all;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 p = 0; p < 6; ++p) all[uint256(group(p))] += _model[i][p].weight;
            equal(pool.weightOf(IRewardPool.Group.Voters, person(i), 0), _model[i][3].weight, "votes");
            isTrue(_model[i][3].weight <= parts.staking.stakeOf(person(i)), "no vote without stake");
        }
        for (uint256 g = 0; g < 4; ++g) equal(pool.totalWeight(IRewardPool.Group(g)), all[g], "weight of a group");
    }
}
