// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";
import {IInstallable} from "./IInstallable.sol";
import {IPoolRegistry} from "./IPoolRegistry.sol";
import {IProviders} from "./IProviders.sol";

/// @title MicroPools: opens micro-pools, knows them all, moves users between them
/// @notice A qualified provider opens a pool for a sidecar that it enrolled and that controls no blockchain node, with at
/// least the stake its tier asks and never less than the 1 ETH that a validator's credentials are proven with. FP is quoted
/// then, for a validator's machine until the end time, and stays.
/// @dev Its pools report to `INodes` through it. It deploys aETH; the code of all pools is installed once. aETH and the Insurance Pool
/// ask it which contracts are pools.
interface IMicroPools is IAuthority, IInstallable, IPoolRegistry {
    /// @notice What governors set; counts for pools opened from then on.
    /// @param rewardBps Of fees and rewards, to the Reward Pool; at most 2,000.
    /// @param insuranceBps Of rewards, to the Insurance Pool; at most 2,000.
    /// @param leastSeconds Shortest and `mostSeconds` longest time to the end; one hour to ten years.
    /// @param validator What a validator's machine needs.
    struct Policy {
        uint16 rewardBps;
        uint16 insuranceBps;
        uint32 leastSeconds;
        uint32 mostSeconds;
        IProviders.Capacity validator;
    }

    /// @param installer Puts in the code of pools, nothing else; not part of `parts`.
    struct Params {
        address token;
        address providers;
        address tiers;
        address quotes;
        address nodes;
        address requesters;
        address rewardPool;
        address insurancePool;
        address depositContract;
        address authority;
        address installer;
        Policy policy;
    }

    event PolicyChanged(Policy policy);
    event Installed(address implementation);
    event PoolOpened(address indexed pool, uint32 indexed providerId, uint32 indexed sidecar);
    event PoolMigrated(address indexed from, address indexed to);

    error AddressMissing();
    /// @notice Not the code of a pool of this factory.
    error ImplementationForeign(address implementation);
    error PolicyOutOfBounds();
    error NotProvider(address caller);
    error NotPool(address caller);
    error SidecarNotEnrolled(uint32 sidecar);
    /// @notice Not qualified, or without the least collateral or a score.
    error NotQualified(uint32 providerId);
    error EndOutOfBounds(uint40 endsAt);
    error StakeTooLow(uint256 stake, uint256 least);
    error StakeTooHigh(uint256 stake);

    /// @notice Opens a pool with the ETH sent along as the provider's stake. Any provider for a sidecar of its own.
    function open(uint32 sidecar, uint40 endsAt) external payable returns (address pool);

    /// @notice Moves all users of a pool to another one whose provider accepted them. Authority only.
    function migrate(address from, address to) external;

    function setPolicy(Policy calldata policy) external;

    /// @notice Puts in the code of all pools, once. Installer only.
    function install(address implementation) external;

    /// @notice The calling pool's validator starts. Pools only, like all below.
    function reportStarted(uint32 sidecar, uint96 providerEth, uint96 usersEth) external;
    function reportFinished(uint32 providerId, uint32 sidecar, uint96 rewards) external;
    function reportRewards(uint32 sidecar, uint96 rewards) external;
    function reportReleased(uint32 providerId, uint32 sidecar) external;
    /// @notice A user's stake in the calling pool, wei: what joins it, and what is taken out of it before or after its run.
    function reportJoined(address user, uint72 eth) external;
    function reportTaken(address user, uint72 eth) external;

    function policy() external view returns (Policy memory);
    /// @notice What a provider has to stake for its next pool, wei.
    function stakeFor(uint32 providerId) external view returns (uint256);
    /// @notice FP of a pool that ends then, ANKR base units.
    function quoteFor(uint40 endsAt) external view returns (uint96);
    function total() external view returns (uint256);
    /// @notice Pools in the order they were opened, from `from` (included) to `to` (excluded, cut at the last).
    function pools(uint256 from, uint256 to) external view returns (address[] memory);
    /// @notice The newest pool of a sidecar; zero for none.
    function poolOf(uint32 sidecar) external view returns (address);
    function parts() external view returns (Params memory);
    function aEth() external view returns (address);
    function implementation() external view returns (address);
}
