// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frost} from "../../../contracts/lib/Frost.sol";
import {Vm} from "./Test.sol";

/// @notice Signs as a threshold group does, with the group's whole secret, so that tests can sign anything they think of.
library FrostSign {
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function pointOf(uint256 secret) internal pure returns (Frost.Point memory) {
        Vm.Wallet memory wallet = vm.createWallet(secret);
        return Frost.Point(uint8(2 + (wallet.publicKeyY & 1)), wallet.publicKeyX);
    }

    /// @notice 33 bytes.
    function key(uint256 secret) internal pure returns (bytes memory) {
        return packed(pointOf(secret));
    }

    function packed(Frost.Point memory point) internal pure returns (bytes memory) {
        return abi.encodePacked(point.prefix, point.x);
    }

    /// @notice 65 bytes. The nonce follows from secret and message.
    function sign(uint256 secret, bytes32 message) internal pure returns (bytes memory) {
        uint256 nonce = 1 + (uint256(keccak256(abi.encode(secret, message))) % (N - 1));
        Frost.Point memory r = pointOf(nonce);
        uint256 c = Frost.challenge(r, pointOf(secret), message);
        return abi.encodePacked(packed(r), addmod(nonce, mulmod(c, secret, N), N));
    }
}
