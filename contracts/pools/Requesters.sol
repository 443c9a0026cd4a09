// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRequesters} from "../interfaces/IRequesters.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {ExactPull} from "../lib/ExactPull.sol";
import {Admission} from "./Admission.sol";
import {Installable} from "./Installable.sol";

/// @title Requesters: who asks for nodes, and what they have at stake
/// @dev Money leaves to its owner only, state changes before every token call.
contract Requesters is IRequesters, Admission {
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
    uint256 public count;
    /// @inheritdoc IRequesters
    uint256 public totalStaked;
    /// @inheritdoc IRequesters
    uint256 public totalEth;
    /// @inheritdoc IRequesters
    mapping(address requester => uint256) public numberOf;
    /// @inheritdoc IRequesters
    mapping(address requester => uint256) public stakeOf;
    /// @inheritdoc IRequesters
    mapping(address requester => uint256) public ethOf;
    /// @inheritdoc IRequesters
    mapping(address requester => mapping(address reporter => uint256)) public ethWith;
    mapping(address requester => Withdrawal) private _withdrawals;

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
        if (numberOf[msg.sender] != 0) revert AlreadyRegistered(msg.sender);
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
        totalStaked += amount;
        uint256 staked = stakeOf[requester] + amount;
        _setStake(requester, staked);
        emit Staked(requester, msg.sender, amount, staked);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IRequesters
    function requestWithdrawal(uint256 amount) external {
        if (amount == 0) revert AmountZero();
        uint256 staked = stakeOf[msg.sender];
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
        totalStaked -= asked.amount;
        emit Withdrawn(msg.sender, asked.amount);
        TOKEN.safeTransfer(msg.sender, asked.amount);
    }

    /// @inheritdoc IRequesters
    function addEth(address requester, uint256 amount) external {
        _requireAdmitted();
        if (amount == 0) revert AmountZero();
        _know(requester);
        totalEth += amount;
        ethWith[requester][msg.sender] += amount;
        _setEth(requester, ethOf[requester] + amount);
    }

    /// @inheritdoc IRequesters
    function removeEth(address requester, uint256 amount) external {
        _requireAdmitted();
        if (amount == 0) revert AmountZero();
        uint256 there = ethWith[requester][msg.sender];
        if (there < amount) revert EthTooSmall(requester, there, amount);
        totalEth -= amount;
        ethWith[requester][msg.sender] = there - amount;
        _setEth(requester, ethOf[requester] - amount);
    }

    /// @inheritdoc IRequesters
    function install(address[] calldata reporters) external {
        _installFirst(reporters);
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
        if (numberOf[requester] != 0) return;
        numberOf[requester] = ++count;
        emit Registered(requester, count);
    }

    function _setStake(address requester, uint256 staked) private {
        stakeOf[requester] = staked;
        REWARD_POOL.sync(IRewardPool.Group.Operators, requester, staked);
    }

    function _setEth(address requester, uint256 eth) private {
        ethOf[requester] = eth;
        emit EthChanged(requester, msg.sender, eth);
    }
}
