// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Committee} from "../../contracts/Committee.sol";
import {IBeacons} from "../../contracts/interfaces/IBeacons.sol";
import {ICommittee} from "../../contracts/interfaces/ICommittee.sol";
import {Bls} from "../../contracts/lib/Bls.sol";
import {Network} from "./support/Network.sol";
import {Sign} from "./support/Sign.sol";

contract CommitteeTest is Network {
    bytes32 private constant CONTENT = keccak256("content");
    bytes32 private digest;

    function setUp() public override {
        super.setUp();
        registerFirst(7);
        vm.warp(START);
        digest = committee.digest(1, 5, 0, CONTENT);
    }

    function absentees(uint256 a, uint256 b) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function test_constructorRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(ICommittee.MaxSeatsOutOfRange.selector, 0));
        new Committee(sidecars, beacons, 0);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.MaxSeatsOutOfRange.selector, 129));
        new Committee(sidecars, beacons, 129);
        equal(committee.maxSeats(), 128, "seats");
    }

    function test_seat() public {
        bytes memory aggregate = Sign.keyInG1(7 * 2_000 + 21);
        vm.expectEmit(address(committee));
        emit ICommittee.Seated(0, address(this), 7, aggregate);
        seat(0);
        (address by, uint8 seats) = committee.seatedBy(0);
        equal(by, address(this), "by");
        equal(seats, 7, "seats");
        equal(committee.committeeHash(0), keccak256(abi.encodePacked(aggregate, uint8(7))), "hash");
        bytes32[] memory hashes = committee.keyHashes(0);
        for (uint256 i = 0; i < 7; ++i) equal(hashes[i], keccak256(Sign.keyInG1(2_000 + i)), "key hash");
        vm.expectRevert(abi.encodeWithSelector(ICommittee.AlreadySeated.selector, 0));
        committee.seat(0, "");
    }

    function test_seatRefuses() public {
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EpochNotStarted.selector, 1));
        committee.seat(1, "");
        bytes memory other = Sign.round(DRAND, GENESIS_ROUND + 1);
        vm.expectRevert(abi.encodeWithSelector(IBeacons.BeaconNotSigned.selector, GENESIS_ROUND));
        committee.seat(0, other);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.NotSeated.selector, 0));
        committee.keyHashes(0);
        vm.warp(START - 1);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.EpochNotStarted.selector, 0));
        committee.seat(0, "");
    }

    function test_nobodyToSeat() public {
        vm.warp(START + 1);
        for (uint32 id = 1; id <= 7; ++id) {
            vm.prank(OWNER);
            sidecars.requestExit(id);
        }
        vm.warp(START + 2 * EPOCH);
        bytes memory beacon = Sign.round(DRAND, sidecars.startRound(2));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.NobodyToSeat.selector, 2));
        committee.seat(2, beacon);
    }

    function test_seatWithARoundProvenBefore() public {
        beacons.proveRound(GENESIS_ROUND, Sign.round(DRAND, GENESIS_ROUND));
        committee.seat(0, "");
    }

    function test_drawWithoutReplacement() public {
        committee = new Committee(sidecars, beacons, 4);
        vm.expectRevert(abi.encodeWithSelector(IBeacons.RoundNotProven.selector, GENESIS_ROUND));
        committee.draw(0);
        seat(0);
        uint32[] memory slots = committee.draw(0);
        equal(slots.length, 4, "seats");
        uint256 seen = 0;
        for (uint256 i = 0; i < 4; ++i) seen |= 1 << slots[i];
        uint256 distinct = 0;
        for (uint256 i = 0; i < 7; ++i) distinct += (seen >> i) & 1;
        equal(distinct, 4, "distinct");
        uint256[] memory absent = new uint256[](1);
        absent[0] = 2;
        bytes memory cert = certificate(0, committee.digest(1, 5, 0, CONTENT), absent);
        equal(committee.verify(1, 5, 0, CONTENT, cert), 3, "drawn committee signs");
    }

    function test_verify() public {
        seat(0);
        equal(committee.verify(1, 5, 0, CONTENT, certificate(0, digest, nobody())), 7, "all");
        equal(committee.verify(1, 5, 0, CONTENT, certificate(0, digest, absentees(0, 6))), 5, "two absent");
        bytes memory cert = certificate(0, digest, nobody());
        bytes memory reason = abi.encodeWithSelector(ICommittee.CertificateNotSigned.selector);
        vm.expectRevert(reason);
        committee.verify(2, 5, 0, CONTENT, cert);
        vm.expectRevert(reason);
        committee.verify(1, 6, 0, CONTENT, cert);
        vm.expectRevert(reason);
        committee.verify(1, 5, 0, keccak256("other"), cert);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.NotSeated.selector, 1));
        committee.verify(1, 5, 1, CONTENT, cert);
    }

    function test_certificateOfOneEpochIsNoneInAnother() public {
        seat(0);
        register(7);
        vm.warp(START + 2 * EPOCH);
        seat(2);
        bytes memory cert = certificate(0, committee.digest(1, 5, 2, CONTENT), nobody());
        vm.expectRevert(abi.encodeWithSelector(ICommittee.CommitteeMismatch.selector, 2));
        committee.verify(1, 5, 2, CONTENT, cert);
    }

    function test_verifyRefusesMalformed() public {
        seat(0);
        bytes memory cert = certificate(0, digest, nobody());
        vm.expectRevert(abi.encodeWithSelector(ICommittee.CertificateMalformed.selector, 0));
        committee.verify(1, 5, 0, CONTENT, "");
        vm.expectRevert(abi.encodeWithSelector(ICommittee.CertificateMalformed.selector, 386));
        committee.verify(1, 5, 0, CONTENT, bytes.concat(cert, hex"00"));
        cert[128] = 0x08;
        vm.expectRevert(abi.encodeWithSelector(ICommittee.CommitteeMismatch.selector, 0));
        committee.verify(1, 5, 0, CONTENT, cert);
    }

    function test_quorum() public {
        seat(0);
        uint256[] memory three = new uint256[](3);
        (three[0], three[1], three[2]) = (1, 2, 3);
        bytes memory cert = certificate(0, digest, three);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.TooFewSigners.selector, 4, 5));
        committee.verify(1, 5, 0, CONTENT, cert);
        cert = bytes.concat(certificate(0, digest, nobody()), new bytes(129 * 9));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.TooFewSigners.selector, 0, 5));
        committee.verify(1, 5, 0, CONTENT, cert);
    }

    function test_absenteesInOrderAndOnce() public {
        seat(0);
        bytes memory cert = certificate(0, digest, absentees(3, 1));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.AbsenteeOrder.selector, 1));
        committee.verify(1, 5, 0, CONTENT, cert);
        cert = certificate(0, digest, absentees(3, 3));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.AbsenteeOrder.selector, 3));
        committee.verify(1, 5, 0, CONTENT, cert);
        cert = bytes.concat(certificate(0, digest, nobody()), hex"07", Sign.keyInG1(1));
        vm.expectRevert(abi.encodeWithSelector(ICommittee.AbsenteeOrder.selector, 7));
        committee.verify(1, 5, 0, CONTENT, cert);
    }

    /// @dev Without the check, one absentee could take out a key of its choice and sign for everybody.
    function test_absenteeWithAForeignKey() public {
        seat(0);
        uint256 all = 7 * 2_000 + 21;
        bytes memory rogue = Sign.keyInG1(all - 1);
        bytes memory cert = abi.encodePacked(Sign.keyInG1(all), uint8(7), Sign.digest(1, digest), uint8(4), rogue);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.AbsenteeKeyMismatch.selector, 4));
        committee.verify(1, 5, 0, CONTENT, cert);
    }

    function test_infinityAsSignature() public {
        seat(0);
        bytes memory cert = abi.encodePacked(Sign.keyInG1(7 * 2_000 + 21), uint8(7), new bytes(256));
        vm.expectRevert(Bls.PointAtInfinity.selector);
        committee.verify(1, 5, 0, CONTENT, cert);
    }

    /// @dev Any single bit flipped anywhere in a certificate makes it invalid, by whatever name.
    function testFuzz_flippedBit(uint256 bit) public {
        seat(0);
        bytes memory cert = certificate(0, digest, absentees(2, 5));
        bit = bound(bit, 0, cert.length * 8 - 1);
        cert[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        try committee.verify(1, 5, 0, CONTENT, cert) {
            revert Failed("a changed certificate passed");
        } catch {}
    }
}
