// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title FROST(secp256k1, SHA-256): the signature of a threshold group
/// @notice What t of n holders of a key sign together is one Schnorr signature R ‖ z with z·G = R + c·PK, checked as RFC 9591
/// says (6.5 and appendix B), in the encoding that noble's `secp256k1_FROST` writes: 33 bytes of R, compressed, and 32 of z.
/// @dev There is no precompile for this curve's arithmetic but ecrecover, which gives the address of r⁻¹(s·P − h·G) for the
/// point P with x = r. With r = x(PK), s = -c·r and h = -z·r that is the address of z·G - c·PK, and with h = 0 and
/// s = r that of P itself. So two calls compare z·G - c·PK with R, by their addresses: to forge one is a second preimage of
/// 160 bits of keccak256, as to forge any Ethereum account.
/// ecrecover takes r below the group order n, and x is below the field's p, which is larger by 2^129: a key or an R with
/// n ≤ x < p is refused here though RFC 9591 allows it. A group hits one with probability 2^-127 and signs again.
library Frost {
    /// @param prefix 2 for an even y, 3 for an odd one.
    struct Point {
        uint8 prefix;
        uint256 x;
    }

    uint256 internal constant SIGNATURE_BYTES = 65;
    uint256 internal constant KEY_BYTES = 33;
    uint256 private constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    /// @dev DST_prime of RFC 9380 (5.3.1): context string and "chal" as H2 has it, and their length of 29 bytes.
    bytes30 private constant DST = "FROST-secp256k1-SHA256-v1chal\x1d";

    /// @notice Whether the group of `key` signed `message`. Never true for bytes that are no signature, or no key.
    function verify(Point memory key, bytes32 message, bytes calldata signature) internal pure returns (bool) {
        if (signature.length != SIGNATURE_BYTES) return false;
        Point memory r = pointOf(signature[:KEY_BYTES]);
        uint256 z = uint256(bytes32(signature[KEY_BYTES:]));
        // z + n would be a second signature of the same; z = 0 no signer makes.
        if (z == 0 || z >= N) return false;
        if (key.prefix != 2 && key.prefix != 3) return false;
        address committed = addressOf(r);
        if (committed == address(0)) return false;
        uint256 c = challenge(r, key, message);
        // z and x are from 1 to n - 1 and n is prime, so h is, too. With c = 0 s would be n, which ecrecover refuses.
        uint256 h = N - mulmod(z, key.x, N);
        uint256 s = N - mulmod(c, key.x, N);
        // The zero address, which is not R's, when z·G = c·PK, and for a key that is no point.
        return ecrecover(bytes32(h), key.prefix + 25, bytes32(key.x), bytes32(s)) == committed;
    }

    /// @notice H2 of RFC 9591 (6.5): R ‖ PK ‖ message, expanded to 48 bytes with SHA-256 as RFC 9380 says, modulo n.
    function challenge(Point memory r, Point memory key, bytes32 message) internal pure returns (uint256) {
        // A block of zeros before; the length asked for, 48, and a zero byte behind.
        bytes32 b0 = sha256(
            abi.encodePacked(bytes32(0), bytes32(0), r.prefix, r.x, key.prefix, key.x, message, bytes3(0x003000), DST)
        );
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), DST));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), DST));
        return addmod(mulmod(uint256(b1), 1 << 128, N), uint256(b2) >> 128, N);
    }

    /// @notice Address of a point; zero for what is none: not on the curve, infinity, or its x not below n.
    function addressOf(Point memory point) internal pure returns (address) {
        if (point.prefix != 2 && point.prefix != 3) return address(0);
        // ecrecover itself refuses x = 0, x ≥ n and an x that is on no point.
        return ecrecover(0, point.prefix + 25, bytes32(point.x), bytes32(point.x));
    }

    /// @notice Compressed bytes as a point, which may be none; of another length, no point.
    function pointOf(bytes calldata compressed) internal pure returns (Point memory point) {
        if (compressed.length != KEY_BYTES) return point;
        return Point(uint8(compressed[0]), uint256(bytes32(compressed[1:])));
    }
}
