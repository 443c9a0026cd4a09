// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice Who takes part in a draw, and that nobody changes his mind after the close.
contract EligibleTest is MarketNetwork {
    uint64 private job;

    function setUp() public override {
        super.setUp();
        job = announce();
    }

    function test_settle_ineligibleAreLeftOut() external {
        IOpenings.Bid[] memory list = paperBids(job);
        vm.prank(GOVERNMENT);
        providers.disqualify(1);
        settled(job, list);
        equal(market.jobOf(job).winner, 2, "qualified only");
        equal(market.jobOf(job).price, 75 ether, "the disqualified sets no price");
        equal(providers.provider(1).collateral, COLLATERAL, "and forfeits nothing");
    }

    function test_settle_ceilingBindsItsProvider() external {
        vm.prank(ownerAt(1));
        providers.applyAs("brand", defaultCapacity(), 59 ether);
        vm.prank(GOVERNMENT);
        providers.qualify(1, "brand", defaultCapacity(), 59 ether);
        settled(job, paperBids(job));
        equal(market.jobOf(job).winner, 2, "above its own ceiling");
    }

    function test_settle_capacityBindsItsProvider() external {
        for (uint256 i = 0; i < 2; ++i) {
            settled(job, bidsAt(job, three(60 ether, 70 ether, 75 ether)));
            equal(market.jobOf(job).winner, 1, "twice");
            job = announce();
        }
        equal(providers.provider(1).free.cpuMilliGhz, 0, "full");
        settled(job, bidsAt(job, three(60 ether, 70 ether, 75 ether)));
        equal(market.jobOf(job).winner, 2, "no capacity left");
    }

    function test_settle_collateralCountsAsAtTheClose() external {
        // The lowest bidder asks for everything back once bids are closed: it stays bound.
        vm.warp(sidecars.timeOfRound(market.jobOf(job).closeRound));
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, COLLATERAL);
        settled(job, paperBids(job));
        equal(market.jobOf(job).winner, 1, "no leaving after the close");
        vm.warp(block.timestamp + DELAY);
        vm.prank(ownerAt(1));
        providers.withdraw(1);
        equal(providers.provider(1).withdrawing, 80 ether, "the lien stays");
    }

    function test_settle_collateralAskedBackBeforeTheCloseDoesNotCount() external {
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, COLLATERAL - 80 ether + 1);
        settled(job, paperBids(job));
        equal(market.jobOf(job).winner, 2, "too little collateral");
    }

    function test_settle_collateralDepositedAfterTheCloseDoesNotCount() external {
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, COLLATERAL);
        vm.warp(sidecars.timeOfRound(market.jobOf(job).closeRound));
        vm.prank(ownerAt(1));
        providers.deposit(1, COLLATERAL);
        settled(job, paperBids(job));
        equal(market.jobOf(job).winner, 2, "no coming in after the close");
    }
}
