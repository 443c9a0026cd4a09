// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "../../contracts/lib/Bls.sol";
import {Drand} from "../../contracts/lib/Drand.sol";
import {Ring} from "../../contracts/lib/Ring.sol";
import {Sign} from "./support/Sign.sol";
import {Test} from "./support/Test.sol";

/// @notice Library calls made external, so that their reverts can be expected and their gas limited.
contract LibHarness {
    function isSigned(bytes calldata key, bytes calldata signature, bytes32 message) external view returns (bool) {
        return Bls.isSigned(key, signature, message);
    }

    function isBeacon(uint64 round, bytes calldata signature, bytes calldata key) external view returns (bool) {
        return Drand.isBeacon(round, signature, key);
    }

    function sum(bytes calldata points) external view returns (bytes memory) {
        return Bls.sum(points);
    }

    function selfTest() external view {
        Bls.selfTest();
    }

    function drandSelfTest(bytes calldata key) external view {
        Drand.selfTest(key);
    }

    function reduce(uint256 high, uint256 low) external pure returns (uint256, uint256) {
        uint256[2] memory value = [high, low];
        uint256 at;
        assembly ("memory-safe") {
            at := value
        }
        Bls.reduce(at, 1);
        return (value[0], value[1]);
    }
}

contract LibTest is Test {
    bytes32 private constant MESSAGE = keccak256("message");
    LibHarness private lib;

    function setUp() public {
        lib = new LibHarness();
    }

    function test_signed() public view {
        bytes memory signature = Sign.digest(42, MESSAGE);
        isTrue(lib.isSigned(Sign.keyInG1(42), signature, MESSAGE), "own key");
        isTrue(!lib.isSigned(Sign.keyInG1(43), signature, MESSAGE), "other key");
        isTrue(!lib.isSigned(Sign.keyInG1(42), signature, keccak256("other")), "other message");
    }

    function test_infinityIsNoKeyAndNoSignature() public {
        bytes memory key = Sign.keyInG1(42);
        bytes memory signature = Sign.digest(42, MESSAGE);
        vm.expectRevert(Bls.PointAtInfinity.selector);
        lib.isSigned(new bytes(128), new bytes(256), MESSAGE);
        vm.expectRevert(Bls.PointAtInfinity.selector);
        lib.isSigned(key, new bytes(256), MESSAGE);
        vm.expectRevert(Bls.PointAtInfinity.selector);
        lib.isSigned(new bytes(128), signature, MESSAGE);
        bytes memory drandKey = Sign.keyInG2(9);
        vm.expectRevert(Bls.PointAtInfinity.selector);
        lib.isBeacon(1, new bytes(128), drandKey);
    }

    function test_wrongLengths() public {
        bytes memory key = Sign.keyInG1(42);
        bytes memory signature = Sign.digest(42, MESSAGE);
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.isSigned(bytes.concat(key, hex"00"), signature, MESSAGE);
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.isSigned(key, key, MESSAGE);
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.isBeacon(1, signature, signature);
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.sum("");
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.sum(bytes.concat(key, hex"00"));
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.drandSelfTest(key);
    }

    /// @dev x + p in place of x names the same point twice: it must not pass, and must not burn the caller's gas.
    function test_nonCanonicalCoordinate() public {
        bytes memory key = Sign.keyInG1(42);
        bytes memory signature = Sign.digest(42, MESSAGE);
        assembly ("memory-safe") {
            let low := mload(add(key, 64))
            let more := add(low, 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab)
            mstore(add(key, 64), more)
            mstore(add(key, 32), add(add(mload(add(key, 32)), 0x1a0111ea397fe69a4b1ba7b6434bacd7), lt(more, low)))
        }
        uint256 before = gasleft();
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.isSigned(key, signature, MESSAGE);
        isTrue(before - gasleft() < 200_000, "burned more than its stipend");
    }

    /// @dev (0, 2) is on the curve y^2 = x^3 + 4, and not in the subgroup.
    function test_pointOutsideTheSubgroup() public {
        bytes memory key = new bytes(128);
        key[127] = 0x02;
        bytes memory signature = Sign.digest(42, MESSAGE);
        vm.expectRevert(Bls.PointMalformed.selector);
        lib.isSigned(key, signature, MESSAGE);
    }

    /// @dev With any amount of gas a valid signature is valid or the call reverts; it is never called invalid.
    function testFuzz_lackOfGasIsNoVerdict(uint256 gas) public view {
        gas = bound(gas, 2_000, 220_000);
        bytes memory key = Sign.keyInG1(42);
        bytes memory signature = Sign.digest(42, MESSAGE);
        try lib.isSigned{gas: gas}(key, signature, MESSAGE) returns (bool valid) {
            isTrue(valid, "a valid signature was called invalid");
        } catch {}
    }

    function test_gasTooLowByName() public {
        bytes memory key = Sign.keyInG1(42);
        bytes memory signature = Sign.digest(42, MESSAGE);
        vm.expectRevert(Bls.GasTooLow.selector);
        lib.isSigned{gas: 100_000}(key, signature, MESSAGE);
    }

    function test_missingPrecompile() public {
        vm.mockCall(address(0x11), "", hex"00");
        vm.expectRevert(abi.encodeWithSelector(Bls.PrecompileMissing.selector, 0x11));
        lib.selfTest();
    }

    function test_faultyPrecompiles() public {
        bytes memory key = Sign.keyInG2(5);
        bytes memory one = abi.encode(1);
        bytes memory zero = abi.encode(0);
        mocked(address(0x0d), new bytes(256));
        lib.selfTest();
        mocked(address(0x0b), new bytes(128));
        lib.selfTest();
        mocked(address(0x0f), one);
        lib.selfTest();
        mocked(address(0x0f), zero);
        lib.selfTest();
        mocked(address(0x0b), new bytes(128));
        lib.drandSelfTest(key);
        mocked(address(0x0f), one);
        lib.drandSelfTest(key);
        mocked(address(0x0f), zero);
        lib.drandSelfTest(key);
        vm.clearMockedCalls();
        lib.selfTest();
        lib.drandSelfTest(key);
    }

    function mocked(address precompile, bytes memory answer) private {
        vm.clearMockedCalls();
        vm.mockCall(precompile, "", answer);
        vm.expectRevert(Bls.PrecompilesFaulty.selector);
    }

    function testFuzz_reduceIsModexp(uint256 high, uint256 low) public view {
        bytes memory modulus = abi.encode(Bls.P_HIGH, Bls.P_LOW);
        (bool ok, bytes memory expected) = address(5).staticcall(
            abi.encodePacked(uint256(64), uint256(1), uint256(64), high, low, uint8(1), modulus)
        );
        (uint256 h, uint256 l) = lib.reduce(high, low);
        isTrue(ok, "modexp");
        equal(abi.encode(h, l), expected, "remainder");
    }

    function test_reduceAtTheEdges() public view {
        (uint256 h, uint256 l) = lib.reduce(Bls.P_HIGH, Bls.P_LOW);
        equal(h | l, 0, "p");
        (h, l) = lib.reduce(Bls.P_HIGH, Bls.P_LOW - 1);
        equal(h, Bls.P_HIGH, "p - 1, high");
        equal(l, Bls.P_LOW - 1, "p - 1, low");
        testFuzz_reduceIsModexp(type(uint256).max, type(uint256).max);
        testFuzz_reduceIsModexp(0, 0);
    }

    function test_sum() public view {
        bytes memory three = bytes.concat(Sign.keyInG1(3), Sign.keyInG1(4), Sign.keyInG1(5));
        equal(lib.sum(three), Sign.keyInG1(12), "3 + 4 + 5");
        equal(lib.sum(Sign.keyInG1(3)), Sign.keyInG1(3), "one");
        equal(lib.sum(bytes.concat(Sign.keyInG1(3), Bls.negated(Sign.keyInG1(3)))), new bytes(128), "a - a");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ringIsAPermutation(bytes32 seed, uint256 n) public pure {
        n = bound(n, 1, 40);
        uint32[] memory slots = Ring.firstSlots(seed, n, n);
        uint256 seen = 0;
        for (uint256 place = 0; place < n; ++place) {
            equal(Ring.slotAt(seed, place, n), slots[place], "slotAt");
            equal(Ring.placeOf(seed, slots[place], n), place, "placeOf");
            seen |= 1 << slots[place];
        }
        equal(seen, (1 << n) - 1, "every slot once");
    }

    /// @dev k in, k out, never itself, no mutual pair while n > 2k.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ringEdges(bytes32 seed, uint256 n, uint256 k) public pure {
        n = bound(n, 1, 9);
        k = bound(k, 1, 4);
        uint256 each = k < n - 1 ? k : n - 1;
        for (uint256 a = 0; a < n; ++a) {
            (uint256 out, uint256 into) = (0, 0);
            for (uint256 b = 0; b < n; ++b) {
                bool edge = Ring.isEdge(seed, a, b, n, k);
                bool back = Ring.isEdge(seed, b, a, n, k);
                if (edge) ++out;
                if (back) ++into;
                isTrue(a != b || !edge, "audits itself");
                isTrue(n <= 2 * k || !(edge && back), "mutual pair");
            }
            equal(out, each, "audits");
            equal(into, each, "is audited");
        }
    }
}
