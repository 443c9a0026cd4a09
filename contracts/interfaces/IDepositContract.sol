// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Ethereum's deposit contract, as its specification publishes it
/// @dev https://ethereum.github.io/consensus-specs/specs/phase0/deposit-contract (CC0). Names are the specification's.
interface IDepositContract {
    /// @param amount Gwei, and `index`, both 8 bytes little-endian.
    event DepositEvent(bytes pubkey, bytes withdrawal_credentials, bytes amount, bytes signature, bytes index);

    /// @notice Takes the ETH sent along for a validator; at least 1 ETH, whole gwei.
    /// @param deposit_data_root SSZ root of the deposit: guards against data that was garbled on its way.
    function deposit(
        bytes calldata pubkey,
        bytes calldata withdrawal_credentials,
        bytes calldata signature,
        bytes32 deposit_data_root
    ) external payable;

    /// @notice Root of the tree of all deposits with their number mixed in.
    function get_deposit_root() external view returns (bytes32);
    /// @notice Number of deposits, 8 bytes little-endian.
    function get_deposit_count() external view returns (bytes memory);
}
