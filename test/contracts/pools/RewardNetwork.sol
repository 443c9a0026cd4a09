// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {HookToken} from "../government/BadTokens.sol";
import {SidecarStates} from "../government/SidecarStates.sol";
import {Test} from "../support/Test.sol";
import {StakingNetwork} from "./StakingNetwork.sol";

/// @notice The reward pool behind real staking, with a token that calls back; KIM stands. ANN and BOB can stake.
abstract contract RewardNetwork is Test {
    address internal constant ANN = address(0xA1);
    address internal constant BOB = address(0xB2);
    address internal constant KIM = address(0xC3);

    TestAnkr internal token;
    RewardPool internal pool;
    StakingNetwork.Parts internal parts;
    IRewardPool.Sources internal sources;

    function setUp() public virtual {
        vm.warp(1_000_000);
        token = new HookToken();
        SidecarStates registry = new SidecarStates();
        registry.set(1, ISidecars.Status.Active);
        registry.set(2, ISidecars.Status.Active);
        parts = StakingNetwork.create(address(token), address(registry));
        pool = parts.pool;
        sources = pool.sources();
        token.mint(address(this), 10_000 ether);
        token.approve(address(pool), type(uint256).max);
        vm.deal(address(this), 10_000 ether);
        fund(ANN);
        fund(BOB);
        parts.candidates.set(KIM, true);
    }

    function fund(address who) internal {
        token.mint(who, 1_000 ether);
        vm.prank(who);
        token.approve(address(parts.staking), type(uint256).max);
    }

    function governor(address who, uint256 weight) internal {
        vm.prank(sources.council);
        pool.sync(IRewardPool.Group.Governors, who, weight);
    }

    function stake(address who, uint32 sidecar, uint128 amount) internal {
        vm.prank(who);
        parts.staking.stake(sidecar, amount);
    }

    function unstake(address who, uint32 sidecar, uint128 amount) internal {
        vm.prank(who);
        parts.staking.unstake(sidecar, amount);
    }

    function give(uint256 amount) internal {
        pool.contribute("gift", amount);
        pool.contributeEth{value: amount}("gift");
    }

    function release() internal {
        (, , uint48 endsAt) = pool.period();
        vm.warp(endsAt);
        pool.release();
    }

    function claim(address who, IRewardPool.Group group, uint32 sidecar) internal returns (uint256 paid) {
        uint256 before = token.balanceOf(who);
        uint256 eth = who.balance;
        vm.prank(who);
        pool.claim(group, sidecar, payable(who));
        paid = token.balanceOf(who) - before;
        equal(who.balance - eth, paid, "as much ETH as ANKR");
    }

    function earns(address who, IRewardPool.Group group, uint32 sidecar, uint256 now_, uint256 waits) internal view {
        (IPool.Amounts memory earned, IPool.Amounts memory held) = pool.claimable(group, who, sidecar);
        near(earned.ankr, now_, "earned");
        near(earned.eth, now_, "earned in ETH");
        near(held.ankr, waits, "waits");
        near(held.eth, waits, "waits in ETH");
    }

    function near(uint256 pays, uint256 right, string memory what) internal pure {
        if (pays > right || pays + 3 < right) revert NotEqual(what, pays, right);
    }
}
