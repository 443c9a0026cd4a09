// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
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

    function test_screen_collateralCountsInThousandths() external {
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, COLLATERAL - 120.0009 ether);
        vm.warp(block.timestamp + 1);
        equal(providers.provider(1).collateral, 120.0009 ether, "kept to the base unit");
        uint40 time = uint40(block.timestamp);
        isTrue(isAble(120 ether, time), "rounded down it is enough");
        isTrue(!isAble(120 ether + 1, time), "and not for more");
        // The same when it has to look into the past.
        vm.prank(ownerAt(1));
        providers.deposit(1, 1 ether);
        (uint96 collateral, ) = providers.standingBefore(1, time);
        equal(collateral, 120 ether, "as it was");
        isTrue(isAble(120 ether, time), "still enough");
        isTrue(!isAble(120 ether + 1, time), "still not for more");
    }

    function isAble(uint96 reserve, uint40 time) private view returns (bool) {
        uint256[] memory one = new uint256[](1);
        one[0] = (uint256(1 ether) << 64) | 1;
        return (providers.screen(IProviders.Need(needed(), reserve, time), one)[0] >> 160) & 1 == 1;
    }

    function test_settle_malformedBidsAreRefused() external {
        certify(job, paperBids(job));
        pick(job);
        IOpenings.Proof[] memory none = new IOpenings.Proof[](0);
        bytes memory call = abi.encodeCall(market.settle, (job, paperBids(job), none));
        // The second word of the first bid: neither opened nor not; its first: a provider beyond 32 bits.
        (bool ok, ) = address(market).call(patched(call, 4 + 32 * 5, 2));
        isTrue(!ok, "opened is 2");
        (ok, ) = address(market).call(patched(call, 4 + 32 * 4, 1 << 32));
        isTrue(!ok, "provider is 2^32");
        vm.expectRevert(abi.encodeWithSelector(IOpenings.ProofMissing.selector, job, 1));
        market.settle(job, paperBids(job), none);
    }

    function patched(bytes memory call, uint256 offset, uint256 word) private pure returns (bytes memory copy) {
        copy = bytes.concat(call);
        assembly ("memory-safe") {
            mstore(add(add(copy, 0x20), offset), word)
        }
    }
}
