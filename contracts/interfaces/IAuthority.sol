// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One address that sets policy, handed over in two steps
/// @notice The government's timelock, or its successor. It can never be left empty or lost to a typing error:
/// the successor has to accept.
interface IAuthority {
    event AuthorityProposed(address indexed successor);
    event AuthorityAccepted(address indexed authority);

    error NotAuthority(address caller);
    error NotSuccessor(address caller);
    error AuthorityMissing();

    /// @notice Names a successor, or none. Authority only.
    function proposeAuthority(address successor) external;
    /// @notice Takes over. Successor only.
    function acceptAuthority() external;
    function authority() external view returns (address);
    function successor() external view returns (address);
}
