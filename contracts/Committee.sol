// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {IBeacons} from "./interfaces/IBeacons.sol";
import {ICommittee} from "./interfaces/ICommittee.sol";
import {ISidecars} from "./interfaces/ISidecars.sol";
import {Bls} from "./lib/Bls.sol";
import {Ring} from "./lib/Ring.sol";

/// @title The committee of each epoch and its certificates
/// @dev One stored word for each epoch is enough to verify when nobody is absent. The hashes of the seats' keys, needed
/// for absentees only, lie in the code of a contract whose address follows from the epoch (CREATE3), so certificates need
/// not name it. They are full hashes: with 128 bits, 2^64 work finds two registered keys with one hash, and an absentee
/// could subtract another's key.
contract Committee is ICommittee {
    uint8 private constant LARGEST = 128;
    uint256 private constant SEATS_AT = 128;
    uint256 private constant SIGNATURE_AT = 129;
    uint256 private constant ABSENTEES_AT = 385;
    uint256 private constant ABSENTEE_BYTES = 129;

    bytes32 private constant SEAT_TAG = keccak256("stkr.seat");
    bytes32 private constant CERTIFICATE_TYPE = keccak256(
        "Certificate(uint8 kind,uint64 unit,uint64 epoch,bytes32 content)"
    );

    ISidecars private immutable SIDECARS;
    IBeacons private immutable BEACONS;
    bytes32 private immutable SEPARATOR;
    uint8 private immutable MAX_SEATS;

    struct Seating {
        address by;
        uint8 seats;
    }

    /// @inheritdoc ICommittee
    mapping(uint64 epoch => bytes32) public committeeHash;
    /// @inheritdoc ICommittee
    mapping(uint64 epoch => Seating) public seatedBy;

    constructor(ISidecars sidecars, IBeacons beacons, uint8 seats) {
        if (seats == 0 || seats > LARGEST) revert MaxSeatsOutOfRange(seats);
        Bls.selfTest();
        SIDECARS = sidecars;
        BEACONS = beacons;
        SEPARATOR = sidecars.domainSeparator();
        MAX_SEATS = seats;
    }

    /// @inheritdoc ICommittee
    function seat(uint64 epoch, bytes calldata beacon) external {
        // The members are final once the epoch before has begun; a chain whose time lags must not seat earlier.
        if (SIDECARS.currentEpoch() < int256(uint256(epoch))) revert EpochNotStarted(epoch);
        if (committeeHash[epoch] != 0) revert AlreadySeated(epoch);
        BEACONS.proveRound(SIDECARS.startRound(epoch), beacon);
        uint32[] memory slots = draw(epoch);
        if (slots.length == 0) revert NobodyToSeat(epoch);

        bytes memory keys = SIDECARS.blsKeys(epoch, slots);
        bytes memory aggregate = Bls.sum(keys);
        Bls.requireFinite(aggregate);
        uint8 seats = uint8(slots.length);
        committeeHash[epoch] = keccak256(abi.encodePacked(aggregate, seats));
        seatedBy[epoch] = Seating(msg.sender, seats);
        SSTORE2.writeDeterministic(_hashEach(keys), bytes32(uint256(epoch)));
        emit Seated(epoch, msg.sender, seats, aggregate);
    }

    /// @inheritdoc ICommittee
    function verify(
        uint8 kind,
        uint64 unit,
        uint64 epoch,
        bytes32 content,
        bytes calldata certificate
    ) external view returns (uint256 signers) {
        bytes memory key;
        (key, signers) = _signingKey(epoch, certificate);
        bytes32 message = digest(kind, unit, epoch, content);
        if (!Bls.isSigned(key, certificate[SIGNATURE_AT:ABSENTEES_AT], message)) revert CertificateNotSigned();
    }

    /// @inheritdoc ICommittee
    function keyHashes(uint64 epoch) external view returns (bytes32[] memory hashes) {
        uint256 seats = seatedBy[epoch].seats;
        if (seats == 0) revert NotSeated(epoch);
        address pointer = _pointer(epoch);
        hashes = new bytes32[](seats);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(hashes, 0x20), 1, mul(seats, 0x20))
        }
    }

    /// @inheritdoc ICommittee
    function maxSeats() external view returns (uint8) {
        return MAX_SEATS;
    }

    /// @inheritdoc ICommittee
    function draw(uint64 epoch) public view returns (uint32[] memory slots) {
        uint32 n = SIDECARS.count(epoch);
        if (n > MAX_SEATS) return Ring.firstSlots(seatSeed(epoch), MAX_SEATS, n);
        slots = new uint32[](n);
        for (uint32 slot = 0; slot < n; ++slot) slots[slot] = slot;
    }

    /// @inheritdoc ICommittee
    function seatSeed(uint64 epoch) public view returns (bytes32) {
        bytes32 randomness = BEACONS.requireRandomness(SIDECARS.startRound(epoch));
        return keccak256(abi.encode(SEAT_TAG, SEPARATOR, epoch, randomness));
    }

    /// @inheritdoc ICommittee
    function digest(uint8 kind, uint64 unit, uint64 epoch, bytes32 content) public view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(CERTIFICATE_TYPE, kind, unit, epoch, content));
        return MessageHashUtils.toTypedDataHash(SEPARATOR, structHash);
    }

    /// @dev The aggregate key of those who are said to have signed, and how many they are.
    function _signingKey(
        uint64 epoch,
        bytes calldata certificate
    ) private view returns (bytes memory key, uint256 signers) {
        uint256 length = certificate.length;
        unchecked {
            if (length < ABSENTEES_AT || (length - ABSENTEES_AT) % ABSENTEE_BYTES != 0) {
                revert CertificateMalformed(length);
            }
        }
        bytes32 expected = committeeHash[epoch];
        if (expected == 0) revert NotSeated(epoch);
        bytes32 given;
        assembly ("memory-safe") {
            key := mload(0x40)
            mstore(0x40, add(key, 0x120)) // room for a second point, see _subtract
            calldatacopy(add(key, 0x20), certificate.offset, SIGNATURE_AT)
            given := keccak256(add(key, 0x20), SIGNATURE_AT)
            signers := byte(0, mload(add(key, 0xa0)))
            mstore(key, SEATS_AT)
        }
        if (given != expected) revert CommitteeMismatch(epoch);
        if (length != ABSENTEES_AT) signers = _subtract(key, epoch, signers, certificate);
    }

    /// @dev Takes the absentees' keys out of `key`, which has room for one more point behind it. Indices strictly
    /// increase: no key is taken out twice.
    function _subtract(
        bytes memory key,
        uint64 epoch,
        uint256 seats,
        bytes calldata certificate
    ) private view returns (uint256 signers) {
        // seats is between 1 and 128 (it is part of the hash), and the length was checked.
        unchecked {
            uint256 absent = (certificate.length - ABSENTEES_AT) / ABSENTEE_BYTES;
            uint256 mayFail = (seats - 1) / 3;
            signers = absent > seats ? 0 : seats - absent;
            if (absent > mayFail) revert TooFewSigners(signers, seats - mayFail);
        }
        address pointer = _pointer(epoch);
        uint256 next = 0;
        for (uint256 offset = ABSENTEES_AT; offset < certificate.length;) {
            uint256 index;
            bool known;
            assembly ("memory-safe") {
                let from := add(certificate.offset, offset)
                let to := add(key, 0xa0)
                index := byte(0, calldataload(from))
                calldatacopy(to, add(from, 1), 128)
                extcodecopy(pointer, 0, add(1, mul(index, 0x20)), 0x20)
                known := eq(mload(0), keccak256(to, 128))
            }
            if (index < next || index >= seats) revert AbsenteeOrder(index);
            if (!known) revert AbsenteeKeyMismatch(index);
            Bls.subtract(key);
            unchecked {
                next = index + 1;
                offset += ABSENTEE_BYTES;
            }
        }
    }

    function _pointer(uint64 epoch) private view returns (address) {
        return SSTORE2.predictDeterministicAddress(bytes32(uint256(epoch)));
    }

    /// @dev keccak256 of each 128-byte key, joined.
    function _hashEach(bytes memory keys) private pure returns (bytes memory hashes) {
        uint256 seats = keys.length / Bls.G1_BYTES;
        hashes = new bytes(seats * 32);
        assembly ("memory-safe") {
            for {
                let i := 0
            } lt(i, seats) {
                i := add(i, 1)
            } {
                mstore(add(add(hashes, 0x20), mul(i, 0x20)), keccak256(add(add(keys, 0x20), mul(i, 128)), 128))
            }
        }
    }
}
