// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInstallable} from "../interfaces/IInstallable.sol";

/// @title What has to know contracts that are deployed after it
abstract contract Installable is IInstallable {
    address private immutable INSTALLER;

    /// @inheritdoc IInstallable
    bool public installed;

    constructor(address installer) {
        if (installer == address(0)) revert InstallerMissing();
        INSTALLER = installer;
    }

    function _installOnce() internal {
        if (msg.sender != INSTALLER) revert NotInstaller(msg.sender);
        if (installed) revert AlreadyInstalled();
        installed = true;
    }
}
