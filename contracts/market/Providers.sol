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
import {Applications} from "./Applications.sol";
import {Score} from "./Score.sol";

/// @title Providers: who may bid, with what capacity, on what collateral, and with what reputation
/// @dev Money leaves to its owner, to the Insurance Pool, to reporters or for the requester of a failed job only, state changes before every token call.
contract Providers is Applications {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    bytes32 private constant FORFEIT = "forfeit";

    IERC20 private immutable TOKEN;
    IAuditLedger private immutable LEDGER;
    IInsurancePool private immutable INSURANCE_POOL;
    address private immutable INSTALLER;
    /// @inheritdoc IProviders
    uint32 public immutable withdrawalDelay;

    /// @inheritdoc IProviders
    address public marketplace;
    /// @inheritdoc IProviders
    address public discipline;
    /// @inheritdoc IProviders
    address public dividends;
    /// @inheritdoc IProviders
    address public microPools;

    modifier onlyMarketplace() {
        _requireMarketplace();
        _;
    }

    modifier onlyProjects() {
        _requireProjects();
        _;
    }

    modifier onlyMicroPools() {
        if (msg.sender != microPools) revert NotMicroPools(msg.sender);
        _;
    }

    modifier onlyDiscipline() {
        _requireDiscipline();
        _;
    }

    constructor(Params memory p) Applications(p.sidecars, p.authority) {
        if (p.token.code.length == 0) revert TokenMissing();
        if (p.insurancePool.code.length == 0) revert InsurancePoolMissing();
        if (p.installer == address(0)) revert InstallerMissing();
        TOKEN = IERC20(p.token);
        LEDGER = IAuditLedger(p.ledger);
        INSURANCE_POOL = IInsurancePool(p.insurancePool);
        INSTALLER = p.installer;
        withdrawalDelay = p.withdrawalDelay;
        _waiting.written = true;
        _setPolicy(p.policy);
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
        _weigh(id, uint96(collateral));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IProviders
    function requestWithdrawal(uint32 id, uint96 amount) external {
        _requireOwner(id);
        if (amount == 0) revert AmountZero();
        Funds memory funds = _load(id).funds;
        if (uint256(amount) + funds.lien > funds.collateral) revert CollateralBound(id, funds.collateral, funds.lien);
        _setFunds(id, funds.collateral - amount);
        Withdrawal storage asked = _withdrawals[id];
        asked.amount += amount;
        asked.unlocksAt = uint40(block.timestamp) + withdrawalDelay;
        emit WithdrawalRequested(id, amount, asked.amount, asked.unlocksAt);
        _weigh(id, funds.collateral - amount);
    }

    /// @inheritdoc IProviders
    function withdraw(uint32 id) external {
        _requireOwner(id);
        Withdrawal storage asked = _withdrawals[id];
        Funds memory funds = _load(id).funds;
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
        Track memory track = _trackOf(id);
        track.periodsObserved += (uint256(periodsObserved) - bidder.periodsObserved).toUint40();
        track.uptimeBpsSum += (uint256(uptimeSum) - bidder.uptimeSum).toUint56();
        bidder.periodsObserved = periodsObserved;
        bidder.uptimeSum = uptimeSum;
        _storeTrack(id, track);
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
        uint256 amount = forfeited();
        if (amount == 0) revert NothingForfeited();
        _waiting.forfeited = 0;
        emit HandedOver(amount);
        TOKEN.forceApprove(address(INSURANCE_POOL), amount);
        INSURANCE_POOL.contribute(FORFEIT, amount);
    }

    /// @inheritdoc IProviders
    function take(uint32 id, Capacity calldata c, uint96 requirement) external onlyMarketplace {
        _bind(id, c, requirement);
    }

    /// @inheritdoc IProviders
    function hold(uint32 id, Capacity calldata c) external onlyMicroPools {
        _take(id, c);
    }

    /// @inheritdoc IProviders
    function restore(uint32 id, Capacity calldata c) external onlyMicroPools {
        _restore(id, c);
    }

    /// @inheritdoc IProviders
    function complete(
        uint32 id,
        Capacity calldata c,
        uint96 reserve,
        uint96 price,
        uint32 runningSeconds
    ) external onlyProjects {
        Track memory track = _trackOf(id);
        track.settledJobs += 1;
        track.discountBpsSum += uint48(Score.discountBps(reserve, price));
        track.nodes += 1;
        track.runningSecondsSum += runningSeconds;
        _finish(id, _load(id), track, c);
    }

    /// @inheritdoc IProviders
    function penalise(uint32 id, Capacity calldata c, uint96 amount) external onlyMarketplace returns (uint96 taken) {
        Track memory track = _trackOf(id);
        track.nodes += 1;
        Account memory account = _load(id);
        (taken, ) = _forfeit(id, account, amount, 0);
        _finish(id, account, track, c);
    }

    /// @inheritdoc IProviders
    function compensate(
        uint32 id,
        Capacity calldata c,
        uint96 amount
    ) external onlyProjects returns (uint96 taken, uint32 failures) {
        // Settled without a discount, a node without running time: both averages fall.
        Track memory track = _trackOf(id);
        track.settledJobs += 1;
        track.nodes += 1;
        Account memory account = _load(id);
        uint96 left;
        (taken, left) = _seize(id, account, amount);
        failures = ++account.funds.failures;
        _finish(id, account, track, c);
        emit Compensated(id, taken, left);
        if (taken != 0) TOKEN.safeTransfer(msg.sender, taken);
    }

    /// @inheritdoc IProviders
    function forfeit(uint32 id, uint96 amount) external onlyMarketplace returns (uint96 taken) {
        Account memory account = _load(id);
        (taken, ) = _forfeit(id, account, amount, 0);
        _store(id, account);
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
        Account memory account = _load(id);
        uint256 held = uint256(account.funds.collateral) + _withdrawals[id].amount;
        (taken, share) = _forfeit(id, account, uint96((held * bps + Score.BPS - 1) / Score.BPS), shareBps);
        _revalue(id, account, _trackOf(id), account.funds.collateral);
        _store(id, account);
    }

    /// @inheritdoc IProviders
    function payShare(address reporter, uint256 amount) external onlyDiscipline {
        uint120 shares = _waiting.shares;
        if (amount > shares) revert SharesTooSmall(shares, amount);
        _waiting.shares = shares - uint120(amount);
        TOKEN.safeTransfer(reporter, amount);
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
    function installMicroPools(address microPools_) external {
        if (msg.sender != INSTALLER) revert NotInstaller(msg.sender);
        if (microPools != address(0)) revert AlreadyInstalled(microPools);
        if (microPools_.code.length == 0) revert PartMissing();
        microPools = microPools_;
        emit MicroPoolsInstalled(microPools_);
    }

    /// @inheritdoc IProviders
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IProviders
    function failuresOf(uint32 id) external view returns (uint32) {
        return _accounts[id].funds.failures;
    }

    /// @inheritdoc IProviders
    function trackOf(uint32 id) external view returns (Track memory) {
        return _trackOf(id);
    }

    /// @inheritdoc IProviders
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IProviders
    function shares() external view returns (uint256) {
        return _waiting.shares;
    }

    /// @inheritdoc IProviders
    function token() external view returns (address) {
        return address(TOKEN);
    }

    function _rescore(uint32 id) private {
        _setFunds(id, _accounts[id].funds.collateral);
    }

    /// @dev A job is over: its capacity is free, the score follows from what is on record now.
    function _finish(uint32 id, Account memory account, Track memory track, Capacity calldata c) private {
        _release(account, c);
        _revalue(id, account, track, account.funds.collateral);
        _storeTrack(id, track);
        _store(id, account);
    }

    /// @dev What is taken is left out: neither a settlement nor a penalty must depend on the Reward Pool, nor pay for it.
    function _weigh(uint32 id, uint96 collateral) private {
        if (dividends != address(0)) IDividends(dividends).collateralChanged(id, collateral);
    }

    function _requireMarketplace() private view {
        if (msg.sender != marketplace) revert NotMarketplace(msg.sender);
    }

    function _requireProjects() private view {
        if (marketplace == address(0) || msg.sender != IMarketplace(marketplace).projects()) {
            revert NotProjects(msg.sender);
        }
    }

    function _requireDiscipline() private view {
        if (msg.sender != discipline) revert NotDiscipline(msg.sender);
    }
}
