// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAuditLedger} from "../interfaces/IAuditLedger.sol";
import {IDividends} from "../interfaces/IDividends.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Authority} from "./Authority.sol";
import {Score} from "./Score.sol";
import {Standings} from "./Standings.sol";

/// @title Providers: who may bid, with what capacity, on what collateral, and with what reputation
/// @dev Money leaves to its owner or to the Insurance Pool only, state changes before every token call.
contract Providers is Standings, Authority {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    struct Profile {
        address owner;
        Capacity capacity;
        string brand;
    }

    /// @dev A sidecar that bids, and the totals of its newest leaf that the score already counts.
    struct Bidder {
        uint32 provider;
        address signer;
        uint64 periodsObserved;
        uint64 uptimeSum;
        uint40 enrolledAt;
    }

    uint256 private constant BRAND_MAX = 64;
    uint256 private constant SIDECARS_MAX = 256;
    bytes32 private constant FORFEIT = "forfeit";

    IERC20 private immutable TOKEN;
    ISidecars private immutable SIDECARS;
    IAuditLedger private immutable LEDGER;
    IInsurancePool private immutable INSURANCE_POOL;
    address private immutable INSTALLER;
    /// @inheritdoc IProviders
    uint32 public immutable withdrawalDelay;

    /// @inheritdoc IProviders
    uint32 public total;
    /// @inheritdoc IProviders
    address public marketplace;
    /// @inheritdoc IProviders
    address public discipline;
    /// @inheritdoc IProviders
    address public dividends;
    /// @inheritdoc IProviders
    mapping(address owner => uint32) public idOfOwner;
    mapping(uint32 id => Profile) private _profiles;
    /// @dev Hash of what is applied for and not decided on; zero for none.
    mapping(uint32 id => bytes32) private _applications;
    mapping(uint32 id => uint32[]) private _enrolled;
    mapping(uint32 sidecar => Bidder) private _bidders;

    modifier onlyMarketplace() {
        _requireMarketplace();
        _;
    }

    modifier onlyDiscipline() {
        _requireDiscipline();
        _;
    }

    constructor(Params memory p) Authority(p.authority) {
        if (p.token.code.length == 0) revert TokenMissing();
        if (p.insurancePool.code.length == 0) revert InsurancePoolMissing();
        if (p.installer == address(0)) revert InstallerMissing();
        TOKEN = IERC20(p.token);
        SIDECARS = ISidecars(p.sidecars);
        LEDGER = IAuditLedger(p.ledger);
        INSURANCE_POOL = IInsurancePool(p.insurancePool);
        INSTALLER = p.installer;
        withdrawalDelay = p.withdrawalDelay;
        _setPolicy(p.policy);
    }

    /// @inheritdoc IProviders
    function applyAs(string calldata brand, Capacity calldata c, uint96 ceiling) external returns (uint32 id) {
        uint256 length = bytes(brand).length;
        if (length == 0 || length > BRAND_MAX) revert BrandLength(length);
        if (c.cpuMilliGhz == 0 && c.memoryMilliGb == 0 && c.storageMilliGb == 0) revert CapacityZero();
        id = idOfOwner[msg.sender];
        if (id == 0) {
            id = ++total;
            idOfOwner[msg.sender] = id;
            _profiles[id].owner = msg.sender;
            _accounts[id].standing.status = Status.Applied;
        }
        _applications[id] = _hashOf(brand, c, ceiling);
        emit Applied(id, msg.sender, brand, c, ceiling);
    }

    /// @inheritdoc IProviders
    function qualify(uint32 id, string calldata brand, Capacity calldata c, uint96 ceiling) external onlyAuthority {
        bytes32 asked = _applications[id];
        if (asked != _hashOf(brand, c, ceiling)) revert ApplicationMismatch(id, asked);
        Profile storage profile = _profiles[id];
        Standing storage standing = _accounts[id].standing;
        Capacity memory inUse = _minus(profile.capacity, _freeOf(id));
        if (!_covers(c, inUse)) revert CapacityInUse(id);
        profile.capacity = c;
        profile.brand = brand;
        standing.status = Status.Qualified;
        standing.ceiling = _thousandths(ceiling);
        _setFree(id, _minus(c, inUse));
        _applications[id] = 0;
        emit Qualified(id, brand, c, ceiling);
    }

    /// @inheritdoc IProviders
    function disqualify(uint32 id) external onlyAuthority {
        Status status = _accounts[id].standing.status;
        if (status != Status.Qualified && status != Status.Suspended) revert NotQualified(id);
        _setStatus(id, Status.Disqualified);
        emit Disqualified(id);
    }

    /// @inheritdoc IProviders
    function enrol(uint32 id, uint32 sidecar) external {
        address owner = ownerOf(id);
        (address holder, address signer) = SIDECARS.holderOf(sidecar);
        if (holder != owner) revert SidecarNotOwned(id, sidecar);
        if (_bidders[sidecar].provider != 0) revert AlreadyEnrolled(sidecar);
        if (_enrolled[id].length == SIDECARS_MAX) revert TooManySidecars(id);
        _bidders[sidecar] = Bidder(id, signer, 0, 0, uint40(block.timestamp));
        _enrolled[id].push(sidecar);
        emit Enrolled(id, sidecar, signer);
    }

    /// @inheritdoc IProviders
    function deposit(uint32 id, uint96 amount) external {
        _requireOwner(id);
        if (amount == 0) revert AmountZero();
        uint256 collateral = uint256(_accounts[id].funds.collateral) + amount;
        uint256 held = collateral + _withdrawals[id].amount;
        if (held > _policy.maxCollateral) revert CollateralTooHigh(held, _policy.maxCollateral);
        _setFunds(id, uint96(collateral));
        emit Deposited(id, amount, uint96(collateral));
        _weigh(id);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IProviders
    function requestWithdrawal(uint32 id, uint96 amount) external {
        _requireOwner(id);
        if (amount == 0) revert AmountZero();
        Funds memory funds = _accounts[id].funds;
        if (uint256(amount) + funds.lien > funds.collateral) revert CollateralBound(id, funds.collateral, funds.lien);
        _setFunds(id, funds.collateral - amount);
        Withdrawal storage asked = _withdrawals[id];
        asked.amount += amount;
        asked.unlocksAt = uint40(block.timestamp) + withdrawalDelay;
        emit WithdrawalRequested(id, amount, asked.amount, asked.unlocksAt);
        _weigh(id);
    }

    /// @inheritdoc IProviders
    function withdraw(uint32 id) external {
        _requireOwner(id);
        Withdrawal storage asked = _withdrawals[id];
        Funds memory funds = _accounts[id].funds;
        uint96 amount = asked.amount;
        if (amount == 0) revert NothingWithdrawing(id);
        if (block.timestamp < asked.unlocksAt) revert StillBound(id, asked.unlocksAt);
        // A job won with collateral that was asked back later keeps it.
        uint96 bound = funds.lien > funds.collateral ? funds.lien - funds.collateral : 0;
        if (amount <= bound) revert CollateralBound(id, uint256(funds.collateral) + amount, funds.lien);
        asked.amount = bound;
        emit Withdrawn(id, msg.sender, amount - bound);
        TOKEN.safeTransfer(msg.sender, amount - bound);
    }

    /// @inheritdoc IProviders
    function refreshUptime(uint32 sidecar) external {
        Bidder storage bidder = _bidders[sidecar];
        uint32 id = bidder.provider;
        if (id == 0) revert SidecarNotEnrolled(sidecar);
        (bool known, uint64 periodsObserved, uint64 uptimeSum) = LEDGER.uptimeOf(sidecar);
        if (!known) revert LeafNotProven(sidecar);
        Track storage track = _tracks[id];
        track.periodsObserved += (uint256(periodsObserved) - bidder.periodsObserved).toUint40();
        track.uptimeBpsSum += (uint256(uptimeSum) - bidder.uptimeSum).toUint56();
        bidder.periodsObserved = periodsObserved;
        bidder.uptimeSum = uptimeSum;
        _rescore(id);
    }

    /// @inheritdoc IProviders
    function refreshScore(uint32 id) external {
        ownerOf(id);
        _rescore(id);
    }

    /// @inheritdoc IProviders
    function lowerLien(uint32 id, uint64[] calldata jobs) external {
        if (jobs.length != _accounts[id].funds.running) revert EngagementsIncomplete(id);
        uint64 last = 0;
        uint96 largest = 0;
        for (uint256 i = 0; i < jobs.length; ++i) {
            (uint32 provider_, uint96 requirement) = IMarketplace(marketplace).engagementOf(jobs[i]);
            if (provider_ != id || jobs[i] <= last) revert EngagementsIncomplete(id);
            last = jobs[i];
            if (requirement > largest) largest = requirement;
        }
        // Never raised: after a forfeit the lien is what is left, less than the jobs require.
        if (largest >= _accounts[id].funds.lien) return;
        _accounts[id].funds.lien = largest;
        emit LienLowered(id, largest);
    }

    /// @inheritdoc IProviders
    function handOver() external {
        uint256 amount = forfeited;
        if (amount == 0) revert NothingForfeited();
        forfeited = 0;
        emit HandedOver(amount);
        TOKEN.forceApprove(address(INSURANCE_POOL), amount);
        INSURANCE_POOL.contribute(FORFEIT, amount);
    }

    /// @inheritdoc IProviders
    function take(uint32 id, Capacity calldata c, uint96 requirement) external onlyMarketplace {
        _bind(id, c, requirement);
    }

    /// @inheritdoc IProviders
    function complete(
        uint32 id,
        Capacity calldata c,
        uint96 reserve,
        uint96 price,
        uint32 runningSeconds
    ) external onlyMarketplace {
        Track storage track = _tracks[id];
        track.settledJobs += 1;
        track.discountBpsSum += uint48(Score.discountBps(reserve, price));
        track.nodes += 1;
        track.runningSecondsSum += runningSeconds;
        _release(id, c);
        _rescore(id);
    }

    /// @inheritdoc IProviders
    function penalise(uint32 id, Capacity calldata c, uint96 amount) external onlyMarketplace returns (uint96 taken) {
        _tracks[id].nodes += 1;
        taken = _forfeit(id, amount);
        _release(id, c);
        _rescore(id);
    }

    /// @inheritdoc IProviders
    function forfeit(uint32 id, uint96 amount) external onlyMarketplace returns (uint96 taken) {
        return _forfeit(id, amount);
    }

    /// @inheritdoc IProviders
    function suspend(uint32 id) external onlyDiscipline {
        if (_accounts[id].standing.status != Status.Qualified) revert NotQualified(id);
        _setStatus(id, Status.Suspended);
    }

    /// @inheritdoc IProviders
    function reinstate(uint32 id) external onlyDiscipline {
        if (_accounts[id].standing.status != Status.Suspended) revert NotSuspended(id);
        _setStatus(id, Status.Qualified);
        _halveTrack(id);
        _rescore(id);
    }

    /// @inheritdoc IProviders
    function slash(
        uint32 id,
        uint256 bps,
        uint256 shareBps
    ) external onlyDiscipline returns (uint96 taken, uint96 share) {
        uint256 held = uint256(_accounts[id].funds.collateral) + _withdrawals[id].amount;
        taken = _forfeit(id, uint96((held * bps + Score.BPS - 1) / Score.BPS));
        share = uint96((taken * shareBps) / Score.BPS);
        forfeited -= share;
        _rescore(id);
        _weigh(id);
        TOKEN.safeTransfer(msg.sender, share);
    }

    /// @inheritdoc IProviders
    function install(address marketplace_, address discipline_, address dividends_) external {
        if (msg.sender != INSTALLER) revert NotInstaller(msg.sender);
        if (marketplace != address(0)) revert AlreadyInstalled(marketplace);
        if (marketplace_.code.length == 0 || discipline_.code.length == 0 || dividends_.code.length == 0) {
            revert PartMissing();
        }
        (marketplace, discipline, dividends) = (marketplace_, discipline_, dividends_);
        emit Installed(marketplace_, discipline_, dividends_);
    }

    /// @inheritdoc IProviders
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IProviders
    function bidderOf(uint32 sidecar) external view returns (uint32 provider_, address signer) {
        Bidder storage bidder = _bidders[sidecar];
        return (bidder.provider, bidder.signer);
    }

    /// @inheritdoc IProviders
    function enrolledAt(uint32 sidecar) external view returns (uint40) {
        return _bidders[sidecar].enrolledAt;
    }

    /// @inheritdoc IProviders
    function trackOf(uint32 id) external view returns (Track memory) {
        return _tracks[id];
    }

    /// @inheritdoc IProviders
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IProviders
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IProviders
    function provider(uint32 id) public view returns (Provider memory p) {
        Standing memory standing = _accounts[id].standing;
        Funds memory funds = _accounts[id].funds;
        p.id = id;
        p.owner = ownerOf(id);
        p.status = standing.status;
        p.brand = _profiles[id].brand;
        p.application = _applications[id];
        p.capacity = _profiles[id].capacity;
        p.free = _freeOf(id);
        p.ceiling = _ceilingOf(id);
        p.collateral = funds.collateral;
        p.withdrawing = _withdrawals[id].amount;
        p.withdrawableAt = _withdrawals[id].unlocksAt;
        p.lien = funds.lien;
        p.running = funds.running;
        p.score = standing.score;
        p.sidecars = _enrolled[id];
    }

    /// @inheritdoc IProviders
    function ownerOf(uint32 id) public view returns (address owner) {
        owner = _profiles[id].owner;
        if (owner == address(0)) revert UnknownProvider(id);
    }

    function _rescore(uint32 id) private {
        _setFunds(id, _accounts[id].funds.collateral);
    }

    function _release(uint32 id, Capacity calldata c) private {
        Account storage account = _accounts[id];
        account.standing.freeCpu += c.cpuMilliGhz;
        account.standing.freeMemory += c.memoryMilliGb;
        account.standing.freeStorage += c.storageMilliGb;
        account.funds.running -= 1;
        if (account.funds.running == 0) account.funds.lien = 0;
    }

    /// @dev Forfeits of the marketplace are left out: a settlement must not depend on the Reward Pool.
    function _weigh(uint32 id) private {
        if (dividends != address(0)) IDividends(dividends).collateralChanged(id, _accounts[id].funds.collateral);
    }

    function _requireOwner(uint32 id) private view {
        if (ownerOf(id) != msg.sender) revert NotOwner(id, msg.sender);
    }

    function _requireMarketplace() private view {
        if (msg.sender != marketplace) revert NotMarketplace(msg.sender);
    }

    function _requireDiscipline() private view {
        if (msg.sender != discipline) revert NotDiscipline(msg.sender);
    }
}
