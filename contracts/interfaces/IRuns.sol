// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What runs on sidecars, as far as rewards depend on it
interface IRuns {
    /// @notice When the project that runs on a sidecar began, in Unix seconds; zero when none runs. Never reverts, and
    /// differs for two projects one after another.
    function runningSince(uint32 sidecar) external view returns (uint40);
}
