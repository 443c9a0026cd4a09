// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ICommittee} from "../interfaces/ICommittee.sol";

/// @title What a certificate costs, against as many ECDSA signatures
/// @notice The smallest contract that stores a root on the word of many, twice: by certificate and by single signatures.
/// Only measured, never part of a network.
contract CertificateCost {
    ICommittee private immutable COMMITTEE;
    uint64 private immutable EPOCH;

    mapping(uint64 unit => bytes32) public rootOf;
    mapping(address signer => bool) private _isSigner;

    error SignerOrder(address signer);
    error SignerUnknown(address signer);

    constructor(ICommittee committee, uint64 epoch, address[] memory signers) {
        COMMITTEE = committee;
        EPOCH = epoch;
        for (uint256 i = 0; i < signers.length; ++i) _isSigner[signers[i]] = true;
    }

    /// @notice Stores a root certified as kind 1 with the root itself as content.
    function storeCertified(uint64 unit, bytes32 root, bytes calldata certificate) external {
        COMMITTEE.verify(1, unit, EPOCH, root, certificate);
        rootOf[unit] = root;
    }

    /// @notice Stores a root signed one by one, 65 bytes each, ordered by address.
    function storeSigned(uint64 unit, bytes32 root, bytes calldata signatures) external {
        bytes32 digest = COMMITTEE.digest(1, unit, EPOCH, root);
        address previous = address(0);
        for (uint256 at = 0; at < signatures.length; at += 65) {
            address signer = ECDSA.recover(digest, signatures[at:at + 65]);
            if (signer <= previous) revert SignerOrder(signer);
            if (!_isSigner[signer]) revert SignerUnknown(signer);
            previous = signer;
        }
        rootOf[unit] = root;
    }
}
