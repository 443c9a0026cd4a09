// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInstallable} from "../../../contracts/interfaces/IInstallable.sol";
import {IRequesters} from "../../../contracts/interfaces/IRequesters.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
import {Requesters} from "../../../contracts/pools/Requesters.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {FeeToken, HookToken, SilentToken} from "../government/BadTokens.sol";
import {Test} from "../support/Test.sol";
import {PoolRules} from "./PoolRules.sol";
import {Anything, Runs} from "./Stubs.sol";

/// @notice Stakes, and withdraws again while it is being paid.
contract Eager {
    Requesters private immutable REQUESTERS;
    bool private _leaving;
    uint256 public refused;

    constructor(Requesters requesters, TestAnkr token) {
        REQUESTERS = requesters;
        token.approve(address(requesters), type(uint256).max);
    }

    function stake(uint256 amount) external {
        REQUESTERS.stake(amount);
        REQUESTERS.requestWithdrawal(amount);
    }

    function withdraw() external {
        _leaving = true;
        REQUESTERS.withdraw();
    }

    function onTokens() external {
        if (!_leaving) return;
        try REQUESTERS.withdraw() {} catch {
            ++refused;
        }
    }
}

contract RequestersTest is Test {
    address private constant ANN = address(0xA1);
    address private constant BOB = address(0xB2);

    TestAnkr private token;
    RewardPool private rewardPool;
    Requesters private requesters;
    address private reporter;

    function setUp() public {
        vm.warp(1_000_000);
        (token, reporter) = (new TestAnkr(), address(new Anything()));
        (requesters, rewardPool) = create(address(token));
        token.mint(ANN, 1_000 ether);
        vm.prank(ANN);
        token.approve(address(requesters), type(uint256).max);
    }

    function create(address token_) private returns (Requesters made, RewardPool pool) {
        pool = new RewardPool(PoolRules.reward(token_));
        made = new Requesters(PoolRules.requesters(token_, address(pool)));
        made.install(reporter);
        IRewardPool.Sources memory s;
        s.authority = BOB;
        (s.council, s.providers, s.staking) = (
            address(new Anything()),
            address(new Anything()),
            address(new Anything())
        );
        (s.requesters, s.nodes) = (address(made), address(new Runs()));
        pool.install(s);
    }

    function weightOf(address who) private view returns (uint256) {
        return rewardPool.weightOf(IRewardPool.Group.Operators, who, 0);
    }

    function test_constructorRefuses() external {
        IRequesters.Params memory p = PoolRules.requesters(ANN, address(rewardPool));
        refused(p, abi.encodeWithSelector(IRequesters.TokenMissing.selector));
        p = PoolRules.requesters(address(token), ANN);
        refused(p, abi.encodeWithSelector(IRequesters.RewardPoolMissing.selector));
        p = PoolRules.requesters(address(token), address(rewardPool));
        p.installer = address(0);
        refused(p, abi.encodeWithSelector(IInstallable.InstallerMissing.selector));
        p = PoolRules.requesters(address(token), address(rewardPool));
        p.unbondingSeconds = 1 days - 1;
        refused(p, abi.encodeWithSelector(IRequesters.UnbondingOutOfBounds.selector, 1 days - 1));
        p.unbondingSeconds = 90 days + 1;
        refused(p, abi.encodeWithSelector(IRequesters.UnbondingOutOfBounds.selector, 90 days + 1));
    }

    function refused(IRequesters.Params memory p, bytes memory reason) private {
        vm.expectRevert(reason);
        new Requesters(p);
    }

    function test_registersByAddressOnly() external {
        vm.expectEmit(address(requesters));
        emit IRequesters.Registered(ANN, 1);
        vm.prank(ANN);
        requesters.register();
        vm.expectRevert(abi.encodeWithSelector(IRequesters.AlreadyRegistered.selector, ANN));
        vm.prank(ANN);
        requesters.register();
        vm.prank(ANN);
        requesters.stakeFor(BOB, 5);
        equal(requesters.numberOf(BOB), 2, "by being staked for");
        vm.prank(reporter);
        requesters.addEth(address(3), 7);
        equal(requesters.numberOf(address(3)), 3, "by staking ETH");
        equal(requesters.count(), 3, "in all");
    }

    function test_stakeAskBackWithdraw() external {
        vm.prank(ANN);
        requesters.stake(100);
        equal(weightOf(ANN), 100, "counts with the operators");
        vm.prank(ANN);
        requesters.requestWithdrawal(30);
        equal(weightOf(ANN), 70, "asked back counts for nothing");
        equal(requesters.totalStaked(), 100, "still held");
        uint48 unlocksAt = uint48(block.timestamp) + 7 days;
        equal(requesters.withdrawalOf(ANN).unlocksAt, unlocksAt, "after the delay");
        vm.warp(unlocksAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRequesters.StillBound.selector, ANN, unlocksAt));
        vm.prank(ANN);
        requesters.withdraw();
        vm.warp(unlocksAt);
        vm.prank(ANN);
        requesters.withdraw();
        equal(token.balanceOf(ANN), 1_000 ether - 70, "paid");
        equal(requesters.totalStaked(), 70, "the rest");
        vm.expectRevert(abi.encodeWithSelector(IRequesters.NothingWithdrawing.selector, ANN));
        vm.prank(ANN);
        requesters.withdraw();
    }

    function test_refuses() external {
        vm.expectRevert(IRequesters.AmountZero.selector);
        requesters.stake(0);
        vm.expectRevert(IRequesters.AmountZero.selector);
        requesters.requestWithdrawal(0);
        vm.expectRevert(IRequesters.RequesterMissing.selector);
        requesters.stakeFor(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IRequesters.StakeTooSmall.selector, ANN, 0, 1));
        vm.prank(ANN);
        requesters.requestWithdrawal(1);
    }

    function test_profitIsStakedByWhoHoldsIt() external {
        vm.prank(ANN);
        requesters.stakeFor(BOB, 40);
        equal(requesters.stakeOf(BOB), 40, "BOB's");
        equal(requesters.stakeOf(ANN), 0, "not ANN's");
        vm.expectRevert(abi.encodeWithSelector(IRequesters.StakeTooSmall.selector, ANN, 0, 40));
        vm.prank(ANN);
        requesters.requestWithdrawal(40);
        vm.prank(BOB);
        requesters.requestWithdrawal(40);
        equal(weightOf(BOB), 0, "asked back by BOB");
    }

    function test_ethIsReported() external {
        vm.expectRevert(abi.encodeWithSelector(IRequesters.NotReporter.selector, ANN));
        vm.prank(ANN);
        requesters.addEth(ANN, 1);
        vm.expectRevert(abi.encodeWithSelector(IRequesters.NotReporter.selector, ANN));
        vm.prank(ANN);
        requesters.removeEth(ANN, 1);
        vm.prank(reporter);
        requesters.addEth(ANN, 10 ether);
        vm.expectEmit(address(requesters));
        emit IRequesters.EthChanged(ANN, 15 ether);
        vm.prank(reporter);
        requesters.addEth(ANN, 5 ether);
        vm.prank(reporter);
        requesters.addEth(BOB, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IRequesters.EthTooSmall.selector, ANN, 15 ether, 16 ether));
        vm.prank(reporter);
        requesters.removeEth(ANN, 16 ether);
        vm.expectRevert(IRequesters.AmountZero.selector);
        vm.prank(reporter);
        requesters.removeEth(ANN, 0);
        vm.expectRevert(IRequesters.AmountZero.selector);
        vm.prank(reporter);
        requesters.addEth(ANN, 0);
        vm.prank(reporter);
        requesters.removeEth(ANN, 5 ether);
        equal(requesters.ethOf(ANN), 10 ether, "what is left");
        equal(requesters.totalEth(), 11 ether, "in all");
    }

    function test_installsOnce() external {
        vm.expectRevert(IInstallable.AlreadyInstalled.selector);
        requesters.install(reporter);
        vm.expectRevert(abi.encodeWithSelector(IInstallable.NotInstaller.selector, ANN));
        vm.prank(ANN);
        requesters.install(reporter);
        Requesters fresh = new Requesters(PoolRules.requesters(address(token), address(rewardPool)));
        vm.expectRevert(IRequesters.ReporterMissing.selector);
        fresh.install(ANN);
    }

    function test_badTokens() external {
        FeeToken fee = new FeeToken();
        (Requesters other, ) = create(address(fee));
        fee.mint(address(this), 1_000);
        fee.approve(address(other), 1_000);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 1_000, 990));
        other.stake(1_000);
        SilentToken silent = new SilentToken();
        (other, ) = create(address(silent));
        silent.mint(address(this), 10);
        other.stake(10);
        other.requestWithdrawal(4);
        vm.warp(block.timestamp + 7 days);
        other.withdraw();
        equal(silent.balanceOf(address(this)), 4, "paid");
        HookToken hooks = new HookToken();
        (other, ) = create(address(hooks));
        Eager eager = new Eager(other, hooks);
        hooks.mint(address(eager), 10);
        hooks.mint(address(other), 10);
        eager.stake(10);
        vm.warp(block.timestamp + 7 days);
        eager.withdraw();
        equal(hooks.balanceOf(address(eager)), 10, "once");
        equal(eager.refused(), 1, "tried twice");
    }

    function testFuzz_owedIsHeld(uint96[6] memory amounts, uint8 pattern) external {
        token.mint(ANN, type(uint96).max);
        uint256 owed = 0;
        for (uint256 i = 0; i < 6; ++i) {
            address who = i % 2 == 0 ? ANN : BOB;
            uint256 staked = requesters.stakeOf(who);
            if ((pattern >> i) & 1 == 0 || staked == 0) {
                uint256 amount = bound(amounts[i], 1, 1e28);
                vm.prank(ANN);
                requesters.stakeFor(who, amount);
                owed += amount;
            } else {
                vm.prank(who);
                requesters.requestWithdrawal(bound(amounts[i], 1, staked));
            }
            vm.warp(block.timestamp + 7 days);
            if (requesters.withdrawalOf(who).amount == 0) continue;
            owed -= requesters.withdrawalOf(who).amount;
            vm.prank(who);
            requesters.withdraw();
        }
        equal(token.balanceOf(address(requesters)), owed, "held");
        equal(requesters.totalStaked(), owed, "total");
        equal(requesters.stakeOf(ANN) + requesters.stakeOf(BOB), owed, "owed");
        equal(weightOf(ANN), requesters.stakeOf(ANN), "weight");
    }
}
