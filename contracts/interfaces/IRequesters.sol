// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInstallable} from "./IInstallable.sol";

/// @title Requesters: who asks for nodes, and what they have at stake
/// @notice A requester is an address and nothing else (white paper 3.4.1; P7). It may stake any amount of ANKR at any time
/// (3.4.4), or have a part of a project's profit staked for it (R7), and is rewarded with the providers. What is asked back counts for
/// nothing at once and is paid after a delay. ETH is staked in micro-pools, which report it here: what a position has not
/// taken back counts.
interface IRequesters is IInstallable {
    /// @param installer Names who reports ETH, once, nothing else.
    struct Params {
        address token;
        address rewardPool;
        address installer;
        uint32 unbondingSeconds;
    }

    struct Withdrawal {
        uint128 amount;
        uint48 unlocksAt;
    }

    event Registered(address indexed requester, uint256 number);
    event Staked(address indexed requester, address indexed from, uint256 amount, uint256 stake);
    event WithdrawalRequested(address indexed requester, uint256 amount, uint256 withdrawing, uint48 unlocksAt);
    event Withdrawn(address indexed requester, uint256 amount);
    event EthChanged(address indexed requester, uint256 eth);
    event ReporterInstalled(address reporter);

    error TokenMissing();
    error RewardPoolMissing();
    error UnbondingOutOfBounds(uint32 unbondingSeconds);
    error RequesterMissing();
    error ReporterMissing();
    error NotReporter(address caller);
    error AlreadyRegistered(address requester);
    error AmountZero();
    error StakeTooSmall(address requester, uint256 stake, uint256 asked);
    error EthTooSmall(address requester, uint256 eth, uint256 asked);
    error NothingWithdrawing(address requester);
    error StillBound(address requester, uint48 unlocksAt);

    /// @notice Registers the caller. Staking and being staked for do it, too.
    function register() external;
    /// @notice Pulls `amount` from the caller into its stake.
    function stake(uint256 amount) external;
    /// @notice Pulls `amount` from the caller into the stake of `requester`. Open to anybody.
    function stakeFor(address requester, uint256 amount) external;
    /// @notice Asks stake back. A new request restarts the delay of an old one.
    function requestWithdrawal(uint256 amount) external;
    /// @notice Pays what was asked back.
    function withdraw() external;
    /// @notice Says that a requester has `amount` wei more at stake. Reporter only.
    function addEth(address requester, uint112 amount) external;
    /// @notice Says that it has less, never less than nothing. Reporter only.
    function removeEth(address requester, uint112 amount) external;
    /// @notice Names who reports ETH (the factory of micro-pools), once. Installer only.
    function install(address reporter) external;

    /// @notice Place in the order of registration, from 1; zero for others.
    function numberOf(address requester) external view returns (uint256);
    /// @notice How many there are.
    function count() external view returns (uint256);
    function stakeOf(address requester) external view returns (uint256);
    function withdrawalOf(address requester) external view returns (Withdrawal memory);
    function ethOf(address requester) external view returns (uint256);
    /// @notice ANKR held for all, withdrawals asked for included.
    function totalStaked() external view returns (uint256);
    function totalEth() external view returns (uint256);
    function reporter() external view returns (address);
    function token() external view returns (address);
    function unbondingSeconds() external view returns (uint32);
}
