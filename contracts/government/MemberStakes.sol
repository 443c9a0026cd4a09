// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IMemberStakes} from "../interfaces/IMemberStakes.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {ExactPull} from "../lib/ExactPull.sol";

/// @title The stakes of governors and candidates, and the policy that governs them
/// @dev Money leaves to its owner or to the Insurance Pool only, state changes before every token call.
abstract contract MemberStakes is IMemberStakes {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using ExactPull for IERC20;
    using Checkpoints for Checkpoints.Trace208;

    uint8 internal constant N_MOST = 10;
    uint16 private constant BPS = 10_000;
    uint16 private constant SLASH_BPS_MOST = 5_000;
    bytes32 private constant ABSENCE = "absence";

    IERC20 private immutable TOKEN;
    IInsurancePool private immutable INSURANCE_POOL;

    Policy internal _policy;
    Bounds private _bounds;
    /// @inheritdoc IMemberStakes
    uint256 public staked;
    /// @inheritdoc IMemberStakes
    uint256 public forfeited;
    mapping(address account => Checkpoints.Trace208) private _stakes;
    mapping(address account => Withdrawal) private _withdrawals;

    constructor(address token_, address insurancePool, Bounds memory bounds_, Policy memory policy_) {
        if (token_.code.length == 0) revert TokenMissing();
        if (insurancePool.code.length == 0) revert InsurancePoolMissing();
        if (
            bounds_.minStakeLeast == 0 ||
            bounds_.electionSecondsLeast == 0 ||
            bounds_.unbondingSecondsLeast == 0 ||
            bounds_.minStakeLeast > bounds_.minStakeMost ||
            bounds_.electionSecondsLeast > bounds_.electionSecondsMost ||
            bounds_.unbondingSecondsLeast > bounds_.unbondingSecondsMost
        ) revert BoundsInvalid();
        TOKEN = IERC20(token_);
        INSURANCE_POOL = IInsurancePool(insurancePool);
        _bounds = bounds_;
        _setPolicy(policy_);
    }

    /// @inheritdoc IMemberStakes
    function deposit(uint128 amount) external {
        if (amount == 0) revert AmountZero();
        uint256 stake = stakeOf(msg.sender) + amount;
        _setStake(msg.sender, stake);
        staked += amount;
        emit Deposited(msg.sender, amount, stake);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IMemberStakes
    function requestWithdrawal(uint128 amount) external {
        if (amount == 0) revert AmountZero();
        uint256 stake = stakeOf(msg.sender);
        uint256 least = _hasRole(msg.sender) ? _policy.minStake : 0;
        if (stake < least + amount) revert StakeBound(msg.sender, stake, least, amount);
        _setStake(msg.sender, stake - amount);
        Withdrawal storage asked = _withdrawals[msg.sender];
        asked.amount += amount;
        asked.unlocksAt = uint48(block.timestamp) + _policy.unbondingSeconds;
        emit WithdrawalRequested(msg.sender, amount, asked.amount, asked.unlocksAt);
    }

    /// @inheritdoc IMemberStakes
    function withdraw() external {
        Withdrawal memory asked = _withdrawals[msg.sender];
        if (asked.amount == 0) revert NothingWithdrawing(msg.sender);
        if (block.timestamp < asked.unlocksAt) revert StillBound(msg.sender, asked.unlocksAt);
        delete _withdrawals[msg.sender];
        staked -= asked.amount;
        emit Withdrawn(msg.sender, asked.amount);
        TOKEN.safeTransfer(msg.sender, asked.amount);
    }

    /// @inheritdoc IMemberStakes
    function handOver() external {
        uint256 amount = forfeited;
        if (amount == 0) revert NothingForfeited();
        forfeited = 0;
        emit HandedOver(amount);
        TOKEN.forceApprove(address(INSURANCE_POOL), amount);
        INSURANCE_POOL.contribute(ABSENCE, amount);
    }

    /// @inheritdoc IMemberStakes
    function stakeAt(address account, uint48 time) external view returns (uint256) {
        return _stakeAt(account, time);
    }

    /// @inheritdoc IMemberStakes
    function withdrawalOf(address account) external view returns (Withdrawal memory) {
        return _withdrawals[account];
    }

    /// @inheritdoc IMemberStakes
    function policy() external view returns (Policy memory) {
        return _policy;
    }

    /// @inheritdoc IMemberStakes
    function bounds() external view returns (Bounds memory) {
        return _bounds;
    }

    /// @inheritdoc IMemberStakes
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IMemberStakes
    function stakeOf(address account) public view returns (uint256) {
        return _stakes[account].latest();
    }

    /// @dev A share of stake and withdrawal together, so that nobody escapes by asking back in time; taken from the
    /// stake first. Rounded up, never more than there is.
    function _slash(address account) internal {
        uint256 stake = stakeOf(account);
        Withdrawal storage asked = _withdrawals[account];
        uint256 all = stake + asked.amount;
        if (all == 0) revert NothingStaked(account);
        uint256 amount = (all * _policy.slashBps + BPS - 1) / BPS;
        uint256 fromStake = amount < stake ? amount : stake;
        _setStake(account, stake - fromStake);
        if (fromStake < amount) asked.amount -= uint128(amount - fromStake);
        staked -= amount;
        forfeited += amount;
        emit Slashed(account, amount, stake - fromStake);
    }

    function _setPolicy(Policy memory p) internal {
        Bounds memory b = _bounds;
        if (
            p.n == 0 ||
            p.n > N_MOST ||
            p.slashBps == 0 ||
            p.slashBps > SLASH_BPS_MOST ||
            p.minStake < b.minStakeLeast ||
            p.minStake > b.minStakeMost ||
            p.electionSeconds < b.electionSecondsLeast ||
            p.electionSeconds > b.electionSecondsMost ||
            p.unbondingSeconds < b.unbondingSecondsLeast ||
            p.unbondingSeconds > b.unbondingSecondsMost
        ) revert PolicyOutOfBounds();
        _policy = p;
        emit PolicyChanged(p);
    }

    function _stakeAt(address account, uint48 time) internal view returns (uint256) {
        return _stakes[account].upperLookupRecent(time);
    }

    /// @dev Whether an account governs or stands, and so keeps the least stake.
    function _hasRole(address account) internal view virtual returns (bool);

    /// @dev Told of every change of a stake.
    function _stakeChanged(address account, uint256 stake) internal virtual;

    function _setStake(address account, uint256 stake) private {
        _stakes[account].push(uint48(block.timestamp), stake.toUint208());
        _stakeChanged(account, stake);
    }
}
