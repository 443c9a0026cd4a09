// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Providers: who may bid, with what capacity, on what collateral, and with what reputation
/// @notice A provider applies with a brand, a capacity and a price ceiling; the authority qualifies it; it deposits
/// collateral in ANKR and enrols the sidecars that bid for it. The marketplace alone takes and gives back capacity,
/// forfeits, penalises and records what was delivered.
/// @dev Nobody can change his mind about a bid once bids are closed: what a job counts of a provider is its collateral
/// and its score *as they were when bidding closed*, and collateral leaves only after a delay longer than any auction.
/// So a bid's lien needs no transaction. Running jobs bind the largest requirement among them (white paper, P2).
interface IProviders {
    /// @notice Thousandths of GHz and of GB, as in `src/auction/quote.ts`.
    struct Capacity {
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
    }

    /// @notice What governors set. Weights are basis points that add up to 10,000, none above 6,000.
    /// @param minCollateral P_min: below it a provider has no score and wins nothing; like all scores as of its last
    /// change or refresh.
    /// @param maxCollateral P_max: full marks for stake; nobody deposits more.
    /// @param fullRunningSeconds Average running time of a provider's nodes that earns full marks.
    struct Policy {
        uint96 minCollateral;
        uint96 maxCollateral;
        uint16 stakeWeight;
        uint16 priceWeight;
        uint16 runningTimeWeight;
        uint16 uptimeWeight;
        uint32 fullRunningSeconds;
    }

    /// @notice What is fixed at deployment, and the first authority and policy.
    /// @param installer May install the parts that are deployed later, once, nothing else.
    /// @param withdrawalDelay Seconds between asking for collateral and getting it.
    struct Params {
        address token;
        address sidecars;
        address ledger;
        address insurancePool;
        address authority;
        address installer;
        uint32 withdrawalDelay;
        Policy policy;
    }

    /// @notice `Applied` until first qualified. `Disqualified` by the authority and `Suspended` by their score, for a time,
    /// providers finish what runs and win nothing new.
    enum Status {
        Unknown,
        Applied,
        Qualified,
        Disqualified,
        Suspended
    }

    /// @notice What a reputation score is made of (`src/auction/score.ts`): totals, one addition for each new fact.
    /// @param discountBpsSum Sum over completed jobs of (reserve - price) / reserve.
    /// @param nodes Nodes that ran, or should have: one that never started counts with no running time.
    struct Track {
        uint32 settledJobs;
        uint48 discountBpsSum;
        uint32 nodes;
        uint48 runningSecondsSum;
        uint40 periodsObserved;
        uint56 uptimeBpsSum;
    }

    /// @notice A provider seen from the current block. Amounts in ANKR base units.
    /// @param brand As qualified, like capacity and ceiling; what is applied for is in the event.
    /// @param application Hash of the application nobody decided on yet; zero for none.
    /// @param collateral Deposited and not asked back.
    /// @param withdrawing Asked back; leaves from `withdrawableAt` on, and still answers for forfeits until then.
    /// @param lien Largest requirement of the running jobs: cannot be asked back.
    struct Provider {
        uint32 id;
        address owner;
        Status status;
        string brand;
        bytes32 application;
        Capacity capacity;
        Capacity free;
        uint96 ceiling;
        uint96 collateral;
        uint96 withdrawing;
        uint40 withdrawableAt;
        uint96 lien;
        uint16 running;
        uint16 score;
        uint32[] sidecars;
    }

    /// @notice What a job asks of its bidders. Collateral and score count as they were before `closesAt` (Unix seconds).
    struct Need {
        Capacity capacity;
        uint96 reserve;
        uint40 closesAt;
    }

    event Applied(uint32 indexed id, address indexed owner, string brand, Capacity capacity, uint96 ceiling);
    event Qualified(uint32 indexed id, string brand, Capacity capacity, uint96 ceiling);
    event Disqualified(uint32 indexed id);
    event Enrolled(uint32 indexed id, uint32 indexed sidecar, address signer);
    event Deposited(uint32 indexed id, uint96 amount, uint96 collateral);
    event WithdrawalRequested(uint32 indexed id, uint96 amount, uint96 withdrawing, uint40 withdrawableAt);
    event Withdrawn(uint32 indexed id, address indexed owner, uint96 amount);
    /// @notice Collateral was taken: for a void bid, a job not started, or a sidecar that did not respond.
    event Forfeited(uint32 indexed id, uint96 amount, uint96 left);
    /// @notice Collateral went to the requester of a failed job.
    event Compensated(uint32 indexed id, uint96 amount, uint96 left);
    event LienLowered(uint32 indexed id, uint96 lien);
    event ScoreChanged(uint32 indexed id, uint16 score);
    event PolicyChanged(Policy policy);
    event MicroPoolsInstalled(address microPools);
    event Installed(address marketplace, address discipline, address dividends);
    /// @notice Forfeits were handed over to the Insurance Pool.
    event HandedOver(uint256 amount);

    error TokenMissing();
    error InsurancePoolMissing();
    error PolicyOutOfBounds();
    error BrandLength(uint256 length);
    error CapacityZero();
    error UnknownProvider(uint32 id);
    error NotOwner(uint32 id, address caller);
    /// @notice Not what the provider applies for, or it was decided on before.
    error ApplicationMismatch(uint32 id, bytes32 application);
    /// @notice Running jobs use more than the capacity applied for.
    error CapacityInUse(uint32 id);
    /// @notice Not qualified, or without the capacity for what it should take.
    error NotQualified(uint32 id);
    error SidecarNotOwned(uint32 id, uint32 sidecar);
    error AlreadyEnrolled(uint32 sidecar);
    error TooManySidecars(uint32 id);
    error AmountZero();
    error CollateralTooHigh(uint256 collateral, uint96 maxCollateral);
    error CollateralBound(uint32 id, uint256 collateral, uint96 lien);
    error NothingWithdrawing(uint32 id);
    error StillBound(uint32 id, uint40 withdrawableAt);
    error NotMarketplace(address caller);
    error NotMicroPools(address caller);
    error NotProjects(address caller);
    error InstallerMissing();
    error NotInstaller(address caller);
    error NotDiscipline(address caller);
    error NotSuspended(uint32 id);
    error AlreadyInstalled(address marketplace);
    error PartMissing();
    error SidecarNotEnrolled(uint32 sidecar);
    error LeafNotProven(uint32 sidecar);
    /// @notice The jobs named are not all the running ones of the provider, once each in increasing order.
    error EngagementsIncomplete(uint32 id);
    error NothingForfeited();
    /// @notice More than slashes left for reporters.
    error SharesTooSmall(uint256 shares, uint256 asked);

    /// @notice Applies, or changes an application; takes effect when qualified. A caller is one provider for ever.
    /// @param ceiling Of a bid's price, in base units; counts in thousandths of an ANKR, rounded down.
    /// @param brand At most 64 bytes.
    /// @return id Permanent number, from 1.
    function applyAs(string calldata brand, Capacity calldata capacity, uint96 ceiling) external returns (uint32 id);

    /// @notice Puts an application into force. Authority only. It is named in full, so that a vote on it can be read in
    /// full, and the provider cannot change it between the decision and its execution.
    function qualify(uint32 id, string calldata brand, Capacity calldata capacity, uint96 ceiling) external;

    /// @notice Ends a qualification, a suspended one too; a new application may be qualified again. Authority only.
    function disqualify(uint32 id) external;

    /// @notice Names a sidecar whose records are bids of the provider. Open to anybody: the registry says who owns it.
    function enrol(uint32 id, uint32 sidecar) external;

    /// @notice Adds collateral, up to P_max with what is there. Owner only. Counts for jobs whose bidding is open.
    function deposit(uint32 id, uint96 amount) external;

    /// @notice Asks collateral back that no lien binds. Owner only. A new request restarts the delay of an old one.
    function requestWithdrawal(uint32 id, uint96 amount) external;

    /// @notice Pays out what was asked back, as far as forfeits left it. Owner only.
    function withdraw(uint32 id) external;

    /// @notice Takes the newest proven audit leaf of an enrolled sidecar into the score. Open to anybody.
    function refreshUptime(uint32 sidecar) external;

    /// @notice Brings a score up to date with the policy. Open to anybody.
    function refreshScore(uint32 id) external;

    /// @notice Lowers the lien to the largest requirement of the running jobs: liens only grow by themselves. Open to
    /// anybody. `jobs` are all of them, strictly increasing.
    function lowerLien(uint32 id, uint64[] calldata jobs) external;

    /// @notice Sends the Insurance Pool what was forfeited. Open to anybody.
    function handOver() external;

    /// @notice Binds a job's capacity and collateral to its winner. Marketplace only.
    function take(uint32 id, Capacity calldata capacity, uint96 requirement) external;

    /// @notice Holds capacity for a validator of a micro-pool, so that no job is won with it. The micro-pools only.
    function hold(uint32 id, Capacity calldata capacity) external;

    /// @notice Gives back what was held. The micro-pools only.
    function restore(uint32 id, Capacity calldata capacity) external;

    /// @notice Gives capacity back after a delivered job and records it. The marketplace's projects only.
    function complete(
        uint32 id,
        Capacity calldata capacity,
        uint96 reserve,
        uint96 price,
        uint32 runningSeconds
    ) external;

    /// @notice Gives capacity back after a job that was not started, records that, takes `amount`. Marketplace only.
    function penalise(uint32 id, Capacity calldata capacity, uint96 amount) external returns (uint96 taken);

    /// @notice Gives capacity back after a job that failed, records that, and sends the caller up to `amount` of the
    /// collateral for its requester. The marketplace's projects only.
    /// @return taken Of the collateral.
    /// @return failures Jobs the provider has failed so far.
    function compensate(
        uint32 id,
        Capacity calldata capacity,
        uint96 amount
    ) external returns (uint96 taken, uint32 failures);

    /// @notice Takes up to `amount` of a provider's collateral for the Insurance Pool. Marketplace only.
    function forfeit(uint32 id, uint96 amount) external returns (uint96 taken);

    /// @notice Suspends a qualified provider. Discipline only; `IDiscipline.suspend` is for everybody.
    function suspend(uint32 id) external;

    /// @notice Ends a suspension and halves the totals of the track: averages stay, new facts weigh twice. Discipline only.
    function reinstate(uint32 id) external;

    /// @notice Takes `bps` of what is deposited or asked back. `shareBps` of that waits for `payShare`, the rest is the Insurance
    /// Pool's. Discipline only.
    function slash(uint32 id, uint256 bps, uint256 shareBps) external returns (uint96 taken, uint96 share);

    /// @notice Sends a reporter what slashes left for it. Discipline only.
    function payShare(address reporter, uint256 amount) external;

    /// @notice Names marketplace, discipline and dividends, once. Installer only.
    function install(address marketplace, address discipline, address dividends) external;

    /// @notice Names the micro-pools, once. Installer only.
    function installMicroPools(address microPools) external;

    function setPolicy(Policy calldata policy) external;

    /// @notice Weighs and screens bids. In: words price (96) | 0 (32) | provider (32), as in `lib/Auction.sol`, weight
    /// left out; bits from 168 on come back as they are. Out: the same with the score as weight, and bit 160 set if the provider can take the job now:
    /// qualified, capacity free, P_min and the reserve deposited when bidding closed, price within the ceiling.
    function screen(Need calldata need, uint256[] calldata bids) external view returns (uint256[] memory);

    /// @notice Collateral, rounded down to a thousandth of an ANKR, and score as they were just before a time not in the
    /// future (Unix seconds): what a job whose bidding closed then counts.
    function standingBefore(uint32 id, uint40 time) external view returns (uint96 collateral, uint16 score);

    /// @notice The provider a sidecar bids for and the address of its record key; zero when not enrolled.
    function bidderOf(uint32 sidecar) external view returns (uint32 provider, address signer);

    /// @notice When a sidecar was enrolled, Unix seconds; zero when it is not.
    function enrolledAt(uint32 sidecar) external view returns (uint40);

    function provider(uint32 id) external view returns (Provider memory);
    /// @notice Jobs a provider has failed.
    function failuresOf(uint32 id) external view returns (uint32);
    function trackOf(uint32 id) external view returns (Track memory);
    function ownerOf(uint32 id) external view returns (address);
    function idOfOwner(address owner) external view returns (uint32);
    function total() external view returns (uint32);
    function policy() external view returns (Policy memory);
    function withdrawalDelay() external view returns (uint32);
    function marketplace() external view returns (address);
    function discipline() external view returns (address);
    function dividends() external view returns (address);
    function microPools() external view returns (address);
    function token() external view returns (address);
    /// @notice Forfeited and not yet handed over.
    function forfeited() external view returns (uint256);
    /// @notice Slashed for reporters and not yet paid.
    function shares() external view returns (uint256);
}
