// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICustody} from "../interfaces/ICustody.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {ExactPull} from "../lib/ExactPull.sol";
import {Frost} from "../lib/Frost.sol";
import {Authority} from "../market/Authority.sol";

/// @title Custody: delegated tokens, which the provider and the system move together and neither alone
/// @dev Each delegation is an account of its own: nobody's move can touch another's tokens. Money leaves to the receiver of
/// a move or by its owner's word, state changes before every call. ETH comes in with `delegateEth` only; what is forced in belongs
/// to nobody.
contract Custody is ICustody, Authority, EIP712 {
    /// @dev Two words.
    struct Entry {
        address owner;
        uint32 provider;
        uint40 endsAt;
        bool isEth;
        uint128 amount;
        uint32 providerEpoch;
        uint32 systemEpoch;
        uint32 nonce;
    }

    struct Group {
        uint256 x;
        uint8 prefix;
        uint32 epoch;
        uint40 setAt;
    }

    using SafeERC20 for IERC20;
    using ExactPull for IERC20;
    using SafeCast for uint256;

    bytes32 private constant MOVE_TYPE = keccak256(
        "Move(uint64 delegation,uint32 provider,address token,address to,uint256 amount,uint32 nonce,"
        "uint32 providerEpoch,uint32 systemEpoch,uint40 deadline)"
    );
    bytes32 private constant POSSESSION_TYPE = keccak256("Possession(uint32 group,uint32 epoch)");
    /// @dev Providers count from 1.
    uint32 private constant SYSTEM = 0;
    uint40 private constant TERM_LEAST = 1 days;
    uint40 private constant TERM_MOST = 366 days;

    IERC20 private immutable TOKEN;
    IProviders private immutable PROVIDERS;

    /// @inheritdoc ICustody
    uint64 public total;
    mapping(uint64 id => Entry) private _entries;
    mapping(uint32 group => Group) private _groups;
    /// @dev By x: a key and its negative have one secret.
    mapping(uint256 x => bool) private _used;

    constructor(Params memory p) Authority(p.authority) EIP712("Stkr custody", "1") {
        if (p.token.code.length == 0) revert TokenMissing();
        if (p.providers.code.length == 0) revert ProvidersMissing();
        TOKEN = IERC20(p.token);
        PROVIDERS = IProviders(p.providers);
    }

    /// @inheritdoc ICustody
    function delegateEth(
        uint32 provider,
        uint40 term,
        uint32 providerEpoch,
        uint32 systemEpoch
    ) external payable returns (uint64) {
        return _delegate(Entry(msg.sender, provider, term, true, msg.value.toUint128(), providerEpoch, systemEpoch, 0));
    }

    /// @inheritdoc ICustody
    function delegateAnkr(
        uint32 provider,
        uint40 term,
        uint32 providerEpoch,
        uint32 systemEpoch,
        uint128 amount
    ) external returns (uint64 id) {
        id = _delegate(Entry(msg.sender, provider, term, false, amount, providerEpoch, systemEpoch, 0));
        TOKEN.pull(msg.sender, amount);
    }

    /// @inheritdoc ICustody
    function accept(uint64 id, uint32 providerEpoch, uint32 systemEpoch) external {
        Entry storage entry = _ownedBy(id, msg.sender);
        if (block.timestamp >= entry.endsAt) revert TermOver(id, entry.endsAt);
        _requireCurrent(entry.provider, providerEpoch);
        _requireCurrent(SYSTEM, systemEpoch);
        (entry.providerEpoch, entry.systemEpoch) = (providerEpoch, systemEpoch);
        emit Accepted(id, providerEpoch, systemEpoch);
    }

    /// @inheritdoc ICustody
    function move(Move calldata m, bytes calldata byProvider, bytes calldata bySystem) external {
        Entry storage stored = _known(m.delegation);
        Entry memory entry = stored;
        _requireMovable(m, entry);
        bytes32 digest = moveDigest(m);
        if (!_isSigned(entry.provider, digest, byProvider)) revert NotSignedByProvider(m.delegation, entry.provider);
        if (!_isSigned(SYSTEM, digest, bySystem)) revert NotSignedBySystem(m.delegation);
        // No more than what is left, and that is 128 bits.
        uint128 amount = uint128(m.amount);
        (stored.amount, stored.nonce) = (entry.amount - amount, entry.nonce + 1);
        emit Moved(m.delegation, m.to, amount, entry.amount - amount, m.nonce);
        _pay(entry.isEth, payable(m.to), amount);
    }

    /// @inheritdoc ICustody
    function takeBack(uint64 id, address payable to) external returns (uint128 amount) {
        Entry storage entry = _ownedBy(id, msg.sender);
        if (block.timestamp < entry.endsAt) revert TermRunning(id, entry.endsAt);
        _requireReceiver(to);
        amount = entry.amount;
        if (amount == 0) revert NothingLeft(id);
        entry.amount = 0;
        emit TakenBack(id, to, amount);
        _pay(entry.isEth, to, amount);
    }

    /// @inheritdoc ICustody
    function setProviderKey(uint32 provider, bytes calldata key, bytes calldata possession) external {
        if (PROVIDERS.ownerOf(provider) != msg.sender) revert NotProviderOwner(provider, msg.sender);
        _setKey(provider, key, possession);
    }

    /// @inheritdoc ICustody
    function setSystemKey(bytes calldata key, bytes calldata possession) external onlyAuthority {
        _setKey(SYSTEM, key, possession);
    }

    /// @inheritdoc ICustody
    function keyOf(uint32 group) external view returns (GroupKey memory) {
        Group memory g = _groups[group];
        if (g.epoch == 0) return GroupKey("", 0, 0);
        return GroupKey(abi.encodePacked(g.prefix, g.x), g.epoch, g.setAt);
    }

    /// @inheritdoc ICustody
    function delegationOf(uint64 id) external view returns (Delegation memory) {
        Entry memory e = _known(id);
        return
            Delegation({
                owner: e.owner,
                provider: e.provider,
                token: _tokenOf(e),
                amount: e.amount,
                endsAt: e.endsAt,
                providerEpoch: e.providerEpoch,
                systemEpoch: e.systemEpoch,
                nonce: e.nonce
            });
    }

    /// @inheritdoc ICustody
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc ICustody
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc ICustody
    function providers() external view returns (address) {
        return address(PROVIDERS);
    }

    /// @inheritdoc ICustody
    function moveDigest(Move calldata m) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(MOVE_TYPE, m)));
    }

    /// @inheritdoc ICustody
    function possessionDigest(uint32 group, uint32 epoch) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(POSSESSION_TYPE, group, epoch)));
    }

    /// @param entry With its term where the end will be.
    function _delegate(Entry memory entry) private returns (uint64 id) {
        if (entry.amount == 0) revert AmountZero();
        if (entry.endsAt < TERM_LEAST || entry.endsAt > TERM_MOST) revert TermOutOfBounds(entry.endsAt);
        _requireCurrent(entry.provider, entry.providerEpoch);
        _requireCurrent(SYSTEM, entry.systemEpoch);
        entry.endsAt += uint40(block.timestamp);
        id = ++total;
        _entries[id] = entry;
        emit Delegated(id, entry.owner, entry.provider, _tokenOf(entry), entry.amount, entry.endsAt);
        emit Accepted(id, entry.providerEpoch, entry.systemEpoch);
    }

    function _setKey(uint32 group, bytes calldata key, bytes calldata possession) private {
        Frost.Point memory point = Frost.pointOf(key);
        if (Frost.addressOf(point) == address(0)) revert KeyInvalid();
        if (_used[point.x]) revert KeyUsed(key);
        uint32 epoch = _groups[group].epoch + 1;
        // Of the group's own number: a proof that somebody else made shows nothing.
        bool shown = Frost.verify(point, possessionDigest(group, epoch), possession);
        if (!shown) revert PossessionNotShown(group, epoch);
        _used[point.x] = true;
        _groups[group] = Group(point.x, point.prefix, epoch, uint40(block.timestamp));
        emit KeySet(group, epoch, key);
    }

    function _pay(bool isEth, address payable to, uint128 amount) private {
        if (!isEth) return TOKEN.safeTransfer(to, amount);
        (bool taken, ) = to.call{value: amount}("");
        if (!taken) revert EthRefused(to);
    }

    function _requireMovable(Move calldata m, Entry memory entry) private view {
        uint64 id = m.delegation;
        if (block.timestamp >= entry.endsAt) revert TermOver(id, entry.endsAt);
        if (block.timestamp > m.deadline) revert DeadlinePassed(id, m.deadline);
        if (m.provider != entry.provider || m.token != _tokenOf(entry)) revert MoveMismatch(id);
        if (m.nonce != entry.nonce) revert NonceMismatch(id, m.nonce, entry.nonce);
        if (m.providerEpoch != entry.providerEpoch || m.systemEpoch != entry.systemEpoch)
            revert KeyEpochNotAccepted(id, entry.providerEpoch, entry.systemEpoch);
        _requireCurrent(entry.provider, entry.providerEpoch);
        _requireCurrent(SYSTEM, entry.systemEpoch);
        _requireReceiver(m.to);
        if (m.amount == 0) revert AmountZero();
        if (m.amount > entry.amount) revert AmountTooLarge(id, entry.amount, m.amount);
    }

    function _requireReceiver(address to) private view {
        if (to == address(0) || to == address(this)) revert ReceiverInvalid(to);
    }

    function _requireCurrent(uint32 group, uint32 epoch) private view {
        uint32 current = _groups[group].epoch;
        if (current == 0) revert KeyMissing(group);
        if (epoch != current) revert KeyEpochPassed(group, epoch, current);
    }

    function _isSigned(uint32 group, bytes32 digest, bytes calldata signature) private view returns (bool) {
        Group memory g = _groups[group];
        return Frost.verify(Frost.Point(g.prefix, g.x), digest, signature);
    }

    function _tokenOf(Entry memory entry) private view returns (address) {
        return entry.isEth ? address(0) : address(TOKEN);
    }

    function _ownedBy(uint64 id, address caller) private view returns (Entry storage entry) {
        entry = _known(id);
        if (entry.owner != caller) revert NotDelegator(id, caller);
    }

    function _known(uint64 id) private view returns (Entry storage entry) {
        entry = _entries[id];
        if (entry.owner == address(0)) revert UnknownDelegation(id);
    }
}
