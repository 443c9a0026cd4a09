// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAEth} from "../interfaces/IAEth.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IPoolRegistry} from "../interfaces/IPoolRegistry.sol";

/// @title aETH: one token for each wei that users put into micro-pools
contract AEth is IAEth, ERC20, ERC20Permit {
    using SafeCast for uint256;

    /// @dev Sums over all pools. `held` is what came back and was not paid out; part of it is set aside.
    struct Totals {
        uint128 filling;
        uint128 running;
        uint128 held;
        uint128 setAside;
    }

    bytes32 private constant SURPLUS = "aETH surplus";
    uint256 private constant SET_ASIDE_SECONDS = 30 days;

    IPoolRegistry private immutable FACTORY;
    IPool private immutable INSURANCE_POOL;

    Totals private _totals;
    mapping(address pool => Account) private _accounts;

    modifier onlyPool() {
        if (!FACTORY.isPool(msg.sender)) revert NotPool(msg.sender);
        _;
    }

    /// @dev Deployed by the factory of the pools.
    constructor(address insurancePool_) ERC20("Stkr alias ETH", "aETH") ERC20Permit("Stkr alias ETH") {
        FACTORY = IPoolRegistry(msg.sender);
        INSURANCE_POOL = IPool(insurancePool_);
    }

    /// @inheritdoc IAEth
    function redeem(uint256 amount, address payable to) external returns (uint256 paid) {
        paid = _burnForEth(msg.sender, amount);
        uint256 open_ = available();
        if (paid > open_) revert EthShort(open_, paid);
        _pay(msg.sender, to, amount, paid);
    }

    /// @inheritdoc IAEth
    function open(address pool) external {
        Account storage account = _accounts[pool];
        uint72 amount = account.setAside;
        if (amount == 0) revert NothingSetAside(pool);
        if (block.timestamp < account.opensAt) revert StillSetAside(pool, account.opensAt);
        account.setAside = 0;
        _totals.setAside -= amount;
        emit Opened(pool, amount);
    }

    /// @inheritdoc IAEth
    function replenish() external payable {
        if (msg.value == 0) revert AmountZero();
        _totals.held += msg.value.toUint128();
        emit Replenished(msg.sender, msg.value);
    }

    /// @inheritdoc IAEth
    function returnSurplus() external {
        (uint256 eth, uint256 tokens) = backing();
        uint256 surplus = eth > tokens ? Math.min(eth - tokens, available()) : 0;
        if (surplus == 0) revert NoSurplus();
        _totals.held -= surplus.toUint128();
        emit SurplusReturned(surplus);
        INSURANCE_POOL.contributeEth{value: surplus}(SURPLUS);
    }

    /// @inheritdoc IAEth
    function mint(address account, uint256 amount) external onlyPool {
        _requireFullBacking();
        _totals.filling += amount.toUint128();
        _mint(account, amount);
    }

    /// @inheritdoc IAEth
    function burn(address account, uint256 amount) external onlyPool {
        _totals.filling -= amount.toUint128();
        _burn(account, amount);
    }

    /// @inheritdoc IAEth
    function started(uint72 principal) external onlyPool {
        _accounts[msg.sender].running = principal;
        _totals.filling -= principal;
        _totals.running += principal;
        emit Valued(msg.sender, principal);
    }

    /// @inheritdoc IAEth
    function value(uint72 running) external onlyPool {
        _value(running);
    }

    /// @inheritdoc IAEth
    function ended() external payable onlyPool {
        Account storage account = _accounts[msg.sender];
        _totals.running -= account.running;
        account.running = 0;
        if (msg.value != 0) _restore();
    }

    /// @inheritdoc IAEth
    function abandoned() external payable onlyPool {
        _totals.filling -= msg.value.toUint128();
        _restore();
    }

    /// @inheritdoc IAEth
    function restore() external payable onlyPool {
        _restore();
    }

    /// @inheritdoc IAEth
    function redeemFor(address account, uint256 amount, address payable to) external onlyPool returns (uint256 paid) {
        paid = _burnForEth(account, amount);
        uint256 own = Math.min(paid, _accounts[msg.sender].setAside);
        uint256 open_ = available();
        if (paid > own + open_) revert EthShort(own + open_, paid);
        _accounts[msg.sender].setAside -= uint72(own);
        _totals.setAside -= uint128(own);
        _pay(account, to, amount, paid);
    }

    /// @inheritdoc IAEth
    function refill(uint72 amount) external onlyPool {
        Account storage account = _accounts[msg.sender];
        if (amount > account.setAside) revert EthShort(account.setAside, amount);
        // Whoever redeemed while the rate was below one left ETH without tokens behind: it cannot be filling.
        (, uint256 tokens) = backing();
        if (amount > tokens) revert TooFewTokens(tokens, amount);
        account.setAside -= amount;
        _totals.setAside -= amount;
        _totals.held -= amount;
        _totals.filling += amount;
        _send(payable(msg.sender), amount);
    }

    /// @inheritdoc IAEth
    function worth(uint256 amount) external view returns (uint256) {
        (uint256 eth, uint256 tokens) = backing();
        return _worth(amount, eth, tokens);
    }

    /// @inheritdoc IAEth
    function accountOf(address pool) external view returns (Account memory) {
        return _accounts[pool];
    }

    /// @inheritdoc IAEth
    function factory() external view returns (address) {
        return address(FACTORY);
    }

    /// @inheritdoc IAEth
    function insurancePool() external view returns (address) {
        return address(INSURANCE_POOL);
    }

    /// @inheritdoc IAEth
    function backing() public view returns (uint256 eth, uint256 tokens) {
        eth = uint256(_totals.held) + _totals.running;
        tokens = totalSupply() - _totals.filling;
    }

    /// @inheritdoc IAEth
    function available() public view returns (uint256) {
        return _totals.held - _totals.setAside;
    }

    function _restore() private {
        Account storage account = _accounts[msg.sender];
        // From the first wei on: a stranger's wei must not prolong it.
        if (account.opensAt == 0) account.opensAt = uint32(block.timestamp + SET_ASIDE_SECONDS);
        account.setAside += msg.value.toUint72();
        _totals.held += uint128(msg.value);
        _totals.setAside += uint128(msg.value);
        emit Restored(msg.sender, msg.value, account.opensAt);
    }

    function _requireFullBacking() private view {
        (uint256 eth, uint256 tokens) = backing();
        if (eth < tokens) revert BackingShort(eth, tokens);
    }

    function _value(uint72 running) private {
        Account storage account = _accounts[msg.sender];
        _totals.running = _totals.running - account.running + running;
        account.running = running;
        emit Valued(msg.sender, running);
    }

    function _burnForEth(address account, uint256 amount) private returns (uint256 paid) {
        if (amount == 0) revert AmountZero();
        (uint256 eth, uint256 tokens) = backing();
        if (amount > tokens) revert TooFewTokens(tokens, amount);
        paid = _worth(amount, eth, tokens);
        _burn(account, amount);
    }

    function _worth(uint256 amount, uint256 eth, uint256 tokens) private pure returns (uint256) {
        return eth >= tokens ? amount : Math.mulDiv(amount, eth, tokens);
    }

    function _pay(address account, address payable to, uint256 burnt, uint256 paid) private {
        _totals.held -= paid.toUint128();
        emit Redeemed(account, to, burnt, paid);
        _send(to, paid);
    }

    function _send(address payable to, uint256 amount) private {
        (bool sent, ) = to.call{value: amount}("");
        if (!sent) revert EthRefused(to);
    }
}
