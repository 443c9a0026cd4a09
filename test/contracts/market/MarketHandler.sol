// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IBeacons} from "../../../contracts/interfaces/IBeacons.sol";
import {ICommittee} from "../../../contracts/interfaces/ICommittee.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice Everybody at once, in any order: requesters, providers, settlers, the authority. Committee, drand and
/// audits are taken at their word here, their own tests doubt them. Calls that the contracts refuse count as nothing done.
contract MarketHandler is MarketNetwork {
    struct Outcome {
        uint32 winner;
        uint96 price;
        uint8 rank;
    }

    mapping(uint64 => uint256[]) private _prices;
    mapping(uint64 => bytes32) private _certified;
    mapping(uint64 => uint128) private _eligible;
    mapping(uint64 => bytes32) private _final;
    mapping(uint64 => IPool.Amounts) private _profits;
    mapping(uint64 => IProjects.State) private _last;
    uint256 public starts;
    uint256 public failures;
    uint256 public settlements;
    uint256 public completions;

    /// @dev Here and not in the invariants, which leave nothing behind.
    modifier watched() {
        _;
        for (uint64 job = 1; job <= market.total(); ++job) neverChanges(job, market.jobOf(job));
    }

    function prepare() external {
        setUp();
        vm.mockCall(address(committee), abi.encodePacked(ICommittee.verify.selector), abi.encode(uint256(4)));
        vm.mockCall(
            address(beacons),
            abi.encodePacked(IBeacons.requireRandomness.selector),
            abi.encode(keccak256("pick"))
        );
        vm.mockCall(address(ledger), abi.encodePacked(IAuditLedger.proveLeaf.selector), abi.encode(true));
        vm.mockCall(address(ledger), abi.encodePacked(IAuditLedger.requireLeaf.selector), "");
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) give(ownerAt(i), address(market));
    }

    function pass(uint256 time) external watched {
        // Sometimes a round, sometimes to the end of a job.
        vm.warp(block.timestamp + (time % 7 == 0 ? bound(time, 1, 61 days) : bound(time, 1, 40)));
    }

    function announceJob(uint256 a, uint256 b, uint256 c) external watched {
        if (market.total() >= 40) return;
        uint64 job = announce();
        _prices[job] = three(a % 90 ether, b % 90 ether, c % 90 ether);
    }

    function certifyJob(uint256 which) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        IMarketplace.Job memory j = market.jobOf(job);
        if (j.state != IMarketplace.State.Announced) return;
        if (block.timestamp < sidecars.timeOfRound(j.openRound)) vm.warp(sidecars.timeOfRound(j.openRound));
        bytes32 hash = openingsHash(job, bidsAt(job, _prices[job]));
        try market.certifyOpenings(job, hash, new IOpenings.Bid[](0), "") {
            _certified[job] = hash;
        } catch {}
    }

    function settleJob(uint256 which) external watched {
        uint64 job = some(which);
        if (job == 0 || market.jobOf(job).state != IMarketplace.State.Certified) return;
        IOpenings.Bid[] memory bids = bidsAt(job, _prices[job]);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        uint128 eligible = eligibleNow(job);
        try market.settle(job, bids, proofs) {
            _eligible[job] = eligible;
            ++settlements;
        } catch {}
    }

    function nextJob(uint256 which) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        IOpenings.Bid[] memory bids = bidsAt(job, _prices[job]);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        try market.nextInLine(job, _certified[job], _eligible[job], bids, proofs) {} catch {}
    }

    function startJob(uint256 which) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        uint32 winner = market.jobOf(job).winner;
        if (winner == 0) return;
        vm.prank(ownerAt(winner));
        try market.reportStarted(job, winner) {} catch {}
    }

    function confirmJob(uint256 which, uint64 later) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        IProjects.Project memory p = projects.projectOf(job);
        try projects.confirm(job, proven(p.sidecar, p.from + (later % 4), 10, 100_000)) {
            ++starts;
        } catch {}
    }

    function earn(uint256 which, uint96 amount, bool eth) external watched {
        uint64 job = some(which);
        amount = uint96(bound(amount, 1, 50 ether));
        vm.prank(REQUESTER);
        if (!eth) {
            try projects.depositProfit(job, amount) {
                _profits[job].ankr += amount;
            } catch {}
        } else if (REQUESTER.balance >= amount) {
            try projects.depositEth{value: amount}(job) {
                _profits[job].eth += amount;
            } catch {}
        }
    }

    function completeJob(uint256 which, bool requester) external watched {
        vm.prank(requester ? REQUESTER : ANYBODY);
        try projects.complete(some(which)) {
            ++completions;
        } catch {}
    }

    /// @dev By audits or by the provider's word.
    function failJob(uint256 which, uint64 later, uint64 uptime, bool conceded) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        if (conceded) {
            vm.prank(ownerAt(market.jobOf(job).winner));
            try projects.concede(job) {
                ++failures;
            } catch {}
            return;
        }
        IProjects.Project memory p = projects.projectOf(job);
        uint64 observed = later % 90_000;
        IAuditLedger.Proven memory leaf = proven(
            p.sidecar,
            p.from + observed,
            p.periodsObserved + observed,
            p.uptimeSum + (uptime % 10_001) * observed
        );
        try projects.fail(job, leaf) {
            ++failures;
        } catch {}
    }

    function disputeJob(uint256 which, bool requester) external watched {
        uint64 job = some(which);
        if (job == 0) return;
        vm.prank(requester ? REQUESTER : ownerAt(market.jobOf(job).winner));
        try projects.dispute(job) {} catch {}
    }

    function ruleJob(uint256 which, bool delivered, uint96 amount) external watched {
        uint64 job = some(which);
        vm.prank(GOVERNMENT);
        try projects.rule(job, delivered, uint96(bound(amount, 0, 81 ether))) {} catch {}
        try projects.resume(job) {} catch {}
    }

    function proven(
        uint32 sidecar,
        uint64 period,
        uint64 observed,
        uint64 uptimeSum
    ) private pure returns (IAuditLedger.Proven memory p) {
        p.period = period;
        p.leaf = IAuditLedger.Leaf(sidecar, 0, 10_000, 1, 4, 5, observed, uptimeSum, 0);
    }

    function giveUp(uint256 which, bool relist) external watched {
        uint64 job = some(which);
        IMarketplace.Rounds memory rounds = soon();
        vm.prank(REQUESTER);
        if (!relist) {
            try market.refund(job) {} catch {}
        } else {
            try market.relist(job, KIND, SPEC, rounds) returns (uint64 next) {
                _prices[next] = _prices[job];
            } catch {}
        }
    }

    function collect(uint256 who) external watched {
        address account = who % 5 == 0 ? REQUESTER : ownerAt(uint32(who % 5));
        try market.withdrawCredit(account) {} catch {}
        vm.prank(account);
        if (who % 3 == 0) {
            try projects.stakeProfit(1 + (who % 5 ether)) {} catch {}
        } else {
            try projects.withdraw(payable(account)) {} catch {}
        }
        try providers.handOver() {} catch {}
        try projects.forward(who % 2 == 0 ? IPool(rewardPool) : insurancePool) {} catch {}
    }

    function deposit(uint256 who, uint96 amount) external {
        uint32 i = uint32(1 + (who % PROVIDERS_FIRST));
        vm.prank(ownerAt(i));
        try providers.deposit(i, uint96(bound(amount, 1, 500 ether))) {} catch {}
    }

    function takeBack(uint256 who, uint96 amount) external {
        uint32 i = uint32(1 + (who % PROVIDERS_FIRST));
        vm.prank(ownerAt(i));
        try providers.requestWithdrawal(i, uint96(bound(amount, 1, 500 ether))) {} catch {}
        vm.prank(ownerAt(i));
        try providers.withdraw(i) {} catch {}
    }

    function govern(uint256 who, bool harsh) external {
        uint32 i = uint32(1 + (who % PROVIDERS_FIRST));
        if (harsh) {
            vm.prank(GOVERNMENT);
            try providers.disqualify(i) {} catch {}
        } else if (uint256(providers.provider(i).status) == uint256(IProviders.Status.Disqualified)) {
            applyFor(i);
            qualify(i);
        }
    }

    /// @notice Economy, properties 1, 2 and 4, and the liens.
    function check() external {
        uint256 owed = market.creditOf(REQUESTER);
        uint256 credited = ankrOf(REQUESTER);
        uint256 creditedEth = ethOf(REQUESTER);
        uint256 held = providers.forfeited();
        uint256 engaged;
        uint256 running;
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) {
            owed += market.creditOf(ownerAt(i));
            credited += ankrOf(ownerAt(i));
            creditedEth += ethOf(ownerAt(i));
            IProviders.Provider memory p = providers.provider(i);
            held += uint256(p.collateral) + p.withdrawing;
            running += p.running;
            isTrue(p.lien <= uint256(p.collateral) + p.withdrawing, "lien above collateral");
            isTrue(p.free.cpuMilliGhz + p.running * 4_000 == p.capacity.cpuMilliGhz, "capacity lost or won");
        }
        for (uint64 job = 1; job <= market.total(); ++job) {
            IMarketplace.Job memory j = market.jobOf(job);
            owed += owedFor(j);
            if (projects.isOpen(job)) {
                credited += uint256(j.fixedPrice) + _profits[job].ankr;
                creditedEth += _profits[job].eth;
            }
            (uint32 provider, ) = market.engagementOf(job);
            if (provider != 0) {
                ++engaged;
                equal(provider, j.winner, "engaged is who won");
                isTrue(j.price <= j.reserve, "price above reserve");
            }
        }
        equal(engaged, running, "every engagement has its job");
        equal(token.balanceOf(address(market)), owed, "market: owed is held");
        (IPool.Amounts memory reward, IPool.Amounts memory insurance) = owedToPools();
        credited += uint256(reward.ankr) + insurance.ankr;
        creditedEth += uint256(reward.eth) + insurance.eth;
        equal(token.balanceOf(address(projects)), credited, "projects: owed is held");
        equal(address(projects).balance, creditedEth, "projects: owed ETH is held");
        equal(token.balanceOf(address(providers)), held, "providers: owed is held");
    }

    /// @dev FP of jobs that are still the marketplace's and can be handed over or refunded.
    function owedFor(IMarketplace.Job memory j) private pure returns (uint256) {
        bool over =
            j.state == IMarketplace.State.Running ||
                j.state == IMarketplace.State.Refunded ||
                j.state == IMarketplace.State.Relisted;
        return over ? 0 : j.fixedPrice;
    }

    /// @dev Whom a running job pays, and how much, stays: it has one winner for ever. What is over stays over.
    function neverChanges(uint64 job, IMarketplace.Job memory j) private {
        IProjects.State state = projects.projectOf(job).state;
        isTrue(_last[job] == IProjects.State.Unknown || _last[job] == state, "what is over changed");
        if (state == IProjects.State.Completed || state == IProjects.State.Failed) _last[job] = state;
        if (j.state != IMarketplace.State.Running) {
            isTrue(_final[job] == 0, "a started job went back");
            return;
        }
        isTrue(state != IProjects.State.Unknown && state != IProjects.State.Reported, "running nowhere");
        bytes32 now_ = keccak256(abi.encode(j.winner, j.price, j.rank, j.openingsHash, j.reserve, j.fixedPrice));
        if (_final[job] == 0) _final[job] = now_;
        equal(_final[job], now_, "a settled job changed");
    }

    /// @notice Property 4: whatever state a job is in, time and somebody's call alone bring it to an end.
    function finishAll() external {
        for (uint64 job = 1; job <= market.total(); ++job) {
            // Longer than any deadline of any state.
            vm.warp(block.timestamp + 100 days);
            IMarketplace.State state = market.jobOf(job).state;
            if (state == IMarketplace.State.Refunded || state == IMarketplace.State.Relisted) continue;
            if (state != IMarketplace.State.Running) {
                vm.prank(REQUESTER);
                market.refund(job);
                continue;
            }
            if (projects.projectOf(job).state == IProjects.State.Disputed) {
                projects.resume(job);
                vm.warp(block.timestamp + 100 days);
            }
            if (projects.projectOf(job).state != IProjects.State.Running) continue;
            vm.prank(ANYBODY);
            projects.complete(job);
        }
    }

    /// @dev Computed apart from the contracts' own bitmap.
    function eligibleNow(uint64 job) private view returns (uint128 eligible) {
        IMarketplace.Job memory j = market.jobOf(job);
        IProviders.Need memory need = IProviders.Need(needed(), j.reserve, uint40(sidecars.timeOfRound(j.closeRound)));
        for (uint256 i = 0; i < 3; ++i) {
            if (_prices[job][i] > j.reserve) continue;
            uint256[] memory one = new uint256[](1);
            one[0] = (_prices[job][i] << 64) | (i + 1);
            if (providers.screen(need, one)[0] >> 160 != 0) eligible |= uint128(1 << i);
        }
    }

    function some(uint256 which) private view returns (uint64) {
        return market.total() == 0 ? 0 : uint64(1 + (which % market.total()));
    }
}
