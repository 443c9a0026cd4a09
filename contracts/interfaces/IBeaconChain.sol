// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the beacon chain says of validators, and the SSZ that deposits need
/// @notice Stateless: shared by all pools, so that none carries the code.
interface IBeaconChain {
    /// @notice A validator's fields at a time, with the SSZ Merkle branch from them up to a beacon block root. Its key and
    /// its withdrawal credentials are the reader's own: whoever proves anything proves both of them.
    /// @param timestamp Of an execution block; EIP-4788 keeps the root of its parent, for about 27 hours.
    /// @param index The validator's number.
    /// @param effectiveBalance Gwei.
    /// @param branch 50 siblings, from the leaf up.
    struct Proof {
        uint64 timestamp;
        uint64 index;
        uint64 effectiveBalance;
        bool slashed;
        uint64 activationEligibilityEpoch;
        uint64 activationEpoch;
        uint64 exitEpoch;
        uint64 withdrawableEpoch;
        bytes32[] branch;
    }

    error PubkeyLength(uint256 length);
    error SignatureLength(uint256 length);
    error ProofLength(uint256 length);
    /// @notice EIP-4788 keeps no root for the time: too old, in the future, or no block then.
    error BeaconRootUnknown(uint64 timestamp);
    /// @notice The beacon chain does not say this of a validator with this key and these credentials.
    error ProofInvalid();

    /// @notice Reverts unless the proof holds for the key (48 bytes) and the credentials.
    function check(Proof calldata proof, bytes calldata pubkey, bytes32 credentials) external view;

    /// @notice SSZ root of a deposit, as Ethereum's deposit contract wants it.
    /// @param signature 96 bytes.
    function depositRoot(
        bytes calldata pubkey,
        bytes32 credentials,
        uint64 amountGwei,
        bytes calldata signature
    ) external view returns (bytes32);
}
