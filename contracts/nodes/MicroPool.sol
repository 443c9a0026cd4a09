// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPoolFunding} from "../interfaces/IPoolFunding.sol";
import {PoolState} from "./PoolState.sol";
import {PoolTerms} from "./PoolTerms.sol";
import {PoolValidator} from "./PoolValidator.sol";

/// @title Micro-pool: a validator whose 32 ETH come from a provider and from anybody
/// @notice This part is about who puts what in and takes it out; what pays is in `PoolPayout`.
contract MicroPool is PoolValidator {
    using SafeERC20 for IERC20;

    address private immutable PAYOUT;

    constructor(address factory_, address beaconChain, address payout) PoolState(factory_, beaconChain) {
        PAYOUT = payout;
        // The code by itself is no pool.
        _book.state = State.Closed;
    }

    /// @notice Ethereum's withdrawals come without a call; what the Insurance Pool and aETH pay comes here.
    receive() external payable {}

    /// @dev Everything of `IPoolPayout`, in this pool's place.
    fallback() external payable {
        address payout = PAYOUT;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), payout, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if done {
                return(0, returndatasize())
            }
            revert(0, returndatasize())
        }
    }

    /// @inheritdoc IPoolFunding
    function add() external payable onlyProvider nonReentrant {
        Book memory book = _filling();
        uint72 amount = _accepts(book);
        book.added += amount;
        _book = book;
        emit Added(amount, _providerEth(book));
        _fillIfReady(book);
        _send(msg.sender, msg.value - amount);
    }

    /// @inheritdoc IPoolFunding
    function join() external payable nonReentrant returns (uint72 eth, uint96 fee) {
        Book memory book = _filling();
        eth = _accepts(book);
        Position storage position = _positions[msg.sender];
        fee = _feeFor(position, eth);
        position.eth += eth;
        position.paid += fee;
        book.usersEth += eth;
        book.fees += fee;
        _book = book;
        emit Joined(msg.sender, eth, fee);
        if (fee != 0) TOKEN.safeTransferFrom(msg.sender, address(this), fee);
        AETH.mint(msg.sender, eth);
        FACTORY.reportJoined(msg.sender, eth);
        _fillIfReady(book);
        _send(msg.sender, msg.value - eth);
    }

    /// @inheritdoc IPoolFunding
    function leaveWith(uint72 amount) external nonReentrant {
        State state = _book.state;
        if (state != State.Filling && state != State.Closed) revert StateWrong(state);
        if (amount == 0) revert AmountZero();
        uint96 fee = _takeOut(_positions[msg.sender], amount);
        _book.usersEth -= amount;
        _book.fees -= fee;
        if (state == State.Closed && !_abandoned) _outcome.owed -= amount;
        emit Left(msg.sender, amount, fee);
        FACTORY.reportTaken(msg.sender, amount);
        if (_abandoned) {
            AETH.redeemFor(msg.sender, amount, payable(msg.sender));
        } else {
            AETH.burn(msg.sender, amount);
            _send(msg.sender, amount);
        }
        if (fee != 0) TOKEN.safeTransfer(msg.sender, fee);
    }

    /// @inheritdoc IPoolFunding
    function close() external nonReentrant {
        Book memory book = _book;
        if (book.state != State.Filling) revert StateWrong(book.state);
        bool idle = book.usersEth == 0 && msg.sender == _provider();
        uint40 endsAt = PoolTerms.endsAt(address(this));
        if (block.timestamp < endsAt && !idle) revert NotClosable(endsAt);
        _outcome.owed = book.usersEth;
        emit Closed();
        _endUnstarted(State.Closed);
    }

    /// @inheritdoc IPoolFunding
    function accept(address predecessor) external onlyProvider {
        if (!FACTORY.isPool(predecessor) || predecessor == address(this)) revert NotAccepted(predecessor);
        _accepted[predecessor] = true;
        emit Accepted(predecessor);
    }

    /// @inheritdoc IPoolFunding
    function adopt(uint96 fees) external payable nonReentrant {
        if (!_accepted[msg.sender]) revert NotAccepted(msg.sender);
        Book memory book = _filling();
        uint256 room_ = _roomOf(book);
        if (msg.value > room_) revert PoolFull(room_);
        book.usersEth += uint72(msg.value);
        book.fees += fees;
        _book = book;
        emit Adopted(msg.sender, uint72(msg.value), fees);
        _fillIfReady(book);
    }

    /// @inheritdoc IPoolFunding
    function bring(IPoolFunding predecessor, address account) external nonReentrant {
        if (!_accepted[address(predecessor)]) revert NotAccepted(address(predecessor));
        (uint72 eth, uint96 fee) = predecessor.handOver(account);
        Position storage position = _positions[account];
        position.eth += eth;
        position.brought += eth;
        position.paid += fee;
        emit Brought(account, address(predecessor), eth, fee);
    }

    /// @inheritdoc IPoolFunding
    function handOver(address account) external returns (uint72 eth, uint96 fee) {
        if (msg.sender != _successor) revert NotSuccessor(msg.sender);
        Position storage position = _positions[account];
        eth = position.eth - position.redeemed;
        if (eth == 0) revert NothingOwed(account);
        if (_book.state == State.Migrated) {
            fee = position.paid;
            delete _positions[account];
        } else {
            // What it earned here stays to be claimed here.
            position.redeemed = position.eth;
        }
    }

    /// @inheritdoc IPoolFunding
    function pool() external view returns (Pool memory p) {
        Book memory book = _book;
        p.terms = _terms();
        p.state = book.state;
        if (book.key != Key.Missing) p.pubkey = _pubkey();
        p.proven = book.key == Key.Proven;
        p.providerEth = _providerEth(book);
        p.usersEth = book.usersEth;
        p.fees = book.fees;
        p.valuedAt = _valuedAt;
        p.successor = _successor;
    }

    /// @inheritdoc IPoolFunding
    function positionOf(address account) external view returns (Position memory) {
        return _positions[account];
    }

    /// @inheritdoc IPoolFunding
    function factory() external view returns (address) {
        return address(FACTORY);
    }

    /// @inheritdoc IPoolFunding
    function credentials() external view returns (bytes32) {
        return _credentials();
    }

    /// @inheritdoc IPoolFunding
    function room() external view returns (uint256) {
        return _book.state == State.Filling ? _roomOf(_book) : 0;
    }

    /// @inheritdoc IPoolFunding
    function feeFor(address account, uint72 eth) external view returns (uint96) {
        return _feeFor(_positions[account], eth);
    }

    /// @dev How much of the ETH sent along there is room for.
    function _accepts(Book memory book) private view returns (uint72) {
        if (msg.value == 0) revert AmountZero();
        uint256 room_ = _roomOf(book);
        if (room_ == 0) revert PoolFull(0);
        return uint72(_min(msg.value, room_));
    }

    /// @dev What was brought has paid elsewhere; all that joined here pays as one amount.
    function _feeFor(Position storage position, uint72 eth) private view returns (uint96) {
        uint256 own = position.eth - position.brought;
        return uint96(_price(own + eth) - _price(own));
    }

    /// @dev Lowers a position, first what joined here; returns the part of its fee that it gets back.
    function _takeOut(Position storage position, uint72 amount) private returns (uint96 fee) {
        Position memory p = position;
        if (amount > p.eth) revert PositionTooSmall(p.eth, amount);
        uint256 own = p.eth - p.brought;
        uint256 fromOwn = _min(amount, own);
        uint256 brought = p.brought - (amount - fromOwn);
        uint256 kept = _price(own - fromOwn);
        if (brought != 0) kept += Math.mulDiv(p.paid - _price(own), brought, p.brought, Math.Rounding.Ceil);
        fee = uint96(p.paid - kept);
        (position.eth, position.paid, position.brought) = (p.eth - amount, uint96(kept), uint72(brought));
    }

    function _price(uint256 eth) private view returns (uint256) {
        return Math.mulDiv(PoolTerms.fixedPrice(address(this)), eth, VALIDATOR, Math.Rounding.Ceil);
    }
}
