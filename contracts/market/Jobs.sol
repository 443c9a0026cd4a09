// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IBeacons} from "../interfaces/IBeacons.sol";
import {ICommittee} from "../interfaces/ICommittee.sol";
import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {IProjects} from "../interfaces/IProjects.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IQuotes} from "../interfaces/IQuotes.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Auction} from "../lib/Auction.sol";
import {Authority} from "./Authority.sol";

/// @title The marketplace's memory: jobs, policy, clock, and what is owed
/// @dev Knows how a job comes to be and what it looks like, not how it is settled.
abstract contract Jobs is IMarketplace, Authority {
    using SafeERC20 for IERC20;

    uint256 internal constant BPS = 10_000;
    uint16 private constant POOL_BPS_MAX = 2_000;
    uint16 private constant SERVICE_MOST = 9_900;
    uint32 private constant SPAN_LEAST = 10 seconds;
    uint32 private constant SPAN_MOST = 30 days;

    IERC20 internal immutable TOKEN;
    ISidecars internal immutable SIDECARS;
    IBeacons internal immutable BEACONS;
    ICommittee internal immutable COMMITTEE;
    IProviders internal immutable PROVIDERS;
    IQuotes internal immutable QUOTES;
    IProjects internal immutable PROJECTS;
    bytes32 internal immutable SEPARATOR;

    // Copied from the registry's clock: asking it would cost each step a call.
    uint256 private immutable GENESIS_TIME;
    uint256 private immutable ROUND_SECONDS;
    uint256 private immutable GENESIS_ROUND;
    uint256 private immutable EPOCH_ROUNDS;

    uint32 private immutable BID_ROUNDS;
    uint32 private immutable CERTIFY_ROUNDS;
    uint32 private immutable PICK_ROUNDS;
    uint32 private immutable LONGEST_ROUNDS;
    uint32 private immutable SETTLE_ROUNDS;

    /// @inheritdoc IMarketplace
    uint64 public total;
    Policy internal _policy;
    mapping(uint64 job => Job) internal _jobs;
    /// @inheritdoc IMarketplace
    mapping(uint64 job => mapping(uint32 provider => bytes32)) public commitmentOf;
    /// @inheritdoc IMarketplace
    mapping(address account => uint256) public creditOf;

    constructor(Params memory p) Authority(p.authority) {
        address[6] memory needed = [p.sidecars, p.beacons, p.committee, p.providers, p.quotes, p.projects];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert AddressMissing();
        ISidecars.Params memory registry = ISidecars(p.sidecars).params();
        TOKEN = IERC20(registry.token);
        SIDECARS = ISidecars(p.sidecars);
        BEACONS = IBeacons(p.beacons);
        COMMITTEE = ICommittee(p.committee);
        PROVIDERS = IProviders(p.providers);
        QUOTES = IQuotes(p.quotes);
        PROJECTS = IProjects(p.projects);
        SEPARATOR = SIDECARS.domainSeparator();
        GENESIS_TIME = registry.clock.genesisTime;
        ROUND_SECONDS = registry.clock.secondsPerRound;
        GENESIS_ROUND = registry.clock.genesisRound;
        EPOCH_ROUNDS = uint256(registry.clock.periodRounds) * registry.clock.epochPeriods;
        _requireTiming(p.timing, registry.clock.secondsPerRound);
        BID_ROUNDS = p.timing.bidRounds;
        CERTIFY_ROUNDS = p.timing.certifyRounds;
        PICK_ROUNDS = p.timing.pickRounds;
        LONGEST_ROUNDS = p.timing.longestRounds;
        SETTLE_ROUNDS = p.timing.settleRounds;
        _setPolicy(p.policy);
    }

    /// @inheritdoc IMarketplace
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IMarketplace
    function withdrawCredit(address account) external {
        uint256 amount = creditOf[account];
        if (amount == 0) revert NothingCredited(account);
        creditOf[account] = 0;
        emit CreditWithdrawn(account, amount);
        TOKEN.safeTransfer(account, amount);
    }

    /// @inheritdoc IMarketplace
    function jobOf(uint64 id) external view returns (Job memory) {
        return _jobs[id];
    }

    /// @inheritdoc IMarketplace
    function wordsOf(uint64 id) external view returns (uint256[4] memory words) {
        Job storage job = _jobs[id];
        assembly ("memory-safe") {
            for {
                let i := 0
            } lt(i, 4) {
                i := add(i, 1)
            } {
                mstore(add(words, shl(5, i)), sload(add(job.slot, i)))
            }
        }
    }

    /// @inheritdoc IMarketplace
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IMarketplace
    function timing() external view returns (Timing memory) {
        return Timing(BID_ROUNDS, CERTIFY_ROUNDS, PICK_ROUNDS, LONGEST_ROUNDS, SETTLE_ROUNDS);
    }

    /// @inheritdoc IMarketplace
    function parts() external view returns (address, address, address, address, address) {
        return (address(SIDECARS), address(BEACONS), address(COMMITTEE), address(PROVIDERS), address(QUOTES));
    }

    /// @inheritdoc IMarketplace
    function projects() external view returns (address) {
        return address(PROJECTS);
    }

    /// @inheritdoc IMarketplace
    function engagementOf(uint64 id) external view returns (uint32 provider, uint96 requirement) {
        Job storage job = _jobs[id];
        State state = job.state;
        bool waits = state == State.Awarded || state == State.Reported;
        bool engaged = waits || (state == State.Running && PROJECTS.isOpen(id));
        return engaged ? (job.winner, job.reserve) : (0, 0);
    }

    /// @dev Writes a new job down under today's policy. Its money is the caller's business.
    function _open(
        Job memory job,
        bytes32 kind,
        bytes32 specHash,
        Rounds calldata rounds
    ) internal returns (uint64 id) {
        _requireRounds(rounds);
        Policy memory p = _policy;
        job.reserve = _share(job.fixedPrice, BPS - p.rewardBps - p.insuranceBps);
        job.closeRound = rounds.close;
        job.openRound = rounds.open;
        job.pickRound = rounds.pick;
        job.shortlist = p.shortlist;
        job.payAsBid = p.payAsBid;
        job.rewardBps = p.rewardBps;
        job.insuranceBps = p.insuranceBps;
        job.forfeitBps = p.forfeitBps;
        job.penaltyBps = p.penaltyBps;
        job.startSeconds = p.startSeconds;
        job.confirmSeconds = p.confirmSeconds;
        job.serviceBps = p.serviceBps;
        job.leastPeriods = p.leastPeriods;
        job.lossBps = p.lossBps;
        job.state = State.Announced;
        job.deadline = uint40(_timeOf(rounds.pick) + _settleSpan());
        id = ++total;
        _jobs[id] = job;
        emit Announced(id, job.requester, kind, specHash, job);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount != 0) creditOf[account] += amount;
    }

    function _known(uint64 id) internal view returns (Job storage job) {
        job = _jobs[id];
        if (job.state == State.Unknown) revert UnknownJob(id);
    }

    function _inState(uint64 id, State wanted) internal view returns (Job storage job) {
        job = _known(id);
        if (job.state != wanted) revert WrongState(id, job.state);
    }

    /// @dev `bps` of an amount, rounded down; never more than the amount.
    function _share(uint96 amount, uint256 bps) internal pure returns (uint96) {
        return uint96((amount * bps) / BPS);
    }

    function _timeOf(uint256 round) internal view returns (uint256) {
        return GENESIS_TIME + (round - 1) * ROUND_SECONDS;
    }

    function _settleSpan() internal view returns (uint256) {
        return SETTLE_ROUNDS * ROUND_SECONDS;
    }

    /// @dev The epoch whose committee saw the bids close.
    function _epochOf(uint256 round) internal view returns (uint64) {
        return uint64((round - GENESIS_ROUND) / EPOCH_ROUNDS);
    }

    function _capacityOf(Job storage job) internal view returns (IProviders.Capacity memory) {
        return IProviders.Capacity(job.cpuMilliGhz, job.memoryMilliGb, job.storageMilliGb);
    }

    /// @dev The provider that a sidecar bids for, if the caller is its record key or its owner.
    function _bidder(uint32 sidecar) internal view returns (uint32 provider) {
        address signer;
        (provider, signer) = PROVIDERS.bidderOf(sidecar);
        bool own = provider != 0 && (msg.sender == signer || msg.sender == PROVIDERS.ownerOf(provider));
        if (!own) revert NotBidder(sidecar, msg.sender);
    }

    function _requireRounds(Rounds calldata r) private view {
        uint256 current = block.timestamp < GENESIS_TIME ? 0 : (block.timestamp - GENESIS_TIME) / ROUND_SECONDS + 1;
        bool ordered =
            r.close >= current + BID_ROUNDS &&
                r.close >= GENESIS_ROUND &&
                r.open >= uint256(r.close) + CERTIFY_ROUNDS &&
                r.pick >= uint256(r.open) + PICK_ROUNDS &&
                r.pick <= current + LONGEST_ROUNDS;
        if (!ordered) revert RoundsInvalid(r);
    }

    function _requireTiming(Timing memory t, uint256 roundSeconds) private view {
        if (t.bidRounds == 0 || t.certifyRounds == 0 || t.pickRounds == 0 || t.settleRounds == 0) {
            revert TimingInvalid();
        }
        if (uint256(t.bidRounds) + t.certifyRounds + t.pickRounds > t.longestRounds) revert TimingInvalid();
        uint256 longest = (uint256(t.longestRounds) + t.settleRounds) * roundSeconds;
        uint32 delay = PROVIDERS.withdrawalDelay();
        if (delay < longest) revert WithdrawalDelayTooShort(delay, longest);
    }

    function _setPolicy(Policy memory p) private {
        bool bounded =
            p.rewardBps <= POOL_BPS_MAX &&
                p.insuranceBps <= POOL_BPS_MAX &&
                p.forfeitBps <= BPS &&
                p.penaltyBps <= BPS &&
                p.shortlist != 0 &&
                p.shortlist <= Auction.SHORTLIST_MAX &&
                _isSpan(p.startSeconds) &&
                _isSpan(p.confirmSeconds) &&
                p.serviceBps <= SERVICE_MOST &&
                p.leastPeriods != 0 &&
                p.lossBps <= BPS;
        if (!bounded) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }

    function _isSpan(uint32 span) private pure returns (bool) {
        return span >= SPAN_LEAST && span <= SPAN_MOST;
    }
}
