// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Auction} from "../lib/Auction.sol";

/// @title Referee: from certified openings to a winner
/// @dev The committee's word decides which bids were in time and which of them opened. All else is recomputed, and nobody
/// wins, sets a price or forfeits without a record of its own: a committee cannot bid in anybody's name.
contract Referee is IReferee {
    /// @dev What all commitments have in common; the list as shown; the valid bids in it, as words and by position in the list; bitmaps over positions: what
    /// is void, and whose bidder's own word was shown.
    struct List {
        bytes form;
        bytes entries;
        bytes32 hash;
        uint256[] words;
        uint256[] positions;
        uint256 voids;
        uint256 shown;
    }

    uint8 private constant BID_KIND = 8;
    uint256 private constant CIPHERTEXT_BYTES = 160;
    uint256 private constant ENTRY_BYTES = 64;
    bytes32 private constant RECORD_TYPE = keccak256(
        "Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)"
    );

    IProviders private immutable PROVIDERS;
    bytes32 private immutable SEPARATOR;

    constructor(ISidecars sidecars, IProviders providers) {
        if (address(providers).code.length == 0) revert ProvidersMissing();
        PROVIDERS = providers;
        SEPARATOR = sidecars.domainSeparator();
    }

    /// @inheritdoc IReferee
    function judge(
        Case calldata c,
        Bid[] calldata bids,
        Proof[] calldata proofs
    ) external view returns (Verdict memory verdict) {
        List memory list = _read(c.job, c.need.reserve, bids);
        if (list.hash != c.certified) revert OpeningsMismatch(c.job);
        list.shown = _shown(c.job, list.entries, proofs);
        verdict.voids = uint128(list.voids);
        if (!c.takesOver) _requireShown(c.job, list, list.voids);

        uint256 able = _screen(c, list, verdict);
        bytes32 seed = Auction.pickSeed(SEPARATOR, c.job, c.randomness);
        Auction.Rules memory rules = Auction.Rules(c.shortlist, c.payAsBid, c.need.reserve);
        (Auction.Award memory award, uint256 rank) = Auction.awardFrom(list.words, rules, seed, c.least, able);
        if (!award.found) return verdict;
        _requireOwn(c.job, list, award);
        verdict.found = true;
        verdict.winner = uint32(list.words[award.winner]);
        verdict.setter = award.setter == Auction.NONE ? 0 : uint32(list.words[award.setter]);
        verdict.price = uint96(award.price);
        verdict.rank = uint8(rank);
    }

    /// @inheritdoc IReferee
    function openingsHashOf(uint64 job, Bid[] calldata bids) external view returns (bytes32) {
        return _read(job, 0, bids).hash;
    }

    /// @inheritdoc IReferee
    function requireCommitted(uint64 job, uint256 committed, Bid[] calldata bids) external view returns (bytes32) {
        List memory list = _read(job, 0, bids);
        for (uint256 i = 0; i < bids.length; ++i) {
            bytes32 commitment = IMarketplace(msg.sender).commitmentOf(job, bids[i].provider);
            if (commitment == 0) continue;
            if (commitment != _commitmentAt(list.entries, i)) revert CommitmentLeftOut(job);
            --committed;
        }
        if (committed != 0) revert CommitmentLeftOut(job);
        return list.hash;
    }

    /// @dev Leaves the bids that take part in the draw, weighed: those that can take the job now, or, when it is handed
    /// on, those of the first draw. Returns who can take it now, as a bitmap over what is left.
    function _screen(Case calldata c, List memory list, Verdict memory verdict) private view returns (uint256 able) {
        uint256[] memory words = _weighed(c.need, list.words);
        uint256[] memory positions = list.positions;
        uint256 part = c.takesOver ? c.eligible : type(uint256).max;
        uint256 eligible = 0;
        uint256 kept = 0;
        uint256 count = words.length;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word = words[i];
                uint256 now_ = word >> 160;
                uint256 bit = 1 << positions[i];
                if (part & bit == 0 || (now_ == 0 && !c.takesOver)) continue;
                eligible |= bit;
                able |= now_ << kept;
                // As Auction.pack: a weight of zero counts as one.
                word &= type(uint160).max;
                _put(words, kept, uint32(word >> 32) == 0 ? word | (1 << 32) : word);
                _put(positions, kept++, positions[i]);
            }
        }
        _cut(words, kept);
        list.words = words;
        verdict.eligible = uint128(eligible);
    }

    /// @dev PROVIDERS.screen, its words passed and taken as they lie in memory: copying them one by one would cost each bid
    /// as much as drawing.
    function _weighed(
        IProviders.Need calldata need,
        uint256[] memory words
    ) private view returns (uint256[] memory weighed) {
        bytes memory raw;
        uint256 count = words.length;
        assembly ("memory-safe") {
            raw := words
            mstore(raw, shl(5, count))
        }
        // The array follows the five words of `need` and its own offset.
        bytes memory request = bytes.concat(abi.encodeCall(IProviders.screen, (need, new uint256[](0))), raw);
        assembly ("memory-safe") {
            mstore(add(request, 0xe4), count)
        }
        (bool ok, bytes memory answer) = address(PROVIDERS).staticcall(request);
        if (!ok || answer.length != 64 + 32 * count) revert ScreenFailed();
        assembly ("memory-safe") {
            weighed := add(answer, 0x40)
        }
    }

    /// @dev The winner, and the bid that sets its price, must be their bidders' own.
    function _requireOwn(uint64 job, List memory list, Auction.Award memory award) private pure {
        uint256 needed = 1 << list.positions[award.winner];
        if (award.setter != Auction.NONE) needed |= 1 << list.positions[award.setter];
        _requireShown(job, list, needed);
    }

    /// @dev Reads the list into memory. Who alters, drops, adds or reorders anything gets another hash; an opening is
    /// bound through the commitment that is computed from it.
    function _read(uint64 job, uint256 reserve, Bid[] calldata bids) private view returns (List memory list) {
        uint256 count = bids.length;
        if (count > Auction.BIDS_MAX) revert TooManyBids(count);
        list.entries = new bytes(count * ENTRY_BYTES);
        list.words = new uint256[](count);
        list.positions = new uint256[](count);
        list.form = Auction.commitmentForm(SEPARATOR, job);
        uint256 valid = 0;
        uint256 last = 0;
        for (uint256 i = 0; i < count; ++i) {
            Bid calldata bid = bids[i];
            uint256 provider = bid.provider;
            if (provider <= last) revert BidsNotIncreasing(i);
            last = provider;
            valid = _readBid(list, i, bid, provider, reserve, valid);
        }
        list.hash = keccak256(list.entries);
        _cut(list.words, valid);
    }

    /// @dev Enters one bid, and adds it to the `valid` ones before it if it is; returns how many there are then.
    function _readBid(
        List memory list,
        uint256 position,
        Bid calldata bid,
        uint256 provider,
        uint256 reserve,
        uint256 valid
    ) private pure returns (uint256) {
        bytes32 content = bid.content;
        if (!bid.opened) {
            _enter(list.entries, position, provider << 8, content);
            list.voids |= 1 << position;
            return valid;
        }
        bytes32 commitment = Auction.commitmentIn(list.form, provider, content);
        _enter(list.entries, position, (provider << 8) | 1, commitment);
        if (!Auction.isValid(commitment, commitment, content, reserve)) {
            list.voids |= 1 << position;
            return valid;
        }
        _put(list.words, valid, ((uint256(content) >> 160) << 64) | provider);
        _put(list.positions, valid, position);
        return valid + 1;
    }

    /// @dev Writes a bid into the certified form of the list.
    function _enter(bytes memory entries, uint256 position, uint256 head, bytes32 commitment) private pure {
        assembly ("memory-safe") {
            let place := add(add(entries, 0x20), shl(6, position))
            mstore(place, head)
            mstore(add(place, 0x20), commitment)
        }
    }

    /// @dev Without a bounds check: the index is below that of a loop over as many.
    function _put(uint256[] memory list, uint256 index, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(list, 0x20), shl(5, index)), value)
        }
    }

    /// @dev Positions of the bids whose bidders' own word is shown.
    function _shown(uint64 job, bytes memory entries, Proof[] calldata proofs) private view returns (uint256 shown) {
        uint256 count = entries.length / ENTRY_BYTES;
        for (uint256 i = 0; i < proofs.length; ++i) {
            uint256 position = proofs[i].position;
            if (position >= count) revert PositionOutOfRange(position);
            _requireRecord(job, _providerAt(entries, position), _commitmentAt(entries, position), proofs[i]);
            shown |= 1 << position;
        }
    }

    /// @dev A bid is its provider's if it committed on chain, or if one of its sidecars signed the bid's record.
    function _requireRecord(uint64 job, uint32 provider, bytes32 commitment, Proof calldata proof) private view {
        bool own;
        if (proof.ciphertext.length == 0) {
            own = IMarketplace(msg.sender).commitmentOf(job, provider) == commitment;
        } else {
            if (proof.ciphertext.length != CIPHERTEXT_BYTES) revert CiphertextLength(proof.ciphertext.length);
            bytes32 digest = _digestOf(job, commitment, proof);
            (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, proof.v, proof.r, proof.s);
            (uint32 owner, address signer) = PROVIDERS.bidderOf(proof.sidecar);
            own = failure == ECDSA.RecoverError.NoError && recovered == signer && owner == provider;
        }
        if (!own) revert RecordNotSigned(job, provider, proof.sidecar);
    }

    /// @dev EIP-712 hash of the bid's record; its body is commitment and ciphertext as they were sent.
    function _digestOf(uint64 job, bytes32 commitment, Proof calldata proof) private view returns (bytes32) {
        bytes calldata ciphertext = proof.ciphertext;
        (uint256 sidecar, uint256 sequence) = (proof.sidecar, proof.sequence);
        (bytes32 structType, uint256 kind) = (RECORD_TYPE, BID_KIND);
        bytes32 structHash;
        assembly ("memory-safe") {
            // Unallocated memory: nothing is kept of it.
            let free := mload(0x40)
            mstore(free, commitment)
            calldatacopy(add(free, 0x20), ciphertext.offset, CIPHERTEXT_BYTES)
            mstore(add(free, 0xe0), keccak256(free, add(0x20, CIPHERTEXT_BYTES)))
            mstore(add(free, 0x40), structType)
            mstore(add(free, 0x60), kind)
            mstore(add(free, 0x80), sidecar)
            mstore(add(free, 0xa0), job)
            mstore(add(free, 0xc0), sequence)
            structHash := keccak256(add(free, 0x40), 0xc0)
        }
        return MessageHashUtils.toTypedDataHash(SEPARATOR, structHash);
    }

    function _requireShown(uint64 job, List memory list, uint256 needed) private pure {
        uint256 missing = needed & ~list.shown;
        if (missing == 0) return;
        uint256 position = 0;
        while ((missing >> position) & 1 == 0) ++position;
        revert ProofMissing(job, _providerAt(list.entries, position));
    }

    function _providerAt(bytes memory entries, uint256 position) private pure returns (uint32 provider) {
        assembly ("memory-safe") {
            provider := shr(8, mload(add(add(entries, 0x20), mul(position, 64))))
        }
    }

    function _commitmentAt(bytes memory entries, uint256 position) private pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            commitment := mload(add(add(entries, 0x40), mul(position, 64)))
        }
    }

    function _cut(uint256[] memory list, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }
}
