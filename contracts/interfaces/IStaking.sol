// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Staking: ANKR that its holders put on sidecars, and the votes it gives
/// @notice Anybody stakes any amount on any sidecar that is entering or active and takes it back at any time (white
/// paper 3.2; P6). Everything an account has staked votes for whom it names with `delegate` (G2): one base unit, one
/// vote, nobody by default. Votes are kept by time, so an election counts them as they were at its date.
/// Everything staked earns from the Reward Pool, which says what leaving early costs (`IRewardPool`).
/// @dev Implementations are also OpenZeppelin Votes with a clock in Unix seconds: `getVotes`, `getPastVotes`,
/// `delegate`, `delegateBySig` in this contract's own EIP-712 domain {"Stkr staking", "1"}. Stake
/// is never slashed here. Every call costs the same for any number of stakers and sidecars.
interface IStaking {
    event Staked(address indexed account, uint32 indexed sidecar, uint256 amount, uint256 onSidecar);
    event Unstaked(address indexed account, uint32 indexed sidecar, uint256 amount, uint256 onSidecar);
    event Moved(address indexed account, uint32 indexed from, uint32 indexed to, uint256 amount);

    error TokenMissing();
    error SidecarsMissing();
    error RewardPoolMissing();
    error AmountZero();
    error TotalsNotKept();
    /// @notice The sidecar is unknown, leaving or gone.
    error SidecarNotOpen(uint32 sidecar);
    error StakeTooSmall(address account, uint32 sidecar, uint256 staked, uint256 asked);

    /// @notice Pulls `amount` from the caller and puts it on a sidecar.
    function stake(uint32 sidecar, uint128 amount) external;
    /// @notice Pays `amount` of the caller's stake on a sidecar back to it, whatever became of the sidecar.
    function unstake(uint32 sidecar, uint128 amount) external;
    /// @notice Puts `amount` of the caller's stake on another sidecar. Votes and tokens stay where they are.
    function move(uint32 from, uint32 to, uint128 amount) external;

    /// @notice What an account has on one sidecar.
    function stakeOn(address account, uint32 sidecar) external view returns (uint256);
    /// @notice What an account has on all sidecars: its votes.
    function stakeOf(address account) external view returns (uint256);
    /// @notice What all accounts have on one sidecar.
    function totalOn(uint32 sidecar) external view returns (uint256);
    /// @notice What all accounts have on all sidecars.
    function total() external view returns (uint256);
    function token() external view returns (address);
    function sidecars() external view returns (address);
    function rewardPool() external view returns (address);
}
