// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IAuditLedger} from "./interfaces/IAuditLedger.sol";
import {IBeacons} from "./interfaces/IBeacons.sol";
import {ICommittee} from "./interfaces/ICommittee.sol";
import {ISidecars} from "./interfaces/ISidecars.sol";
import {Ring} from "./lib/Ring.sol";

/// @title Results of the audit: one root for each period
/// @dev Money leaves by pull only. Posting never depends on the budget: what it cannot pay, it does not pay.
contract AuditLedger is IAuditLedger {
    using SafeERC20 for IERC20;

    uint8 private constant AUDIT_KIND = 1;
    uint64 private constant NONE = type(uint64).max;
    bytes32 private constant AUDIT_TAG = keccak256("stkr.audit");

    IERC20 private immutable TOKEN;
    ISidecars private immutable SIDECARS;
    ICommittee private immutable COMMITTEE;
    IBeacons private immutable BEACONS;
    bytes32 private immutable SEPARATOR;
    uint128 private immutable BOUNTY;
    uint128 private immutable SEAT_BOUNTY;
    // Copied from the registry's clock: asking it would cost each posting a call.
    uint256 private immutable FIRST_PERIOD_AT;
    uint256 private immutable PERIOD_SECONDS;
    uint64 private immutable EPOCH_PERIODS;

    /// @dev One slot, written by each posting. The budget fits 128 bits as any ANKR amount does.
    struct Head {
        uint64 period;
        uint64 posted;
        uint128 budget;
    }

    Schedule private _schedule;
    Head private _head;
    /// @inheritdoc IAuditLedger
    mapping(uint64 period => bytes32) public rootOf;
    mapping(uint32 id => Latest) private _latest;
    /// @inheritdoc IAuditLedger
    mapping(address account => uint256) public creditOf;
    /// @inheritdoc IAuditLedger
    mapping(uint64 epoch => bool) public isSeatBountyTaken;

    constructor(Params memory p) {
        ISidecars.Params memory registry = ISidecars(p.sidecars).params();
        _requireSchedule(p.schedule, registry.clock.periodRounds);
        TOKEN = IERC20(registry.token);
        SIDECARS = ISidecars(p.sidecars);
        COMMITTEE = ICommittee(p.committee);
        BEACONS = IBeacons(p.beacons);
        SEPARATOR = SIDECARS.domainSeparator();
        BOUNTY = p.bounty;
        SEAT_BOUNTY = p.seatBounty;
        FIRST_PERIOD_AT = SIDECARS.timeOfRound(registry.clock.genesisRound);
        PERIOD_SECONDS = uint256(registry.clock.periodRounds) * registry.clock.secondsPerRound;
        EPOCH_PERIODS = registry.clock.epochPeriods;
        _schedule = p.schedule;
        _head.period = NONE;
    }

    /// @inheritdoc IAuditLedger
    function post(uint64 period, uint64 base, bytes32 root, bytes32 contentId, bytes calldata certificate) external {
        Head memory last = _head;
        if (root == 0) revert RootMissing();
        if (contentId == 0) revert ContentIdMissing();
        if (base != last.period) revert BaseMismatch(base, last.period);
        if (base != NONE && period <= base) revert PeriodNotAfterLast(period, base);
        if (block.timestamp < FIRST_PERIOD_AT + period * PERIOD_SECONDS) revert PeriodNotStarted(period);
        bytes32 content = contentOf(base, rootOf[base], root, contentId);
        COMMITTEE.verify(AUDIT_KIND, period, period / EPOCH_PERIODS, content, certificate);

        uint128 bounty = BOUNTY < last.budget ? BOUNTY : last.budget;
        rootOf[period] = root;
        _head = Head(period, last.posted + 1, last.budget - bounty);
        if (bounty != 0) creditOf[msg.sender] += bounty;
        emit Posted(period, msg.sender, base, root, contentId, bounty);
    }

    /// @inheritdoc IAuditLedger
    function proveLeaf(uint64 period, Leaf calldata leaf, bytes32[] calldata proof) external returns (bool updated) {
        requireLeaf(period, leaf, proof);
        Latest storage latest = _latest[leaf.id];
        if (latest.known && latest.period >= period) return false;
        _latest[leaf.id] = Latest(
            true,
            period,
            leaf.slot,
            leaf.uptimeBps,
            leaf.latencyMs,
            leaf.observers,
            leaf.blockNumber,
            leaf.periodsObserved,
            leaf.uptimeSum,
            leaf.diligenceSum
        );
        emit LeafProven(period, leaf.id, leaf);
        return true;
    }

    /// @inheritdoc IAuditLedger
    function claimSeatBounty(uint64 period) external {
        // Only for committees that were put to use: nobody earns by seating epochs long past.
        if (rootOf[period] == 0) revert PeriodNotPosted(period);
        uint64 epoch = period / EPOCH_PERIODS;
        if (isSeatBountyTaken[epoch]) revert SeatBountyTaken(epoch);
        uint128 budget = _head.budget;
        if (budget < SEAT_BOUNTY) revert BudgetTooLow(budget, SEAT_BOUNTY);
        (address seater, ) = COMMITTEE.seatedBy(epoch);
        isSeatBountyTaken[epoch] = true;
        _head.budget = budget - SEAT_BOUNTY;
        creditOf[seater] += SEAT_BOUNTY;
        emit SeatBountyPaid(epoch, seater, SEAT_BOUNTY);
    }

    /// @inheritdoc IAuditLedger
    function fund(uint128 amount) external {
        if (amount == 0) revert AmountZero();
        _head.budget += amount;
        emit Funded(msg.sender, amount, _head.budget);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IAuditLedger
    function withdrawCredit(address account) external {
        uint256 amount = creditOf[account];
        if (amount == 0) revert NothingCredited(account);
        creditOf[account] = 0;
        emit CreditWithdrawn(account, amount);
        TOKEN.safeTransfer(account, amount);
    }

    /// @inheritdoc IAuditLedger
    function params() external view returns (Params memory) {
        return Params(address(SIDECARS), address(COMMITTEE), address(BEACONS), BOUNTY, SEAT_BOUNTY, _schedule);
    }

    /// @inheritdoc IAuditLedger
    function head() external view returns (uint64 period, bytes32 root, uint64 posted, uint128 budget) {
        Head memory last = _head;
        return (last.period, rootOf[last.period], last.posted, last.budget);
    }

    /// @inheritdoc IAuditLedger
    function latestOf(uint32 id) external view returns (Latest memory) {
        return _latest[id];
    }

    /// @inheritdoc IAuditLedger
    function uptimeOf(uint32 id) external view returns (bool known, uint64 periodsObserved, uint64 uptimeSum) {
        Latest storage latest = _latest[id];
        return (latest.known, latest.periodsObserved, latest.uptimeSum);
    }

    /// @inheritdoc IAuditLedger
    function audits(uint64 period, uint32 auditorSlot, uint32 targetSlot) external view returns (bool) {
        uint32 n = SIDECARS.count(period / EPOCH_PERIODS);
        if (auditorSlot >= n) revert SlotOutOfRange(auditorSlot, n);
        if (targetSlot >= n) revert SlotOutOfRange(targetSlot, n);
        return Ring.isEdge(auditSeed(period), auditorSlot, targetSlot, n, _schedule.auditsPerSlot);
    }

    /// @inheritdoc IAuditLedger
    function requireLeaf(uint64 period, Leaf calldata leaf, bytes32[] calldata proof) public view {
        bytes32 root = rootOf[period];
        if (root == 0) revert PeriodNotPosted(period);
        // Hashed twice, so that no inner node of the tree passes for a leaf.
        bytes32 hash = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        if (!MerkleProof.verifyCalldata(proof, root, hash)) revert LeafNotInRoot(period, leaf.id);
    }

    /// @inheritdoc IAuditLedger
    function auditSeed(uint64 period) public view returns (bytes32) {
        bytes32 randomness = BEACONS.requireRandomness(SIDECARS.periodStartRound(period));
        return keccak256(abi.encode(AUDIT_TAG, SEPARATOR, period, randomness));
    }

    /// @inheritdoc IAuditLedger
    function contentOf(uint64 base, bytes32 baseRoot, bytes32 root, bytes32 contentId) public pure returns (bytes32) {
        return keccak256(abi.encode(base, baseRoot, root, contentId));
    }

    /// @dev The order of the phases, all inside one period.
    function _requireSchedule(Schedule memory s, uint32 periodRounds) private pure {
        bool ordered =
            0 < s.sealRounds &&
                s.sealRounds < s.closeRounds &&
                s.closeRounds < s.revealCloseRounds &&
                s.revealCloseRounds <= s.certifyRounds &&
                s.certifyRounds < periodRounds;
        if (!ordered || s.auditsPerSlot == 0 || s.viewRounds == 0 || s.evidencePeriods == 0) revert ScheduleInvalid();
    }
}
