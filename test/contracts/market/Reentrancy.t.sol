// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice ANKR as it would be if it called back: before each transfer it makes one call, once, for its holder.
contract HookAnkr is TestAnkr {
    address private _target;
    bytes private _call;
    bool public succeeded;

    function arm(address target, bytes calldata call) external {
        (_target, _call, succeeded) = (target, call, false);
    }

    function _update(address from, address to, uint256 amount) internal override {
        address target = _target;
        if (target != address(0)) {
            _target = address(0);
            (succeeded, ) = target.call(_call);
        }
        super._update(from, to, amount);
        if (target != address(0)) {
            (bool again, ) = target.call(_call);
            succeeded = succeeded || again;
        }
    }
}

/// @notice Calling back through the token, before and after it moved, gains nothing anywhere.
contract ReentrancyTest is MarketNetwork {
    uint64 private job;

    function setUp() public override {
        super.setUp();
        // Same storage, other code: everything above was done with the plain token.
        HookAnkr hooked = new HookAnkr();
        vm.etch(address(token), address(hooked).code);
        job = announce();
        settled(job, paperBids(job));
        started(job);
    }

    function arm(address target, bytes memory call) private {
        HookAnkr(address(token)).arm(target, call);
    }

    function failed(string memory what) private view {
        isTrue(!HookAnkr(address(token)).succeeded(), what);
    }

    function complete() private {
        vm.warp(market.jobOf(job).deadline);
        market.complete(job);
    }

    function test_withdrawCredit_paysOnce() external {
        complete();
        arm(address(market), abi.encodeCall(market.withdrawCredit, (ownerAt(1))));
        uint256 before = token.balanceOf(ownerAt(1));
        market.withdrawCredit(ownerAt(1));
        equal(token.balanceOf(ownerAt(1)) - before, 70 ether, "once");
        failed("credited twice");
    }

    function test_complete_splitsOnce() external {
        arm(address(market), abi.encodeCall(market.complete, (job)));
        complete();
        failed("completed twice");
        equal(rewardPool.total(), 10 ether, "reward pool");
        equal(market.creditOf(ownerAt(1)), 70 ether, "provider");
    }

    function test_handOver_paysOnce() external {
        vm.prank(address(market));
        providers.forfeit(1, 5 ether);
        arm(address(providers), abi.encodeCall(providers.handOver, ()));
        providers.handOver();
        failed("handed over twice");
        equal(insurancePool.total(), 5 ether, "once");
    }

    function test_withdraw_paysOnce() external {
        vm.prank(ownerAt(2));
        providers.requestWithdrawal(2, 100 ether);
        vm.warp(block.timestamp + DELAY);
        arm(address(market), abi.encodeCall(market.withdrawCredit, (ownerAt(2))));
        uint256 before = token.balanceOf(ownerAt(2));
        vm.prank(ownerAt(2));
        providers.withdraw(2);
        equal(token.balanceOf(ownerAt(2)) - before, 100 ether, "once");
        failed("nothing was owed");
    }

    function test_announce_isWrittenBeforeItIsPaid() external {
        // The hook completes the finished job while FP of a new one comes in: both are done as if one after the other.
        vm.warp(market.jobOf(job).deadline);
        feed.set(1e8);
        arm(address(market), abi.encodeCall(market.complete, (job)));
        uint64 next = announce();
        equal(next, 2, "announced");
        isTrue(HookAnkr(address(token)).succeeded(), "completed in between");
        uint256 owed = market.creditOf(ownerAt(1)) + market.creditOf(REQUESTER) + 100 ether;
        equal(token.balanceOf(address(market)), owed, "owed is held");
    }
}
