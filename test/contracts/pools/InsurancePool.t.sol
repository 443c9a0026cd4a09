// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IInstallable} from "../../../contracts/interfaces/IInstallable.sol";
import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {FeeToken, HookToken, SilentToken} from "../government/BadTokens.sol";
import {Test} from "../support/Test.sol";
import {Claimant, Registry} from "./Claimant.sol";
import {PoolRules} from "./PoolRules.sol";

contract InsurancePoolTest is Test {
    address private constant GOVERNMENT = address(0x6073);
    address private constant ANN = address(0xA1);
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;
    IInsurancePool.Asset private constant ANKR = IInsurancePool.Asset.Ankr;
    IInsurancePool.Asset private constant ETH = IInsurancePool.Asset.Eth;

    TestAnkr private token;
    RewardPool private rewardPool;
    InsurancePool private pool;
    Claimant private one;
    Claimant private two;
    Registry private registry;

    function setUp() public {
        vm.warp(1_000_000);
        token = new HookToken();
        rewardPool = new RewardPool(PoolRules.reward(address(token)));
        pool = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        (one, two) = (new Claimant(pool), new Claimant(pool));
        registry = new Registry();
        registry.know(address(one));
        registry.know(address(two));
        pool.install(GOVERNMENT, address(registry));
        token.mint(address(this), 100_000 ether);
        token.approve(address(pool), type(uint256).max);
        token.mint(ANN, 100_000 ether);
        vm.prank(ANN);
        token.approve(address(pool), type(uint256).max);
        vm.deal(address(this), 100_000 ether);
    }

    function give(uint256 eth) private {
        pool.contributeEth{value: eth}("gift");
    }

    function test_constructorRefuses() external {
        IInsurancePool.Params memory p = PoolRules.insurance(address(token), ANN);
        refused(p, IInsurancePool.RewardPoolMissing.selector);
        p = PoolRules.insurance(ANN, address(rewardPool));
        refused(p, IPool.TokenMissing.selector);
        p = PoolRules.insurance(address(token), address(rewardPool));
        p.installer = address(0);
        refused(p, IAuthority.AuthorityMissing.selector);
        p = PoolRules.insurance(address(token), address(rewardPool));
        p.policy.ankrThreshold = p.least.ankrThreshold - 1;
        refused(p, IInsurancePool.PolicyOutOfBounds.selector);
        p = PoolRules.insurance(address(token), address(rewardPool));
        p.policy.ethThreshold = p.least.ethThreshold - 1;
        refused(p, IInsurancePool.PolicyOutOfBounds.selector);
    }

    function refused(IInsurancePool.Params memory p, bytes4 reason) private {
        vm.expectRevert(reason);
        new InsurancePool(p);
    }

    function test_install_saysWhoMayReportLosses() external {
        InsurancePool fresh = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        Claimant early = new Claimant(fresh);
        registry.know(address(early));
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.NotPool.selector, address(early)));
        early.cover(ETH, 1);
        vm.expectRevert(abi.encodeWithSelector(IInstallable.NotInstaller.selector, ANN));
        vm.prank(ANN);
        fresh.install(GOVERNMENT, address(registry));
        vm.expectRevert(IAuthority.AuthorityMissing.selector);
        fresh.install(address(0), address(registry));
        vm.expectRevert(IInsurancePool.MicroPoolsMissing.selector);
        fresh.install(GOVERNMENT, ANN);
        fresh.install(GOVERNMENT, address(registry));
        equal(fresh.microPools(), address(registry), "whom it asks");
        early.cover(ETH, 1);
        vm.expectRevert(IInstallable.AlreadyInstalled.selector);
        pool.install(GOVERNMENT, address(registry));
        Claimant made = new Claimant(pool);
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.NotPool.selector, address(made)));
        made.cover(ETH, 1);
        registry.know(address(made));
        made.cover(ETH, 1);
        equal(pool.authority(), GOVERNMENT, "authority");
    }

    function test_coversAsFarAsItCan() external {
        give(20 ether);
        uint256 a = one.cover(ETH, 16 ether);
        equal(one.collect(a), 16 ether, "in full");
        uint256 b = one.cover(ETH, 12 ether);
        equal(pool.owed(ETH), 8 ether, "the rest is owed");
        equal(one.collect(b), 4 ether, "what there was");
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.NothingToCollect.selector, b));
        one.collect(b);
        // 8 and 24 are owed: what comes in is shared one to three.
        uint256 c = two.cover(ETH, 24 ether);
        give(8 ether);
        equal(one.collect(b), 2 ether, "a quarter");
        equal(two.collect(c), 6 ether, "three quarters");
        give(24 ether + 5);
        equal(one.collect(b), 6 ether, "all of it");
        equal(two.collect(c), 18 ether, "all of it, too");
        equal(pool.free(ETH), 5, "and something over");
        equal(pool.owed(ETH), 0, "nothing owed");
        equal(address(one).balance, 28 ether, "one");
        // A new round begins with no memory of the last.
        uint256 d = two.cover(ETH, 10);
        give(5);
        equal(two.collect(d), 10, "both halves");
        equal(pool.dueOf(b), 0, "the old is done");
    }

    function test_ankrIsCoveredApart() external {
        pool.contribute("gift", 100);
        uint256 a = one.cover(ANKR, 150);
        equal(one.collect(a), 100, "ANKR");
        equal(token.balanceOf(address(one)), 100, "paid");
        give(10 ether);
        equal(pool.dueOf(a), 0, "ETH pays no ANKR");
        equal(pool.surplus(ANKR), 0, "owed");
        IInsurancePool.Claim memory claim = pool.claimOf(a);
        equal(claim.claimant, address(one), "claimant");
        equal(claim.loss, 150, "loss");
        equal(claim.paid, 100, "paid");
    }

    function test_coverRefuses() external {
        vm.expectRevert(IPool.AmountZero.selector);
        one.cover(ETH, 0);
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.LossTooLarge.selector, 32 ether + 1, 32 ether));
        one.cover(ETH, 32 ether + 1);
        uint256 most = type(uint96).max;
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.LossTooLarge.selector, most + 1, most));
        one.cover(ANKR, most + 1);
        give(1 ether);
        uint256 a = one.cover(ETH, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.NotClaimant.selector, a, address(two)));
        two.collect(a);
        one.refuse(true);
        vm.expectRevert(abi.encodeWithSelector(IPool.EthRefused.selector, address(one)));
        one.collect(a);
        one.refuse(false);
        equal(one.collect(a), 1 ether, "later");
    }

    function test_reentrancyCollectsOnce() external {
        give(1 ether);
        pool.contribute("gift", 10);
        uint256 a = one.cover(ETH, 2 ether);
        uint256 b = one.cover(ANKR, 20);
        one.grab(a);
        equal(one.collect(a), 1 ether, "once");
        one.grab(b);
        equal(one.collect(b), 10, "once in ANKR");
        equal(one.grabbed(), 0, "nothing by calling back");
    }

    /// @dev Who pays all but a base unit each time cannot make shares outgrow their word.
    function test_payingAllButOneBlocksNothing() external {
        uint256[12] memory claims;
        for (uint256 i = 0; i < 12; ++i) {
            claims[i] = one.cover(ETH, 32 ether);
            if (pool.owed(ETH) > 1) give(pool.owed(ETH) - 1);
        }
        give(100 ether);
        equal(pool.owed(ETH), 0, "all is paid");
        uint256 paid = 0;
        for (uint256 i = 0; i < 12; ++i) {
            if (pool.dueOf(claims[i]) != 0) one.collect(claims[i]);
            paid += pool.claimOf(claims[i]).paid;
        }
        equal(paid, 12 * 32 ether, "to everybody");
    }

    function test_surplusOnlyAboveTheThreshold() external {
        pool.contribute("gift", 1_500 ether);
        give(64 ether);
        equal(pool.surplus(ANKR), 500 ether, "above");
        equal(pool.surplus(ETH), 0, "at the threshold");
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.moveSurplus(ANKR, 1);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.burnSurplus(1);
        moveFails(ANKR, 0, abi.encodeWithSelector(IPool.AmountZero.selector));
        moveFails(ANKR, 501 ether, surplusTooSmall(ANKR, 500 ether, 501 ether));
        moveFails(ETH, 1, surplusTooSmall(ETH, 0, 1));
        one.cover(ANKR, 2_000 ether);
        moveFails(ANKR, 1, surplusTooSmall(ANKR, 0, 1));
        pool.contribute("gift", 1_700 ether);
        give(1 ether);
        vm.prank(GOVERNMENT);
        pool.moveSurplus(ANKR, 150 ether);
        vm.prank(GOVERNMENT);
        pool.moveSurplus(ETH, 1 ether);
        equal(rewardPool.contributed(address(pool), "surplus"), 150 ether, "moved");
        equal(rewardPool.contributedEth(address(pool), "surplus"), 1 ether, "moved in ETH");
        vm.prank(GOVERNMENT);
        pool.burnSurplus(50 ether);
        equal(token.balanceOf(BURN), 50 ether, "burnt");
        vm.prank(GOVERNMENT);
        vm.expectRevert(surplusTooSmall(ANKR, 0, 1));
        pool.burnSurplus(1);
    }

    function surplusTooSmall(IInsurancePool.Asset a, uint256 there, uint256 asked) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IInsurancePool.SurplusTooSmall.selector, a, there, asked);
    }

    function moveFails(IInsurancePool.Asset asset, uint256 amount, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(GOVERNMENT);
        pool.moveSurplus(asset, amount);
    }

    function test_policyStaysInBounds() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.setPolicy(PoolRules.thresholds());
        vm.expectRevert(IInsurancePool.PolicyOutOfBounds.selector);
        vm.prank(GOVERNMENT);
        pool.setPolicy(IInsurancePool.Policy(100 ether, 32 ether - 1));
        vm.prank(GOVERNMENT);
        pool.setPolicy(IInsurancePool.Policy(100 ether, 32 ether));
        equal(pool.policy().ethThreshold, 32 ether, "lowered");
    }

    function open(uint128 eth, uint128 firstPrice, uint128 lastPrice, uint32 lasts) private {
        vm.prank(GOVERNMENT);
        pool.openSale(eth, firstPrice, lastPrice, lasts);
    }

    function test_saleFallsAndBurns() external {
        give(74 ether);
        open(10 ether, 3_000 ether, 1_000 ether, 10 days);
        equal(pool.costOf(1 ether), 3_000 ether, "at first");
        vm.warp(block.timestamp + 5 days);
        equal(pool.costOf(1 ether), 2_000 ether, "halfway");
        equal(pool.costOf(1), 2_000, "a wei");
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.PriceTooHigh.selector, 8_000 ether, 7_999 ether));
        vm.prank(ANN);
        pool.buy(4 ether, 7_999 ether, payable(ANN));
        vm.prank(ANN);
        equal(pool.buy(4 ether, 8_000 ether, payable(ANN)), 8_000 ether, "price");
        equal(token.balanceOf(BURN), 8_000 ether, "burnt");
        equal(ANN.balance, 4 ether, "bought");
        vm.expectRevert(abi.encodeWithSelector(IInsurancePool.SaleTooSmall.selector, 6 ether, 7 ether));
        vm.prank(ANN);
        pool.buy(7 ether, type(uint256).max, payable(ANN));
        vm.expectRevert(IPool.AmountZero.selector);
        pool.costOf(0);
        // A loss comes before a sale.
        one.cover(ETH, 5 ether);
        vm.expectRevert(surplusTooSmall(ETH, 1 ether, 6 ether));
        vm.prank(ANN);
        pool.buy(6 ether, type(uint256).max, payable(ANN));
        vm.warp(block.timestamp + 5 days);
        vm.expectRevert(IInsurancePool.SaleClosed.selector);
        pool.costOf(1);
        equal(pool.sale().remaining, 6 ether, "not sold");
    }

    function test_saleRefuses() external {
        give(74 ether);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.openSale(1, 1, 1, 1 days);
        saleFails(0, 2, 1, 1 days, abi.encodeWithSelector(IInsurancePool.SaleInvalid.selector));
        saleFails(1, 2, 0, 1 days, abi.encodeWithSelector(IInsurancePool.SaleInvalid.selector));
        saleFails(1, 1, 2, 1 days, abi.encodeWithSelector(IInsurancePool.SaleInvalid.selector));
        saleFails(1, 2, 1, 1 hours - 1, abi.encodeWithSelector(IInsurancePool.SaleInvalid.selector));
        saleFails(1, 2, 1, 30 days + 1, abi.encodeWithSelector(IInsurancePool.SaleInvalid.selector));
        saleFails(11 ether, 2, 1, 1 days, surplusTooSmall(ETH, 10 ether, 11 ether));
        vm.expectRevert(IInsurancePool.SaleClosed.selector);
        pool.costOf(1);
    }

    function saleFails(uint128 eth, uint128 a, uint128 b, uint32 lasts, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(GOVERNMENT);
        pool.openSale(eth, a, b, lasts);
    }

    function test_badTokens() external {
        FeeToken fee = new FeeToken();
        InsurancePool other = new InsurancePool(PoolRules.insurance(address(fee), address(rewardPool)));
        fee.mint(address(this), 1_000);
        fee.approve(address(other), 1_000);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 1_000, 990));
        other.contribute("gift", 1_000);
        SilentToken silent = new SilentToken();
        other = new InsurancePool(PoolRules.insurance(address(silent), address(rewardPool)));
        Claimant claimant = new Claimant(other);
        registry.know(address(claimant));
        other.install(GOVERNMENT, address(registry));
        silent.mint(address(this), 1_000);
        other.contribute("gift", 1_000);
        equal(claimant.collect(claimant.cover(ANKR, 600)), 600, "covered");
        equal(silent.balanceOf(address(claimant)), 600, "paid");
    }
}
