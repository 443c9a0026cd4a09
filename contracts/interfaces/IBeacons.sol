// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Verified randomness of one drand chain
/// @notice Keeps the randomness of drand rounds that somebody proved. The chain's public key is fixed at deployment, so
/// the same code serves quicknet and a local network. A store of its own, because the committee's draw and the audit
/// assignment both need it and neither should pay for, or trust, the other.
/// @dev Scheme bls-unchained-g1-rfc9380: signature in G1, key in G2, message sha256(round as u64 big-endian),
/// randomness sha256(48-byte compressed signature). Points travel in EIP-2537 form (64-byte padded coordinates).
interface IBeacons {
    /// @notice The randomness of `round` became known on chain.
    event RoundProven(uint64 indexed round, bytes32 randomness);

    /// @notice The signature is a valid point but does not sign `round` under the chain's key.
    error BeaconNotSigned(uint64 round);
    /// @notice Nobody has proven `round` yet.
    error RoundNotProven(uint64 round);

    /// @notice Proves the randomness of a round. Open to anybody and idempotent: for a proven round nothing is checked
    /// or written, and `signature` may be empty.
    /// @param round The drand round number.
    /// @param signature The beacon signature as a G1 point, 128 bytes (EIP-2537; x and y, not the compressed form).
    /// @return randomness sha256 of the compressed signature, never zero.
    function proveRound(uint64 round, bytes calldata signature) external returns (bytes32 randomness);

    /// @notice Randomness of `round`; zero when nobody has proven it.
    function randomnessOf(uint64 round) external view returns (bytes32);

    /// @notice Randomness of `round`; reverts with RoundNotProven when nobody has proven it.
    function requireRandomness(uint64 round) external view returns (bytes32);

    /// @notice The drand chain's public key, a G2 point of 256 bytes (EIP-2537).
    function publicKey() external view returns (bytes memory);
}
