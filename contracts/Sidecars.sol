// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {RoundClock} from "./RoundClock.sol";
import {ISidecars} from "./interfaces/ISidecars.sol";
import {Bls} from "./lib/Bls.sol";
import {Slots} from "./lib/Slots.sol";

/// @title The registry of sidecars: keys, stake, slots, and the clock they share
/// @dev Money leaves by pull only, state changes before every token call. The peer key is unique but not proven: Ed25519
/// is not checkable here at a sane price, and a fresh one costs its owner nothing if somebody squats on it.
contract Sidecars is RoundClock, EIP712 {
    using SafeERC20 for IERC20;
    using Slots for Slots.Table;

    /// @dev A sidecar as stored; the BLS key lies in the code of `keyPointer`.
    struct Entry {
        address owner;
        uint64 entryEpoch;
        address signer;
        uint64 exitEpoch;
        address keyPointer;
        uint128 stake;
        bytes32 peerKey;
        bytes32 blsKeyHash;
    }

    uint16 private constant BPS = 10_000;
    /// @dev A reporter may be the culprit itself; half at least must hurt.
    uint16 private constant MAX_REPORTER_BPS = 5_000;
    /// @dev From here on kinds of records may be signed more than once for one place (protocol: sign-once records).
    uint8 private constant FIRST_REPEATABLE_KIND = 128;
    uint64 private constant NEVER = type(uint64).max;

    bytes32 private constant POP_TAG = keccak256("stkr.pop");
    bytes32 private constant REGISTRATION_TYPE = keccak256(
        "Registration(address owner,bytes32 peerKey,bytes32 blsKeyHash)"
    );
    bytes32 private constant RECORD_TYPE = keccak256(
        "Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)"
    );

    IERC20 private immutable TOKEN;
    uint128 private immutable MIN_STAKE;
    uint32 private immutable UNBONDING_EPOCHS;
    uint16 private immutable SLASH_BPS;
    uint16 private immutable REPORTER_BPS;
    address private immutable SINK;

    /// @inheritdoc ISidecars
    uint32 public total;
    Slots.Table private _slots;
    mapping(uint32 id => Entry) private _entries;
    mapping(bytes32 place => bool) private _punished;
    /// @inheritdoc ISidecars
    mapping(address signer => uint32) public idOfSigner;
    /// @inheritdoc ISidecars
    mapping(bytes32 peerKey => uint32) public idOfPeerKey;
    /// @inheritdoc ISidecars
    mapping(bytes32 blsKeyHash => uint32) public idOfBlsKey;
    /// @inheritdoc ISidecars
    mapping(address account => uint256) public creditOf;

    constructor(Params memory p) RoundClock(p.clock) EIP712("Stkr mesh", "1") {
        if (p.token.code.length == 0) revert TokenMissing();
        if (p.sink == address(0)) revert SinkMissing();
        if (p.minStake == 0) revert MinStakeZero();
        if (p.slashBps == 0 || p.slashBps > BPS) revert SlashBpsOutOfRange(p.slashBps);
        if (p.reporterBps > MAX_REPORTER_BPS) revert ReporterBpsOutOfRange(p.reporterBps);
        Bls.selfTest();
        TOKEN = IERC20(p.token);
        MIN_STAKE = p.minStake;
        UNBONDING_EPOCHS = p.unbondingEpochs;
        SLASH_BPS = p.slashBps;
        REPORTER_BPS = p.reporterBps;
        SINK = p.sink;
    }

    /// @inheritdoc ISidecars
    function register(Application calldata a) external returns (uint32 id) {
        bytes32 blsKeyHash = keccak256(a.blsKey);
        if (a.signer == address(0)) revert SignerMissing();
        if (a.peerKey == 0) revert PeerKeyMissing();
        if (a.stake < MIN_STAKE) revert StakeTooLow(a.stake, MIN_STAKE);
        if (idOfSigner[a.signer] != 0) revert SignerTaken(a.signer);
        if (idOfPeerKey[a.peerKey] != 0) revert PeerKeyTaken(a.peerKey);
        if (idOfBlsKey[blsKeyHash] != 0) revert BlsKeyTaken(blsKeyHash);
        if (_slots.isFull()) revert RegistryFull(Slots.MOST);
        _requireProofs(a, blsKeyHash);

        id = ++total;
        idOfSigner[a.signer] = id;
        idOfPeerKey[a.peerKey] = id;
        idOfBlsKey[blsKeyHash] = id;
        Entry storage entry = _entries[id];
        entry.owner = msg.sender;
        entry.entryEpoch = _effectiveEpoch();
        entry.signer = a.signer;
        entry.exitEpoch = NEVER;
        entry.keyPointer = SSTORE2.write(a.blsKey);
        entry.stake = a.stake;
        entry.peerKey = a.peerKey;
        entry.blsKeyHash = blsKeyHash;
        _slots.enter(id, entry.entryEpoch);
        emit Registered(id, msg.sender, a.signer, a.peerKey, a.blsKey, a.stake, entry.entryEpoch);
        TOKEN.safeTransferFrom(msg.sender, address(this), a.stake);
    }

    /// @inheritdoc ISidecars
    function addStake(uint32 id, uint128 amount) external {
        Entry storage entry = _ownedBy(id, msg.sender);
        if (amount == 0) revert AmountZero();
        if (entry.exitEpoch != NEVER) revert AlreadyExiting(id);
        entry.stake += amount;
        emit StakeAdded(id, amount, entry.stake);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc ISidecars
    function requestExit(uint32 id) external {
        Entry storage entry = _ownedBy(id, msg.sender);
        if (entry.exitEpoch != NEVER) revert AlreadyExiting(id);
        _exit(id, entry);
    }

    /// @inheritdoc ISidecars
    function withdraw(uint32 id) external {
        Entry storage entry = _ownedBy(id, msg.sender);
        if (entry.exitEpoch == NEVER) revert NotExiting(id);
        uint64 from = withdrawableEpoch(id);
        if (!_reached(from)) revert StillBonded(id, from);
        uint128 amount = entry.stake;
        if (amount == 0) revert NothingStaked(id);
        entry.stake = 0;
        emit StakeWithdrawn(id, msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ISidecars
    function slashEquivocation(
        uint32 id,
        uint8 kind,
        uint64 unit,
        uint32 sequence,
        bytes32 bodyHashA,
        bytes calldata signatureA,
        bytes32 bodyHashB,
        bytes calldata signatureB
    ) external {
        if (kind >= FIRST_REPEATABLE_KIND) revert KindNotSignOnce(kind);
        if (bodyHashA == bodyHashB) revert SameBody();
        bytes memory head = abi.encode(RECORD_TYPE, kind, id, unit, sequence);
        _requireRecord(id, head, bodyHashA, signatureA);
        _requireRecord(id, head, bodyHashB, signatureB);
        _punish(id, kind, unit, sequence);
    }

    /// @inheritdoc ISidecars
    function withdrawCredit(address account) external {
        uint256 amount = creditOf[account];
        if (amount == 0) revert NothingCredited(account);
        creditOf[account] = 0;
        emit CreditWithdrawn(account, amount);
        TOKEN.safeTransfer(account, amount);
    }

    /// @inheritdoc ISidecars
    function params() external view returns (Params memory) {
        return Params(address(TOKEN), MIN_STAKE, _clock(), UNBONDING_EPOCHS, SLASH_BPS, REPORTER_BPS, SINK);
    }

    /// @inheritdoc ISidecars
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc ISidecars
    function holderOf(uint32 id) external view returns (address owner, address signer) {
        Entry storage entry = _known(id);
        return (entry.owner, entry.signer);
    }

    /// @inheritdoc ISidecars
    function status(uint32 id) external view returns (Status) {
        Entry storage entry = _entries[id];
        if (entry.owner == address(0)) return Status.Unknown;
        if (entry.exitEpoch == NEVER) return _reached(entry.entryEpoch) ? Status.Active : Status.Entering;
        if (!_reached(entry.exitEpoch)) return Status.Exiting;
        if (!_reached(withdrawableEpoch(id))) return Status.Unbonding;
        return entry.stake == 0 ? Status.Left : Status.Withdrawable;
    }

    /// @inheritdoc ISidecars
    function isPunished(uint32 id, uint8 kind, uint64 unit, uint32 sequence) external view returns (bool) {
        return _punished[_place(id, kind, unit, sequence)];
    }

    /// @inheritdoc ISidecars
    function slotOf(uint32 id, uint64 epoch) external view returns (bool active, uint32 slot) {
        uint32 place = _slots.placeAt(id, epoch);
        return place == 0 ? (false, 0) : (true, place - 1);
    }

    /// @inheritdoc ISidecars
    function roster(uint64 epoch, uint32 fromSlot, uint32 toSlot) external view returns (Sidecar[] memory list) {
        uint32 end = count(epoch) < toSlot ? count(epoch) : toSlot;
        if (fromSlot >= end) return list;
        list = new Sidecar[](end - fromSlot);
        for (uint32 slot = fromSlot; slot < end; ++slot) list[slot - fromSlot] = sidecar(sidecarAt(epoch, slot));
    }

    /// @inheritdoc ISidecars
    function blsKeys(uint64 epoch, uint32[] calldata slots) external view returns (bytes memory keys) {
        keys = new bytes(slots.length * Bls.G1_BYTES);
        for (uint256 i = 0; i < slots.length; ++i) {
            address pointer = _entries[sidecarAt(epoch, slots[i])].keyPointer;
            assembly ("memory-safe") {
                // SSTORE2 data begins after one byte.
                extcodecopy(pointer, add(add(keys, 0x20), mul(i, 128)), 1, 128)
            }
        }
    }

    /// @inheritdoc ISidecars
    function withdrawableEpoch(uint32 id) public view returns (uint64) {
        uint64 exitEpoch = _known(id).exitEpoch;
        return exitEpoch == NEVER ? NEVER : exitEpoch + UNBONDING_EPOCHS;
    }

    /// @inheritdoc ISidecars
    function sidecar(uint32 id) public view returns (Sidecar memory) {
        Entry storage e = _known(id);
        bytes memory key = SSTORE2.read(e.keyPointer);
        return Sidecar(id, e.owner, e.signer, e.peerKey, e.blsKeyHash, key, e.stake, e.entryEpoch, e.exitEpoch);
    }

    /// @inheritdoc ISidecars
    function count(uint64 epoch) public view returns (uint32) {
        return _slots.countAt(epoch);
    }

    /// @inheritdoc ISidecars
    function sidecarAt(uint64 epoch, uint32 slot) public view returns (uint32 id) {
        id = _slots.occupantAt(slot, epoch);
        if (id == 0) revert SlotOutOfRange(slot, count(epoch));
    }

    /// @inheritdoc ISidecars
    function popMessage(address owner, bytes32 blsKeyHash) public view returns (bytes32) {
        return keccak256(abi.encode(POP_TAG, _domainSeparatorV4(), owner, blsKeyHash));
    }

    function _exit(uint32 id, Entry storage entry) private {
        entry.exitEpoch = _effectiveEpoch();
        _slots.vacate(id, entry.exitEpoch);
        emit ExitRequested(id, entry.exitEpoch);
    }

    /// @dev Takes the slash from the stake, rounded up but never more than there is, credits it, and forces the exit.
    function _punish(uint32 id, uint8 kind, uint64 unit, uint32 sequence) private {
        bytes32 place = _place(id, kind, unit, sequence);
        if (_punished[place]) revert AlreadyPunished(id, kind, unit, sequence);
        Entry storage entry = _entries[id];
        uint256 stake = entry.stake;
        if (stake == 0) revert NothingStaked(id);

        uint128 amount = uint128((stake * SLASH_BPS + BPS - 1) / BPS);
        uint128 share = uint128((uint256(amount) * REPORTER_BPS) / BPS);
        _punished[place] = true;
        entry.stake -= amount;
        creditOf[msg.sender] += share;
        creditOf[SINK] += amount - share;
        if (entry.exitEpoch == NEVER) _exit(id, entry);
        emit Slashed(id, msg.sender, kind, unit, sequence, amount, share);
    }

    function _requireProofs(Application calldata a, bytes32 blsKeyHash) private view {
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(REGISTRATION_TYPE, msg.sender, a.peerKey, blsKeyHash)));
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(hash, a.signerProof);
        if (failure != ECDSA.RecoverError.NoError || recovered != a.signer) revert SignerNotProven(a.signer);
        if (!Bls.isSigned(a.blsKey, a.blsProof, popMessage(msg.sender, blsKeyHash))) revert BlsKeyNotProven();
    }

    /// @dev Records carry r and s only. One of the two recovery ids gives the signer, or the record is not its own;
    /// tryRecover refuses a high s.
    function _requireRecord(uint32 id, bytes memory head, bytes32 bodyHash, bytes calldata signature) private view {
        address signer = _known(id).signer;
        if (signature.length != 64) revert RecordNotSigned(id, bodyHash);
        bytes32 hash = _hashTypedDataV4(keccak256(bytes.concat(head, bodyHash)));
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        (address even, , ) = ECDSA.tryRecover(hash, 27, r, s);
        (address odd, , ) = ECDSA.tryRecover(hash, 28, r, s);
        // The signer is never the zero address that a failed recovery gives.
        if (even != signer && odd != signer) revert RecordNotSigned(id, bodyHash);
    }

    function _ownedBy(uint32 id, address caller) private view returns (Entry storage entry) {
        entry = _known(id);
        if (entry.owner != caller) revert NotOwner(id, caller);
    }

    function _known(uint32 id) private view returns (Entry storage entry) {
        entry = _entries[id];
        if (entry.owner == address(0)) revert UnknownSidecar(id);
    }

    /// @dev Everything before genesis takes effect in epoch 0, everything else in the second epoch from now.
    function _effectiveEpoch() private view returns (uint64) {
        int64 epoch = currentEpoch();
        return epoch < 0 ? 0 : uint64(epoch) + 2;
    }

    function _reached(uint64 epoch) private view returns (bool) {
        return int256(currentEpoch()) >= int256(uint256(epoch));
    }

    function _place(uint32 id, uint8 kind, uint64 unit, uint32 sequence) private pure returns (bytes32) {
        return keccak256(abi.encode(id, kind, unit, sequence));
    }
}
