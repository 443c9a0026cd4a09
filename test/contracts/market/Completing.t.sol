// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IRequesters} from "../../../contracts/interfaces/IRequesters.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice Takes no ETH.
contract Purse {
    function collect(IProjects projects, address payable to) external {
        projects.withdraw(to);
    }
}

/// @notice R1 and R7: what a delivered project pays to whom, in both moneys, to the base unit.
contract CompletingTest is MarketNetwork {
    uint64 private job;

    /// @dev What is expected of one project: amounts in ANKR base units and wei.
    struct Example {
        uint96 profit;
        uint96 profitEth;
        uint256 provider;
        uint256 pool;
        uint256 poolEth;
        uint256 requester;
        uint256 requesterEth;
    }

    function policy(bool payAsBid, uint16 rewardBps, uint16 insuranceBps) private {
        IMarketplace.Policy memory p = rulesOfMarket();
        (p.payAsBid, p.rewardBps, p.insuranceBps) = (payAsBid, rewardBps, insuranceBps);
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
    }

    function running() private {
        job = announce();
        settled(job, paperBids(job));
        started(job);
    }

    function pays(Example memory e) private {
        running();
        if (e.profit != 0) earn(job, e.profit);
        if (e.profitEth != 0) earnEth(job, e.profitEth);
        paidOut(job);
        equal(ankrOf(ownerAt(1)), e.provider, "provider");
        equal(ethOf(ownerAt(1)), 0, "no ETH for the provider");
        equal(rewardPool.total(), e.pool, "reward pool");
        equal(insurancePool.total(), e.pool, "insurance pool");
        equal(rewardPool.totalEth(), e.poolEth, "reward pool, ETH");
        equal(insurancePool.totalEth(), e.poolEth, "insurance pool, ETH");
        equal(ankrOf(REQUESTER), e.requester, "requester");
        equal(ethOf(REQUESTER), e.requesterEth, "requester, ETH");
        equal(token.balanceOf(address(projects)), e.provider + e.requester, "only credits are left");
        equal(address(projects).balance, e.requesterEth, "in ETH, too");
    }

    function test_paper_vickrey() external {
        pays(Example(300 ether, 0, 70 ether, 40 ether, 0, 250 ether, 0));
    }

    function test_paper_vickreyInEth() external {
        pays(Example(0, 300 ether, 70 ether, 10 ether, 30 ether, 10 ether, 240 ether));
    }

    function test_paper_vickreyInBoth() external {
        pays(Example(200 ether, 100 ether, 70 ether, 30 ether, 10 ether, 170 ether, 80 ether));
    }

    function test_paper_payAsBid() external {
        policy(true, 1_000, 1_000);
        pays(Example(300 ether, 0, 60 ether, 40 ether, 0, 260 ether, 0));
    }

    function test_paper_payAsBidInEth() external {
        policy(true, 1_000, 1_000);
        pays(Example(0, 300 ether, 60 ether, 10 ether, 30 ether, 20 ether, 240 ether));
    }

    function test_paper_payAsBidInBoth() external {
        policy(true, 1_000, 1_000);
        pays(Example(200 ether, 100 ether, 60 ether, 30 ether, 10 ether, 180 ether, 80 ether));
    }

    function test_example_withoutProfit() external {
        pays(Example(0, 0, 70 ether, 10 ether, 0, 10 ether, 0));
    }

    function test_example_remaindersAreTheRequesters() external {
        // 10 % of 100 ANKR and 9 base units is 10 ANKR and 0.9 of one; of 19 wei, 1.9.
        pays(Example(9, 19, 70 ether, 10 ether, 1, 10 ether + 9, 17));
    }

    function test_example_oneWeiIsTheRequesters() external {
        pays(Example(0, 1, 70 ether, 10 ether, 0, 10 ether, 1));
    }

    function test_example_ratesOfSevenAndAHalf() external {
        policy(false, 750, 750);
        // The reserve is 85 ANKR now; 7.5 % of 133.333… ANKR and of 13 ETH.
        pays(
            Example(
                33_333_333_333_333_333_333,
                13 ether,
                70 ether,
                9_999_999_999_999_999_999,
                0.975 ether,
                43_333_333_333_333_333_335,
                11.05 ether
            )
        );
    }

    function test_example_nothingForThePools() external {
        policy(true, 0, 0);
        pays(Example(5 ether, 6 ether, 60 ether, 0, 0, 45 ether, 6 ether));
    }

    function test_example_unevenRates() external {
        policy(false, 2_000, 500);
        running();
        earn(job, 50 ether + 3);
        earnEth(job, 1 ether + 7);
        paidOut(job);
        equal(ankrOf(ownerAt(1)), 70 ether, "provider");
        equal(rewardPool.total(), 30 ether, "a fifth of 150");
        equal(insurancePool.total(), 7.5 ether, "a twentieth of 150");
        equal(rewardPool.totalEth(), 0.2 ether + 1, "a fifth of 1 and 7 wei");
        equal(insurancePool.totalEth(), 0.05 ether, "a twentieth");
        equal(ankrOf(REQUESTER), 42.5 ether + 3, "the rest");
        equal(ethOf(REQUESTER), 0.75 ether + 6, "the rest in ETH");
    }

    function test_complete_tellsRegistriesAndScores() external {
        running();
        earn(job, 300 ether);
        earnEth(job, 5 ether);
        equal(nodes.node(1).rewardsAnkr, 300 ether, "counted as it comes");
        vm.warp(projects.projectOf(job).endsAt);
        vm.expectEmit(address(projects));
        emit IProjects.Completed(
            job,
            1,
            70 ether,
            IPool.Amounts(40 ether, 0.5 ether),
            IPool.Amounts(40 ether, 0.5 ether),
            IPool.Amounts(250 ether, 4 ether)
        );
        vm.prank(REQUESTER);
        projects.complete(job);
        isProject(job, IProjects.State.Completed, "over");
        equal(providers.provider(1).lien, 0, "free again");
        equal(providers.trackOf(1).discountBpsSum, 1_250, "an eighth below the reserve");
        equal(providers.trackOf(1).runningSecondsSum, 60 days, "running time");
        equal(nodes.node(1).rewardsAnkr, 300 ether, "what the node earned");
        equal(nodes.node(1).rewardsEth, 5 ether, "in ETH");
        isTrue(!nodes.isEngaged(1), "idle");
        projects.forward(rewardPool);
        projects.forward(insurancePool);
        equal(rewardPool.contributed(address(projects), "completion"), 40 ether, "by reason");
        equal(insurancePool.contributedEth(address(projects), "completion"), 0.5 ether, "by reason, too");
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Completed));
        projects.complete(job);
    }

    function test_complete_requesterFirstThenAnybody() external {
        running();
        IProjects.Project memory p = projects.projectOf(job);
        equal(p.endsAt, p.startedAt + 60 days, "a duration after the report");
        equal(p.completableAt, p.endsAt + CHALLENGE_SECONDS, "time to show a failure");
        vm.warp(p.endsAt - 1);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.NotEnded.selector, job, p.endsAt));
        projects.complete(job);
        vm.warp(p.completableAt - 1);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProjects.NotEnded.selector, job, p.completableAt));
        projects.complete(job);
        vm.warp(p.completableAt);
        vm.prank(ANYBODY);
        projects.complete(job);
    }

    function test_profit_onlyWhileRunning() external {
        job = announce();
        settled(job, paperBids(job));
        bytes memory notYet = abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Unknown);
        vm.expectRevert(notYet);
        projects.depositProfit(job, 1);
        started(job);
        vm.expectRevert(IProjects.AmountZero.selector);
        projects.depositProfit(job, 0);
        vm.expectRevert(IProjects.AmountZero.selector);
        projects.depositEth(job);
        earn(job, 5);
        vm.expectEmit(address(projects));
        emit IProjects.ProfitDeposited(job, REQUESTER, IPool.Amounts(6, 0), IPool.Amounts(11, 0));
        earn(job, 6);
        vm.expectEmit(address(projects));
        emit IProjects.ProfitDeposited(job, REQUESTER, IPool.Amounts(0, 7), IPool.Amounts(11, 7));
        earnEth(job, 7);
        completed(job);
        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IProjects.WrongProject.selector, job, IProjects.State.Completed));
        projects.depositEth{value: 1}(job);
    }

    function test_profit_ethComesByItsEntryOnly() external {
        running();
        vm.deal(address(this), 1 ether);
        (bool ok, ) = address(projects).call{value: 1 ether}("");
        isTrue(!ok, "not for any project");
    }

    function test_forward_sendsThePoolsAllThatJobsBrought() external {
        vm.expectRevert(IProjects.NothingToPay.selector);
        projects.forward(rewardPool);
        running();
        completed(job);
        running();
        earnEth(job, 10 ether);
        completed(job);
        equal(rewardPool.total() + insurancePool.total(), 0, "nobody has called for it");
        IPool.Amounts memory each = IPool.Amounts(20 ether, 1 ether);
        (IPool.Amounts memory reward, IPool.Amounts memory insurance) = owedToPools();
        equal(keccak256(abi.encode(reward, insurance)), keccak256(abi.encode(each, each)), "owed");
        vm.expectEmit(address(projects));
        emit IProjects.Forwarded(rewardPool, each);
        vm.prank(ANYBODY);
        projects.forward(rewardPool);
        equal(insurancePool.total(), 0, "the other has a call of its own");
        projects.forward(insurancePool);
        equal(rewardPool.total(), 20 ether, "of both jobs");
        equal(insurancePool.totalEth(), 1 ether, "in ETH, too");
        vm.expectRevert(IProjects.NothingToPay.selector);
        projects.forward(rewardPool);
        vm.expectRevert(IProjects.NothingToPay.selector);
        projects.forward(IPool(address(token)));
        running();
        paidOut(job);
        equal(insurancePool.total(), 30 ether, "and of the next");
        equal(token.balanceOf(address(projects)), 3 * 80 ether, "only credits are left");
    }

    function test_withdraw_bothMoneysAtOnce() external {
        running();
        earnEth(job, 10 ether);
        completed(job);
        vm.expectRevert(abi.encodeWithSelector(IProjects.NothingCredited.selector, address(this)));
        projects.withdraw(payable(address(this)));
        vm.prank(REQUESTER);
        vm.expectRevert(IProjects.AddressMissing.selector);
        projects.withdraw(payable(address(0)));
        uint256 before = token.balanceOf(ANYBODY);
        vm.expectEmit(address(projects));
        emit IProjects.Withdrawn(REQUESTER, ANYBODY, IPool.Amounts(10 ether, 8 ether));
        vm.prank(REQUESTER);
        projects.withdraw(payable(ANYBODY));
        equal(token.balanceOf(ANYBODY) - before, 10 ether, "ANKR");
        equal(ANYBODY.balance, 8 ether, "ETH");
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.NothingCredited.selector, REQUESTER));
        projects.withdraw(payable(ANYBODY));
    }

    function test_withdraw_whoTakesNoEthNamesAnother() external {
        running();
        earnEth(job, 10 ether);
        completed(job);
        Purse purse = new Purse();
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.EthRefused.selector, address(purse)));
        projects.withdraw(payable(address(purse)));
        equal(ethOf(REQUESTER), 8 ether, "still there");
    }

    function test_stakeProfit_movesCreditIntoStake() external {
        running();
        earn(job, 300 ether);
        paidOut(job);
        vm.prank(REQUESTER);
        vm.expectRevert(IProjects.AmountZero.selector);
        projects.stakeProfit(0);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IProjects.CreditTooSmall.selector, REQUESTER, 250 ether, 250 ether + 1));
        projects.stakeProfit(250 ether + 1);
        vm.expectEmit(address(projects));
        emit IProjects.ProfitStaked(REQUESTER, 100 ether);
        vm.expectEmit(address(requesters));
        emit IRequesters.Registered(REQUESTER, 1);
        vm.prank(REQUESTER);
        projects.stakeProfit(100 ether);
        equal(requesters.stakeOf(REQUESTER), 100 ether, "staked");
        equal(ankrOf(REQUESTER), 150 ether, "the rest is credit");
        vm.prank(REQUESTER);
        projects.stakeProfit(150 ether);
        equal(ankrOf(REQUESTER), 0, "all of it, too");
        equal(token.balanceOf(address(projects)), 70 ether, "the provider's is left");
    }

    /// @notice Whatever is earned: nothing is lost and nobody is paid by another's rounding.
    function test_fuzz_complete(uint96 profit, uint96 profitEth, uint16 rewardBps, uint16 insuranceBps) external {
        profit = uint96(bound(profit, 0, 50_000 ether));
        profitEth = uint96(bound(profitEth, 0, 1_000 ether));
        (rewardBps, insuranceBps) = (rewardBps % 2_001, insuranceBps % 2_001);
        policy(true, rewardBps, insuranceBps);
        job = announce();
        uint256 reserve = market.jobOf(job).reserve;
        settled(job, bidsAt(job, three(reserve, reserve + 1, reserve + 1)));
        started(job);
        if (profit != 0) earn(job, profit);
        if (profitEth != 0) earnEth(job, profitEth);
        paidOut(job);
        uint256 all = 100 ether + uint256(profit);
        equal(ankrOf(ownerAt(1)), reserve, "the dearest bid there is is paid");
        equal(rewardPool.total(), (all * rewardBps) / 10_000, "reward pool");
        equal(insurancePool.total(), (all * insuranceBps) / 10_000, "insurance pool");
        equal(ankrOf(REQUESTER) + reserve + rewardPool.total() + insurancePool.total(), all, "no base unit lost");
        equal(ethOf(REQUESTER) + rewardPool.totalEth() + insurancePool.totalEth(), profitEth, "no wei lost");
    }
}
