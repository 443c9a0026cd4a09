// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frost} from "../../../contracts/lib/Frost.sol";
import {FrostSign} from "../support/FrostSign.sol";
import {Test} from "../support/Test.sol";

contract FrostHarness {
    function verify(bytes calldata key, bytes32 message, bytes calldata signature) external pure returns (bool) {
        return Frost.verify(Frost.pointOf(key), message, signature);
    }

    function addressOf(bytes calldata key) external pure returns (address) {
        return Frost.addressOf(Frost.pointOf(key));
    }
}

/// @notice What noble's groups signed (test/vectors/frost.json) verifies, and nothing that was changed.
contract FrostTest is Test {
    uint256 private constant N = FrostSign.N;
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    bytes32 private constant MESSAGE = keccak256("message");

    FrostHarness private frost;
    string private json;

    function setUp() public {
        frost = new FrostHarness();
        json = vm.readFile("test/vectors/frost.json");
    }

    function field(uint256 i, string memory name) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, path(".signatures", i, name));
    }

    function test_noblesSignatures() external view {
        uint256 i = 0;
        for (; vm.keyExistsJson(json, path(".signatures", i, "")); ++i) {
            bytes32 message = bytes32(field(i, ".message"));
            isTrue(frost.verify(field(i, ".key"), message, field(i, ".signature")), vm.toString(i));
            isTrue(!frost.verify(field(i, ".key"), keccak256("other"), field(i, ".signature")), "another message");
            isTrue(!frost.verify(FrostSign.key(7), message, field(i, ".signature")), "another key");
        }
        isTrue(i >= 8, "enough signatures");
    }

    function test_whatNobleRefusesIsRefused() external view {
        uint256 i = 0;
        for (; vm.keyExistsJson(json, path(".refused", i, "")); ++i) {
            bytes memory key = vm.parseJsonBytes(json, path(".refused", i, ".key"));
            bytes32 message = vm.parseJsonBytes32(json, path(".refused", i, ".message"));
            bytes memory signature = vm.parseJsonBytes(json, path(".refused", i, ".signature"));
            isTrue(!frost.verify(key, message, signature), vm.parseJsonString(json, path(".refused", i, ".why")));
        }
        isTrue(i >= 8, "enough refusals");
    }

    /// @dev Every single bit of a signature, of its key and of its message matters.
    function test_everyBitCounts() external view {
        bytes memory signed = bytes.concat(field(0, ".key"), field(0, ".message"), field(0, ".signature"));
        for (uint256 bit = 0; bit < signed.length * 8; ++bit) {
            bytes memory changed = bytes.concat(signed);
            changed[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            isTrue(!verifyAll(changed), vm.toString(bit));
        }
        isTrue(verifyAll(signed), "as it was");
    }

    function verifyAll(bytes memory all) private view returns (bool) {
        return frost.verify(part(all, 0, 33), bytes32(part(all, 33, 32)), part(all, 65, 65));
    }

    function part(bytes memory all, uint256 from, uint256 length) private pure returns (bytes memory piece) {
        piece = new bytes(length);
        for (uint256 i = 0; i < length; ++i) piece[i] = all[from + i];
    }

    function testFuzz_signedAndTampered(uint256 secret, bytes32 message, uint256 seed) external view {
        secret = bound(secret, 1, N - 1);
        (bytes memory key, bytes memory signature) = (FrostSign.key(secret), FrostSign.sign(secret, message));
        isTrue(frost.verify(key, message, signature), "signed");
        isTrue(!frost.verify(key, keccak256(abi.encode(message)), signature), "another message");
        isTrue(!frost.verify(FrostSign.key((secret % (N - 1)) + 1), message, signature), "the next key");
        signature[seed % 65] ^= bytes1(uint8(1 + ((seed >> 8) % 255)));
        isTrue(!frost.verify(key, message, signature), "tampered");
    }

    function testFuzz_randomBytesAreNoSignature(
        bytes calldata key,
        bytes32 message,
        bytes calldata junk
    ) external view {
        isTrue(!frost.verify(key, message, junk), "junk for a key");
        isTrue(!frost.verify(FrostSign.key(7), message, junk), "junk for a signature");
    }

    function test_lengths() external view {
        bytes memory key = FrostSign.key(7);
        bytes memory signature = FrostSign.sign(7, MESSAGE);
        isTrue(frost.verify(key, MESSAGE, signature), "in full");
        isTrue(!frost.verify(key, MESSAGE, part(signature, 0, 64)), "one byte less");
        isTrue(!frost.verify(key, MESSAGE, bytes.concat(signature, hex"00")), "one byte more");
        isTrue(!frost.verify(key, MESSAGE, ""), "nothing");
        isTrue(!frost.verify(part(key, 0, 32), MESSAGE, signature), "a short key");
        isTrue(!frost.verify(bytes.concat(key, hex"00"), MESSAGE, signature), "a long key");
        isTrue(!frost.verify("", MESSAGE, signature), "no key");
    }

    /// @dev z and z + n are one number to the curve, and must not be two signatures.
    function test_scalarInRange() external view {
        bytes memory key = FrostSign.key(7);
        bytes memory signature = FrostSign.sign(7, MESSAGE);
        bytes memory r = part(signature, 0, 33);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 z = [uint256(0), N, N + 1, type(uint256).max][i];
            isTrue(!frost.verify(key, MESSAGE, abi.encodePacked(r, z)), vm.toString(z));
        }
        // Of a message whose z is small enough for z + n to be a word, there is none to be found; the check is by value.
        uint256 most = N - 1;
        isTrue(!frost.verify(key, MESSAGE, abi.encodePacked(r, most)), "another z");
    }

    /// @dev With R = -c·PK no secret would be needed if z were 0: nobody can choose it so, as c is a hash of R.
    function test_pointsThatAreNone() external view {
        bytes memory signature = FrostSign.sign(7, MESSAGE);
        bytes memory key = FrostSign.key(7);
        bytes32 x = bytes32(part(key, 1, 32));
        uint8[6] memory prefixes = [0, 1, 4, 5, 27, 255];
        for (uint256 i = 0; i < 6; ++i) {
            equal(frost.addressOf(abi.encodePacked(prefixes[i], x)), address(0), "prefix of a key");
            isTrue(!frost.verify(abi.encodePacked(prefixes[i], x), MESSAGE, signature), "by a key of that prefix");
            bytes memory other = abi.encodePacked(prefixes[i], part(signature, 1, 64));
            isTrue(!frost.verify(key, MESSAGE, other), "prefix of R");
        }
        // 5 is the x of no point; 0, n and p are out of range, and so is what is above.
        uint256[6] memory xs = [uint256(0), 5, N, N + 1, P, type(uint256).max];
        for (uint256 i = 0; i < 6; ++i) {
            bytes memory none = abi.encodePacked(uint8(2), xs[i]);
            equal(frost.addressOf(none), address(0), vm.toString(xs[i]));
            isTrue(!frost.verify(none, MESSAGE, signature), "as a key");
            isTrue(!frost.verify(key, MESSAGE, bytes.concat(none, part(signature, 33, 32))), "as R");
        }
        equal(frost.addressOf(new bytes(33)), address(0), "infinity");
    }

    function testFuzz_addressOfAKey(uint256 secret) external view {
        secret = bound(secret, 1, N - 1);
        equal(frost.addressOf(FrostSign.key(secret)), vm.addr(secret), "Ethereum's address of the same key");
    }
}
