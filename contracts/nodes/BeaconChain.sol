// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeaconChain} from "../interfaces/IBeaconChain.sol";
import {Ssz} from "../lib/Ssz.sol";

/// @title What the beacon chain says of validators, and the SSZ that deposits need
/// @dev Path of a proof, from the leaf: the validator in `state.validators` (2^40 places), the list's length, the list in
/// the state (field 11 of up to 64: Electra and later), the state root in the block header (field 3 of up to 8).
contract BeaconChain is IBeaconChain {
    address private constant BEACON_ROOTS = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02;
    uint256 private constant PUBKEY_BYTES = 48;
    uint256 private constant SIGNATURE_BYTES = 96;
    uint256 private constant DEPTH = 50;
    uint256 private constant LIST_DEPTH = 40;
    uint256 private constant VALIDATORS_FIELD = 11;
    uint256 private constant STATE_ROOT_FIELD = 3;
    uint256 private constant ABOVE = (VALIDATORS_FIELD << 1) | (STATE_ROOT_FIELD << 7);

    /// @inheritdoc IBeaconChain
    function check(Proof calldata proof, bytes calldata pubkey, bytes32 credentials) external view {
        bytes32[] calldata branch = proof.branch;
        if (branch.length != DEPTH) revert ProofLength(branch.length);
        if (proof.index >> LIST_DEPTH != 0) revert ProofInvalid();
        bytes32 node = _validatorRoot(proof, _pubkeyRoot(pubkey), credentials);
        uint256 path = proof.index | (ABOVE << LIST_DEPTH);
        for (uint256 i = 0; i < DEPTH; ++i) {
            node = (path >> i) & 1 == 0 ? Ssz.hash(node, branch[i]) : Ssz.hash(branch[i], node);
        }
        if (node != _blockRoot(proof.timestamp)) revert ProofInvalid();
    }

    /// @inheritdoc IBeaconChain
    function depositRoot(
        bytes calldata pubkey,
        bytes32 credentials,
        uint64 amountGwei,
        bytes calldata signature
    ) external view returns (bytes32) {
        if (signature.length != SIGNATURE_BYTES) revert SignatureLength(signature.length);
        bytes32 head = Ssz.hash(bytes32(signature), bytes32(signature[32:]));
        bytes32 signatureRoot = Ssz.hash(head, Ssz.hash(bytes32(signature[64:]), 0));
        bytes32 rest = Ssz.hash(Ssz.number(amountGwei), signatureRoot);
        return Ssz.hash(Ssz.hash(_pubkeyRoot(pubkey), credentials), rest);
    }

    function _validatorRoot(Proof calldata p, bytes32 pubkeyRoot, bytes32 credentials) private view returns (bytes32) {
        bytes32 who = Ssz.hash(pubkeyRoot, credentials);
        bytes32 what = Ssz.hash(Ssz.number(p.effectiveBalance), Ssz.number(p.slashed ? 1 : 0));
        bytes32 began = Ssz.hash(Ssz.number(p.activationEligibilityEpoch), Ssz.number(p.activationEpoch));
        bytes32 ended = Ssz.hash(Ssz.number(p.exitEpoch), Ssz.number(p.withdrawableEpoch));
        return Ssz.hash(Ssz.hash(who, what), Ssz.hash(began, ended));
    }

    function _pubkeyRoot(bytes calldata pubkey) private view returns (bytes32) {
        if (pubkey.length != PUBKEY_BYTES) revert PubkeyLength(pubkey.length);
        return Ssz.hash(bytes32(pubkey), bytes32(bytes16(pubkey[32:])));
    }

    function _blockRoot(uint64 timestamp) private view returns (bytes32) {
        (bool found, bytes memory answer) = BEACON_ROOTS.staticcall(abi.encode(timestamp));
        if (!found || answer.length != 32) revert BeaconRootUnknown(timestamp);
        return bytes32(answer);
    }
}
