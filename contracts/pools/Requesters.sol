// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRequesters} from "../interfaces/IRequesters.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {ExactPull} from "../lib/ExactPull.sol";
import {Installable} from "./Installable.sol";

/// @title Requesters: who asks for nodes, and what they have at stake
/// @dev Money leaves to its owner only, state changes before every token call.
contract Requesters is IRequesters, Installable {
    /// @dev One word: whoever joins its first micro-pool pays for one.
    struct Account {
        uint32 number;
        uint112 stake;
        uint112 eth;
    }

    struct Totals {
        uint32 count;
        uint112 staked;
        uint112 eth;
    }

    using SafeERC20 for IERC20;
    using ExactPull for IERC20;
    using SafeCast for uint256;

    uint32 private constant UNBONDING_LEAST = 1 days;
    uint32 private constant UNBONDING_MOST = 90 days;

    IERC20 private immutable TOKEN;
    IRewardPool private immutable REWARD_POOL;
    /// @inheritdoc IRequesters
    uint32 public immutable unbondingSeconds;

    /// @inheritdoc IRequesters
    address public reporter;
    Totals private _totals;
    mapping(address requester => Account) private _accounts;
    mapping(address requester => Withdrawal) private _withdrawals;

    modifier onlyReporter() {
        if (msg.sender != reporter) revert NotReporter(msg.sender);
        _;
    }

    constructor(Params memory p) Installable(p.installer) {
        if (p.token.code.length == 0) revert TokenMissing();
        if (p.rewardPool.code.length == 0) revert RewardPoolMissing();
        bool bounded = p.unbondingSeconds >= UNBONDING_LEAST && p.unbondingSeconds <= UNBONDING_MOST;
        if (!bounded) revert UnbondingOutOfBounds(p.unbondingSeconds);
        TOKEN = IERC20(p.token);
        REWARD_POOL = IRewardPool(p.rewardPool);
        unbondingSeconds = p.unbondingSeconds;
    }

    /// @inheritdoc IRequesters
    function register() external {
        if (_accounts[msg.sender].number != 0) revert AlreadyRegistered(msg.sender);
        _know(msg.sender);
    }

    /// @inheritdoc IRequesters
    function stake(uint256 amount) external {
        stakeFor(msg.sender, amount);
    }

    /// @inheritdoc IRequesters
    function stakeFor(address requester, uint256 amount) public {
        if (amount == 0) revert AmountZero();
        _know(requester);
        _totals.staked += amount.toUint112();
        uint256 staked = _accounts[requester].stake + amount;
        _setStake(requester, staked);
        emit Staked(requester, msg.sender, amount, staked);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IRequesters
    function requestWithdrawal(uint256 amount) external {
        if (amount == 0) revert AmountZero();
        uint256 staked = _accounts[msg.sender].stake;
        if (staked < amount) revert StakeTooSmall(msg.sender, staked, amount);
        _setStake(msg.sender, staked - amount);
        Withdrawal storage asked = _withdrawals[msg.sender];
        asked.amount += amount.toUint128();
        asked.unlocksAt = uint48(block.timestamp) + unbondingSeconds;
        emit WithdrawalRequested(msg.sender, amount, asked.amount, asked.unlocksAt);
    }

    /// @inheritdoc IRequesters
    function withdraw() external {
        Withdrawal memory asked = _withdrawals[msg.sender];
        if (asked.amount == 0) revert NothingWithdrawing(msg.sender);
        if (block.timestamp < asked.unlocksAt) revert StillBound(msg.sender, asked.unlocksAt);
        delete _withdrawals[msg.sender];
        _totals.staked -= uint112(asked.amount);
        emit Withdrawn(msg.sender, asked.amount);
        TOKEN.safeTransfer(msg.sender, asked.amount);
    }

    /// @inheritdoc IRequesters
    function addEth(address requester, uint112 amount) external onlyReporter {
        if (amount == 0) revert AmountZero();
        _know(requester);
        _totals.eth += amount;
        uint112 eth = _accounts[requester].eth += amount;
        emit EthChanged(requester, eth);
    }

    /// @inheritdoc IRequesters
    function removeEth(address requester, uint112 amount) external onlyReporter {
        if (amount == 0) revert AmountZero();
        uint112 there = _accounts[requester].eth;
        if (there < amount) revert EthTooSmall(requester, there, amount);
        _totals.eth -= amount;
        _accounts[requester].eth = there - amount;
        emit EthChanged(requester, there - amount);
    }

    /// @inheritdoc IRequesters
    function install(address reporter_) external {
        _installOnce();
        if (reporter_.code.length == 0) revert ReporterMissing();
        reporter = reporter_;
        emit ReporterInstalled(reporter_);
    }

    /// @inheritdoc IRequesters
    function numberOf(address requester) external view returns (uint256) {
        return _accounts[requester].number;
    }

    /// @inheritdoc IRequesters
    function stakeOf(address requester) external view returns (uint256) {
        return _accounts[requester].stake;
    }

    /// @inheritdoc IRequesters
    function ethOf(address requester) external view returns (uint256) {
        return _accounts[requester].eth;
    }

    /// @inheritdoc IRequesters
    function count() external view returns (uint256) {
        return _totals.count;
    }

    /// @inheritdoc IRequesters
    function totalStaked() external view returns (uint256) {
        return _totals.staked;
    }

    /// @inheritdoc IRequesters
    function totalEth() external view returns (uint256) {
        return _totals.eth;
    }

    /// @inheritdoc IRequesters
    function withdrawalOf(address requester) external view returns (Withdrawal memory) {
        return _withdrawals[requester];
    }

    /// @inheritdoc IRequesters
    function token() external view returns (address) {
        return address(TOKEN);
    }

    function _know(address requester) private {
        if (requester == address(0)) revert RequesterMissing();
        if (_accounts[requester].number != 0) return;
        uint32 number = ++_totals.count;
        _accounts[requester].number = number;
        emit Registered(requester, number);
    }

    function _setStake(address requester, uint256 staked) private {
        _accounts[requester].stake = staked.toUint112();
        REWARD_POOL.sync(IRewardPool.Group.Operators, requester, staked);
    }
}
