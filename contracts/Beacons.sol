// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeacons} from "./interfaces/IBeacons.sol";
import {Drand} from "./lib/Drand.sol";

/// @title Verified randomness of one drand chain
contract Beacons is IBeacons {
    // The public key, 256 bytes; code is cheaper to read than storage.
    bytes32 private immutable KEY_0;
    bytes32 private immutable KEY_1;
    bytes32 private immutable KEY_2;
    bytes32 private immutable KEY_3;
    bytes32 private immutable KEY_4;
    bytes32 private immutable KEY_5;
    bytes32 private immutable KEY_6;
    bytes32 private immutable KEY_7;

    /// @inheritdoc IBeacons
    mapping(uint64 round => bytes32) public randomnessOf;

    /// @param key The drand chain's public key, 256 bytes (EIP-2537). Infinity, or what is not in G2, is refused.
    constructor(bytes memory key) {
        Drand.selfTest(key);
        bytes32[8] memory words = abi.decode(key, (bytes32[8]));
        KEY_0 = words[0];
        KEY_1 = words[1];
        KEY_2 = words[2];
        KEY_3 = words[3];
        KEY_4 = words[4];
        KEY_5 = words[5];
        KEY_6 = words[6];
        KEY_7 = words[7];
    }

    /// @inheritdoc IBeacons
    function proveRound(uint64 round, bytes calldata signature) external returns (bytes32 randomness) {
        randomness = randomnessOf[round];
        if (randomness != 0) return randomness;
        if (!Drand.isBeacon(round, signature, publicKey())) revert BeaconNotSigned(round);
        randomness = Drand.randomnessOf(signature);
        randomnessOf[round] = randomness;
        emit RoundProven(round, randomness);
    }

    /// @inheritdoc IBeacons
    function requireRandomness(uint64 round) external view returns (bytes32 randomness) {
        randomness = randomnessOf[round];
        if (randomness == 0) revert RoundNotProven(round);
    }

    /// @inheritdoc IBeacons
    function publicKey() public view returns (bytes memory) {
        return abi.encode(KEY_0, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7);
    }
}
