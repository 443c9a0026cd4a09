// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What has to know contracts that are deployed after it
/// @notice One address names them, once, and has no say afterwards.
interface IInstallable {
    error InstallerMissing();
    error NotInstaller(address caller);
    error AlreadyInstalled();

    function installed() external view returns (bool);
}
