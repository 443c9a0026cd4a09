// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {IMicroPool} from "../interfaces/IMicroPool.sol";
import {IPoolRegistry} from "../interfaces/IPoolRegistry.sol";
import {IPoolTypes} from "../interfaces/IPoolTypes.sol";
import {IMicroPools} from "../interfaces/IMicroPools.sol";
import {INodes} from "../interfaces/INodes.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IQuotes} from "../interfaces/IQuotes.sol";
import {IRequesters} from "../interfaces/IRequesters.sol";
import {ITiers} from "../interfaces/ITiers.sol";
import {Authority} from "../market/Authority.sol";
import {Installable} from "../pools/Installable.sol";
import {AEth} from "./AEth.sol";
import {PoolTerms} from "./PoolTerms.sol";

/// @title MicroPools: opens micro-pools, knows them all, moves users between them
contract MicroPools is IMicroPools, Authority, Installable {
    using Clones for address;

    /// @dev One word: the pool, and what of its provider's capacity it holds until its end.
    struct Opened {
        address pool;
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
    }

    /// @dev One word: `Policy`, and how many pools there are.
    struct Kept {
        uint16 rewardBps;
        uint16 insuranceBps;
        uint32 leastSeconds;
        uint32 mostSeconds;
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
        uint32 total;
    }

    uint256 private constant VALIDATOR = 32 ether;
    uint256 private constant PREDEPOSIT = 1 ether;
    uint16 private constant BPS_MOST = 2_000;
    uint32 private constant SECONDS_LEAST = 1 hours;
    uint32 private constant SECONDS_MOST = 3_650 days;

    IProviders private immutable PROVIDERS;
    ITiers private immutable TIERS;
    IQuotes private immutable QUOTES;
    INodes private immutable NODES;
    IRequesters private immutable REQUESTERS;
    IInsurancePool private immutable INSURANCE_POOL;
    address private immutable TOKEN;
    address private immutable REWARD_POOL;
    address private immutable DEPOSIT_CONTRACT;
    AEth private immutable AETH;

    /// @inheritdoc IMicroPools
    address public implementation;
    Kept private _kept;
    mapping(uint32 number => Opened) private _opened;
    /// @dev Number of a sidecar's newest pool; eight of them in a word.
    uint32[1 << 32] private _newestOn;

    modifier onlyPool() {
        if (!isPool(msg.sender)) revert NotPool(msg.sender);
        _;
    }

    constructor(Params memory p) Authority(p.authority) Installable(p.installer) {
        address[9] memory needed = [
            p.token,
            p.providers,
            p.tiers,
            p.quotes,
            p.nodes,
            p.requesters,
            p.rewardPool,
            p.insurancePool,
            p.depositContract
        ];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert AddressMissing();
        PROVIDERS = IProviders(p.providers);
        TIERS = ITiers(p.tiers);
        QUOTES = IQuotes(p.quotes);
        NODES = INodes(p.nodes);
        REQUESTERS = IRequesters(p.requesters);
        INSURANCE_POOL = IInsurancePool(p.insurancePool);
        (TOKEN, REWARD_POOL, DEPOSIT_CONTRACT) = (p.token, p.rewardPool, p.depositContract);
        AETH = new AEth(p.insurancePool);
        _setPolicy(p.policy);
    }

    /// @inheritdoc IMicroPools
    function open(uint32 sidecar, uint40 endsAt) external payable returns (address pool) {
        uint32 id = PROVIDERS.idOfOwner(msg.sender);
        if (id == 0) revert NotProvider(msg.sender);
        (uint32 enrolled, ) = PROVIDERS.bidderOf(sidecar);
        if (enrolled != id) revert SidecarNotEnrolled(sidecar);
        uint256 least = stakeFor(id);
        if (msg.value < least) revert StakeTooLow(msg.value, least);
        if (msg.value > VALIDATOR) revert StakeTooHigh(msg.value);
        _requireTrust(id);
        Kept memory k = _kept;
        IProviders.Capacity memory held = IProviders.Capacity(k.cpuMilliGhz, k.memoryMilliGb, k.storageMilliGb);
        IPoolTypes.Terms memory terms = IPoolTypes.Terms(
            payable(msg.sender),
            id,
            sidecar,
            k.rewardBps,
            k.insuranceBps,
            _quote(k, held, endsAt),
            endsAt,
            uint72(msg.value),
            k.total + 1
        );
        // Its number makes the terms, and so the address, its own.
        pool = implementation.cloneDeterministicWithImmutableArgs(PoolTerms.pack(terms), 0, msg.value);
        _kept.total = terms.number;
        _opened[terms.number] = Opened(pool, k.cpuMilliGhz, k.memoryMilliGb, k.storageMilliGb);
        _newestOn[sidecar] = terms.number;
        emit PoolOpened(pool, id, sidecar);
        PROVIDERS.hold(id, held);
        NODES.engage(sidecar, id, held);
    }

    /// @inheritdoc IMicroPools
    function migrate(address from, address to) external onlyAuthority {
        if (!isPool(from)) revert NotPool(from);
        if (!isPool(to)) revert NotPool(to);
        emit PoolMigrated(from, to);
        IMicroPool(from).migrate(IMicroPool(to));
    }

    /// @inheritdoc IMicroPools
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IMicroPools
    function install(address implementation_) external {
        _installOnce();
        bool fits = implementation_.code.length != 0 && IMicroPool(implementation_).factory() == address(this);
        if (!fits) revert ImplementationForeign(implementation_);
        implementation = implementation_;
        emit Installed(implementation_);
    }

    /// @inheritdoc IMicroPools
    function reportStarted(uint32 sidecar, uint96 providerEth, uint96 usersEth) external onlyPool {
        NODES.started(sidecar, providerEth, usersEth);
    }

    /// @inheritdoc IMicroPools
    function reportFinished(uint32 providerId, uint32 sidecar, uint96 rewards) external onlyPool {
        PROVIDERS.restore(providerId, _heldBy(msg.sender));
        NODES.finished(sidecar, rewards, 0);
    }

    /// @inheritdoc IMicroPools
    function reportRewards(uint32 sidecar, uint96 rewards) external onlyPool {
        NODES.collected(sidecar, rewards, 0);
    }

    /// @inheritdoc IMicroPools
    function reportReleased(uint32 providerId, uint32 sidecar) external onlyPool {
        PROVIDERS.restore(providerId, _heldBy(msg.sender));
        NODES.release(sidecar);
    }

    /// @inheritdoc IMicroPools
    function reportJoined(address user, uint72 eth) external onlyPool {
        REQUESTERS.addEth(user, eth);
    }

    /// @inheritdoc IMicroPools
    function reportTaken(address user, uint72 eth) external onlyPool {
        REQUESTERS.removeEth(user, eth);
    }

    /// @inheritdoc IMicroPools
    function poolOf(uint32 sidecar) external view returns (address) {
        return _opened[_newestOn[sidecar]].pool;
    }

    /// @inheritdoc IMicroPools
    function total() external view returns (uint256) {
        return _kept.total;
    }

    /// @inheritdoc IMicroPools
    function pools(uint256 from, uint256 to) external view returns (address[] memory list) {
        if (to > _kept.total) to = _kept.total;
        if (from >= to) return list;
        list = new address[](to - from);
        for (uint256 i = from; i < to; ++i) list[i - from] = _opened[uint32(i + 1)].pool;
    }

    /// @inheritdoc IMicroPools
    function parts() external view returns (Params memory p) {
        p.token = TOKEN;
        p.providers = address(PROVIDERS);
        p.tiers = address(TIERS);
        p.quotes = address(QUOTES);
        p.nodes = address(NODES);
        p.requesters = address(REQUESTERS);
        p.rewardPool = REWARD_POOL;
        p.insurancePool = address(INSURANCE_POOL);
        p.depositContract = DEPOSIT_CONTRACT;
        p.authority = authority;
        p.policy = policy();
    }

    /// @inheritdoc IMicroPools
    function aEth() external view returns (address) {
        return address(AETH);
    }

    /// @inheritdoc IPoolRegistry
    function isPool(address account) public view returns (bool) {
        // Whatever stands there for a number: it has to be where the pool of that number is.
        return account != address(0) && _opened[PoolTerms.number(account)].pool == account;
    }

    /// @inheritdoc IMicroPools
    function policy() public view returns (Policy memory) {
        Kept memory k = _kept;
        IProviders.Capacity memory validator = IProviders.Capacity(k.cpuMilliGhz, k.memoryMilliGb, k.storageMilliGb);
        return Policy(k.rewardBps, k.insuranceBps, k.leastSeconds, k.mostSeconds, validator);
    }

    /// @inheritdoc IMicroPools
    function stakeFor(uint32 providerId) public view returns (uint256) {
        uint256 asked = TIERS.stakeRequired(providerId);
        return asked < PREDEPOSIT ? PREDEPOSIT : asked;
    }

    /// @inheritdoc IMicroPools
    function quoteFor(uint40 endsAt) public view returns (uint96) {
        return _quote(_kept, policy().validator, endsAt);
    }

    function _quote(Kept memory k, IProviders.Capacity memory c, uint40 endsAt) private view returns (uint96) {
        bool within = endsAt >= block.timestamp + k.leastSeconds && endsAt <= block.timestamp + k.mostSeconds;
        if (!within) revert EndOutOfBounds(endsAt);
        uint32 duration = uint32(endsAt - block.timestamp);
        return QUOTES.quote(IQuotes.Requirements(c.cpuMilliGhz, c.memoryMilliGb, c.storageMilliGb, duration));
    }

    /// @dev Qualified, with P_min and a score, by a stake of this second too.
    function _requireTrust(uint32 id) private view {
        uint256[] memory bids = new uint256[](1);
        bids[0] = id;
        IProviders.Capacity memory none;
        uint256 eligible = PROVIDERS.screen(IProviders.Need(none, 0, uint40(block.timestamp) + 1), bids)[0] >> 160;
        if (eligible & 1 == 0) revert NotQualified(id);
    }

    function _heldBy(address pool) private view returns (IProviders.Capacity memory) {
        Opened storage o = _opened[PoolTerms.number(pool)];
        return IProviders.Capacity(o.cpuMilliGhz, o.memoryMilliGb, o.storageMilliGb);
    }

    function _setPolicy(Policy memory p) private {
        IProviders.Capacity memory c = p.validator;
        bool sized = c.cpuMilliGhz != 0 || c.memoryMilliGb != 0 || c.storageMilliGb != 0;
        bool timed =
            p.leastSeconds >= SECONDS_LEAST && p.leastSeconds <= p.mostSeconds && p.mostSeconds <= SECONDS_MOST;
        if (!sized || !timed || p.rewardBps > BPS_MOST || p.insuranceBps > BPS_MOST) revert PolicyOutOfBounds();
        _kept = Kept(
            p.rewardBps,
            p.insuranceBps,
            p.leastSeconds,
            p.mostSeconds,
            c.cpuMilliGhz,
            c.memoryMilliGb,
            c.storageMilliGb,
            _kept.total
        );
        emit PolicyChanged(p);
    }
}
