// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The stakes of governors and candidates
/// @notice ANKR put down by those who govern or want to. Who has a seat or stands keeps the least stake; what is asked
/// back counts for nothing at once, is paid after a delay, and can be slashed until then.
interface IMemberStakes {
    /// @notice What governors set.
    /// @param n There are 2n + 1 seats.
    /// @param minStake Least stake of a governor and of a candidate.
    /// @param slashBps Share of its stake that a punished governor loses.
    /// @param electionSeconds From one election to the next.
    /// @param unbondingSeconds From asking stake back to getting it.
    struct Policy {
        uint8 n;
        uint96 minStake;
        uint16 slashBps;
        uint32 electionSeconds;
        uint32 unbondingSeconds;
    }

    /// @notice What no vote can go beyond, fixed at deployment. `n` is 1 to 10 and a slash 1 to 5,000 everywhere.
    struct Bounds {
        uint96 minStakeLeast;
        uint96 minStakeMost;
        uint32 electionSecondsLeast;
        uint32 electionSecondsMost;
        uint32 unbondingSecondsLeast;
        uint32 unbondingSecondsMost;
    }

    struct Withdrawal {
        uint128 amount;
        uint48 unlocksAt;
    }

    event PolicyChanged(Policy policy);
    event Deposited(address indexed account, uint256 amount, uint256 stake);
    event WithdrawalRequested(address indexed account, uint256 amount, uint256 withdrawing, uint48 unlocksAt);
    event Withdrawn(address indexed account, uint256 amount);
    event Slashed(address indexed account, uint256 amount, uint256 stake);
    event HandedOver(uint256 amount);

    error TokenMissing();
    error InsurancePoolMissing();
    error BoundsInvalid();
    error PolicyOutOfBounds();
    error AmountZero();
    error StakeBound(address account, uint256 stake, uint256 least, uint256 asked);
    error NothingWithdrawing(address account);
    error StillBound(address account, uint48 unlocksAt);
    error NothingStaked(address account);
    error NothingForfeited();

    /// @notice Pulls `amount` from the caller into its stake.
    function deposit(uint128 amount) external;
    /// @notice Asks stake back. A new request restarts the delay of an old one.
    function requestWithdrawal(uint128 amount) external;
    /// @notice Pays out what was asked back, as far as slashes left it.
    function withdraw() external;
    /// @notice Sends the Insurance Pool what was slashed. Open to anybody.
    function handOver() external;

    function stakeOf(address account) external view returns (uint256);
    /// @notice Stake at a time (Unix seconds); final for times that are past.
    function stakeAt(address account, uint48 time) external view returns (uint256);
    function withdrawalOf(address account) external view returns (Withdrawal memory);
    /// @notice All stakes, withdrawals asked for included.
    function staked() external view returns (uint256);
    /// @notice Slashed and not yet handed over.
    function forfeited() external view returns (uint256);
    function policy() external view returns (Policy memory);
    function bounds() external view returns (Bounds memory);
    function token() external view returns (address);
}
