// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuditLedger} from "../../contracts/AuditLedger.sol";
import {Beacons} from "../../contracts/Beacons.sol";
import {Committee} from "../../contracts/Committee.sol";
import {Sidecars} from "../../contracts/Sidecars.sol";
import {ISidecars} from "../../contracts/interfaces/ISidecars.sol";
import {IAuditLedger} from "../../contracts/interfaces/IAuditLedger.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Bls} from "../../contracts/lib/Bls.sol";
import {Ring} from "../../contracts/lib/Ring.sol";
import {Network} from "./support/Network.sol";

/// @notice Replays test/vectors/contracts.json (made by blst, noble, ethers and @openzeppelin/merkle-tree) and the real
/// beacons of drand's quicknet. The registry sits at the address the vectors were signed for.
contract VectorsTest is Network {
    string private json;
    address private owner;

    function setUp() public override {
        super.setUp();
        json = vm.readFile("test/vectors/contracts.json");
        owner = vm.parseJsonAddress(json, ".owner");
        address home = vm.parseJsonAddress(json, ".sidecars");
        vm.etch(home, address(sidecars).code);
        sidecars = Sidecars(home);
        beacons = new Beacons(vm.parseJsonBytes(json, ".beacon.key"));
        token.mint(owner, 100_000 ether);
        vm.prank(owner);
        token.approve(home, type(uint256).max);
    }

    function member(uint256 i) private view returns (ISidecars.Application memory a) {
        a.signer = vm.parseJsonAddress(json, path(".members", i, ".signer"));
        a.peerKey = vm.parseJsonBytes32(json, path(".members", i, ".peerKey"));
        a.blsKey = vm.parseJsonBytes(json, path(".members", i, ".blsKey"));
        a.blsProof = vm.parseJsonBytes(json, path(".members", i, ".blsProof"));
        a.signerProof = vm.parseJsonBytes(json, path(".members", i, ".signerProof"));
        a.stake = MIN_STAKE;
    }

    function registerMembers() private {
        for (uint256 i = 0; i < 8; ++i) {
            ISidecars.Application memory a = member(i);
            vm.prank(owner);
            sidecars.register(a);
        }
    }

    function test_hashToG2() public view {
        for (uint256 i = 0; i < 6; ++i) {
            bytes32 message = vm.parseJsonBytes32(json, path(".hashToG2", i, ".message"));
            bytes memory point = vm.parseJsonBytes(json, path(".hashToG2", i, ".point"));
            equal(Bls.hashToG2(message), point, vm.toString(i));
        }
    }

    function test_separatorAndProofsOfPossession() public {
        equal(sidecars.domainSeparator(), vm.parseJsonBytes32(json, ".separator"), "separator");
        for (uint256 i = 0; i < 8; ++i) {
            bytes32 expected = vm.parseJsonBytes32(json, path(".members", i, ".popMessage"));
            equal(sidecars.popMessage(owner, keccak256(member(i).blsKey)), expected, "pop message");
        }
        registerMembers();
        equal(sidecars.total(), 8, "all accepted");
    }

    function test_rings() public view {
        for (uint256 i = 0; i < 7; ++i) {
            uint256 n = vm.parseJsonUint(json, path(".rings", i, ".n"));
            bytes32 seed = vm.parseJsonBytes32(json, path(".rings", i, ".seed"));
            uint256[] memory slots = vm.parseJsonUintArray(json, path(".rings", i, ".slots"));
            uint256[] memory places = vm.parseJsonUintArray(json, path(".rings", i, ".places"));
            for (uint256 j = 0; j < slots.length; ++j) {
                equal(Ring.placeOf(seed, slots[j], n), places[j], string.concat("place, n ", vm.toString(n)));
                equal(Ring.slotAt(seed, places[j], n), slots[j], string.concat("slot, n ", vm.toString(n)));
            }
        }
    }

    function test_certificates() public {
        registerMembers();
        committee = new Committee(sidecars, beacons, 128);
        vm.warp(START);
        committee.seat(0, vm.parseJsonBytes(json, ".beacon.signature"));
        uint64 round = uint64(vm.parseJsonUint(json, ".beacon.round"));
        equal(sidecars.startRound(0), GENESIS_ROUND, "start round");
        equal(beacons.randomnessOf(round), vm.parseJsonBytes32(json, ".beacon.randomness"), "randomness");
        equal(committee.seatSeed(0), vm.parseJsonBytes32(json, ".seatSeed"), "seat seed");
        uint8[3] memory absent = [0, 1, 2];
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 content = vm.parseJsonBytes32(json, path(".certificates", i, ".content"));
            bytes32 expected = vm.parseJsonBytes32(json, path(".certificates", i, ".digest"));
            equal(committee.digest(1, 5, 0, content), expected, "digest");
            bytes memory cert = vm.parseJsonBytes(json, path(".certificates", i, ".certificate"));
            equal(committee.verify(1, 5, 0, content, cert), 8 - absent[i], "signers");
        }
    }

    function test_auditSeedAndContent() public {
        AuditLedger.Params memory p = ledgerParams();
        p.beacons = address(beacons);
        ledger = new AuditLedger(p);
        beacons.proveRound(GENESIS_ROUND, vm.parseJsonBytes(json, ".beacon.signature"));
        equal(ledger.auditSeed(0), vm.parseJsonBytes32(json, ".auditSeed"), "audit seed");
        bytes32 content = ledger.contentOf(7, keccak256("base"), keccak256("root"), keccak256("content"));
        equal(content, vm.parseJsonBytes32(json, ".contentOf"), "content");
    }

    function test_equivocation() public {
        registerMembers();
        sidecars.slashEquivocation(
            uint32(vm.parseJsonUint(json, ".equivocation.author")),
            4,
            77,
            2,
            vm.parseJsonBytes32(json, ".equivocation.a.bodyHash"),
            vm.parseJsonBytes(json, ".equivocation.a.signature"),
            vm.parseJsonBytes32(json, ".equivocation.b.bodyHash"),
            vm.parseJsonBytes(json, ".equivocation.b.signature")
        );
        isTrue(sidecars.isPunished(3, 4, 77, 2), "punished");
    }

    function test_leaf() public view {
        uint256[] memory f = vm.parseJsonUintArray(json, ".tree.leaf");
        IAuditLedger.Leaf memory leaf = IAuditLedger.Leaf(
            uint32(f[0]),
            uint32(f[1]),
            uint16(f[2]),
            uint32(f[3]),
            uint16(f[4]),
            uint64(f[5]),
            uint64(f[6]),
            uint64(f[7]),
            uint64(f[8])
        );
        bytes32 hash = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        bytes32[] memory proof = vm.parseJsonBytes32Array(json, ".tree.proof");
        isTrue(MerkleProof.verify(proof, vm.parseJsonBytes32(json, ".tree.root"), hash), "leaf in tree");
    }

    function test_quicknet() public {
        string memory file = vm.readFile("test/vectors/drand-quicknet.json");
        Beacons quicknet = new Beacons(unprefixed(file, ".chain.public_key_eip2537"));
        uint256 i = 0;
        for (; vm.keyExistsJson(file, path(".beacons", i, "")); ++i) {
            uint64 round = uint64(vm.parseJsonUint(file, path(".beacons", i, ".round")));
            bytes memory signature = unprefixed(file, path(".beacons", i, ".signature_eip2537"));
            bytes32 expected = bytes32(unprefixed(file, path(".beacons", i, ".randomness")));
            equal(quicknet.proveRound(round, signature), expected, vm.toString(round));
        }
        isTrue(i >= 8, "enough beacons");
    }

    function unprefixed(string memory file, string memory key) private pure returns (bytes memory) {
        return vm.parseBytes(string.concat("0x", vm.parseJsonString(file, key)));
    }
}
