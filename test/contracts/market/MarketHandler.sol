// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeacons} from "../../../contracts/interfaces/IBeacons.sol";
import {ICommittee} from "../../../contracts/interfaces/ICommittee.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice Everybody at once, in any order: requesters, providers, settlers, the authority. Committee and drand are taken
/// at their word here, their own tests doubt them. Calls that the contracts refuse count as nothing done.
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
    uint256 public settlements;
    uint256 public completions;

    function prepare() external {
        setUp();
        vm.mockCall(address(committee), abi.encodePacked(ICommittee.verify.selector), abi.encode(uint256(4)));
        vm.mockCall(
            address(beacons),
            abi.encodePacked(IBeacons.requireRandomness.selector),
            abi.encode(keccak256("pick"))
        );
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) give(ownerAt(i), address(market));
    }

    function pass(uint256 time) external {
        // An action remembers what must not change: what an invariant function writes is not kept.
        for (uint64 job = 1; job <= market.total(); ++job) neverChanges(job, market.jobOf(job));
        // Sometimes a round, sometimes to the end of a job.
        vm.warp(block.timestamp + (time % 7 == 0 ? bound(time, 1, 61 days) : bound(time, 1, 40)));
    }

    function announceJob(uint256 a, uint256 b, uint256 c) external {
        if (market.total() >= 40) return;
        uint64 job = announce();
        _prices[job] = three(a % 90 ether, b % 90 ether, c % 90 ether);
    }

    function certifyJob(uint256 which) external {
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

    function settleJob(uint256 which) external {
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

    function nextJob(uint256 which) external {
        uint64 job = some(which);
        if (job == 0 || market.jobOf(job).state != IMarketplace.State.Awarded) return;
        IOpenings.Bid[] memory bids = bidsAt(job, _prices[job]);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        try market.nextInLine(job, _certified[job], _eligible[job], bids, proofs) {} catch {}
    }

    function startJob(uint256 which) external {
        uint64 job = some(which);
        if (job == 0) return;
        uint32 winner = market.jobOf(job).winner;
        if (winner == 0) return;
        vm.prank(ownerAt(winner));
        try market.reportStarted(job, winner) {} catch {}
    }

    function earn(uint256 which, uint96 amount) external {
        uint64 job = some(which);
        vm.prank(REQUESTER);
        try market.depositProfit(job, uint96(bound(amount, 1, 50 ether))) {} catch {}
    }

    function completeJob(uint256 which) external {
        try market.complete(some(which)) {
            ++completions;
        } catch {}
    }

    function giveUp(uint256 which, bool relist) external {
        uint64 job = some(which);
        IMarketplace.Rounds memory rounds = soon();
        vm.prank(REQUESTER);
        if (!relist) {
            try market.refund(job) {} catch {}
        } else {
            try market.relist(job, rounds) returns (uint64 next) {
                _prices[next] = _prices[job];
            } catch {}
        }
    }

    function collect(uint256 who) external {
        try market.withdrawCredit(who % 5 == 0 ? REQUESTER : ownerAt(uint32(who % 5))) {} catch {}
        try providers.handOver() {} catch {}
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
        uint256 held = providers.forfeited();
        uint256 engaged;
        uint256 running;
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) {
            owed += market.creditOf(ownerAt(i));
            IProviders.Provider memory p = providers.provider(i);
            held += uint256(p.collateral) + p.withdrawing;
            running += p.running;
            isTrue(p.lien <= uint256(p.collateral) + p.withdrawing, "lien above collateral");
            isTrue(p.free.cpuMilliGhz + p.running * 4_000 == p.capacity.cpuMilliGhz, "capacity lost or won");
        }
        for (uint64 job = 1; job <= market.total(); ++job) {
            IMarketplace.Job memory j = market.jobOf(job);
            owed += owedFor(j);
            if (j.state == IMarketplace.State.Awarded || j.state == IMarketplace.State.Running) {
                ++engaged;
                isTrue(j.winner != 0, "awarded to nobody");
                isTrue(j.price <= j.reserve, "price above reserve");
            }
            neverChanges(job, j);
        }
        equal(engaged, running, "every engagement has its job");
        equal(token.balanceOf(address(market)), owed, "market: owed is held");
        equal(token.balanceOf(address(providers)), held, "providers: owed is held");
    }

    /// @dev FP and profit of jobs that can still be completed or refunded.
    function owedFor(IMarketplace.Job memory j) private pure returns (uint256) {
        bool over =
            j.state == IMarketplace.State.Completed ||
                j.state == IMarketplace.State.Refunded ||
                j.state == IMarketplace.State.Relisted;
        return over ? 0 : uint256(j.fixedPrice) + j.profit;
    }

    /// @dev Whom a running job pays, and how much, stays: it has one winner for ever.
    function neverChanges(uint64 job, IMarketplace.Job memory j) private {
        if (j.state != IMarketplace.State.Running && j.state != IMarketplace.State.Completed) {
            isTrue(_final[job] == 0, "a started job went back");
            return;
        }
        bytes32 now_ = keccak256(abi.encode(j.winner, j.price, j.rank, j.openingsHash, j.reserve, j.fixedPrice));
        if (_final[job] == 0) _final[job] = now_;
        equal(_final[job], now_, "a settled job changed");
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
