// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Results of the audit: one root for each period
/// @notice Anybody posts a period's Merkle root with a certificate of its epoch's committee and earns the bounty, as far
/// as the budget goes. Anybody proves a leaf, which updates the latest known figures of that sidecar. The ledger also
/// publishes the audit schedule, so that all sidecars follow one, and recomputes who audits whom.
interface IAuditLedger {
    /// @notice The audit schedule. Offsets are in drand rounds from the period's first round.
    /// @param auditsPerSlot k: each slot audits the next k on the ring (all others if N <= k).
    /// @param sealRounds Seals may be published from here,
    /// @param closeRounds until here; reveals from here,
    /// @param revealCloseRounds until here.
    /// @param certifyRounds View 0 begins here.
    /// @param viewRounds Length of a view.
    /// @param evidencePeriods How long sidecars keep and serve the records of a period.
    struct Schedule {
        uint16 auditsPerSlot;
        uint16 sealRounds;
        uint16 closeRounds;
        uint16 revealCloseRounds;
        uint16 certifyRounds;
        uint16 viewRounds;
        uint16 evidencePeriods;
    }

    /// @notice What is fixed at deployment. Token and clock are those of `sidecars`.
    struct Params {
        address sidecars;
        address committee;
        address beacons;
        uint128 bounty;
        uint128 seatBounty;
        Schedule schedule;
    }

    /// @notice One sidecar's result of one period; hashed as @openzeppelin/merkle-tree StandardMerkleTree does, fields
    /// in this order. uptimeBps 65535 means unobserved. The totals run over all periods up to this one.
    struct Leaf {
        uint32 id;
        uint32 slot;
        uint16 uptimeBps;
        uint32 latencyMs;
        uint16 observers;
        uint64 blockNumber;
        uint64 periodsObserved;
        uint64 uptimeSum;
        uint64 diligenceSum;
    }

    /// @notice A leaf of a posted period and its way up to the root.
    struct Proven {
        uint64 period;
        Leaf leaf;
        bytes32[] proof;
    }

    /// @notice The newest proven leaf of a sidecar; `known` is false when none was ever proven.
    struct Latest {
        bool known;
        uint64 period;
        uint32 slot;
        uint16 uptimeBps;
        uint32 latencyMs;
        uint16 observers;
        uint64 blockNumber;
        uint64 periodsObserved;
        uint64 uptimeSum;
        uint64 diligenceSum;
    }

    /// @notice A period's result is on chain. `base` is the period it builds on (2^64-1: none).
    event Posted(
        uint64 indexed period,
        address indexed poster,
        uint64 base,
        bytes32 root,
        bytes32 contentId,
        uint128 bounty
    );
    event LeafProven(uint64 indexed period, uint32 indexed id, Leaf leaf);
    event SeatBountyPaid(uint64 indexed epoch, address indexed seater, uint128 bounty);
    event Funded(address indexed from, uint128 amount, uint128 budget);
    event CreditWithdrawn(address indexed account, uint256 amount);

    error ScheduleInvalid();
    error RootMissing();
    error ContentIdMissing();
    error PeriodNotAfterLast(uint64 period, uint64 last);
    error PeriodNotStarted(uint64 period);
    error BaseMismatch(uint64 base, uint64 last);
    error PeriodNotPosted(uint64 period);
    error LeafNotInRoot(uint64 period, uint32 id);
    error AmountZero();
    error NothingCredited(address account);
    error SeatBountyTaken(uint64 epoch);
    error BudgetTooLow(uint128 budget, uint128 bounty);
    error SlotOutOfRange(uint32 slot, uint32 count);

    /// @notice Posts the result of a period. Periods strictly increase; gaps are allowed.
    /// @dev certificate: kind 1, unit = period, epoch of the period, content = contentOf(base, root of base, root,
    /// contentId). See ICommittee for its layout.
    /// @param base Last posted period, 2^64-1 if none: the one the running totals continue from.
    function post(uint64 period, uint64 base, bytes32 root, bytes32 contentId, bytes calldata certificate) external;

    /// @notice Shows a leaf of a posted period. Open to anybody.
    /// @return updated False when a leaf as new or newer was known: then nothing changed.
    function proveLeaf(uint64 period, Leaf calldata leaf, bytes32[] calldata proof) external returns (bool updated);

    /// @notice Credits the seat bounty of the epoch of a posted period to whoever seated its committee, once.
    function claimSeatBounty(uint64 period) external;

    /// @notice Adds to the budget that bounties are paid from.
    function fund(uint128 amount) external;

    /// @notice Sends an account its credited bounties. Anybody may trigger it; the money goes to the account.
    function withdrawCredit(address account) external;

    /// @notice Reverts unless a leaf is of a posted period: as `proveLeaf`, for who needs no record of it.
    function requireLeaf(uint64 period, Leaf calldata leaf, bytes32[] calldata proof) external view;

    function params() external view returns (Params memory);
    /// @notice keccak256(abi.encode(base, root of base, root, contentId)): what a committee certifies for a period.
    function contentOf(uint64 base, bytes32 baseRoot, bytes32 root, bytes32 contentId) external pure returns (bytes32);
    /// @notice Last posted period (2^64-1: none), its root, how many were posted, and the budget for bounties.
    function head() external view returns (uint64 period, bytes32 root, uint64 posted, uint128 budget);
    /// @notice Root of a period; zero when none was posted.
    function rootOf(uint64 period) external view returns (bytes32);
    function latestOf(uint32 id) external view returns (Latest memory);
    /// @notice Running totals of the newest proven leaf: observed periods, and their uptime in basis points together.
    function uptimeOf(uint32 id) external view returns (bool known, uint64 periodsObserved, uint64 uptimeSum);
    function creditOf(address account) external view returns (uint256);
    /// @notice Whether the seat bounty of an epoch was paid.
    function isSeatBountyTaken(uint64 epoch) external view returns (bool);
    /// @notice Does auditorSlot audit targetSlot in a period? Needs the period's first round to be proven (IBeacons).
    function audits(uint64 period, uint32 auditorSlot, uint32 targetSlot) external view returns (bool);
    /// @notice keccak256(abi.encode(keccak256("stkr.audit"), SEP, period, randomness of the period's first round)).
    function auditSeed(uint64 period) external view returns (bytes32);
}
