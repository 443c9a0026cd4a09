// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {EconomyNetwork} from "./EconomyNetwork.sol";

/// @notice What must hold always, by the numbers of the properties, read from outside of the contracts.
abstract contract EconomyChecks is EconomyNetwork {
    uint32 internal constant SIDECARS = 2;

    /// @dev Of jobs that were over: what they were then.
    mapping(uint64 job => bytes32) private _over;

    function stakeOfProvider(uint32 id) internal view returns (uint256) {
        IProviders.Provider memory p = providers.provider(id);
        return uint256(p.collateral) + p.withdrawing;
    }

    /// @notice Calls that neither people nor strangers may make.
    function forbidden(uint256 kind, address me) internal view returns (address target, bytes memory call) {
        IRewardPool.Group group = IRewardPool.Group.Operators;
        if (kind == 0) return (address(rewardPool), abi.encodeCall(rewardPool.sync, (group, me, 1e30)));
        if (kind == 1) return (address(rewardPool), abi.encodeCall(rewardPool.syncStake, (me, 1, 1e24, 1e24)));
        if (kind == 2) return (address(insurancePool), abi.encodeCall(insurancePool.collect, (0)));
        if (kind == 3) return (address(providers), abi.encodeCall(providers.slash, (1, 5_000, 5_000)));
        if (kind == 4) return (address(providers), abi.encodeCall(providers.withdraw, (1)));
        if (kind == 5) return (address(council), abi.encodeCall(council.slash, (me)));
        if (kind == 6) return (address(aEth), abi.encodeCall(aEth.mint, (me, 1 ether)));
        if (kind == 7) return (address(requesters), abi.encodeCall(requesters.addEth, (me, 1 ether)));
        if (kind == 8) return (address(nodes), abi.encodeCall(nodes.release, (1)));
        if (kind == 9) return (address(factory), abi.encodeCall(factory.migrate, (address(pool), address(pool))));
        if (kind == 10) return (address(sidecars), abi.encodeCall(sidecars.requestExit, (1)));
        return (address(insurancePool), abi.encodeCall(insurancePool.cover, (IInsurancePool.Asset.Eth, 1 ether)));
    }

    function checkEconomy() external {
        this.check();
        checkMarket();
        checkStakes();
        checkPools();
        checkSeats();
    }

    /// @dev Handed over, or paid back: no longer the marketplace's.
    function isGone(IMarketplace.Job memory j) private pure returns (bool) {
        return j.state == IMarketplace.State.Running || j.state == IMarketplace.State.Refunded;
    }

    function asIs(uint64 id) private view returns (bytes32) {
        return keccak256(abi.encode(market.jobOf(id), projects.projectOf(id)));
    }

    /// @dev Part of every action: what an invariant function writes is not kept.
    function rememberOver() internal {
        for (uint64 id = 1; id <= market.total(); ++id)
            if (_over[id] == 0 && isGone(market.jobOf(id)) && !projects.isOpen(id)) _over[id] = asIs(id);
    }

    /// @dev Properties 1, 3 and 4: jobs.
    function checkMarket() private {
        uint256 owed = 0;
        uint256 engaged = 0;
        IPool.Amounts memory inProjects;
        for (uint64 id = 1; id <= market.total(); ++id) {
            IMarketplace.Job memory j = market.jobOf(id);
            if (!isGone(j)) owed += j.fixedPrice;
            IProjects.Project memory project = projects.projectOf(id);
            if (projects.isOpen(id))
                inProjects = plus(inProjects, IPool.Amounts(uint128(j.fixedPrice) + project.profit, project.profitEth));
            if (_over[id] != 0) equal(asIs(id), _over[id], "a settled job changed");
            (uint32 bound_, ) = market.engagementOf(id);
            if (bound_ == 0) continue;
            ++engaged;
            isTrue(j.winner != 0 && j.price <= j.reserve, "awarded to nobody, or above the reserve");
        }
        uint256 held = 0;
        uint256 running = 0;
        for (uint32 id = 1; id <= PROVIDERS_FIRST; ++id) {
            IProviders.Provider memory p = providers.provider(id);
            held += uint256(p.collateral) + p.withdrawing;
            running += p.running;
            owed += market.creditOf(ownerAt(id));
            inProjects = plus(inProjects, projects.creditOf(ownerAt(id)));
            isTrue(p.lien <= uint256(p.collateral) + p.withdrawing, "lien above collateral");
            isTrue(dividends.weightOf(id) <= p.collateral, "weight above collateral");
        }
        uint256 credits = 0;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            owed += market.creditOf(person(i));
            inProjects = plus(inProjects, projects.creditOf(person(i)));
            credits += discipline.creditOf(person(i));
        }
        inProjects = plus(plus(inProjects, projects.owedTo(rewardPool)), projects.owedTo(insurancePool));
        equal(engaged, running, "one winner for each engagement");
        equal(token.balanceOf(address(market)), owed, "market: owed is held");
        equal(token.balanceOf(address(projects)), inProjects.ankr, "projects: owed is held");
        equal(address(projects).balance, inProjects.eth, "projects: owed ETH is held");
        equal(
            token.balanceOf(address(providers)),
            held + providers.forfeited() + providers.shares(),
            "providers: owed is held"
        );
        equal(providers.shares(), credits, "discipline: owed is held");
    }

    /// @dev Properties 1 and 2: what people staked is theirs.
    function checkStakes() private view {
        (uint256 staked, uint256 seats, uint256 asked) = (0, 0, 0);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address who = person(i);
            staked += staking.stakeOn(who, 1) + staking.stakeOn(who, 2);
            seats += council.stakeOf(who) + council.withdrawalOf(who).amount;
            asked += requesters.stakeOf(who) + requesters.withdrawalOf(who).amount;
        }
        equal(token.balanceOf(address(staking)), staked, "staking: owed is held");
        equal(token.balanceOf(address(council)), seats + council.forfeited(), "council: owed is held");
        equal(token.balanceOf(address(requesters)), asked, "requesters: owed is held");
    }

    /// @dev Properties 1 and 3: what the pools promise, to everybody at once.
    function checkPools() private view {
        IPool.Amounts memory owed = rewardPool.waiting();
        owed = plus(owed, rewardPool.creditOf(rewardPool.development()));
        for (uint256 g = 0; g < 4; ++g) {
            IRewardPool.Group group = IRewardPool.Group(g);
            owed = plus(owed, rewardPool.potOf(group));
            uint256 weights = 0;
            for (uint256 i = 0; i < PEOPLE + PROVIDERS_FIRST; ++i) {
                address who = i < PEOPLE ? person(i) : ownerAt(uint32(1 + i - PEOPLE));
                if (g == 0) owed = plus(owed, rewardPool.creditOf(who));
                for (uint32 s = 1; s <= (group == IRewardPool.Group.Stakers ? SIDECARS : 1); ++s) {
                    (IPool.Amounts memory earned, IPool.Amounts memory waits) = rewardPool.claimable(group, who, s);
                    owed = plus(plus(owed, earned), waits);
                    weights += rewardPool.weightOf(group, who, s);
                }
            }
            equal(rewardPool.totalWeight(group), weights, "the whole is its parts");
        }
        isTrue(owed.ankr <= token.balanceOf(address(rewardPool)), "Reward Pool: ANKR owed is held");
        isTrue(owed.eth <= address(rewardPool).balance, "Reward Pool: ETH owed is held");
        uint256 free = insurancePool.free(IInsurancePool.Asset.Eth);
        isTrue(free + dueToPools() <= address(insurancePool).balance, "Insurance Pool: ETH owed is held");
        free = insurancePool.free(IInsurancePool.Asset.Ankr);
        isTrue(free <= token.balanceOf(address(insurancePool)), "Insurance Pool: ANKR owed is held");
    }

    function plus(IPool.Amounts memory a, IPool.Amounts memory b) private pure returns (IPool.Amounts memory) {
        return IPool.Amounts(a.ankr + b.ankr, a.eth + b.eth);
    }

    function dueToPools() private view returns (uint256 due) {
        for (uint256 claim = 0; claim < 64; ++claim) {
            try insurancePool.dueOf(claim) returns (uint256 amount) {
                due += amount;
            } catch {
                return due;
            }
        }
    }

    /// @dev Property 5.
    function checkSeats() private view {
        uint48 now_ = uint48(block.timestamp);
        isTrue(council.sizeAt(now_) <= 3, "more than 2n + 1 seats");
        address[] memory seated = council.seats();
        isTrue(seated.length <= council.sizeAt(now_), "more governors than seats");
        uint256 decisions = government.decisionCount();
        if (decisions == 0) return;
        uint256 id = government.decision(decisions - 1).proposal;
        (uint256 against, uint256 inFavour, uint256 abstain) = government.proposalVotes(id);
        isTrue(against + inFavour + abstain <= 3, "more votes than seats");
    }
}
