// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {InsurancePool} from "../../../contracts/market/InsurancePool.sol";
import {RewardPool} from "../../../contracts/market/RewardPool.sol";
import {Test} from "../support/Test.sol";

/// @notice Both pools hold and keep account.
contract PoolsTest is Test {
    TestAnkr private token;

    function setUp() public {
        token = new TestAnkr();
        token.mint(address(this), 100);
    }

    function test_contribute_isAccountedByGiverAndReason() external {
        keepsAccount(new RewardPool(address(token)));
        keepsAccount(new InsurancePool(address(token)));
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
    }

    function test_construct_needsAToken() external {
        vm.expectRevert(IPool.TokenMissing.selector);
        new RewardPool(address(0x1234));
        vm.expectRevert(IPool.TokenMissing.selector);
        new InsurancePool(address(0));
    }
}
