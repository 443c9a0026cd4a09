// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../interfaces/IAuthority.sol";

/// @title One address that sets policy, handed over in two steps
/// @dev Not OpenZeppelin's Ownable2Step: that one can be renounced, and a market without authority could never be taken
/// over by the government contract.
abstract contract Authority is IAuthority {
    /// @inheritdoc IAuthority
    address public authority;
    /// @inheritdoc IAuthority
    address public successor;

    modifier onlyAuthority() {
        _requireAuthority();
        _;
    }

    constructor(address first) {
        if (first == address(0)) revert AuthorityMissing();
        authority = first;
        emit AuthorityAccepted(first);
    }

    /// @inheritdoc IAuthority
    function proposeAuthority(address successor_) external onlyAuthority {
        successor = successor_;
        emit AuthorityProposed(successor_);
    }

    /// @inheritdoc IAuthority
    function acceptAuthority() external {
        if (msg.sender != successor) revert NotSuccessor(msg.sender);
        authority = msg.sender;
        successor = address(0);
        emit AuthorityAccepted(msg.sender);
    }

    function _requireAuthority() private view {
        if (msg.sender != authority) revert NotAuthority(msg.sender);
    }
}
