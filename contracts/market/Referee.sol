// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {Auction} from "../lib/Auction.sol";
import {Jobs} from "./Jobs.sol";

/// @title From certified openings to a winner
/// @dev Says what the outcome is and changes nothing. The committee's word decides which bids were in time and which of them opened. All else is recomputed, and nobody
/// wins, sets a price or forfeits without a record of its own: a committee cannot bid in anybody's name.
abstract contract Referee is Jobs {
    /// @dev What is to be judged. `terms` and `rules` are the second and third word of the job. `takesOver` false: the first
    /// award, among all that can take the job now; true: a later one, in the line of the bids in `eligible`, from rank
    /// `least` on.
    struct Case {
        uint64 job;
        uint256 terms;
        uint256 rules;
        bytes32 certified;
        bool takesOver;
        uint128 eligible;
        uint256 least;
    }

    /// @dev The outcome. Bitmaps are over positions in the list of bids: what is void, what took part in the draw.
    struct Verdict {
        uint256 voids;
        uint256 eligible;
        bool found;
        uint32 winner;
        uint32 setter;
        uint256 price;
        uint256 rank;
    }

    /// @dev The list as it was certified, and what it hashes to; the valid bids in it as words for `IProviders.screen`, with
    /// their position in the list from bit 168 on; who of them can take the job now, as a bitmap over them; bitmaps over
    /// positions: what is void, and whose bidder's own word was shown. `words` lies where a call of `screen` wants its bids.
    struct List {
        bytes entries;
        bytes32 hash;
        uint256[] words;
        uint256 able;
        uint256 voids;
        uint256 shown;
    }

    uint8 private constant BID_KIND = 8;
    uint256 private constant CIPHERTEXT_BYTES = 160;
    uint256 private constant ENTRY_BYTES = 64;
    uint256 private constant PLACE = 168;
    /// @dev Of a call of `screen` before the bids: selector, the five words of `Need`, the offset of the bids.
    uint256 private constant SCREEN_BYTES = 4 + 6 * 32;
    bytes32 private constant RECORD_TYPE = keccak256(
        "Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)"
    );

    function _judge(
        Case memory c,
        Bid[] calldata bids,
        Proof[] calldata proofs
    ) internal view returns (Verdict memory verdict) {
        uint64 job = c.job;
        Auction.Rules memory rules = Auction.Rules(uint8(c.rules), uint8(c.rules >> 8) != 0, uint96(c.terms));
        List memory list = _read(job, rules.reserve, bids);
        if (list.hash != c.certified) revert OpeningsMismatch(job);
        list.shown = _shown(job, list.entries, proofs);
        verdict.voids = list.voids;
        if (!c.takesOver) _requireShown(job, list, list.voids);

        _weigh(c.terms, list.words);
        (verdict.eligible, list.able) = _takePart(c, list.words);
        _draw(c, rules, list, verdict);
    }

    /// @dev The hash of the list, if all of the job's `committed` commitments on chain are in it.
    function _requireCommitted(uint64 job, uint256 committed, Bid[] calldata bids) internal view returns (bytes32) {
        List memory list = _read(job, 0, bids);
        for (uint256 i = 0; i < bids.length; ++i) {
            bytes32 commitment = commitmentOf[job][bids[i].provider];
            if (commitment == 0) continue;
            if (commitment != _commitmentAt(list.entries, i)) revert CommitmentLeftOut(job);
            --committed;
        }
        if (committed != 0) revert CommitmentLeftOut(job);
        return list.hash;
    }

    /// @dev PROVIDERS.screen, called from where the words lie, its answer laid over them: copying them one by one would
    /// cost each bid as much as drawing.
    function _weigh(uint256 terms, uint256[] memory words) private view {
        address registry = address(PROVIDERS);
        bytes4 selector = IProviders.screen.selector;
        uint256 closesAt = _timeOf(uint32(terms >> 96));
        bool ok;
        assembly ("memory-safe") {
            let request := sub(words, SCREEN_BYTES)
            let size := add(0x40, shl(5, mload(words)))
            mstore(request, selector)
            mstore(add(request, 0x04), and(shr(160, terms), 0xffffffff))
            mstore(add(request, 0x24), and(shr(192, terms), 0xffffffff))
            mstore(add(request, 0x44), shr(224, terms))
            mstore(add(request, 0x64), and(terms, 0xffffffffffffffffffffffff))
            mstore(add(request, 0x84), closesAt)
            mstore(add(request, 0xa4), 0xc0)
            // The answer is an offset and the words, so it ends where the words ended before.
            ok := staticcall(gas(), registry, request, add(sub(SCREEN_BYTES, 0x20), size), sub(words, 0x20), size)
            ok := and(ok, eq(returndatasize(), size))
        }
        if (!ok) revert ScreenFailed();
    }

    /// @dev Leaves the bids that take part in the draw: those that can take the job now, or, when it is handed on, those of
    /// the first draw. Returns them by position, and who of them can take it now, by place in what is left.
    function _takePart(Case memory c, uint256[] memory words) private pure returns (uint256 eligible, uint256 able) {
        bool takesOver = c.takesOver;
        uint256 part = takesOver ? c.eligible : type(uint256).max;
        uint256 count = words.length;
        uint256 kept = 0;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word;
                assembly ("memory-safe") {
                    word := mload(add(add(words, 0x20), shl(5, i)))
                }
                uint256 bit = 1 << (word >> PLACE);
                uint256 now_ = (word >> 160) & 1;
                if (part & bit == 0 || (now_ == 0 && !takesOver)) continue;
                eligible |= bit;
                able |= now_ << kept;
                // As Auction.pack: a weight of zero counts as one.
                if (uint32(word >> 32) == 0) word |= 1 << 32;
                assembly ("memory-safe") {
                    mstore(add(add(words, 0x20), shl(5, kept)), word)
                }
                ++kept;
            }
        }
        _cut(words, kept);
    }

    /// @dev The winner, and the bid that sets its price, must be their bidders' own.
    function _draw(Case memory c, Auction.Rules memory rules, List memory list, Verdict memory verdict) private view {
        bytes32 seed = Auction.pickSeed(SEPARATOR, c.job, BEACONS.requireRandomness(uint32(c.terms >> 128)));
        Auction.Award memory award;
        (award, verdict.rank) = Auction.awardFrom(list.words, rules, seed, c.least, list.able);
        if (!award.found) return;
        uint256 word = list.words[award.winner];
        uint256 needed = 1 << (word >> PLACE);
        verdict.found = true;
        verdict.winner = uint32(word);
        verdict.price = award.price;
        if (award.setter != Auction.NONE) {
            word = list.words[award.setter];
            needed |= 1 << (word >> PLACE);
            verdict.setter = uint32(word);
        }
        _requireShown(c.job, list, needed);
    }

    /// @dev Reads the list into memory. Who alters, drops, adds or reorders anything gets another hash; an opening is
    /// bound through the commitment that is computed from it.
    function _read(uint64 job, uint256 reserve, Bid[] calldata bids) private view returns (List memory list) {
        uint256 count = bids.length;
        if (count > Auction.BIDS_MAX) revert TooManyBids(count);
        (bytes memory entries, uint256[] memory words) = _allocate(count);
        bytes memory form = Auction.commitmentForm(SEPARATOR, job);
        uint256 last = 0;
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                (uint256 provider, bool opened, bytes32 content) = _bidAt(bids, i);
                if (provider <= last) revert BidsNotIncreasing(i);
                last = provider;
                if (!opened) {
                    _enter(entries, i, provider << 8, content);
                    list.voids |= 1 << i;
                    continue;
                }
                bytes32 commitment = Auction.commitmentIn(form, provider, content);
                _enter(entries, i, (provider << 8) | 1, commitment);
                if (Auction.isValid(content, reserve)) {
                    _push(words, (i << PLACE) | ((uint256(content) >> 160) << 64) | provider);
                } else {
                    list.voids |= 1 << i;
                }
            }
        }
        list.entries = entries;
        list.words = words;
        list.hash = keccak256(entries);
    }

    /// @dev Room for the entries of `count` bids, and for as many words behind the head of a call of `screen`.
    function _allocate(uint256 count) private pure returns (bytes memory entries, uint256[] memory words) {
        assembly ("memory-safe") {
            entries := mload(0x40)
            let size := mul(ENTRY_BYTES, count)
            mstore(entries, size)
            words := add(add(entries, 0x20), add(size, SCREEN_BYTES))
            mstore(words, 0)
            // Up to the next word: SCREEN_BYTES is none of whole words.
            mstore(0x40, and(add(add(words, 0x3f), shl(5, count)), not(0x1f)))
        }
    }

    /// @dev A bid, checked like the compiler checks it, without a bounds check: the index is that of a loop over as many.
    function _bidAt(
        Bid[] calldata bids,
        uint256 index
    ) private pure returns (uint256 provider, bool opened, bytes32 content) {
        assembly ("memory-safe") {
            let bid := add(bids.offset, mul(0x60, index))
            provider := calldataload(bid)
            opened := calldataload(add(bid, 0x20))
            content := calldataload(add(bid, 0x40))
            if or(shr(32, provider), shr(1, opened)) {
                revert(0, 0)
            }
        }
    }

    /// @dev Writes a bid into the certified form of the list.
    function _enter(bytes memory entries, uint256 position, uint256 head, bytes32 commitment) private pure {
        assembly ("memory-safe") {
            let place := add(add(entries, 0x20), shl(6, position))
            mstore(place, head)
            mstore(add(place, 0x20), commitment)
        }
    }

    /// @dev There is room for as many words as bids.
    function _push(uint256[] memory words, uint256 word) private pure {
        assembly ("memory-safe") {
            let count := add(mload(words), 1)
            mstore(words, count)
            mstore(add(words, shl(5, count)), word)
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
            own = commitmentOf[job][provider] == commitment;
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
