// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "./IProviders.sol";
import {IRuns} from "./IRuns.sol";

/// @title Nodes: the registry of Stkr nodes, each one sidecar and the one blockchain node it controls
/// @notice A node's id is its sidecar's (white paper 3.1, 3.2; P1). Two contracts write, one for the projects of single
/// requesters and one for micro-pools; they hold a sidecar for one blockchain node at a time, and so no other can have
/// it: idle -> engaged -> running -> idle. Everybody reads. Stakes are what is on the node now; rewards are all it ever
/// collected; capacity, provider and times are of the latest run, earlier ones are in the events.
/// @dev There is no owner. The installer puts in both writers, once, and has no say afterwards. Writers are trusted for
/// what they report, not for each other's nodes.
interface INodes is IRuns {
    /// @notice `Engaged`: held for a blockchain node that has yet to start.
    enum State {
        Idle,
        Engaged,
        Running
    }

    /// @notice A node as it is. Wei, ANKR base units, Unix seconds.
    /// @param provider Number in `IProviders`; zero before the first engagement.
    /// @param capacity What the blockchain node takes of its machine.
    /// @param providerEth Staked by the provider, and by users, on what runs now: zero when nothing does.
    /// @param providerAnkr The sidecar's own stake (`ISidecars`).
    /// @param usersAnkr What anybody staked on the sidecar (`IStaking`).
    /// @param finishedAt Zero while it runs.
    /// @param runs Times it was started.
    struct Node {
        uint32 id;
        uint32 provider;
        State state;
        address engagedBy;
        IProviders.Capacity capacity;
        uint96 providerEth;
        uint96 usersEth;
        uint256 providerAnkr;
        uint256 usersAnkr;
        uint128 rewardsEth;
        uint128 rewardsAnkr;
        uint40 startedAt;
        uint40 finishedAt;
        uint32 runs;
    }

    event WritersInstalled(address projects, address microPools);
    event Engaged(
        uint32 indexed sidecar,
        uint32 indexed provider,
        address indexed writer,
        IProviders.Capacity capacity
    );
    event Started(uint32 indexed sidecar, uint32 indexed provider, uint96 providerEth, uint96 usersEth);
    event RewardsCollected(uint32 indexed sidecar, uint96 eth, uint96 ankr);
    event Finished(uint32 indexed sidecar, uint32 indexed provider, uint40 startedAt);
    /// @notice Let go without having been started.
    event Released(uint32 indexed sidecar, uint32 indexed provider);

    error AddressMissing();
    error InstallerMissing();
    error NotInstaller(address caller);
    error WritersAlreadyInstalled();
    error NotWriter(address caller);
    error ProviderMissing();
    /// @notice The sidecar controls a blockchain node already, or is held for one.
    error SidecarEngaged(uint32 sidecar, address engagedBy);
    /// @notice The caller does not hold the sidecar.
    error NotEngaged(uint32 sidecar, address caller);
    error AlreadyRunning(uint32 sidecar);
    error NotRunning(uint32 sidecar);

    /// @notice Names the two contracts that write. The deployer, once; both must be contracts.
    function installWriters(address projects, address microPools) external;

    /// @notice Holds an idle sidecar for a blockchain node that is to start. Writers only.
    function engage(uint32 sidecar, uint32 provider, IProviders.Capacity calldata capacity) external;

    /// @notice The blockchain node starts now. The writer that engaged the sidecar only.
    /// @param providerEth Wei the provider has staked on it, `usersEth` what users have.
    function started(uint32 sidecar, uint96 providerEth, uint96 usersEth) external;

    /// @notice Adds what a node earned, while it runs or after. Writers only.
    function collected(uint32 sidecar, uint96 eth, uint96 ankr) external;

    /// @notice The blockchain node has ended; adds its rewards, clears its stakes and frees the sidecar. The writer that
    /// started it only.
    function finished(uint32 sidecar, uint96 rewardsEth, uint96 rewardsAnkr) external;

    /// @notice Frees a sidecar that was engaged and never started. The writer that engaged it only.
    function release(uint32 sidecar) external;

    /// @notice Whether the sidecar controls a blockchain node or is held for one.
    function isEngaged(uint32 sidecar) external view returns (bool);
    function node(uint32 sidecar) external view returns (Node memory);
    /// @notice The nodes from `from` (included, at least 1) to `to` (excluded, cut at the last sidecar).
    function nodes(uint32 from, uint32 to) external view returns (Node[] memory);
    function sidecars() external view returns (address);
    function staking() external view returns (address);
    function projects() external view returns (address);
    function microPools() external view returns (address);
}
