// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuditLedger} from "../../../contracts/AuditLedger.sol";
import {Beacons} from "../../../contracts/Beacons.sol";
import {Committee} from "../../../contracts/Committee.sol";
import {Sidecars} from "../../../contracts/Sidecars.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {Sign} from "./Sign.sol";
import {Test} from "./Test.sol";

/// @notice A whole network on a drand chain with a known secret, before its genesis. Sidecar number i (from 0) has record
/// key 1000 + i and BLS secret 2000 + i, is owned by OWNER, and gets id i + 1 when registered in order.
abstract contract Network is Test {
    uint64 internal constant GENESIS_TIME = 1_000_000;
    uint64 internal constant GENESIS_ROUND = 101;
    uint32 internal constant ROUND = 3;
    uint32 internal constant PERIOD = 20 * 3;
    uint32 internal constant EPOCH = 6 * PERIOD;
    uint64 internal constant START = GENESIS_TIME + 100 * ROUND;
    uint64 internal constant NONE = type(uint64).max;
    uint64 internal constant NEVER = type(uint64).max;
    uint128 internal constant MIN_STAKE = 1_000 ether;
    uint128 internal constant BOUNTY = 5 ether;
    uint128 internal constant SEAT_BOUNTY = 7 ether;
    uint16 internal constant SLASH_BPS = 3_000;
    uint16 internal constant REPORTER_BPS = 2_500;
    uint256 internal constant DRAND = 777_777;
    address internal constant OWNER = address(0xA11CE);
    address internal constant SINK = address(0x5117);

    TestAnkr internal token;
    Sidecars internal sidecars;
    Beacons internal beacons;
    Committee internal committee;
    AuditLedger internal ledger;

    function setUp() public virtual {
        vm.warp(START - 1);
        token = new TestAnkr();
        sidecars = new Sidecars(registryParams());
        beacons = new Beacons(Sign.keyInG2(DRAND));
        committee = new Committee(sidecars, beacons, maxSeats());
        ledger = new AuditLedger(ledgerParams());
        token.mint(OWNER, 1_000_000 ether);
        vm.prank(OWNER);
        token.approve(address(sidecars), type(uint256).max);
        vm.prank(OWNER);
        token.approve(address(ledger), type(uint256).max);
    }

    function maxSeats() internal pure virtual returns (uint8) {
        return 128;
    }

    function registryParams() internal view returns (ISidecars.Params memory) {
        ISidecars.Clock memory clock = ISidecars.Clock(GENESIS_TIME, ROUND, GENESIS_ROUND, 20, 6);
        return ISidecars.Params(address(token), MIN_STAKE, clock, 2, SLASH_BPS, REPORTER_BPS, SINK);
    }

    function ledgerParams() internal view returns (IAuditLedger.Params memory) {
        IAuditLedger.Schedule memory schedule = IAuditLedger.Schedule(4, 10, 12, 14, 15, 2, 100);
        return
            IAuditLedger.Params(address(sidecars), address(committee), address(beacons), BOUNTY, SEAT_BOUNTY, schedule);
    }

    function application(address owner, uint256 i) internal view returns (ISidecars.Application memory a) {
        a.signer = vm.addr(1_000 + i);
        a.peerKey = keccak256(abi.encode("peer", i));
        a.blsKey = Sign.keyInG1(2_000 + i);
        a.blsProof = Sign.digest(2_000 + i, sidecars.popMessage(owner, keccak256(a.blsKey)));
        a.signerProof = signerProof(owner, a, 1_000 + i);
        a.stake = MIN_STAKE;
    }

    function signerProof(
        address owner,
        ISidecars.Application memory a,
        uint256 key
    ) internal view returns (bytes memory) {
        bytes32 kind = keccak256("Registration(address owner,bytes32 peerKey,bytes32 blsKeyHash)");
        bytes32 hash = typed(keccak256(abi.encode(kind, owner, a.peerKey, keccak256(a.blsKey))));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function register(uint256 i) internal returns (uint32) {
        ISidecars.Application memory a = application(OWNER, i);
        vm.prank(OWNER);
        return sidecars.register(a);
    }

    function registerFirst(uint256 many) internal {
        for (uint256 i = 0; i < many; ++i) register(i);
    }

    function typed(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", sidecars.domainSeparator(), structHash));
    }

    /// @notice A record's signature as on the wire: r and s.
    function recordSignature(
        uint256 key,
        uint8 kind,
        uint32 author,
        uint64 unit,
        uint32 sequence,
        bytes32 bodyHash
    ) internal view returns (bytes memory) {
        bytes32 structType = keccak256("Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)");
        bytes32 hash = typed(keccak256(abi.encode(structType, kind, author, unit, sequence, bodyHash)));
        (, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s);
    }

    function seat(uint64 epoch) internal {
        committee.seat(epoch, Sign.round(DRAND, sidecars.startRound(epoch)));
    }

    /// @notice A certificate by the committee of an epoch in its seat order, without those `absent` (seat indices).
    function certificate(uint64 epoch, bytes32 digest, uint256[] memory absent) internal view returns (bytes memory) {
        uint32[] memory slots = committee.draw(epoch);
        uint256 secret = 0;
        for (uint256 i = 0; i < slots.length; ++i) secret += secretOf(epoch, slots[i]);
        bytes memory head = abi.encodePacked(Sign.keyInG1(secret), uint8(slots.length));
        bytes memory tail;
        for (uint256 i = 0; i < absent.length; ++i) {
            uint256 missing = secretOf(epoch, slots[absent[i]]);
            secret -= missing;
            tail = abi.encodePacked(tail, uint8(absent[i]), Sign.keyInG1(missing));
        }
        return abi.encodePacked(head, Sign.digest(secret, digest), tail);
    }

    function secretOf(uint64 epoch, uint32 slot) internal view returns (uint256) {
        return 1_999 + sidecars.sidecarAt(epoch, slot);
    }

    function nobody() internal pure returns (uint256[] memory) {
        return new uint256[](0);
    }
}
