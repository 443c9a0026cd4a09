// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAuditLedger} from "../interfaces/IAuditLedger.sol";
import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {INodes} from "../interfaces/INodes.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IProjects} from "../interfaces/IProjects.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IRequesters} from "../interfaces/IRequesters.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {ExactPull} from "../lib/ExactPull.sol";
import {Split} from "../lib/Split.sol";
import {Terms} from "../lib/Terms.sol";
import {Installable} from "../pools/Installable.sol";
import {Authority} from "./Authority.sol";
import {PoolShares} from "./PoolShares.sol";

/// @title Projects: awarded jobs from their start to their end, and their money
/// @dev Money leaves by pull only, what a requester has staked excepted; state changes before every call that moves money.
contract Projects is PoolShares, Authority, Installable {
    using SafeERC20 for IERC20;
    using ExactPull for IERC20;
    using SafeCast for uint256;
    using Terms for uint256[4];

    uint256 private constant BPS = 10_000;
    uint16 private constant UNOBSERVED = type(uint16).max;
    uint32 private constant CHALLENGE_MOST = 30 days;
    uint32 private constant RULING_LEAST = 1 minutes;
    uint32 private constant RULING_MOST = 90 days;

    IAuditLedger private immutable LEDGER;
    IProviders private immutable PROVIDERS;
    INodes private immutable NODES;
    IRequesters private immutable REQUESTERS;
    // Copied from the registry's clock: asking it would cost each step a call.
    uint256 private immutable FIRST_PERIOD_AT;
    uint256 private immutable PERIOD_SECONDS;
    uint32 private immutable CHALLENGE_SECONDS;
    uint32 private immutable RULING_SECONDS;

    /// @inheritdoc IProjects
    address public marketplace;
    mapping(uint64 job => Project) private _projects;
    mapping(address account => IPool.Amounts) private _credits;
    /// @inheritdoc IProjects
    mapping(uint32 sidecar => uint64) public jobOn;

    modifier onlyMarketplace() {
        _requireMarketplace();
        _;
    }

    constructor(Params memory p) PoolShares(p) Authority(p.authority) Installable(p.installer) {
        address[4] memory needed = [p.ledger, p.providers, p.nodes, p.requesters];
        for (uint256 i = 0; i < needed.length; ++i) if (needed[i].code.length == 0) revert AddressMissing();
        ISidecars.Params memory registry = ISidecars(p.sidecars).params();
        // In the first of them the last period is certified and posted.
        uint256 periodSeconds = uint256(registry.clock.periodRounds) * registry.clock.secondsPerRound;
        bool bounded =
            p.timing.challengeSeconds >= 2 * periodSeconds &&
                p.timing.challengeSeconds <= CHALLENGE_MOST &&
                p.timing.rulingSeconds >= RULING_LEAST &&
                p.timing.rulingSeconds <= RULING_MOST;
        if (!bounded) revert TimingInvalid();
        FIRST_PERIOD_AT = ISidecars(p.sidecars).timeOfRound(registry.clock.genesisRound);
        PERIOD_SECONDS = periodSeconds;
        LEDGER = IAuditLedger(p.ledger);
        PROVIDERS = IProviders(p.providers);
        NODES = INodes(p.nodes);
        REQUESTERS = IRequesters(p.requesters);
        CHALLENGE_SECONDS = p.timing.challengeSeconds;
        RULING_SECONDS = p.timing.rulingSeconds;
    }

    /// @inheritdoc IProjects
    function report(uint64 job, uint32 sidecar) external onlyMarketplace {
        Project storage project = _projects[job];
        uint256[4] memory j = _termsOf(job);
        project.state = State.Reported;
        project.sidecar = sidecar;
        project.startedAt = uint40(block.timestamp);
        project.from = _periodAt(block.timestamp);
        jobOn[sidecar] = job;
        emit Reported(job, j.winner(), sidecar);
        NODES.engage(sidecar, j.winner(), j.capacity());
    }

    /// @inheritdoc IProjects
    function giveBack(uint64 job) external onlyMarketplace {
        uint32 sidecar = _projects[job].sidecar;
        delete _projects[job];
        emit Returned(job, sidecar);
        NODES.release(sidecar);
    }

    /// @inheritdoc IProjects
    function confirm(uint64 job, IAuditLedger.Proven calldata leaf) external {
        Project storage project = _inState(job, State.Reported);
        uint256[4] memory j = _termsOf(job);
        _requireOwn(job, project, leaf);
        LEDGER.proveLeaf(leaf.period, leaf.leaf, leaf.proof);
        uint16 uptimeBps = leaf.leaf.uptimeBps;
        if (uptimeBps == UNOBSERVED || uptimeBps < j.serviceBps()) revert StartNotShown(job, leaf.period, uptimeBps);
        uint40 endsAt = project.startedAt + j.durationSeconds();
        project.state = State.Running;
        project.endsAt = endsAt;
        project.completableAt = _challengeFrom(endsAt);
        project.from = leaf.period;
        project.periodsObserved = leaf.leaf.periodsObserved;
        project.uptimeSum = leaf.leaf.uptimeSum;
        emit Started(job, j.winner(), project.sidecar, leaf.period, project.startedAt, endsAt);
        NODES.started(project.sidecar, 0, 0);
        IMarketplace(marketplace).handOver(job);
        TOKEN.pull(marketplace, j.fixedPrice());
    }

    /// @inheritdoc IProjects
    function depositProfit(uint64 job, uint96 amount) external {
        if (amount == 0) revert AmountZero();
        _addProfit(job, amount, 0);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IProjects
    function depositEth(uint64 job) external payable {
        if (msg.value == 0) revert AmountZero();
        _addProfit(job, 0, msg.value.toUint96());
    }

    /// @inheritdoc IProjects
    function complete(uint64 job) external {
        Project storage project = _inState(job, State.Running);
        uint256[4] memory j = _termsOf(job);
        uint40 until = msg.sender == j.requester() ? project.endsAt : project.completableAt;
        if (block.timestamp < until) revert NotEnded(job, until);
        _deliver(job, project, j, j.price());
    }

    /// @inheritdoc IProjects
    function fail(uint64 job, IAuditLedger.Proven calldata leaf) external {
        Project storage project = _inState(job, State.Running);
        uint256[4] memory j = _termsOf(job);
        _requireOwn(job, project, leaf);
        LEDGER.requireLeaf(leaf.period, leaf.leaf, leaf.proof);
        // The last period that is all of the project's.
        uint64 last = _periodAt(project.endsAt);
        if (leaf.period >= last) revert LeafTooLate(job, leaf.period, last - 1);
        bool fell = leaf.leaf.periodsObserved < project.periodsObserved || leaf.leaf.uptimeSum < project.uptimeSum;
        if (fell) revert TotalsFell(job, leaf.period);
        uint64 observed = leaf.leaf.periodsObserved - project.periodsObserved;
        uint256 uptime = leaf.leaf.uptimeSum - project.uptimeSum;
        if (observed < j.leastPeriods()) revert WindowTooShort(job, observed, j.leastPeriods());
        // If it were up in all that are left.
        uint256 left = last - 1 - leaf.period;
        uint256 bestBps = (uptime + left * BPS) / (observed + left);
        if (bestBps >= j.serviceBps()) revert LevelReachable(job, bestBps, j.serviceBps());
        emit Missed(job, project.sidecar, leaf.period, observed, uptime / observed);
        _failed(job, project, j, _lossOf(j));
    }

    /// @inheritdoc IProjects
    function concede(uint64 job) external {
        Project storage project = _projects[job];
        State state = project.state;
        if (state != State.Running && state != State.Disputed) revert WrongProject(job, state);
        if (project.ruling != Ruling.None) revert RuledBefore(job);
        uint256[4] memory j = _termsOf(job);
        if (msg.sender != PROVIDERS.ownerOf(j.winner())) revert NotProvider(job, msg.sender);
        _failed(job, project, j, _lossOf(j));
    }

    /// @inheritdoc IProjects
    function dispute(uint64 job) external {
        Project storage project = _inState(job, State.Running);
        uint256[4] memory j = _termsOf(job);
        if (msg.sender != j.requester() && msg.sender != PROVIDERS.ownerOf(j.winner()))
            revert NotParty(job, msg.sender);
        if (project.disputed) revert DisputedBefore(job);
        uint40 until = uint40(block.timestamp) + RULING_SECONDS;
        (project.state, project.disputed, project.completableAt) = (State.Disputed, true, until);
        emit Disputed(job, msg.sender, until);
    }

    /// @inheritdoc IProjects
    function rule(uint64 job, bool delivered, uint96 amount) external onlyAuthority {
        Project storage project = _inState(job, State.Disputed);
        if (block.timestamp >= project.completableAt) revert RulingTooLate(job, project.completableAt);
        uint256[4] memory j = _termsOf(job);
        uint96 most = delivered ? j.price() : j.reserve();
        if (amount > most) revert RulingOutOfBounds(job, amount, most);
        project.ruling = delivered ? Ruling.Delivered : Ruling.Failed;
        project.ruledAmount = amount;
        project.completableAt = uint40(block.timestamp);
        emit Ruled(job, delivered, amount);
    }

    /// @inheritdoc IProjects
    function resume(uint64 job) external {
        Project storage project = _inState(job, State.Disputed);
        if (block.timestamp < project.completableAt) revert RulingOpen(job, project.completableAt);
        Ruling ruling = project.ruling;
        if (ruling == Ruling.Delivered) return _deliver(job, project, _termsOf(job), project.ruledAmount);
        if (ruling == Ruling.Failed) return _failed(job, project, _termsOf(job), project.ruledAmount);
        project.state = State.Running;
        project.completableAt = _challengeFrom(project.endsAt);
        emit Resumed(job, project.completableAt);
    }

    /// @inheritdoc IProjects
    function withdraw(address payable to) external {
        IPool.Amounts memory credit = _credits[msg.sender];
        if (credit.ankr == 0 && credit.eth == 0) revert NothingCredited(msg.sender);
        if (to == address(0)) revert AddressMissing();
        delete _credits[msg.sender];
        emit Withdrawn(msg.sender, to, credit);
        if (credit.ankr != 0) TOKEN.safeTransfer(to, credit.ankr);
        if (credit.eth == 0) return;
        (bool ok, ) = to.call{value: credit.eth}("");
        if (!ok) revert EthRefused(to);
    }

    /// @inheritdoc IProjects
    function stakeProfit(uint256 amount) external {
        uint128 credit = _credits[msg.sender].ankr;
        if (amount == 0) revert AmountZero();
        if (amount > credit) revert CreditTooSmall(msg.sender, credit, amount);
        _credits[msg.sender].ankr = credit - uint128(amount);
        emit ProfitStaked(msg.sender, amount);
        TOKEN.forceApprove(address(REQUESTERS), amount);
        REQUESTERS.stakeFor(msg.sender, amount);
    }

    /// @inheritdoc IProjects
    function install(address marketplace_) external {
        _installOnce();
        if (marketplace_.code.length == 0) revert AddressMissing();
        marketplace = marketplace_;
        emit MarketplaceInstalled(marketplace_);
    }

    /// @inheritdoc IProjects
    function projectOf(uint64 job) external view returns (Project memory) {
        return _projects[job];
    }

    /// @inheritdoc IProjects
    function isOpen(uint64 job) external view returns (bool) {
        State state = _projects[job].state;
        return state == State.Running || state == State.Disputed;
    }

    /// @inheritdoc IProjects
    function creditOf(address account) external view returns (IPool.Amounts memory) {
        return _credits[account];
    }

    /// @inheritdoc IProjects
    function timing() external view returns (Timing memory) {
        return Timing(CHALLENGE_SECONDS, RULING_SECONDS);
    }

    /// @inheritdoc IProjects
    function parts() external view returns (address, address, address, address) {
        return (address(NODES), address(REQUESTERS), address(REWARD_POOL), address(INSURANCE_POOL));
    }

    /// @dev The leaf is of the project's sidecar, and of a period after `from`.
    function _requireOwn(uint64 job, Project storage project, IAuditLedger.Proven calldata leaf) private view {
        if (leaf.leaf.id != project.sidecar) revert SidecarMismatch(leaf.leaf.id, project.sidecar);
        if (leaf.period <= project.from) revert LeafTooEarly(job, leaf.period, project.from);
    }

    function _addProfit(uint64 job, uint96 ankr, uint96 eth) private {
        Project storage project = _inState(job, State.Running);
        if (ankr != 0) project.profit += ankr;
        if (eth != 0) project.profitEth += eth;
        emit ProfitDeposited(
            job,
            msg.sender,
            IPool.Amounts(ankr, eth),
            IPool.Amounts(project.profit, project.profitEth)
        );
        // As it comes, not at the end: whoever ends the project has the more to write.
        NODES.collected(project.sidecar, eth, ankr);
    }

    /// @dev R1, for each money by itself: the provider is paid from FP, the requester gets all that is left.
    function _deliver(uint64 job, Project storage project, uint256[4] memory j, uint96 paid) private {
        (uint96 profit, uint96 profitEth) = (project.profit, project.profitEth);
        (IPool.Amounts memory reward, IPool.Amounts memory insurance, IPool.Amounts memory rest) = _split(
            j,
            profit,
            profitEth,
            paid
        );
        project.state = State.Completed;
        _credit(PROVIDERS.ownerOf(j.winner()), IPool.Amounts(paid, 0));
        _credit(j.requester(), rest);
        _bring(reward, insurance);
        emit Completed(job, j.winner(), paid, reward, insurance, rest);
        PROVIDERS.complete(j.winner(), j.capacity(), j.reserve(), j.price(), j.durationSeconds());
        NODES.finished(project.sidecar, 0, 0);
    }

    function _split(
        uint256[4] memory j,
        uint256 profit,
        uint256 profitEth,
        uint256 paid
    ) private pure returns (IPool.Amounts memory reward, IPool.Amounts memory insurance, IPool.Amounts memory rest) {
        (uint256 toReward, uint256 toInsurance, uint256 left) = Split.completion(
            j.fixedPrice() + profit,
            paid,
            j.rewardBps(),
            j.insuranceBps()
        );
        (reward.ankr, insurance.ankr, rest.ankr) = (uint128(toReward), uint128(toInsurance), uint128(left));
        (toReward, toInsurance, left) = Split.completion(profitEth, 0, j.rewardBps(), j.insuranceBps());
        (reward.eth, insurance.eth, rest.eth) = (uint128(toReward), uint128(toInsurance), uint128(left));
    }

    /// @dev S1. The collateral is here before anything is owed for it; who is called for it is one of the market's own.
    function _failed(uint64 job, Project storage project, uint256[4] memory j, uint96 loss) private {
        (uint96 profit, uint96 profitEth) = (project.profit, project.profitEth);
        project.state = State.Failed;
        (uint96 taken, uint32 failures) = PROVIDERS.compensate(j.winner(), j.capacity(), loss);
        IPool.Amounts memory all = IPool.Amounts(uint128(j.fixedPrice()) + profit + taken, profitEth);
        _credit(j.requester(), all);
        emit Failed(job, j.winner(), taken, all, failures);
        NODES.finished(project.sidecar, 0, 0);
    }

    function _credit(address account, IPool.Amounts memory amounts) private {
        if (amounts.ankr == 0 && amounts.eth == 0) return;
        IPool.Amounts memory credit = _credits[account];
        (credit.ankr, credit.eth) = (credit.ankr + amounts.ankr, credit.eth + amounts.eth);
        _credits[account] = credit;
    }

    function _inState(uint64 job, State wanted) private view returns (Project storage project) {
        project = _projects[job];
        if (project.state != wanted) revert WrongProject(job, project.state);
    }

    function _termsOf(uint64 job) private view returns (uint256[4] memory) {
        return IMarketplace(marketplace).wordsOf(job);
    }

    function _lossOf(uint256[4] memory j) private pure returns (uint96) {
        return uint96((uint256(j.reserve()) * j.lossBps()) / BPS);
    }

    /// @dev Never over before there was time to show a failure.
    function _challengeFrom(uint40 endsAt) private view returns (uint40) {
        return (block.timestamp > endsAt ? uint40(block.timestamp) : endsAt) + CHALLENGE_SECONDS;
    }

    function _periodAt(uint256 time) private view returns (uint64) {
        return time < FIRST_PERIOD_AT ? 0 : uint64((time - FIRST_PERIOD_AT) / PERIOD_SECONDS);
    }

    function _requireMarketplace() private view {
        if (msg.sender != marketplace) revert NotMarketplace(msg.sender);
    }
}
