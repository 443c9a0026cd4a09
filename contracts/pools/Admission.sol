// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAdmission} from "../interfaces/IAdmission.sol";
import {Installable} from "./Installable.sol";

/// @title Contracts that are let in, and may let in those they make
abstract contract Admission is IAdmission, Installable {
    /// @inheritdoc IAdmission
    mapping(address account => bool) public isAdmitted;

    /// @inheritdoc IAdmission
    function admit(address account) external {
        _requireAdmitted();
        _admit(account);
    }

    function _requireAdmitted() internal view {
        if (!isAdmitted[msg.sender]) revert NotAdmitted(msg.sender);
    }

    function _installFirst(address[] calldata first) internal {
        _installOnce();
        for (uint256 i = 0; i < first.length; ++i) _admit(first[i]);
    }

    function _admit(address account) private {
        if (account.code.length == 0) revert AccountMissing(account);
        isAdmitted[account] = true;
        emit Admitted(account, msg.sender);
    }
}
