// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {ExactPull} from "../lib/ExactPull.sol";

/// @title Staking: ANKR that its holders put on sidecars, and the votes it gives
/// @dev Money leaves to its owner only, state changes before every token call.
contract Staking is IStaking, Votes {
    using SafeERC20 for IERC20;
    using ExactPull for IERC20;

    IERC20 private immutable TOKEN;
    ISidecars private immutable SIDECARS;
    IRewardPool private immutable REWARD_POOL;

    /// @inheritdoc IStaking
    mapping(address account => mapping(uint32 sidecar => uint256)) public stakeOn;
    /// @inheritdoc IStaking
    mapping(address account => uint256) public stakeOf;
    /// @inheritdoc IStaking
    mapping(uint32 sidecar => uint256) public totalOn;

    constructor(address token_, address sidecars_, address rewardPool_) EIP712("Stkr staking", "1") {
        if (token_.code.length == 0) revert TokenMissing();
        if (sidecars_.code.length == 0) revert SidecarsMissing();
        if (rewardPool_.code.length == 0) revert RewardPoolMissing();
        TOKEN = IERC20(token_);
        SIDECARS = ISidecars(sidecars_);
        REWARD_POOL = IRewardPool(rewardPool_);
    }

    /// @inheritdoc IStaking
    function stake(uint32 sidecar, uint128 amount) external {
        uint256 staked = _put(sidecar, amount);
        stakeOf[msg.sender] += amount;
        _sync(sidecar, staked);
        _moveDelegateVotes(address(0), delegates(msg.sender), amount);
        emit Staked(msg.sender, sidecar, amount, staked);
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function unstake(uint32 sidecar, uint128 amount) external {
        uint256 staked = _take(sidecar, amount);
        stakeOf[msg.sender] -= amount;
        _sync(sidecar, staked);
        _moveDelegateVotes(delegates(msg.sender), address(0), amount);
        emit Unstaked(msg.sender, sidecar, amount, staked);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function move(uint32 from, uint32 to, uint128 amount) external {
        _sync(from, _take(from, amount));
        _sync(to, _put(to, amount));
        emit Moved(msg.sender, from, to, amount);
    }

    /// @inheritdoc IStaking
    function total() external view returns (uint256) {
        return REWARD_POOL.totalWeight(IRewardPool.Group.Stakers);
    }

    /// @inheritdoc IStaking
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IStaking
    function sidecars() external view returns (address) {
        return address(SIDECARS);
    }

    /// @inheritdoc IStaking
    function rewardPool() external view returns (address) {
        return address(REWARD_POOL);
    }

    /// @notice Votes are kept by Unix seconds, as the elections that count them are.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice ERC-6372.
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice Refused: no decision counts all stake, and a history of it would make every stake dearer.
    function getPastTotalSupply(uint256) public pure override returns (uint256) {
        revert TotalsNotKept();
    }

    function _getVotingUnits(address account) internal view override returns (uint256) {
        return stakeOf[account];
    }

    /// @dev Naming a candidate is taking part in the vote: what the account has staked counts from now on.
    function _delegate(address account, address candidate) internal override {
        super._delegate(account, candidate);
        REWARD_POOL.syncVote(account, candidate, stakeOf[account]);
    }

    function _sync(uint32 sidecar, uint256 staked) private {
        REWARD_POOL.syncStake(msg.sender, sidecar, staked, stakeOf[msg.sender]);
    }

    function _put(uint32 sidecar, uint256 amount) private returns (uint256 staked) {
        if (amount == 0) revert AmountZero();
        ISidecars.Status status = SIDECARS.status(sidecar);
        if (status != ISidecars.Status.Entering && status != ISidecars.Status.Active) revert SidecarNotOpen(sidecar);
        staked = stakeOn[msg.sender][sidecar] + amount;
        stakeOn[msg.sender][sidecar] = staked;
        totalOn[sidecar] += amount;
    }

    function _take(uint32 sidecar, uint256 amount) private returns (uint256 staked) {
        if (amount == 0) revert AmountZero();
        staked = stakeOn[msg.sender][sidecar];
        if (staked < amount) revert StakeTooSmall(msg.sender, sidecar, staked, amount);
        staked -= amount;
        stakeOn[msg.sender][sidecar] = staked;
        totalOn[sidecar] -= amount;
    }
}
