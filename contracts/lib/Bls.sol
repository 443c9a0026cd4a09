// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title BLS12-381 signatures on the EIP-2537 precompiles
/// @notice Keys in G1, signatures in G2 (the "minimal public key" variant), points in EIP-2537 form: coordinates of 64
/// bytes, big-endian. Sources: RFC 9380 (hash to curve), EIP-2537, draft-irtf-cfrg-bls-signature (POP scheme).
/// @dev Every precompile gets exactly its price: input that is not canonical burns what it was given, so it is given no
/// more. A frame that cannot afford that price reverts with GasTooLow before the call; what is left to fail is the input.
library Bls {
    error GasTooLow();
    error PointMalformed();
    error PointAtInfinity();
    error PrecompileMissing(uint256 precompile);
    error PrecompilesFaulty();

    uint256 internal constant G1_BYTES = 128;
    uint256 internal constant G2_BYTES = 256;

    uint256 internal constant G1ADD = 0x0b;
    uint256 internal constant G2ADD = 0x0d;
    uint256 internal constant PAIRING = 0x0f;
    uint256 internal constant MAP_FP = 0x10;
    uint256 internal constant MAP_FP2 = 0x11;

    uint256 internal constant G1ADD_GAS = 375;
    uint256 internal constant G2ADD_GAS = 600;
    uint256 internal constant PAIRING_OF_TWO_GAS = 102_900;
    uint256 internal constant MAP_FP_GAS = 5_500;
    uint256 internal constant MAP_FP2_GAS = 23_800;

    /// @dev The field modulus p, high and low word.
    uint256 internal constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 internal constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    /// @dev floor(2^636 / p), for reducing without the modexp precompile (500 gas a call since EIP-7883).
    uint256 private constant RECIPROCAL = 0x9d835d2f3cc9e45ce28101b0cc7a6ba291b82741ff6a0a94bdf4771e0286779d;

    /// @dev "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_" and its length 43, as RFC 9380 appends it.
    bytes32 private constant DST_HEAD = "BLS_SIG_BLS12381G2_XMD:SHA-256_S";
    bytes32 private constant DST_TAIL = "SWU_RO_POP_\x2b";

    /// @dev The G1 generator, negated, in words.
    uint256 private constant NEGATED_G1_0 = 0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f;
    uint256 private constant NEGATED_G1_1 = 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb;
    uint256 private constant NEGATED_G1_2 = 0x00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f2;
    uint256 private constant NEGATED_G1_3 = 0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca;

    bytes32 private constant SELF_TEST_MESSAGE = keccak256("stkr.self-test");
    bytes32 private constant SELF_TEST_HASH = 0xe2bc886b63278dd31ab06665fb33a29122646d27892740f31edec7cb006ea3e8;
    bytes32 private constant SELF_TEST_SUM = 0xe79c64a96c21d6dd8d88cdbe585a353f0b5e24e6654140008b6d13dd6b7c1254;

    /// @notice Does `signature` sign `message` under `key`?
    /// @dev The pairing checks both points for canonical form, curve and subgroup. Infinity is refused here: as key and
    /// signature together it verifies anything.
    /// @param key G1, 128 bytes. @param signature G2, 256 bytes.
    function isSigned(bytes memory key, bytes calldata signature, bytes32 message) internal view returns (bool) {
        if (key.length != G1_BYTES || signature.length != G2_BYTES) revert PointMalformed();
        bytes memory input;
        uint256 start;
        bool finite;
        assembly ("memory-safe") {
            input := mload(0x40)
            start := add(input, 0x20)
            mstore(0x40, add(start, 768))
            mstore(input, 768)
            mstore(start, NEGATED_G1_0)
            mstore(add(start, 32), NEGATED_G1_1)
            mstore(add(start, 64), NEGATED_G1_2)
            mstore(add(start, 96), NEGATED_G1_3)
            calldatacopy(add(start, 128), signature.offset, 256)
            mcopy(add(start, 384), add(key, 0x20), 128)
            let x := or(
                or(mload(add(start, 128)), mload(add(start, 160))),
                or(mload(add(start, 192)), mload(add(start, 224)))
            )
            let y := or(
                or(mload(add(start, 256)), mload(add(start, 288))),
                or(mload(add(start, 320)), mload(add(start, 352)))
            )
            let k := or(
                or(mload(add(start, 384)), mload(add(start, 416))),
                or(mload(add(start, 448)), mload(add(start, 480)))
            )
            finite := and(iszero(iszero(or(x, y))), iszero(iszero(k)))
        }
        if (!finite) revert PointAtInfinity();
        unchecked {
            _hashToG2(message, start + 512);
        }
        return pairsToOne(input);
    }

    /// @notice RFC 9380 hash to G2 of a 32-byte message, suite BLS12381G2_XMD:SHA-256_SSWU_RO_ under the POP tag.
    function hashToG2(bytes32 message) internal view returns (bytes memory point) {
        point = new bytes(G2_BYTES);
        uint256 to;
        assembly ("memory-safe") {
            to := add(point, 0x20)
        }
        _hashToG2(message, to);
    }

    /// @notice Sum of one or more G1 points, 128 bytes each, joined. Checks curve, not subgroup.
    function sum(bytes memory points) internal view returns (bytes memory total) {
        if (points.length == 0 || points.length % G1_BYTES != 0) revert PointMalformed();
        bytes memory buffer = new bytes(2 * G1_BYTES);
        uint256 start;
        assembly ("memory-safe") {
            start := add(buffer, 0x20)
            mcopy(start, add(points, 0x20), 128)
        }
        for (uint256 i = G1_BYTES; i < points.length; i += G1_BYTES) {
            assembly ("memory-safe") {
                mcopy(add(start, 128), add(add(points, 0x20), i), 128)
            }
            run(G1ADD, G1ADD_GAS, start, 256, start, 128);
        }
        total = new bytes(G1_BYTES);
        assembly ("memory-safe") {
            mcopy(add(total, 0x20), start, 128)
        }
    }

    /// @notice Takes a G1 point away from `total`, in place. It lies right behind `total` in memory, is known to be
    /// canonical and finite, and is lost.
    function subtract(bytes memory total) internal view {
        uint256 start;
        uint256 behind;
        assembly ("memory-safe") {
            start := add(total, 0x20)
            behind := add(total, 0xa0)
        }
        _negate(behind);
        run(G1ADD, G1ADD_GAS, start, 256, start, 128);
    }

    /// @notice Refuses the point at infinity (G1 or G2, all bytes zero).
    function requireFinite(bytes memory point) internal pure {
        uint256 any;
        assembly ("memory-safe") {
            let end := add(add(point, 0x20), mload(point))
            for {
                let start := add(point, 0x20)
            } lt(start, end) {
                start := add(start, 0x20)
            } {
                any := or(any, mload(start))
            }
        }
        if (any == 0) revert PointAtInfinity();
    }

    /// @notice Is e(P1, Q1) · e(P2, Q2) = 1? Input as EIP-2537 wants it, 768 bytes.
    function pairsToOne(bytes memory input) internal view returns (bool one) {
        uint256 start;
        assembly ("memory-safe") {
            start := add(input, 0x20)
        }
        run(PAIRING, PAIRING_OF_TWO_GAS, start, 768, 0, 32);
        assembly ("memory-safe") {
            one := mload(0)
        }
    }

    /// @notice Calls a precompile with a fixed stipend and demands exactly `outputBytes` back.
    function run(
        uint256 precompile,
        uint256 stipend,
        uint256 input,
        uint256 inputBytes,
        uint256 output,
        uint256 outputBytes
    ) internal view {
        bool affordable;
        bool done;
        uint256 returned;
        assembly ("memory-safe") {
            // A call gets at most 63/64 of what is left (EIP-150); 1,000 cover getting there.
            affordable := gt(gas(), add(add(stipend, div(stipend, 63)), 1000))
        }
        if (!affordable) revert GasTooLow();
        assembly ("memory-safe") {
            done := staticcall(stipend, precompile, input, inputBytes, output, outputBytes)
            // A statement of its own: Yul evaluates arguments right to left.
            returned := returndatasize()
        }
        if (!done) revert PointMalformed();
        if (returned != outputBytes) revert PrecompileMissing(precompile);
    }

    /// @notice RFC 9380 expand_message_xmd with SHA-256: writes `blocks` words to memory at `to`.
    /// @param dstHead First 32 bytes of a 43-byte tag. @param dstTail Its last 11 bytes and its length, left-aligned.
    function expand(bytes32 message, bytes32 dstHead, bytes32 dstTail, uint256 blocks, uint256 to) internal view {
        bool done;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, 0)
            mstore(add(start, 32), 0)
            mstore(add(start, 64), message)
            mstore(add(start, 96), shl(245, blocks)) // length in bytes as u16, then a zero byte
            mstore(add(start, 99), dstHead)
            mstore(add(start, 131), dstTail)
            done := staticcall(gas(), 2, start, 143, start, 32)
            let first := mload(start)
            let previous := 0
            mstore(add(start, 33), dstHead)
            mstore(add(start, 65), dstTail)
            for {
                let i := 1
            } iszero(gt(i, blocks)) {
                i := add(i, 1)
            } {
                mstore(start, xor(first, previous))
                mstore8(add(start, 32), i)
                done := and(staticcall(gas(), 2, start, 77, to, 32), done)
                previous := mload(to)
                to := add(to, 32)
            }
        }
        if (!done) revert GasTooLow();
    }

    /// @notice Reduces `many` 512-bit numbers, one after another from `start`, modulo p and in place (Barrett).
    function reduce(uint256 start, uint256 many) internal pure {
        assembly ("memory-safe") {
            for {
                let end := add(start, mul(many, 64))
            } lt(start, end) {
                start := add(start, 64)
            } {
                let high := mload(start)
                let low := mload(add(start, 32))
                // The high word of a product is (a * b mod 2^256 - 1) - (a * b mod 2^256), less a borrow.
                let wide := mulmod(high, RECIPROCAL, not(0))
                let part := mul(high, RECIPROCAL)
                let quotient := shr(124, sub(sub(wide, part), lt(wide, part)))
                wide := mulmod(quotient, P_LOW, not(0))
                part := mul(quotient, P_LOW)
                wide := sub(sub(wide, part), lt(wide, part))
                high := sub(sub(sub(high, mul(quotient, P_HIGH)), wide), lt(low, part))
                low := sub(low, part)
                // The quotient is exact but for about one number in 2^120; then it is short by one.
                for {} or(gt(high, P_HIGH), and(eq(high, P_HIGH), iszero(lt(low, P_LOW)))) {} {
                    high := sub(sub(high, P_HIGH), lt(low, P_LOW))
                    low := sub(low, P_LOW)
                }
                mstore(start, high)
                mstore(add(start, 32), low)
            }
        }
    }

    /// @notice Known answers from every precompile used here, for constructors: a chain without EIP-2537, or with a
    /// faulty one, must not get past deployment.
    function selfTest() internal view {
        bytes memory hashed = hashToG2(SELF_TEST_MESSAGE);
        bytes memory point = abi.encode(NEGATED_G1_0, NEGATED_G1_1, NEGATED_G1_2, NEGATED_G1_3);
        if (keccak256(hashed) != SELF_TEST_HASH) revert PrecompilesFaulty();
        if (keccak256(sum(bytes.concat(point, point))) != SELF_TEST_SUM) revert PrecompilesFaulty();
        if (pairsToOne(bytes.concat(point, hashed, point, hashed))) revert PrecompilesFaulty();
        if (!pairsToOne(bytes.concat(point, hashed, negated(point), hashed))) revert PrecompilesFaulty();
    }

    /// @notice The negative of a canonical finite G1 point: (x, p - y). y is not 0, because G1 has odd order.
    function negated(bytes memory point) internal pure returns (bytes memory negative) {
        negative = bytes.concat(point);
        uint256 start;
        assembly ("memory-safe") {
            start := add(negative, 0x20)
        }
        _negate(start);
    }

    function _negate(uint256 start) private pure {
        assembly ("memory-safe") {
            let low := mload(add(start, 96))
            mstore(add(start, 64), sub(sub(P_HIGH, mload(add(start, 64))), gt(low, P_LOW)))
            mstore(add(start, 96), sub(P_LOW, low))
        }
    }

    /// @dev Writes the hash to 256 bytes of memory at `to`, working in the free memory behind it.
    function _hashToG2(bytes32 message, uint256 to) private view {
        expand(message, DST_HEAD, DST_TAIL, 8, to);
        reduce(to, 4);
        uint256 start;
        assembly ("memory-safe") {
            start := mload(0x40)
        }
        unchecked {
            run(MAP_FP2, MAP_FP2_GAS, to, 128, start, 256);
            run(MAP_FP2, MAP_FP2_GAS, to + 128, 128, start + 256, 256);
            run(G2ADD, G2ADD_GAS, start, 512, to, 256);
        }
    }
}
