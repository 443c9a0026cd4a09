// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bls} from "../../../contracts/lib/Bls.sol";
import {Drand} from "../../../contracts/lib/Drand.sol";

/// @notice Signs with BLS secrets through the multiplication precompiles, so that tests can sign anything they think of.
library Sign {
    uint256 internal constant ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    bytes internal constant G1 =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
        hex"6c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4"
        hex"fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
    bytes internal constant G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d177"
        hex"0bac0326a805bbefd48056c8c121bdb80000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
        hex"596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e00000000000000000000000000000000"
        hex"0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab"
        hex"3f370d275cec1da1aaa9075ff05f79be";

    function keyInG1(uint256 secret) internal view returns (bytes memory) {
        return multiply(0x0c, G1, secret);
    }

    function keyInG2(uint256 secret) internal view returns (bytes memory) {
        return multiply(0x0e, G2, secret);
    }

    function digest(uint256 secret, bytes32 message) internal view returns (bytes memory) {
        return multiply(0x0e, Bls.hashToG2(message), secret);
    }

    function round(uint256 secret, uint64 number) internal view returns (bytes memory) {
        return multiply(0x0c, Drand.hashToG1(sha256(abi.encodePacked(number))), secret);
    }

    function multiply(uint160 precompile, bytes memory point, uint256 scalar) internal view returns (bytes memory out) {
        bool ok;
        (ok, out) = address(precompile).staticcall(abi.encodePacked(point, scalar % ORDER));
        require(ok && out.length == point.length, "bug: multiplication precompile");
    }
}
