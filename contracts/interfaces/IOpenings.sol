// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Opened bids and their proofs, as a settlement carries them
interface IOpenings {
    /// @notice One admitted bid, in strictly increasing order of providers.
    /// @param opened What the committee certified: did the ciphertext open to what was committed to?
    /// @param content Opened: price (12 bytes) and salt (20 bytes), as the timelock sealed them. Void: the commitment.
    struct Bid {
        uint32 provider;
        bool opened;
        bytes32 content;
    }

    /// @notice Shows that a bid is its bidder's own: the record's signature, or nothing but `position` when the
    /// commitment is on chain. Needed for the winner, the bid whose price is paid, and every void bid.
    /// @param position In the list of bids.
    /// @param sidecar Author of the bid record; enrolled for the provider.
    /// @param sequence Of the bid record.
    /// @param ciphertext 160 bytes; empty when the commitment is on chain.
    struct Proof {
        uint8 position;
        uint32 sidecar;
        uint32 sequence;
        uint8 v;
        bytes32 r;
        bytes32 s;
        bytes ciphertext;
    }

    /// @notice The providers' contract did not answer as it always does: too little gas.
    error ScreenFailed();
    error TooManyBids(uint256 count);
    error CiphertextLength(uint256 length);
    /// @notice A commitment made on chain is not in the list, or not that one.
    error CommitmentLeftOut(uint64 job);
    /// @notice The bids shown are not the certified ones: left out, added, altered, reordered, or voided.
    error OpeningsMismatch(uint64 job);
    error BidsNotIncreasing(uint256 position);
    error PositionOutOfRange(uint256 position);
    error RecordNotSigned(uint64 job, uint32 provider, uint32 sidecar);
    /// @notice A proof is missing for a bid whose author gains or loses by this settlement.
    error ProofMissing(uint64 job, uint32 provider);
}
