// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The committee of each epoch and its certificates
/// @notice Per epoch c = min(N, maxSeats) seats: everybody by slot if N <= maxSeats, else drawn without replacement
/// from the randomness of the epoch's first round. f = (c - 1) / 3 may fail; a certificate needs q = c - f signers.
/// @dev A certificate is packed bytes, nothing optional:
///   aggregate key of all seats   128  G1, EIP-2537
///   seats                          1  c
///   signature                    256  G2, EIP-2537, over the 32-byte digest, by all seats but the absent
///   absent, each                 129  seat index (strictly increasing), then that seat's key of 128 bytes
/// The digest is the EIP-712 hash of Certificate(uint8 kind,uint64 unit,uint64 epoch,bytes32 content).
interface ICommittee {
    event Seated(uint64 indexed epoch, address indexed by, uint8 seats, bytes aggregateKey);

    error MaxSeatsOutOfRange(uint8 maxSeats);
    error EpochNotStarted(uint64 epoch);
    error AlreadySeated(uint64 epoch);
    error NotSeated(uint64 epoch);
    error NobodyToSeat(uint64 epoch);
    error CertificateMalformed(uint256 length);
    error CommitteeMismatch(uint64 epoch);
    error TooFewSigners(uint256 signers, uint256 quorum);
    error AbsenteeOrder(uint256 index);
    error AbsenteeKeyMismatch(uint256 index);
    error CertificateNotSigned();

    /// @notice Seats the committee of an epoch that has begun. Open to anybody, once for each epoch.
    /// @param beacon Signature of the epoch's first round (IBeacons.proveRound); may be empty if already proven.
    function seat(uint64 epoch, bytes calldata beacon) external;

    /// @notice Checks a certificate of the committee of `epoch`. Reverts by the name of the broken condition and never
    /// returns a "no": lack of gas, too, is a revert, so it cannot be mistaken for a verdict.
    /// @return signers How many seats signed.
    function verify(
        uint8 kind,
        uint64 unit,
        uint64 epoch,
        bytes32 content,
        bytes calldata certificate
    ) external view returns (uint256 signers);

    /// @notice The digest a committee signs.
    function digest(uint8 kind, uint64 unit, uint64 epoch, bytes32 content) external view returns (bytes32);
    /// @notice keccak256(aggregate key ‖ seats as one byte); zero when not seated.
    function committeeHash(uint64 epoch) external view returns (bytes32);
    /// @notice Who seated the committee (zero: nobody yet) and how many seats it has.
    function seatedBy(uint64 epoch) external view returns (address by, uint8 seats);
    /// @notice keccak256 of every seat's key, in seat order, as kept for checking absentees.
    function keyHashes(uint64 epoch) external view returns (bytes32[] memory);
    /// @notice The draw: slot of every seat, in seat order. Needs the epoch's first round to be proven if N > maxSeats.
    function draw(uint64 epoch) external view returns (uint32[] memory slots);
    /// @notice keccak256(abi.encode(keccak256("stkr.seat"), SEP, epoch, randomness of the epoch's first round)).
    function seatSeed(uint64 epoch) external view returns (bytes32);
    function maxSeats() external view returns (uint8);
}
