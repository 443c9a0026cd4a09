// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInstallable} from "./IInstallable.sol";

/// @title Contracts that are let in, and may let in those they make
/// @notice The first are installed, once; from then on a factory admits what it creates. Nobody is ever put out.
interface IAdmission is IInstallable {
    event Admitted(address indexed account, address indexed by);

    error NotAdmitted(address account);
    error AccountMissing(address account);

    /// @notice Lets in a contract that the caller made. Only those already let in.
    function admit(address account) external;
    function isAdmitted(address account) external view returns (bool);
}
