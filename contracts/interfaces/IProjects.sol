// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "./IAuditLedger.sol";
import {IAuthority} from "./IAuthority.sol";
import {IInstallable} from "./IInstallable.sol";
import {IPool} from "./IPool.sol";

/// @title Projects: awarded jobs from their start to their end, and their money
/// @notice The marketplace hands a job over when its winner's sidecar reports the workload running. It counts as running
/// once an audit of a later period saw the sidecar up to the service level (M8); until then it is the marketplace's, which
/// hands it on when that takes too long. While it runs, profit comes in as ANKR and as ETH.
///
/// *Delivered* (white paper 3.4.7; R1): when its time is over, the provider is paid its price out of FP, each of the pools
/// its rate of FP and profit, the requester all the rest; ANKR and ETH are split apart at the same rates. The requester may
/// end it at once, anybody after a time in which a failure can still be shown.
///
/// *Failed* (3.6; S1): two leaves of the audit ledger, the one it was confirmed by and one not after its end, show that the
/// service level is missed whatever the rest brings; or the provider concedes. The requester gets FP and profit back, and
/// its loss, a policy share of the reserve, out of the provider's collateral at once. What is left is the provider's.
///
/// *Disputed* (3.6; S5): requester and provider may each ask the government, once for each project. Nothing moves until
/// the authority has ruled; if it does not in time, the project goes on as if nobody had asked. What it ruled is carried out by
/// whoever calls: a decision need not pay for the end of a job.
/// @dev Terms are those the job was announced with (IMarketplace.Job). Payments are pulled. A requester may have any part
/// of what it is owed staked instead (R7).
interface IProjects is IAuthority, IInstallable {
    /// @notice `Reported`: said to run, not yet confirmed. `Completed` and `Failed` are final.
    enum State {
        Unknown,
        Reported,
        Running,
        Disputed,
        Completed,
        Failed
    }

    /// @notice What the authority said of a disputed project.
    enum Ruling {
        None,
        Delivered,
        Failed
    }

    /// @notice Fixed at deployment.
    /// @param challengeSeconds From a project's end until anybody may complete it, one period to 30 days.
    /// @param rulingSeconds For a ruling on a dispute, one minute to 90 days.
    struct Timing {
        uint32 challengeSeconds;
        uint32 rulingSeconds;
    }

    struct Params {
        address sidecars;
        address ledger;
        address providers;
        address nodes;
        address requesters;
        address rewardPool;
        address insurancePool;
        address authority;
        address installer;
        Timing timing;
    }

    /// @notice A project as kept. Unix seconds; money in base units and wei.
    /// @param disputed Was or is: there is one dispute for each project.
    /// @param startedAt When it was reported running; it ends a duration later,
    /// @param completableAt and from here on anybody may complete it; while disputed: until when the authority may rule, once
    /// it has: when it did.
    /// @param from The period it was reported in; once confirmed, the period of the leaf that did, with its running totals
    /// @param periodsObserved and
    /// @param uptimeSum as of then.
    /// @param ruledAmount Of the ruling: the provider's pay, or what its collateral pays.
    struct Project {
        State state;
        bool disputed;
        Ruling ruling;
        uint32 sidecar;
        uint40 startedAt;
        uint40 endsAt;
        uint40 completableAt;
        uint96 profit;
        uint96 profitEth;
        uint64 from;
        uint64 periodsObserved;
        uint64 uptimeSum;
        uint96 ruledAmount;
    }

    event MarketplaceInstalled(address marketplace);
    event Reported(uint64 indexed job, uint32 indexed provider, uint32 indexed sidecar);
    /// @notice Reported and not confirmed in time: the marketplace has it back.
    event Returned(uint64 indexed job, uint32 indexed sidecar);
    /// @param period Of the leaf that confirmed it.
    event Started(
        uint64 indexed job,
        uint32 indexed provider,
        uint32 indexed sidecar,
        uint64 period,
        uint40 startedAt,
        uint40 endsAt
    );
    event ProfitDeposited(uint64 indexed job, address indexed from, IPool.Amounts amounts, IPool.Amounts profit);
    /// @param providerShare In ANKR; the price unless a ruling says less.
    event Completed(
        uint64 indexed job,
        uint32 indexed provider,
        uint256 providerShare,
        IPool.Amounts rewardShare,
        IPool.Amounts insuranceShare,
        IPool.Amounts requesterShare
    );
    /// @notice Failed for good, a part of the provider's record from now on.
    /// @param compensation Taken from the provider's collateral, part of @param requesterShare.
    /// @param failures Projects the provider has failed so far.
    event Failed(
        uint64 indexed job,
        uint32 indexed provider,
        uint256 compensation,
        IPool.Amounts requesterShare,
        uint32 failures
    );
    /// @notice Shown before a failure is recorded: uptime since the start in @param observed periods up to @param period.
    event Missed(uint64 indexed job, uint32 indexed sidecar, uint64 period, uint64 observed, uint256 uptimeBps);
    event Disputed(uint64 indexed job, address indexed by, uint40 rulingUntil);
    event Ruled(uint64 indexed job, bool delivered, uint96 amount);
    /// @notice Nobody ruled in time.
    event Resumed(uint64 indexed job, uint40 completableAt);
    event Withdrawn(address indexed account, address indexed to, IPool.Amounts amounts);
    /// @notice What completed jobs brought a pool since the last time has gone to it.
    event Forwarded(IPool indexed pool, IPool.Amounts amounts);
    event ProfitStaked(address indexed requester, uint256 amount);

    error AddressMissing();
    error TimingInvalid();
    error NotMarketplace(address caller);
    error WrongProject(uint64 job, State state);
    error SidecarMismatch(uint32 sidecar, uint32 wanted);
    /// @notice The leaf is of the period of the report, or of an earlier one.
    error LeafTooEarly(uint64 job, uint64 period, uint64 from);
    /// @notice The leaf is of a period after the project's end.
    error LeafTooLate(uint64 job, uint64 period, uint64 last);
    /// @notice Nobody observed the sidecar in the period, or it was up for less than the service level.
    error StartNotShown(uint64 job, uint64 period, uint16 uptimeBps);
    /// @notice The leaf's running totals are below those it was confirmed by: only a faulty committee certifies that.
    error TotalsFell(uint64 job, uint64 period);
    error WindowTooShort(uint64 job, uint256 observed, uint16 needed);
    /// @notice @param bestBps is what the uptime is if the sidecar is up for all the periods left.
    error LevelReachable(uint64 job, uint256 bestBps, uint16 serviceBps);
    error AmountZero();
    error NotEnded(uint64 job, uint40 until);
    error NotParty(uint64 job, address caller);
    error NotProvider(uint64 job, address caller);
    error DisputedBefore(uint64 job);
    /// @notice The authority has ruled: `resume` carries it out.
    error RuledBefore(uint64 job);
    error RulingOpen(uint64 job, uint40 until);
    error RulingTooLate(uint64 job, uint40 until);
    error RulingOutOfBounds(uint64 job, uint96 amount, uint96 most);
    error NothingCredited(address account);
    error NothingToPay();
    error CreditTooSmall(address account, uint256 credit, uint256 asked);
    /// @notice The receiver does not take ETH; name another.
    error EthRefused(address to);

    /// @notice Shows by a leaf of a period after the report that the sidecar is up, and so starts the project. Open to
    /// anybody, as long as the marketplace waits for it; whoever calls pays for the proof.
    function confirm(uint64 job, IAuditLedger.Proven calldata leaf) external;

    /// @notice Adds to the profit X of a running project. Open to anybody.
    function depositProfit(uint64 job, uint96 amount) external;
    /// @notice The same in ETH.
    function depositEth(uint64 job) external payable;

    /// @notice Ends a delivered project: credits provider, requester and pools. The requester from its end on, anybody
    /// `challengeSeconds` later.
    function complete(uint64 job) external;

    /// @notice Sends the Reward Pool or the Insurance Pool what it is credited, of all jobs completed since the last time. Open
    /// to anybody.
    function forward(IPool pool) external;

    /// @notice Shows that a project misses its service level, whatever the periods left bring. Open to anybody.
    /// @param leaf Of a period after the one it was confirmed by, and not after its end.
    function fail(uint64 job, IAuditLedger.Proven calldata leaf) external;

    /// @notice The same by the provider's own word, also while disputed and not ruled on.
    function concede(uint64 job) external;

    /// @notice Asks the government, once for each project; locks its money. Requester or provider.
    function dispute(uint64 job) external;

    /// @notice Decides a dispute, once; `resume` carries it out. Authority only.
    /// @param amount Delivered: what the provider is paid, at most its price. Failed: what is taken from its collateral
    /// for the requester, at most the reserve.
    function rule(uint64 job, bool delivered, uint96 amount) external;

    /// @notice Ends a dispute: carries out what was ruled, or lets a project go on that nobody ruled on in time. Open to anybody.
    function resume(uint64 job) external;

    /// @notice Sends `to` all that the caller is credited.
    function withdraw(address payable to) external;

    /// @notice Stakes a part of the caller's ANKR credit for it (IRequesters).
    function stakeProfit(uint256 amount) external;

    /// @notice Holds the sidecar for a job it reports running. Marketplace only.
    function report(uint64 job, uint32 sidecar) external;

    /// @notice Gives a job back that was not confirmed. Marketplace only.
    function giveBack(uint64 job) external;

    /// @notice Names the marketplace, once. Installer only.
    function install(address marketplace) external;

    function projectOf(uint64 job) external view returns (Project memory);
    /// @notice Is it running or disputed?
    function isOpen(uint64 job) external view returns (bool);
    /// @notice The newest job that a sidecar was held for; 0 for none.
    function jobOn(uint32 sidecar) external view returns (uint64);
    function creditOf(address account) external view returns (IPool.Amounts memory);
    /// @notice What `forward` would send.
    function owedTo(IPool pool) external view returns (IPool.Amounts memory);
    function timing() external view returns (Timing memory);
    function marketplace() external view returns (address);
    /// @notice The other contracts it works with.
    function parts()
        external
        view
        returns (address nodes, address requesters, address rewardPool, address insurancePool);
}
