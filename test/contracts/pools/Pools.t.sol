// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {Test} from "../support/Test.sol";
import {PoolRules} from "./PoolRules.sol";

/// @notice Both pools hold and keep account.
contract PoolsTest is Test {
    TestAnkr private token;

    function setUp() public {
        token = new TestAnkr();
        token.mint(address(this), 200);
    }

    function test_contribute_isAccountedByGiverAndReason() external {
        RewardPool rewardPool = new RewardPool(PoolRules.reward(address(token)));
        keepsAccount(rewardPool);
        keepsAccount(new InsurancePool(PoolRules.insurance(address(token), address(rewardPool))));
    }

    function keepsAccount(IPool pool) private {
        equal(pool.token(), address(token), "token");
        token.approve(address(pool), 50);
        vm.expectRevert(IPool.AmountZero.selector);
        pool.contribute("gift", 0);
        vm.expectEmit(address(pool));
        emit IPool.Contributed(address(this), "gift", 20, 20);
        pool.contribute("gift", 20);
        pool.contribute("forfeit", 30);
        equal(pool.contributed(address(this), "gift"), 20, "gift");
        equal(pool.contributed(address(this), "forfeit"), 30, "forfeit");
        equal(pool.total(), 50, "total");
        equal(token.balanceOf(address(pool)), 50, "held");
        vm.expectRevert(IPool.AmountZero.selector);
        pool.contributeEth("gift");
        vm.deal(address(this), 7);
        vm.expectEmit(address(pool));
        emit IPool.EthContributed(address(this), "gift", 7, 7);
        pool.contributeEth{value: 7}("gift");
        equal(pool.contributedEth(address(this), "gift"), 7, "gift in ETH");
        equal(pool.totalEth(), 7, "total in ETH");
        vm.expectRevert(IPool.NothingToGather.selector);
        pool.gather();
        token.transfer(address(pool), 9);
        equal(pool.gather(), 9, "sent");
        equal(pool.total(), 59, "counted");
        equal(pool.contributed(address(pool), "sent"), 9, "by nobody in particular");
        vm.expectRevert(IPool.NothingToGather.selector);
        pool.gather();
        (bool taken, ) = address(pool).call{value: 0}("");
        isTrue(!taken, "no plain ETH");
    }

    function test_construct_needsAToken() external {
        vm.expectRevert(IPool.TokenMissing.selector);
        new RewardPool(PoolRules.reward(address(0x1234)));
        vm.expectRevert(IPool.TokenMissing.selector);
        new InsurancePool(PoolRules.insurance(address(0), address(this)));
    }
}
