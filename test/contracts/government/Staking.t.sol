// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
import {Staking} from "../../../contracts/government/Staking.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {IStaking} from "../../../contracts/interfaces/IStaking.sol";
import {StakingNetwork} from "../pools/StakingNetwork.sol";
import {Test} from "../support/Test.sol";
import {FeeToken, HookToken, SilentToken} from "./BadTokens.sol";
import {SidecarStates} from "./SidecarStates.sol";

/// @notice Tries to get its stake twice from within the payment.
contract Greedy {
    Staking private immutable STAKING;
    bool private _leaving;

    constructor(Staking staking, HookToken token) {
        STAKING = staking;
        token.approve(address(staking), type(uint256).max);
    }

    function stake(uint128 amount) external {
        STAKING.stake(1, amount);
    }

    function unstake(uint128 amount) external {
        _leaving = true;
        STAKING.unstake(1, amount);
    }

    function onTokens() external {
        if (_leaving) STAKING.unstake(1, 60);
    }
}

contract StakingTest is Test {
    address private constant ANN = address(0xA1);
    address private constant BOB = address(0xB2);
    address private constant KIM = address(0xC3);
    address private constant LEO = address(0xD4);

    TestAnkr private token;
    SidecarStates private registry;
    Staking private staking;

    function setUp() public {
        vm.warp(1_000_000);
        token = new TestAnkr();
        registry = new SidecarStates();
        registry.set(1, ISidecars.Status.Active);
        registry.set(2, ISidecars.Status.Entering);
        staking = StakingNetwork.create(address(token), address(registry)).staking;
        fund(ANN);
        fund(BOB);
    }

    function fund(address who) private {
        token.mint(who, 1_000 ether);
        vm.prank(who);
        token.approve(address(staking), type(uint256).max);
    }

    function stake(address who, uint32 sidecar, uint128 amount) private {
        vm.prank(who);
        staking.stake(sidecar, amount);
    }

    function test_constructorRefuses() external {
        vm.expectRevert(IStaking.TokenMissing.selector);
        new Staking(ANN, address(registry), address(registry));
        vm.expectRevert(IStaking.SidecarsMissing.selector);
        new Staking(address(token), ANN, address(registry));
        vm.expectRevert(IStaking.RewardPoolMissing.selector);
        new Staking(address(token), address(registry), ANN);
    }

    function test_stakeMoveUnstake() external {
        vm.expectEmit(address(staking));
        emit IStaking.Staked(ANN, 1, 30, 30);
        stake(ANN, 1, 30);
        stake(ANN, 1, 5);
        stake(ANN, 2, 7);
        stake(BOB, 2, 1);
        equal(staking.stakeOn(ANN, 1), 35, "Ann on 1");
        equal(staking.stakeOn(ANN, 2), 7, "Ann on 2");
        equal(staking.stakeOf(ANN), 42, "Ann");
        equal(staking.totalOn(2), 8, "on 2");
        equal(staking.total(), 43, "all");
        equal(token.balanceOf(address(staking)), 43, "held");

        vm.expectEmit(address(staking));
        emit IStaking.Moved(ANN, 1, 2, 10);
        vm.prank(ANN);
        staking.move(1, 2, 10);
        equal(staking.stakeOn(ANN, 1), 25, "moved away");
        equal(staking.stakeOn(ANN, 2), 17, "moved here");
        equal(staking.totalOn(1), 25, "on 1");
        equal(staking.totalOn(2), 18, "on 2, moved");
        equal(staking.stakeOf(ANN), 42, "Ann, moved");

        vm.expectEmit(address(staking));
        emit IStaking.Unstaked(ANN, 2, 17, 0);
        vm.prank(ANN);
        staking.unstake(2, 17);
        equal(token.balanceOf(ANN), 1_000 ether - 25, "paid back");
        equal(staking.stakeOf(ANN), 25, "Ann, less");
        equal(staking.total(), 26, "all, less");
        equal(staking.token(), address(token), "token");
        equal(staking.sidecars(), address(registry), "registry");
    }

    function test_refusesNothing() external {
        vm.expectRevert(IStaking.AmountZero.selector);
        staking.stake(1, 0);
        vm.expectRevert(IStaking.AmountZero.selector);
        staking.unstake(1, 0);
        vm.expectRevert(IStaking.AmountZero.selector);
        staking.move(1, 2, 0);
    }

    function test_refusesSidecarsThatAreNotOpen() external {
        for (uint32 i = 0; i < 7; ++i) {
            ISidecars.Status status = ISidecars.Status(i);
            if (status == ISidecars.Status.Active || status == ISidecars.Status.Entering) continue;
            registry.set(9, status);
            vm.expectRevert(abi.encodeWithSelector(IStaking.SidecarNotOpen.selector, 9));
            stake(ANN, 9, 1);
        }
        stake(ANN, 1, 5);
        vm.expectRevert(abi.encodeWithSelector(IStaking.SidecarNotOpen.selector, 9));
        vm.prank(ANN);
        staking.move(1, 9, 1);
    }

    function test_stakeLeavesASidecarThatIsGone() external {
        stake(ANN, 1, 5);
        registry.set(1, ISidecars.Status.Left);
        vm.prank(ANN);
        staking.move(1, 2, 2);
        vm.prank(ANN);
        staking.unstake(1, 3);
        equal(token.balanceOf(ANN), 1_000 ether - 2, "back");
    }

    function test_nobodyTakesMoreThanItPut() external {
        stake(ANN, 1, 5);
        vm.expectRevert(abi.encodeWithSelector(IStaking.StakeTooSmall.selector, ANN, 1, 5, 6));
        vm.prank(ANN);
        staking.unstake(1, 6);
        vm.expectRevert(abi.encodeWithSelector(IStaking.StakeTooSmall.selector, ANN, 2, 0, 5));
        vm.prank(ANN);
        staking.move(2, 1, 5);
        vm.expectRevert(abi.encodeWithSelector(IStaking.StakeTooSmall.selector, BOB, 1, 0, 5));
        vm.prank(BOB);
        staking.unstake(1, 5);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector,
                BOB,
                1_000 ether,
                uint256(1_000 ether) + 1
            )
        );
        stake(BOB, 1, 1_000 ether + 1);
    }

    function test_stakeVotesForWhomItNames() external {
        equal(keccak256(bytes(staking.CLOCK_MODE())), keccak256("mode=timestamp"), "mode");
        stake(ANN, 1, 30);
        equal(staking.getVotes(ANN), 0, "nobody by default");
        vm.prank(ANN);
        staking.delegate(KIM);
        equal(staking.getVotes(KIM), 30, "all of it");
        stake(ANN, 2, 12);
        stake(BOB, 1, 8);
        vm.prank(BOB);
        staking.delegate(KIM);
        equal(staking.getVotes(KIM), 50, "of both, whatever the sidecar");

        vm.warp(1_000_100);
        vm.prank(ANN);
        staking.delegate(LEO);
        equal(staking.getVotes(KIM), 8, "taken away");
        equal(staking.getVotes(LEO), 42, "given");
        vm.prank(ANN);
        staking.unstake(1, 30);
        vm.prank(ANN);
        staking.move(2, 1, 12);
        equal(staking.getVotes(LEO), 12, "votes leave with the stake, not with a move");

        vm.warp(1_000_101);
        equal(staking.getPastVotes(KIM, 1_000_000), 50, "as it was");
        equal(staking.getPastVotes(KIM, 1_000_100), 8, "at the end of the second");
        vm.expectRevert(IStaking.TotalsNotKept.selector);
        staking.getPastTotalSupply(1_000_000);
        vm.expectRevert(abi.encodeWithSelector(Votes.ERC5805FutureLookup.selector, 1_000_101, 1_000_101));
        staking.getPastVotes(KIM, 1_000_101);
        vm.expectRevert(abi.encodeWithSelector(IVotes.VotesExpiredSignature.selector, 5));
        staking.delegateBySig(KIM, 0, 5, 27, 0, 0);
    }

    function test_refusesTokensThatTakeAFee() external {
        FeeToken fee = new FeeToken();
        Staking other = StakingNetwork.create(address(fee), address(registry)).staking;
        fee.mint(ANN, 1_000);
        vm.prank(ANN);
        fee.approve(address(other), 1_000);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 1_000, 990));
        vm.prank(ANN);
        other.stake(1, 1_000);
    }

    function test_takesTokensThatReturnNothing() external {
        SilentToken silent = new SilentToken();
        Staking other = StakingNetwork.create(address(silent), address(registry)).staking;
        silent.mint(ANN, 10);
        vm.prank(ANN);
        other.stake(1, 10);
        vm.prank(ANN);
        other.unstake(1, 4);
        equal(silent.balanceOf(ANN), 4, "paid");
        equal(silent.balanceOf(address(other)), 6, "held");
    }

    function test_reentrancyChangesNothing() external {
        HookToken hooks = new HookToken();
        Staking other = StakingNetwork.create(address(hooks), address(registry)).staking;
        Greedy greedy = new Greedy(other, hooks);
        hooks.mint(address(greedy), 100);
        hooks.mint(ANN, 100);
        vm.prank(ANN);
        hooks.approve(address(other), 100);
        vm.prank(ANN);
        other.stake(1, 100);
        greedy.stake(100);
        greedy.unstake(60);
        equal(hooks.refusals(address(greedy)), 1, "second payment tried and refused");
        equal(hooks.balanceOf(address(greedy)), 60, "paid once");
        equal(hooks.balanceOf(address(other)), 140, "the rest is held");
        equal(other.total(), 140, "and owed");
    }

    function testFuzz_moneyInIsMoneyOut(uint128[4] memory put, uint128[4] memory taken) external {
        uint256 left = 0;
        for (uint256 i = 0; i < 4; ++i) {
            put[i] = uint128(bound(put[i], 1, 250 ether));
            taken[i] = uint128(bound(taken[i], 0, put[i]));
            address who = i % 2 == 0 ? ANN : BOB;
            uint32 sidecar = uint32(1 + i / 2);
            stake(who, sidecar, put[i]);
            vm.prank(who);
            staking.delegate(KIM);
            if (taken[i] != 0) {
                vm.prank(who);
                staking.unstake(sidecar, taken[i]);
            }
            left += put[i] - taken[i];
        }
        equal(token.balanceOf(address(staking)), left, "held");
        equal(staking.stakeOf(ANN) + staking.stakeOf(BOB), left, "owed");
        equal(staking.totalOn(1) + staking.totalOn(2), left, "by sidecar");
        equal(staking.getVotes(KIM), left, "votes");
        equal(staking.total(), left, "total");
    }
}
