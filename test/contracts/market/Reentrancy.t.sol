// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
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

/// @notice Takes ETH and asks for more.
contract Greedy {
    IProjects private immutable PROJECTS;
    bool public succeeded;

    constructor(IProjects projects) {
        PROJECTS = projects;
    }

    receive() external payable {
        (succeeded, ) = address(PROJECTS).call(abi.encodeCall(IProjects.withdraw, (payable(address(this)))));
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

    function test_withdrawCredit_paysOnce() external {
        uint64 other = announce();
        vm.warp(market.jobOf(other).deadline);
        vm.prank(REQUESTER);
        market.refund(other);
        arm(address(market), abi.encodeCall(market.withdrawCredit, (REQUESTER)));
        uint256 before = token.balanceOf(REQUESTER);
        market.withdrawCredit(REQUESTER);
        equal(token.balanceOf(REQUESTER) - before, 100 ether, "once");
        failed("credited twice");
    }

    function test_forward_paysOnce() external {
        completed(job);
        for (uint256 i = 0; i < 2; ++i) {
            IPool pool = i == 0 ? IPool(rewardPool) : insurancePool;
            arm(address(projects), abi.encodeCall(projects.forward, (pool)));
            projects.forward(pool);
            failed("sent twice");
        }
        equal(rewardPool.total(), 10 ether, "reward pool");
        equal(insurancePool.total(), 10 ether, "insurance pool");
        equal(ankrOf(ownerAt(1)), 70 ether, "provider");
    }

    function test_concede_paysOnce() external {
        arm(address(projects), abi.encodeCall(projects.complete, (job)));
        vm.warp(projects.projectOf(job).completableAt);
        vm.prank(ownerAt(1));
        projects.concede(job);
        failed("completed as well");
        equal(ankrOf(REQUESTER), 140 ether, "FP and half the reserve");
        equal(token.balanceOf(address(projects)), 140 ether, "owed is held");
    }

    function test_withdraw_ofBothPaysOnce() external {
        Greedy greedy = new Greedy(projects);
        earnEth(job, 10 ether);
        paidOut(job);
        vm.prank(REQUESTER);
        projects.withdraw(payable(address(greedy)));
        equal(address(greedy).balance, 8 ether, "once");
        isTrue(!greedy.succeeded(), "it was not its credit");
        equal(address(projects).balance, 0, "nothing is left");
    }

    /// @notice A requester that calls back when it is paid.
    function test_withdraw_byAGreedyRequesterPaysOnce() external {
        Greedy greedy = new Greedy(projects);
        token.mint(address(greedy), 100 ether);
        IMarketplace.Announcement memory a = announcement();
        vm.prank(address(greedy));
        token.approve(address(market), 100 ether);
        vm.prank(address(greedy));
        uint64 mine = market.announce(a);
        IOpenings.Bid[] memory list = paperBids(mine);
        list[0].provider = 4;
        list[0].content = openingOf(mine, 4, 60 ether);
        (list[0], list[2]) = (list[2], list[0]);
        (list[0], list[1]) = (list[1], list[0]);
        settled(mine, list);
        started(mine);
        earnEth(mine, 10 ether);
        earnEth(job, 10 ether);
        completed(mine);
        vm.prank(address(greedy));
        projects.withdraw(payable(address(greedy)));
        equal(address(greedy).balance, 8 ether, "once");
        isTrue(!greedy.succeeded(), "not twice");
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
        // The hook completes the finished project while FP of a new job comes in: as if one after the other, but the new
        // job's money is counted by what arrived.
        vm.warp(projects.projectOf(job).completableAt);
        feed.set(1e8);
        arm(address(projects), abi.encodeCall(projects.complete, (job)));
        uint64 next = announce();
        equal(next, 2, "announced");
        isTrue(HookAnkr(address(token)).succeeded(), "completed in between");
        equal(token.balanceOf(address(market)), 100 ether, "the marketplace holds FP");
        projects.forward(rewardPool);
        projects.forward(insurancePool);
        equal(token.balanceOf(address(projects)), ankrOf(ownerAt(1)) + ankrOf(REQUESTER), "owed is held");
    }

    function test_announce_isForWhatArrives() external {
        // Somebody else's money that comes in before and after it is not taken for the announcement's.
        arm(address(this), abi.encodeCall(this.pay, ()));
        IMarketplace.Announcement memory a = announcement();
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 100 ether, 100 ether + 2));
        market.announce(a);
    }

    function pay() external {
        HookAnkr(address(token)).mint(address(market), 1);
    }
}
