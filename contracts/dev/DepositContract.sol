// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDepositContract} from "../interfaces/IDepositContract.sol";
import {Ssz} from "../lib/Ssz.sol";

/// @title Ethereum's deposit contract for a local network
/// @notice Written from its specification: the same events, the same roots. It has no way out for the ETH either, and a
/// local network has no beacon chain that would give it back. Never for a public network: those have one.
/// @dev An incremental Merkle tree of depth 32 that keeps one node for each level (`_branch`).
contract DepositContract is IDepositContract {
    uint256 private constant DEPTH = 32;
    uint256 private constant COUNT_MOST = 2 ** DEPTH - 1;

    bytes32[DEPTH] private _branch;
    uint256 private _count;

    error PubkeyLength(uint256 length);
    error CredentialsLength(uint256 length);
    error SignatureLength(uint256 length);
    error AmountTooLow(uint256 amount);
    error AmountNotGwei(uint256 amount);
    error AmountTooHigh(uint256 amount);
    error RootMismatch(bytes32 expected);
    error TreeFull();

    /// @inheritdoc IDepositContract
    function deposit(
        bytes calldata pubkey,
        bytes calldata withdrawal_credentials,
        bytes calldata signature,
        bytes32 deposit_data_root
    ) external payable {
        if (pubkey.length != 48) revert PubkeyLength(pubkey.length);
        if (withdrawal_credentials.length != 32) revert CredentialsLength(withdrawal_credentials.length);
        if (signature.length != 96) revert SignatureLength(signature.length);
        if (msg.value < 1 ether) revert AmountTooLow(msg.value);
        if (msg.value % 1 gwei != 0) revert AmountNotGwei(msg.value);
        if (msg.value / 1 gwei > type(uint64).max) revert AmountTooHigh(msg.value);
        bytes32 amount = Ssz.number(uint64(msg.value / 1 gwei));
        emit DepositEvent(pubkey, withdrawal_credentials, bytes.concat(bytes8(amount)), signature, get_deposit_count());
        bytes32 pubkeyRoot = Ssz.hash(bytes32(pubkey), bytes32(bytes16(pubkey[32:])));
        bytes32 signatureRoot = Ssz.hash(
            Ssz.hash(bytes32(signature), bytes32(signature[32:])),
            Ssz.hash(bytes32(signature[64:]), 0)
        );
        bytes32 node = Ssz.hash(Ssz.hash(pubkeyRoot, bytes32(withdrawal_credentials)), Ssz.hash(amount, signatureRoot));
        if (node != deposit_data_root) revert RootMismatch(node);
        if (_count >= COUNT_MOST) revert TreeFull();
        _append(node);
    }

    /// @inheritdoc IDepositContract
    function get_deposit_root() external view returns (bytes32 node) {
        bytes32 zero = 0;
        for (uint256 level = 0; level < DEPTH; ++level) {
            node = (_count >> level) & 1 == 1 ? Ssz.hash(_branch[level], node) : Ssz.hash(node, zero);
            zero = Ssz.hash(zero, zero);
        }
        return Ssz.hash(node, Ssz.number(uint64(_count)));
    }

    /// @inheritdoc IDepositContract
    function get_deposit_count() public view returns (bytes memory) {
        return bytes.concat(bytes8(Ssz.number(uint64(_count))));
    }

    /// @dev A node goes up while it is a right child, and waits at the level where it is a left one.
    function _append(bytes32 node) private {
        uint256 size = ++_count;
        uint256 level = 0;
        for (; size & 1 == 0; size >>= 1) node = Ssz.hash(_branch[level++], node);
        _branch[level] = node;
    }
}
