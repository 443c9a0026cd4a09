// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpenings} from "./IOpenings.sol";
import {IQuotes} from "./IQuotes.sol";

/// @title Marketplace: sealed auctions that anybody settles, and the money of the jobs they award
/// @notice A requester pays FP and announces a job; providers bid sealed; the epoch's committee certifies which bids were
/// in time and which of them opened; anybody settles: the contracts recompute commitments, shortlist, draw and
/// price themselves and ask for the bidders' own signatures where money depends on them.
/// @dev Phases begin at the due time of drand rounds. Announced -> Certified -> Awarded -> Reported -> Running. What nobody
/// settles in time, or nobody wins or starts, is refunded or relisted by its requester. Payments are pulled.
interface IMarketplace is IOpenings {
    /// @notice What governors set, for jobs announced from then on: bidders know what they bid on, and every payout stays
    /// covered by the reserve it was announced with.
    /// @param rewardBps Of FP and profit, to the Reward Pool; at most 2,000.
    /// @param insuranceBps The same to the Insurance Pool; at most 2,000.
    /// @param forfeitBps Of the reserve, from who bid void; at most 10,000.
    /// @param penaltyBps Of the reserve, from a winner that did not start; at most 10,000.
    /// @param shortlist m, 1 to 16.
    /// @param payAsBid Pays the winner its own price instead of the first one that missed the shortlist.
    /// @param startSeconds Time to report the workload running, 10 seconds to 30 days.
    /// @param confirmSeconds Time for an audit to confirm it, 10 seconds to 30 days.
    /// @param serviceBps Service level: with less uptime a project has failed; at most 9,900.
    /// @param leastPeriods Periods observed at least before a failure can be shown, at least 1.
    /// @param lossBps Of the reserve, what a failed project costs its provider; at most 10,000.
    struct Policy {
        uint16 rewardBps;
        uint16 insuranceBps;
        uint16 forfeitBps;
        uint16 penaltyBps;
        uint8 shortlist;
        bool payAsBid;
        uint32 startSeconds;
        uint32 confirmSeconds;
        uint16 serviceBps;
        uint16 leastPeriods;
        uint16 lossBps;
    }

    /// @notice Distances in drand rounds, fixed at deployment.
    /// @param bidRounds Least from the announcement to close,
    /// @param certifyRounds from close to open,
    /// @param pickRounds from open to pick.
    /// @param longestRounds Most from the announcement to pick.
    /// @param settleRounds From pick to the deadline for settling; as long again to hand a job on that was not started.
    struct Timing {
        uint32 bidRounds;
        uint32 certifyRounds;
        uint32 pickRounds;
        uint32 longestRounds;
        uint32 settleRounds;
    }

    /// @notice What is fixed at deployment, and the first authority and policy. Token and clock are the registry's.
    struct Params {
        address sidecars;
        address beacons;
        address committee;
        address providers;
        address quotes;
        address projects;
        address authority;
        Timing timing;
        Policy policy;
    }

    /// @notice A job to be announced. `kind` names the workload in ASCII; `specHash` commits to all the rest of it.
    struct Announcement {
        IQuotes.Requirements requirements;
        bytes32 kind;
        bytes32 specHash;
        Rounds rounds;
        uint96 maxFixedPrice;
    }

    /// @notice The rounds of an auction. `close`: first round in which a bid is late.
    struct Rounds {
        uint32 close;
        uint32 open;
        uint32 pick;
    }

    /// @notice `Reported`: its winner says that it runs; `Running`: an audit confirmed it, all else is in IProjects.
    /// `Unsold`: nobody won or started it. `Running`, `Refunded` and `Relisted` are final here.
    enum State {
        Unknown,
        Announced,
        Certified,
        Awarded,
        Reported,
        Running,
        Unsold,
        Refunded,
        Relisted
    }

    /// @notice A job as kept, in words by who reads them: settling needs the second and third alone. `deadline` (Unix
    /// seconds): to settle until Awarded, to report the start until Reported, to confirm it until Running. `openingsHash` is
    /// what the committee certified; once settled, keccak256(abi.encode(certified hash, bitmap of the bids that took part)).
    /// @param committed How many providers committed on chain.
    /// @param rank Place of the winner in the draw's line: 0, then up when a winner does not start.
    /// @param sidecar The winner's sidecar that runs the job.
    struct Job {
        address requester;
        uint96 fixedPrice;
        uint96 reserve;
        uint32 closeRound;
        uint32 pickRound;
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
        uint8 shortlist;
        bool payAsBid;
        uint32 startSeconds;
        uint8 committed;
        State state;
        uint8 rank;
        uint32 winner;
        uint96 price;
        uint40 deadline;
        uint32 openRound;
        uint32 durationSeconds;
        uint16 rewardBps;
        uint16 insuranceBps;
        uint16 forfeitBps;
        uint16 penaltyBps;
        uint32 sidecar;
        uint32 confirmSeconds;
        uint16 serviceBps;
        uint16 leastPeriods;
        uint16 lossBps;
        bytes32 openingsHash;
    }

    /// @notice What a job runs is said here alone: no contract asks for it, and storing it would cost its requester a fifth
    /// of the announcement.
    event Announced(uint64 indexed job, address indexed requester, bytes32 indexed kind, bytes32 specHash, Job record);
    /// @notice A commitment past all gossip, with the ciphertext, so that everybody can open it.
    event BidCommitted(
        uint64 indexed job,
        uint32 indexed provider,
        uint32 indexed sidecar,
        bytes32 commitment,
        bytes ciphertext
    );
    event OpeningsCertified(uint64 indexed job, address indexed poster, bytes32 openingsHash);
    event BidForfeited(uint64 indexed job, uint32 indexed provider, uint96 amount);
    /// @param setter Provider whose price is paid; zero: the reserve, or the winner's own.
    /// @param eligible Bitmap of the bids that took part in the draw, by position in the list.
    event Settled(
        uint64 indexed job,
        uint32 indexed winner,
        uint96 price,
        uint32 setter,
        uint128 eligible,
        uint40 startBefore
    );
    event Unsold(uint64 indexed job);
    /// @notice The winner did not start; `penalty` was taken from it.
    event NotStarted(uint64 indexed job, uint32 indexed provider, uint96 penalty);
    event TakenOver(
        uint64 indexed job,
        uint32 indexed winner,
        uint96 price,
        uint32 setter,
        uint8 rank,
        uint40 startBefore
    );
    event StartReported(uint64 indexed job, uint32 indexed provider, uint32 indexed sidecar, uint40 confirmBefore);
    /// @notice The project is confirmed; it and FP are handed over to IProjects.
    event HandedOver(uint64 indexed job, uint32 indexed provider);
    event Refunded(uint64 indexed job, uint96 amount);
    event Relisted(uint64 indexed job, uint64 indexed successor);
    event CreditWithdrawn(address indexed account, uint256 amount);
    event PolicyChanged(Policy policy);

    error AddressMissing();
    error TimingInvalid();
    /// @notice Collateral could leave between a bid and its settlement.
    error WithdrawalDelayTooShort(uint32 withdrawalDelay, uint256 longestAuction);
    error PolicyOutOfBounds();
    error RoundsInvalid(Rounds rounds);
    error FixedPriceTooHigh(uint96 fixedPrice, uint96 maxFixedPrice);
    error UnknownJob(uint64 job);
    error NotRequester(uint64 job, address caller);
    error WrongState(uint64 job, State state);
    error AlreadySettled(uint64 job);
    error AlreadyCertified(uint64 job);
    error BiddingClosed(uint64 job);
    error NotOpenedYet(uint64 job);
    error DeadlinePassed(uint64 job, uint40 deadline);
    error DeadlineNotPassed(uint64 job, uint40 deadline);
    error NotBidder(uint32 sidecar, address caller);
    error NotEligible(uint64 job, uint32 provider);
    error CommitmentZero();
    error NotWinner(uint32 provider, uint32 winner);
    error NotProjects(address caller);
    error NothingCredited(address account);

    /// @notice Quotes the job, pulls FP from the caller and opens the auction. From here on it cannot be withdrawn.
    function announce(Announcement calldata announcement) external returns (uint64 job);

    /// @notice Commits to a bid past all gossip, before close; replaces an earlier one. By the sidecar's record key or
    /// its provider's owner. The committee has to admit it.
    function commitBid(uint64 job, uint32 sidecar, bytes32 commitment, bytes calldata ciphertext) external;

    /// @notice Stores the hash of the certified openings: keccak256 over 64 bytes for each bid,
    /// abi.encode(provider * 256 + (opened ? 1 : 0), commitment). Certificate of kind 3, unit = job, epoch of the close round,
    /// content = openingsHash. Open to anybody from the open round until the deadline.
    /// @param bids The list itself, needed only if somebody committed on chain; otherwise empty.
    function certifyOpenings(
        uint64 job,
        bytes32 openingsHash,
        Bid[] calldata bids,
        bytes calldata certificate
    ) external;

    /// @notice Recomputes the outcome and awards the job. Open to anybody, needs the proven pick round (IBeacons).
    /// Reverts with AlreadySettled when done before.
    function settle(uint64 job, Bid[] calldata bids, Proof[] calldata proofs) external;

    /// @notice Hands a job on that was not started, or not confirmed to be, in time: the next of the same draw that can still take it.
    /// @param certified The hash of the event OpeningsCertified.
    /// @param eligible The bitmap of the event Settled.
    function nextInLine(
        uint64 job,
        bytes32 certified,
        uint128 eligible,
        Bid[] calldata bids,
        Proof[] calldata proofs
    ) external;

    /// @notice The winner's sidecar says that the workload runs. By its record key or its provider's owner. Counts once
    /// an audit confirms it in time (IProjects.confirm).
    function reportStarted(uint64 job, uint32 sidecar) external;

    /// @notice Hands a job over whose start is confirmed: its FP may be pulled from then on. IProjects only.
    function handOver(uint64 job) external;

    /// @notice Credits FP to the requester of a job that nobody settled, won or started. Requester only.
    function refund(uint64 job) external;

    /// @notice Announces such a job again, paid by its FP, under today's policy. Requester only, which says once more what
    /// it runs.
    function relist(
        uint64 job,
        bytes32 kind,
        bytes32 specHash,
        Rounds calldata rounds
    ) external returns (uint64 successor);

    /// @notice Sends an account its credit. Anybody may trigger it; the money goes to the account.
    function withdrawCredit(address account) external;

    function setPolicy(Policy calldata policy) external;

    function jobOf(uint64 id) external view returns (Job memory);
    /// @notice The first four words of the record, as they are kept: what contracts read of it (`lib/Terms.sol`).
    function wordsOf(uint64 id) external view returns (uint256[4] memory);
    /// @notice Number of ids given so far; ids are 1..total.
    function total() external view returns (uint64);
    /// @notice Commitment on chain; zero for none.
    function commitmentOf(uint64 job, uint32 provider) external view returns (bytes32);
    function creditOf(address account) external view returns (uint256);
    function policy() external view returns (Policy memory);
    function timing() external view returns (Timing memory);
    /// @notice The contracts it works with: with its own address alone, all others of the market are found.
    function parts()
        external
        view
        returns (address sidecars, address beacons, address committee, address providers, address quotes);
    /// @notice Where confirmed jobs go on.
    function projects() external view returns (address);
    /// @notice Who is bound to a job that is awarded and not over, and by how much; zeros otherwise.
    function engagementOf(uint64 job) external view returns (uint32 provider, uint96 requirement);
}
