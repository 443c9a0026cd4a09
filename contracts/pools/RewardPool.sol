// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICouncil} from "../interfaces/ICouncil.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {IRuns} from "../interfaces/IRuns.sol";
import {Split} from "../lib/Split.sol";
import {Authority} from "../market/Authority.sol";
import {Installable} from "./Installable.sol";
import {Pool} from "./Pool.sol";
import {Shares} from "./Shares.sol";

/// @title Reward Pool: pays those who keep the system running
/// @dev Money leaves by `_withdraw` only, after what it is taken from was set to zero.
contract RewardPool is Shares, Pool, Authority, Installable {
    using SafeCast for uint256;

    uint16 private constant BPS = 10_000;
    uint16 private constant GOVERNORS_BPS_MOST = 4_000;
    uint16 private constant OPERATORS_BPS_LEAST = 2_000;
    uint16 private constant STAKERS_BPS_LEAST = 1_000;
    uint16 private constant DEVELOPMENT_BPS_MOST = 2_000;
    uint16 private constant VOTERS_BPS_MOST = 5_000;
    uint32 private constant PERIOD_LEAST = 1 days;
    uint32 private constant PERIOD_MOST = 90 days;

    Policy private _policy;
    /// @dev All but `staking`, which `_open` keeps.
    Sources private _sources;
    /// @inheritdoc IRewardPool
    address public development;
    Amounts private _waiting;

    constructor(Params memory p) Pool(p.token) Authority(p.installer) Installable(p.installer) {
        _setPolicy(p.policy);
        _setDevelopment(p.development);
    }

    /// @inheritdoc IRewardPool
    function sync(Group group, address account, uint256 weight) external {
        bool council = group == Group.Governors && msg.sender == _sources.council;
        bool operator =
            group == Group.Operators && (msg.sender == _sources.providers || msg.sender == _sources.requesters);
        if (!council && !operator) revert NotSource(group, msg.sender);
        Position storage position = _positions[group][msg.sender][account][0];
        _settle(position, group, account, 0, 0);
        _setWeight(position, group, weight);
    }

    /// @inheritdoc IRewardPool
    function syncStake(address account, uint32 sidecar, uint256 weight, uint256 most) external {
        if (msg.sender != _open.staking) revert NotSource(Group.Stakers, msg.sender);
        Position storage position = _positions[Group.Stakers][msg.sender][account][sidecar];
        uint96 before = position.weight;
        uint256 since = _since(position, sidecar);
        _settle(position, Group.Stakers, account, sidecar, since);
        if (weight < before && since != 0) {
            _leaveEarly(position, account, sidecar, before - uint96(weight));
        } else {
            if (since != 0) _hold(position, account, sidecar, since);
            _setWeight(position, Group.Stakers, weight);
        }
        if (weight >= before) return;
        Position storage vote = _positions[Group.Voters][msg.sender][account][0];
        if (vote.weight > most) _vote(vote, account, most);
    }

    /// @inheritdoc IRewardPool
    function syncVote(address account, address candidate, uint256 weight) external {
        if (msg.sender != _open.staking) revert NotSource(Group.Voters, msg.sender);
        _vote(_positions[Group.Voters][msg.sender][account][0], account, _stands(candidate) ? weight : 0);
    }

    /// @inheritdoc IRewardPool
    function recount(address account) external {
        address staking = _open.staking;
        if (_stands(IVotes(staking).delegates(account))) return;
        _vote(_positions[Group.Voters][staking][account][0], account, 0);
    }

    /// @inheritdoc IRewardPool
    function release() external {
        (, , uint48 endsAt) = period();
        if (block.timestamp < endsAt) revert PeriodOpen(endsAt);
        uint32 number = _close();
        Amounts memory all = _waiting;
        _waiting = Amounts(0, 0);
        Policy memory p = _policy;
        uint128[5] memory ankr = _split(all.ankr, p);
        uint128[5] memory eth = _split(all.eth, p);
        for (uint256 i = 0; i <= uint256(type(Group).max); ++i) _add(_pots[Group(i)], ankr[i], eth[i]);
        _add(_credits[development], ankr[4], eth[4]);
        emit Released(number, all);
    }

    /// @inheritdoc IRewardPool
    function settle(Group group, address account, uint32 sidecar) public {
        if (group != Group.Stakers) sidecar = 0;
        Position storage position = _positions[group][_sourceOf(group)][account][sidecar];
        uint256 since = group == Group.Stakers ? _since(position, sidecar) : 0;
        _settle(position, group, account, sidecar, since);
        if (group == Group.Operators) {
            _settle(_positions[group][_sources.requesters][account][0], group, account, 0, 0);
        }
    }

    /// @inheritdoc IRewardPool
    function withdraw(address payable to) public {
        Amounts memory amounts = _credits[msg.sender];
        if (amounts.ankr == 0 && amounts.eth == 0) revert NothingCredited(msg.sender);
        delete _credits[msg.sender];
        emit Withdrawn(msg.sender, to, amounts);
        _pay(to, amounts);
    }

    /// @inheritdoc IRewardPool
    function claim(Group group, uint32 sidecar, address payable to) external {
        settle(group, msg.sender, sidecar);
        withdraw(to);
    }

    /// @inheritdoc IRewardPool
    function install(Sources calldata s) external {
        _installOnce();
        address[5] memory needed = [s.council, s.providers, s.requesters, s.staking, s.nodes];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert SourceMissing();
        if (s.authority == address(0)) revert AuthorityMissing();
        _sources = s;
        _open.staking = s.staking;
        authority = s.authority;
        emit SourcesInstalled(s);
        emit AuthorityAccepted(s.authority);
    }

    /// @inheritdoc IRewardPool
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IRewardPool
    function setDevelopment(address development_) external onlyAuthority {
        _setDevelopment(development_);
    }

    /// @inheritdoc IRewardPool
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IRewardPool
    function sources() external view returns (Sources memory) {
        return _sources;
    }

    /// @inheritdoc IRewardPool
    function waiting() external view returns (Amounts memory) {
        return _waiting;
    }

    /// @inheritdoc IRewardPool
    function potOf(Group group) external view returns (Amounts memory) {
        return _pots[group];
    }

    /// @inheritdoc IRewardPool
    function weightOf(Group group, address account, uint32 sidecar) external view returns (uint256 weight) {
        if (group != Group.Stakers) sidecar = 0;
        weight = _positions[group][_sourceOf(group)][account][sidecar].weight;
        if (group == Group.Operators) weight += _positions[group][_sources.requesters][account][0].weight;
    }

    /// @inheritdoc IRewardPool
    function totalWeight(Group group) external view returns (uint256) {
        return _wholes[group].weight;
    }

    /// @inheritdoc IRewardPool
    function claimable(
        Group group,
        address account,
        uint32 sidecar
    ) external view returns (Amounts memory earned, Amounts memory held) {
        if (group != Group.Stakers) sidecar = 0;
        Position storage position = _positions[group][_sourceOf(group)][account][sidecar];
        uint256 since = group == Group.Stakers ? _since(position, sidecar) : 0;
        (earned, held) = _claimable(position, group, account, sidecar, since);
        if (group != Group.Operators) return (earned, held);
        position = _positions[group][_sources.requesters][account][0];
        (Amounts memory more, ) = _claimable(position, group, account, 0, 0);
        (earned.ankr, earned.eth) = (earned.ankr + more.ankr, earned.eth + more.eth);
    }

    /// @inheritdoc IRewardPool
    function creditOf(address account) external view returns (Amounts memory) {
        return _credits[account];
    }

    /// @inheritdoc IRewardPool
    function period() public view returns (uint32 number, uint48 startedAt, uint48 endsAt) {
        (number, startedAt) = (_open.number, _open.startedAt);
        endsAt = startedAt + _policy.periodSeconds;
    }

    function _received(Amounts memory amounts) internal override {
        _add(_waiting, amounts.ankr, amounts.eth);
    }

    function _vote(Position storage position, address account, uint256 weight) private {
        _settle(position, Group.Voters, account, 0, 0);
        _setWeight(position, Group.Voters, weight);
    }

    /// @dev When the project began that an account's stake on a sidecar has to see the end of. Who has none there any more
    /// took it back while none ran, and waits for nothing.
    function _since(Position storage position, uint32 sidecar) private view returns (uint256) {
        return position.weight == 0 ? 0 : IRuns(_sources.nodes).runningSince(sidecar);
    }

    /// @dev Of the operators' two, the first.
    function _sourceOf(Group group) private view returns (address) {
        if (group == Group.Governors) return _sources.council;
        return group == Group.Operators ? _sources.providers : _open.staking;
    }

    function _stands(address candidate) private view returns (bool) {
        (uint40 number, ) = ICouncil(_sources.council).candidacyOf(candidate);
        return number != 0;
    }

    /// @return parts In the order of the groups, development last.
    function _split(uint256 all, Policy memory p) private pure returns (uint128[5] memory parts) {
        (uint256 governors, uint256 operators, uint256 stakers, uint256 voters, uint256 rest) = Split.released(
            all,
            p.governorsBps,
            p.operatorsBps,
            p.developmentBps,
            p.votersBps
        );
        parts = [uint128(governors), uint128(operators), uint128(stakers), uint128(voters), uint128(rest)];
    }

    function _setDevelopment(address development_) private {
        if (development_ == address(0)) revert DevelopmentMissing();
        development = development_;
        emit DevelopmentChanged(development_);
    }

    function _setPolicy(Policy memory p) private {
        uint256 sum = uint256(p.governorsBps) + p.operatorsBps + p.stakersBps + p.developmentBps;
        bool bounded =
            sum == BPS &&
                p.governorsBps <= GOVERNORS_BPS_MOST &&
                p.operatorsBps >= OPERATORS_BPS_LEAST &&
                p.stakersBps >= STAKERS_BPS_LEAST &&
                p.developmentBps <= DEVELOPMENT_BPS_MOST &&
                p.votersBps <= VOTERS_BPS_MOST &&
                p.periodSeconds >= PERIOD_LEAST &&
                p.periodSeconds <= PERIOD_MOST;
        if (!bounded) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }
}
