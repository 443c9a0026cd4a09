// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IPoolRegistry} from "../interfaces/IPoolRegistry.sol";
import {Debts} from "../lib/Debts.sol";
import {Authority} from "../market/Authority.sol";
import {Installable} from "./Installable.sol";
import {Pool} from "./Pool.sol";

/// @title Insurance Pool: covers what slashed validators cost their users
/// @dev Money leaves to claimants, and as surplus; what it is taken from is lowered before every call.
contract InsurancePool is IInsurancePool, Pool, Authority, Installable {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using Debts for Debts.Book;

    bytes32 private constant SURPLUS = "surplus";
    uint256 private constant LOSS_ETH_MOST = 32 ether;
    uint256 private constant ETH = 1 ether;
    uint32 private constant SALE_LEAST = 1 hours;
    uint32 private constant SALE_MOST = 30 days;
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    IPool private immutable REWARD_POOL;

    /// @inheritdoc IInsurancePool
    address public microPools;
    Policy private _policy;
    Policy private _least;
    mapping(Asset asset => Debts.Book) private _books;
    Claim[] private _claims;
    Sale private _sale;

    constructor(Params memory p) Pool(p.token) Authority(p.installer) Installable(p.installer) {
        if (p.rewardPool.code.length == 0) revert RewardPoolMissing();
        REWARD_POOL = IPool(p.rewardPool);
        _least = p.least;
        _setPolicy(p.policy);
    }

    /// @inheritdoc IInsurancePool
    function cover(Asset asset, uint256 loss) external returns (uint256 claim) {
        if (microPools == address(0) || !IPoolRegistry(microPools).isPool(msg.sender)) revert NotPool(msg.sender);
        if (loss == 0) revert AmountZero();
        uint256 most = asset == Asset.Eth ? LOSS_ETH_MOST : type(uint96).max;
        if (loss > most) revert LossTooLarge(loss, most);
        Debts.Book storage book = _books[asset];
        uint32 round = book.round;
        uint256 shares = book.take(uint128(loss));
        claim = _claims.length;
        _claims.push(Claim(msg.sender, asset, round, uint128(loss), 0, shares));
        book.pay();
        emit Claimed(claim, msg.sender, asset, loss, book.owed);
    }

    /// @inheritdoc IInsurancePool
    function collect(uint256 id) external returns (uint256 amount) {
        Claim storage claim = _claims[id];
        if (msg.sender != claim.claimant) revert NotClaimant(id, msg.sender);
        amount = dueOf(id);
        if (amount == 0) revert NothingToCollect(id);
        claim.paid += uint128(amount);
        emit Collected(id, amount);
        _pay(payable(msg.sender), _amounts(claim.asset, uint128(amount)));
    }

    /// @inheritdoc IInsurancePool
    function moveSurplus(Asset asset, uint256 amount) external onlyAuthority {
        _takeSurplus(asset, amount);
        emit SurplusMoved(asset, amount);
        if (asset == Asset.Eth) return REWARD_POOL.contributeEth{value: amount}(SURPLUS);
        TOKEN.forceApprove(address(REWARD_POOL), amount);
        REWARD_POOL.contribute(SURPLUS, amount);
        _uncount(amount);
    }

    /// @inheritdoc IInsurancePool
    function burnSurplus(uint256 amount) external onlyAuthority {
        _takeSurplus(Asset.Ankr, amount);
        emit Burnt(amount);
        _pay(payable(BURN), _amounts(Asset.Ankr, uint128(amount)));
    }

    /// @inheritdoc IInsurancePool
    function openSale(uint128 eth, uint128 firstPrice, uint128 lastPrice, uint32 lasts) external onlyAuthority {
        bool valid = eth != 0 && lastPrice != 0 && firstPrice >= lastPrice && lasts >= SALE_LEAST && lasts <= SALE_MOST;
        if (!valid) revert SaleInvalid();
        _requireSurplus(Asset.Eth, eth);
        uint48 now_ = uint48(block.timestamp);
        _sale = Sale(eth, now_, now_ + lasts, firstPrice, lastPrice);
        emit SaleOpened(_sale);
    }

    /// @inheritdoc IInsurancePool
    function buy(uint256 eth, uint256 mostAnkr, address payable to) external returns (uint256 ankr) {
        ankr = costOf(eth);
        if (ankr > mostAnkr) revert PriceTooHigh(ankr, mostAnkr);
        if (eth > _sale.remaining) revert SaleTooSmall(_sale.remaining, eth);
        _sale.remaining -= uint128(eth);
        // Losses reported since the sale opened come first.
        _takeSurplus(Asset.Eth, eth);
        emit Sold(msg.sender, eth, ankr);
        emit Burnt(ankr);
        TOKEN.safeTransferFrom(msg.sender, BURN, ankr);
        _pay(to, _amounts(Asset.Eth, uint128(eth)));
    }

    /// @inheritdoc IInsurancePool
    function install(address authority_, address microPools_) external {
        _installOnce();
        if (authority_ == address(0)) revert AuthorityMissing();
        if (microPools_.code.length == 0) revert MicroPoolsMissing();
        (authority, microPools) = (authority_, microPools_);
        emit AuthorityAccepted(authority_);
    }

    /// @inheritdoc IInsurancePool
    function setPolicy(Policy calldata p) external onlyAuthority {
        _setPolicy(p);
    }

    /// @inheritdoc IInsurancePool
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IInsurancePool
    function free(Asset asset) external view returns (uint256) {
        return _books[asset].free;
    }

    /// @inheritdoc IInsurancePool
    function owed(Asset asset) external view returns (uint256) {
        return _books[asset].owed;
    }

    /// @inheritdoc IInsurancePool
    function claimOf(uint256 claim) external view returns (Claim memory) {
        return _claims[claim];
    }

    /// @inheritdoc IInsurancePool
    function sale() external view returns (Sale memory) {
        return _sale;
    }

    /// @inheritdoc IInsurancePool
    function surplus(Asset asset) public view returns (uint256) {
        Debts.Book storage book = _books[asset];
        uint256 threshold = asset == Asset.Eth ? _policy.ethThreshold : _policy.ankrThreshold;
        return book.owed != 0 || book.free <= threshold ? 0 : book.free - threshold;
    }

    /// @inheritdoc IInsurancePool
    function dueOf(uint256 id) public view returns (uint256) {
        Claim memory claim = _claims[id];
        uint256 left = _books[claim.asset].owedTo(claim.round, claim.shares);
        // A later loss can round what is owed to this one up by a base unit.
        uint256 accounted = left + claim.paid;
        return accounted < claim.loss ? claim.loss - accounted : 0;
    }

    /// @inheritdoc IInsurancePool
    function costOf(uint256 eth) public view returns (uint256 ankr) {
        Sale memory s = _sale;
        if (block.timestamp >= s.endsAt) revert SaleClosed();
        if (eth == 0) revert AmountZero();
        uint256 fall = uint256(s.firstPrice - s.lastPrice) * (block.timestamp - s.beginsAt);
        uint256 price = s.firstPrice - fall / (s.endsAt - s.beginsAt);
        return Math.mulDiv(eth, price, ETH, Math.Rounding.Ceil);
    }

    function _received(Amounts memory amounts) internal override {
        if (amounts.ankr != 0) _fill(_books[Asset.Ankr], amounts.ankr);
        if (amounts.eth != 0) _fill(_books[Asset.Eth], amounts.eth);
    }

    function _fill(Debts.Book storage book, uint128 amount) private {
        book.free += amount;
        book.pay();
    }

    function _takeSurplus(Asset asset, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        _requireSurplus(asset, amount);
        _books[asset].free -= uint128(amount);
    }

    function _requireSurplus(Asset asset, uint256 amount) private view {
        uint256 there = surplus(asset);
        if (amount > there) revert SurplusTooSmall(asset, there, amount);
    }

    function _setPolicy(Policy memory p) private {
        if (p.ankrThreshold < _least.ankrThreshold || p.ethThreshold < _least.ethThreshold) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }

    function _amounts(Asset asset, uint128 amount) private pure returns (Amounts memory) {
        return asset == Asset.Eth ? Amounts(0, amount) : Amounts(amount, 0);
    }
}
