// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAEth} from "../../../contracts/interfaces/IAEth.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IMicroPools} from "../../../contracts/interfaces/IMicroPools.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice Joining, adding, leaving, and pools that never start.
contract PoolFillingTest is PoolNetwork {
    uint96 private fixedPrice;

    function setUp() public override {
        super.setUp();
        fixedPrice = pool.pool().terms.fixedPrice;
    }

    function ceilShare(uint256 eth) private view returns (uint256) {
        return (uint256(fixedPrice) * eth + 32 ether - 1) / 32 ether;
    }

    function test_join_paysItsPartOfThePrice_fourOfThirtyTwo() external {
        uint256 before = token.balanceOf(ANN);
        vm.expectEmit(address(pool));
        emit IPoolTypes.Joined(ANN, 4 ether, uint96(ceilShare(4 ether)));
        join(ANN, 4 ether);
        uint256 paid = before - token.balanceOf(ANN);
        equal(paid, ceilShare(4 ether), "4/32 of FP, rounded up");
        isTrue(paid * 8 >= fixedPrice && paid * 8 < uint256(fixedPrice) + 8, "never short, less than a unit above");
        equal(aEth.balanceOf(ANN), 4 ether, "aETH one to one, at once");
        equal(pool.positionOf(ANN).eth, 4 ether, "position");
        equal(pool.pool().fees, paid, "it waits in the pool");
        equal(pool.room(), 24 ether, "room left");
    }

    function test_whatUsersStake_isKnownToRequesters() external {
        join(ANN, 4 ether);
        join(ANN, 1 ether);
        join(BOB, 40 ether);
        equal(requesters.ethOf(ANN), 5 ether, "both times");
        equal(requesters.ethOf(BOB), 23 ether, "what there was room for");
        equal(requesters.numberOf(BOB), 2, "registered by joining");
        leaves(ANN, 2 ether);
        equal(requesters.ethOf(ANN), 3 ether, "what is left");
        equal(requesters.totalEth(), 26 ether, "of all");
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotPool.selector, ANN));
        vm.prank(ANN);
        factory.reportJoined(ANN, 1);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotPool.selector, ANN));
        vm.prank(ANN);
        factory.reportTaken(ANN, 1);
    }

    function test_fixedPrice_isThePapersHundredDollars() external view {
        // 4 GHz, 128 GB, 16 GB RAM for two months at 1 USD an ANKR.
        equal(fixedPrice, 100 ether, "FP");
    }

    function testFuzz_fees_areNeverShortAndAUnitAboveAtMost(uint72[6] memory parts) external {
        uint256 eth = 0;
        address[3] memory who = [ANN, BOB, KIM];
        for (uint256 i = 0; i < 6; ++i) {
            uint256 part = bound(parts[i], 1, 4.5 ether);
            join(who[i % 3], part);
            eth += part;
        }
        uint256 fees = pool.pool().fees;
        isTrue(fees * 32 ether >= fixedPrice * eth, "never short");
        isTrue(fees <= ceilShare(eth) + 3, "at most a base unit for each user above");
    }

    function testFuzz_leaving_givesBackAllThatWasPaid(uint72 first, uint72 second, uint72 back) external {
        uint256 ankr = token.balanceOf(ANN);
        uint256 eth = ANN.balance;
        uint72 all = uint72(bound(first, 1, 10 ether) + bound(second, 1, 10 ether));
        join(ANN, bound(first, 1, 10 ether));
        join(ANN, bound(second, 1, 10 ether));
        uint72 some = uint72(bound(back, 1, all));
        leaves(ANN, some);
        equal(pool.positionOf(ANN).paid, ceilShare(all - some), "what stays pays its part");
        if (some != all) leaves(ANN, all - some);
        equal(token.balanceOf(ANN), ankr, "ANKR");
        equal(ANN.balance, eth, "ETH");
        equal(aEth.totalSupply(), 0, "aETH burnt");
        equal(token.balanceOf(address(pool)) + pool.pool().fees, 0, "nothing kept");
    }

    function test_leave_isRefusedByName() external {
        join(ANN, 4 ether);
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        leaves(ANN, 0);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionTooSmall.selector, 4 ether, 5 ether));
        leaves(ANN, 5 ether);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionTooSmall.selector, 0, 1));
        leaves(BOB, 1);
        vm.prank(ANN);
        aEth.transfer(BOB, 1 ether);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", ANN, 3 ether, 4 ether)
        );
        leaves(ANN, 4 ether);
        leaves(ANN, 3 ether);
        equal(pool.positionOf(ANN).eth, 1 ether, "the token that was sold keeps its ETH here");
    }

    function test_join_refundsWhatExceeds32() external {
        uint256 before = ANN.balance;
        join(ANN, 40 ether);
        equal(before - ANN.balance, 28 ether, "only what there was room for");
        equal(address(pool).balance, 32 ether, "exactly 32 ETH");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PoolFull.selector, 0));
        join(BOB, 1);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filling), "full, and not proven: it has not started");
        leaves(ANN, 28 ether);
        equal(ANN.balance, before, "so everybody may leave");
    }

    function test_add_isTheProvidersAndStays() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotProvider.selector, ANN));
        vm.prank(ANN);
        pool.add{value: 1 ether}();
        uint256 before = ownerAt(1).balance;
        vm.prank(ownerAt(1));
        pool.add{value: 50 ether}();
        equal(before - ownerAt(1).balance, 28 ether, "what exceeds 32 comes back");
        equal(pool.pool().providerEth, 32 ether, "its stake");
        equal(aEth.totalSupply(), 0, "no aETH for collateral");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ownerAt(1)));
        vm.prank(ownerAt(1));
        pool.claim(payable(ownerAt(1)));
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionTooSmall.selector, 0, 1 ether));
        leaves(ownerAt(1), 1 ether);
    }

    function test_amountZero_isRefused() external {
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        join(ANN, 0);
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        vm.prank(ownerAt(1));
        pool.add();
    }

    function test_nothingBegins_afterTheEnd() external {
        uint40 endsAt = pool.pool().terms.endsAt;
        predeposit(pool);
        IBeaconChain.Proof memory proof = said(pool);
        vm.warp(endsAt);
        bytes memory over = abi.encodeWithSelector(IPoolTypes.PoolOver.selector, endsAt);
        vm.expectRevert(over);
        join(ANN, 1 ether);
        vm.expectRevert(over);
        vm.prank(ownerAt(1));
        pool.add{value: 1 ether}();
        vm.expectRevert(over);
        pool.prove(proof);
    }

    function test_close_endsAPoolThatNeverStarted() external {
        join(ANN, 4 ether);
        uint40 endsAt = pool.pool().terms.endsAt;
        bytes memory early = abi.encodeWithSelector(IPoolTypes.NotClosable.selector, endsAt);
        vm.expectRevert(early);
        pool.close();
        vm.expectRevert(early);
        vm.prank(ownerAt(1));
        pool.close();
        vm.warp(endsAt);
        pool.close();
        isTrue(!nodes.isEngaged(1), "the sidecar is free");
        uint256 before = ownerAt(1).balance;
        vm.prank(ownerAt(1));
        pool.claim(payable(ownerAt(1)));
        equal(ownerAt(1).balance - before, K, "the provider's stake");
        uint256 ankr = token.balanceOf(ANN);
        leaves(ANN, 4 ether);
        equal(token.balanceOf(ANN) - ankr, ceilShare(4 ether), "the fee as well");
        equal(address(pool).balance, 0, "nothing is left");
        vm.expectRevert(wrong(IPoolTypes.State.Closed));
        pool.close();
        vm.expectRevert(wrong(IPoolTypes.State.Closed));
        join(ANN, 1);
    }

    function test_close_byTheProviderWithoutUsers() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotClosable.selector, pool.pool().terms.endsAt));
        pool.close();
        vm.prank(ownerAt(1));
        pool.close();
        equal(stateOf(pool), uint256(IPoolTypes.State.Closed), "closed");
        equal(providers.provider(1).free.cpuMilliGhz, defaultCapacity().cpuMilliGhz, "and holds no capacity any more");
    }

    function test_abandon_givesWhatUsersLeftToHolders() external {
        join(ANN, 4 ether);
        vm.prank(ANN);
        aEth.transfer(KIM, 4 ether);
        vm.expectRevert(wrong(IPoolTypes.State.Filling));
        pool.abandon();
        vm.warp(pool.pool().terms.endsAt);
        pool.close();
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.StillOfUsers.selector, block.timestamp + 30 days));
        pool.abandon();
        vm.expectRevert(abi.encodeWithSelector(IAEth.TooFewTokens.selector, 0, 4 ether));
        vm.prank(KIM);
        aEth.redeem(4 ether, payable(KIM));
        vm.warp(block.timestamp + 30 days);
        pool.abandon();
        vm.warp(block.timestamp + 30 days);
        aEth.open(address(pool));
        uint256 before = KIM.balance;
        vm.prank(KIM);
        aEth.redeem(3 ether, payable(KIM));
        equal(KIM.balance - before, 3 ether, "who holds the tokens");
        vm.prank(KIM);
        aEth.transfer(ANN, 1 ether);
        uint256 ankr = token.balanceOf(ANN);
        leaves(ANN, 1 ether);
        isTrue(token.balanceOf(ANN) > ankr, "who bought one back still gets its fee");
        equal(aEth.totalSupply(), 0, "all redeemed");
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        pool.abandon();
    }
}
