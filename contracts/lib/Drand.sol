// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "./Bls.sol";

/// @title drand beacons, scheme bls-unchained-g1-rfc9380
/// @notice Signature in G1, key in G2, message sha256(round as u64 big-endian), randomness sha256(compressed signature).
/// Signatures come with both coordinates (EIP-2537, 128 bytes): compressing costs a comparison, decompressing on chain
/// a modular square root (67,000 gas). Only one y has the right pairing, so the witness adds no freedom.
library Drand {
    /// @dev "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_" and its length 43, as RFC 9380 appends it.
    bytes32 private constant DST_HEAD = "BLS_SIG_BLS12381G1_XMD:SHA-256_S";
    bytes32 private constant DST_TAIL = "SWU_RO_NUL_\x2b";

    /// @dev (p - 1) / 2: a y above it is the "larger" one of the compressed form.
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// @dev The G2 generator, negated.
    bytes private constant NEGATED_G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    bytes32 private constant SELF_TEST_MESSAGE = keccak256("stkr.self-test");
    bytes32 private constant SELF_TEST_HASH = 0x50151c8d4012494f0c50e95cc8939b2f42f65b03477d9a37e4122f0674ff807d;

    /// @notice Does `signature` (G1, 128 bytes) sign `round` under `key` (G2, 256 bytes)?
    function isBeacon(uint64 round, bytes calldata signature, bytes memory key) internal view returns (bool) {
        if (signature.length != Bls.G1_BYTES) revert Bls.PointMalformed();
        Bls.requireFinite(signature);
        return Bls.pairsToOne(bytes.concat(signature, NEGATED_G2, hashToG1(sha256(abi.encodePacked(round))), key));
    }

    /// @notice sha256 of the compressed form of a canonical finite G1 point.
    function randomnessOf(bytes calldata signature) internal pure returns (bytes32) {
        uint256 high = uint256(bytes32(signature[64:96]));
        bool larger = high > HALF_HIGH || (high == HALF_HIGH && uint256(bytes32(signature[96:128])) > HALF_LOW);
        // The three flag bits: compressed, not infinity, sign of y. p has 381 bits, so they are free.
        bytes1 flags = larger ? bytes1(0xa0) : bytes1(0x80);
        return sha256(abi.encodePacked(signature[16] | flags, signature[17:64]));
    }

    /// @notice RFC 9380 hash to G1 of a 32-byte message, suite BLS12381G1_XMD:SHA-256_SSWU_RO_ under drand's tag.
    function hashToG1(bytes32 message) internal view returns (bytes memory point) {
        point = new bytes(Bls.G1_BYTES);
        uint256 to;
        uint256 images;
        assembly ("memory-safe") {
            to := add(point, 0x20)
            images := mload(0x40) // free memory, for the two images
        }
        Bls.expand(message, DST_HEAD, DST_TAIL, 4, to);
        Bls.reduce(to, 2);
        unchecked {
            Bls.run(Bls.MAP_FP, Bls.MAP_FP_GAS, to, 64, images, 128);
            Bls.run(Bls.MAP_FP, Bls.MAP_FP_GAS, to + 64, 64, images + 128, 128);
            Bls.run(Bls.G1ADD, Bls.G1ADD_GAS, images, 256, to, 128);
        }
    }

    /// @notice Known answers from every precompile used here, for constructors; checks `key` (canonical, in G2, finite)
    /// on the way, because the pairing does.
    function selfTest(bytes memory key) internal view {
        if (key.length != Bls.G2_BYTES) revert Bls.PointMalformed();
        Bls.requireFinite(key);
        bytes memory point = hashToG1(SELF_TEST_MESSAGE);
        if (keccak256(point) != SELF_TEST_HASH) revert Bls.PrecompilesFaulty();
        if (Bls.pairsToOne(bytes.concat(point, key, point, key))) revert Bls.PrecompilesFaulty();
        if (!Bls.pairsToOne(bytes.concat(point, key, Bls.negated(point), key))) revert Bls.PrecompilesFaulty();
    }
}
