// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAEth} from "../interfaces/IAEth.sol";
import {IPoolFunding} from "../interfaces/IPoolFunding.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IBeaconChain} from "../interfaces/IBeaconChain.sol";
import {PoolState} from "./PoolState.sol";

/// @title A micro-pool's validator: deposited in two steps, proven, asked to leave
abstract contract PoolValidator is PoolState, IPoolFunding {
    address private constant WITHDRAWAL_REQUESTS = 0x00000961Ef480Eb55e80D19ad83579A64c007002;
    uint256 private constant SIGNATURE_BYTES = 96;

    /// @inheritdoc IPoolFunding
    function predeposit(
        bytes calldata pubkey,
        bytes calldata signature,
        bytes32 depositDataRoot
    ) external onlyProvider nonReentrant {
        Book memory book = _filling();
        if (book.key != Key.Missing) revert AlreadyPredeposited();
        book.key = Key.Deposited;
        _book = book;
        (_pubkeyHead, _pubkeyTail) = (bytes32(pubkey), bytes16(pubkey[32:]));
        emit Predeposited(pubkey);
        bytes32 root = _deposit(PREDEPOSIT, pubkey, signature);
        if (root != depositDataRoot) revert DepositRootMismatch(root);
    }

    /// @inheritdoc IPoolFunding
    function prove(IBeaconChain.Proof calldata proof) external nonReentrant {
        Book memory book = _filling();
        if (book.key == Key.Proven) revert AlreadyProven();
        _check(proof);
        if (proof.slashed || proof.exitEpoch != FAR_FUTURE_EPOCH) revert ValidatorUnfit();
        book.key = Key.Proven;
        _book = book;
        emit CredentialsProven(proof.index);
        _fillIfReady(book);
    }

    /// @inheritdoc IPoolFunding
    function start() external nonReentrant {
        Book memory book = _book;
        _require(State.Filled);
        _book.state = State.Running;
        (uint72 providerEth, uint72 usersEth) = (_providerEth(book), book.usersEth);
        emit Started(providerEth, usersEth);
        AETH.started(usersEth);
        FACTORY.reportStarted(_terms().sidecar, providerEth, usersEth);
        // The first deposit said who withdraws; a later one needs no valid signature.
        _deposit(VALIDATOR - PREDEPOSIT, _pubkey(), new bytes(SIGNATURE_BYTES));
    }

    /// @inheritdoc IPoolFunding
    function exit() external payable nonReentrant {
        _requireExitDue();
        uint256 fee = exitFee();
        if (msg.value < fee) revert ExitFeeShort(msg.value, fee);
        emit ExitRequested(msg.sender, fee);
        // Amount zero asks for all of it.
        (bool taken, ) = WITHDRAWAL_REQUESTS.call{value: fee}(bytes.concat(_pubkey(), bytes8(0)));
        if (!taken) revert ExitRefused();
        _send(msg.sender, msg.value - fee);
    }

    /// @inheritdoc IPoolFunding
    function exitFee() public view returns (uint256) {
        (bool answered, bytes memory fee) = WITHDRAWAL_REQUESTS.staticcall("");
        if (!answered || fee.length != 32) revert ExitRefused();
        return uint256(bytes32(fee));
    }

    /// @dev From here on nothing holds the start up: whatever could is checked now, while users may still leave.
    function _fillIfReady(Book memory book) internal {
        if (book.key != Key.Proven || _roomOf(book) != 0) return;
        (uint256 eth, uint256 tokens) = AETH.backing();
        if (eth < tokens) revert IAEth.BackingShort(eth, tokens);
        _book.state = State.Filled;
        emit Filled(_providerEth(book), book.usersEth);
    }

    /// @dev A validator that outlived its pool serves nobody: anybody may ask for it.
    function _requireExitDue() private view {
        State state = _book.state;
        if (_pubkeyHead == 0) revert NotPredeposited();
        if (state == State.Filling || state == State.Filled) revert StateWrong(state);
        Terms memory terms = _terms();
        if (state != State.Running || block.timestamp >= terms.endsAt) return;
        if (msg.sender == terms.provider || msg.sender == FACTORY.authority()) return;
        if (PROVIDERS.provider(terms.providerId).status != IProviders.Status.Disqualified) {
            revert ExitNotDue(msg.sender);
        }
    }

    /// @dev With the root computed here: a deposit that was garbled would be lost.
    function _deposit(uint256 amount, bytes memory pubkey, bytes memory signature) private returns (bytes32 root) {
        bytes32 withdrawsTo = _credentials();
        root = BEACON_CHAIN.depositRoot(pubkey, withdrawsTo, uint64(amount / GWEI), signature);
        DEPOSIT_CONTRACT.deposit{value: amount}(pubkey, bytes.concat(withdrawsTo), signature, root);
    }
}
