// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IAEth} from "../../../contracts/interfaces/IAEth.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IMicroPools} from "../../../contracts/interfaces/IMicroPools.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice R4: users go on to another provider's pool, nobody leaves.
contract PoolMigrationTest is PoolNetwork {
    IMicroPool private next;

    function setUp() public override {
        super.setUp();
        next = openPool(2, 2 ether);
        give(ANN, address(next));
        give(KIM, address(next));
    }

    function consent(IMicroPool from, IMicroPool to) private {
        address provider = to.pool().terms.provider;
        vm.prank(provider);
        to.accept(address(from));
    }

    function migrate(IMicroPool from, IMicroPool to) private {
        vm.prank(GOVERNMENT);
        factory.migrate(address(from), address(to));
    }

    function leaveNext(address who, uint72 amount) private {
        vm.prank(who);
        next.leaveWith(amount);
    }

    function test_beforeTheStart_usersMoveAsOne() external {
        join(ANN, 4 ether);
        join(BOB, 10 ether);
        uint96 fees = pool.pool().fees;
        uint96 annFee = pool.positionOf(ANN).paid;
        consent(pool, next);
        migrate(pool, next);
        equal(next.pool().usersEth, 14 ether, "all users' ETH");
        equal(next.pool().fees, fees, "and what they paid");
        equal(address(next).balance, 16 ether, "held");
        equal(token.balanceOf(address(next)), fees, "both");
        equal(stateOf(pool), uint256(IPoolTypes.State.Migrated), "old");
        equal(pool.pool().successor, address(next), "where they went");
        isTrue(!nodes.isEngaged(1), "its sidecar is free");
        equal(claim(ownerAt(1)), K, "its provider has its stake back");
        vm.expectRevert(wrong(IPoolTypes.State.Migrated));
        leaves(ANN, 1);
        next.bring(pool, ANN);
        equal(next.positionOf(ANN).eth, 4 ether, "the position follows");
        equal(next.positionOf(ANN).paid, annFee, "with its fee");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ANN));
        next.bring(pool, ANN);
        uint256 ankr = token.balanceOf(ANN);
        vm.prank(ANN);
        next.join{value: 1 ether}();
        leaveNext(ANN, 5 ether);
        equal(token.balanceOf(ANN), ankr + annFee, "who leaves gets all back, whatever pool it paid");
        next.bring(pool, BOB);
        leaveNext(BOB, 10 ether);
        equal(next.pool().fees + token.balanceOf(address(next)), 0, "nothing kept");
        equal(aEth.totalSupply(), 0, "nothing left");
    }

    function testFuzz_beforeTheStart_feesStayExact(uint72 brought, uint72 own, uint72 back) external {
        brought = uint72(bound(brought, 1, 14 ether));
        own = uint72(bound(own, 1, 14 ether));
        back = uint72(bound(back, 1, brought + own));
        join(ANN, brought);
        consent(pool, next);
        migrate(pool, next);
        next.bring(pool, ANN);
        vm.prank(ANN);
        next.join{value: own}();
        uint96 paid = next.positionOf(ANN).paid;
        uint256 ankr = token.balanceOf(ANN);
        leaveNext(ANN, back);
        equal(token.balanceOf(ANN) - ankr + next.positionOf(ANN).paid, paid, "returned or kept");
        equal(next.pool().fees, next.positionOf(ANN).paid, "and the pool knows");
        if (back < brought + own) leaveNext(ANN, brought + own - back);
        equal(token.balanceOf(ANN) - ankr, paid, "all of it in the end");
    }

    function test_aFullPoolStarts_byThoseWhoCome() external {
        predeposit(next);
        prove(next);
        vm.prank(KIM);
        next.join{value: 16 ether}();
        join(ANN, 14 ether);
        consent(pool, next);
        migrate(pool, next);
        equal(stateOf(next), uint256(IPoolTypes.State.Filled), "filled");
        next.start();
        withdrawTo(next, 33 ether);
        next.complete();
        next.bring(pool, ANN);
        equal(next.claimable(ANN), (0.8 ether * 14) / 32, "its part of the rewards waits for it");
        vm.prank(ANN);
        equal(next.redeem(14 ether, payable(ANN)), 14 ether, "and its principal");
    }

    /// @notice Ethereum cannot give a validator to somebody else: it is exited, and what came back goes on.
    function test_afterTheStart_whatCameBackGoesOn() external {
        fill();
        pool.payFee();
        finish(34 ether);
        equal(redeem(ANN, 1 ether), 1 ether, "one was redeemed in between");
        consent(pool, next);
        migrate(pool, next);
        equal(next.pool().usersEth, 27 ether, "the rest moved");
        equal(next.pool().fees, 0, "the fee was earned by who ran it");
        equal(address(next).balance, 29 ether, "held");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.AlreadyMigrated.selector, address(next)));
        redeem(ANN, 1 ether);
        next.bring(pool, ANN);
        next.bring(pool, BOB);
        equal(next.positionOf(ANN).eth + next.positionOf(BOB).eth, 27 ether, "positions");
        equal(claim(ANN), 0.2 ether, "rewards of the first run stay there");
        leaveNext(ANN, 3 ether);
        leaveNext(BOB, 24 ether);
        equal(aEth.totalSupply(), 0, "whole");
    }

    function test_migrations_follow_eachOther() external {
        join(ANN, 4 ether);
        consent(pool, next);
        migrate(pool, next);
        IMicroPool third = openPool(3, 16 ether);
        consent(next, third);
        migrate(next, third);
        equal(third.pool().usersEth, 4 ether, "two pools on");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ANN));
        third.bring(next, ANN);
        next.bring(pool, ANN);
        third.bring(next, ANN);
        vm.prank(ANN);
        third.leaveWith(4 ether);
        equal(aEth.totalSupply(), 0, "left with everything");
    }

    function test_migrate_isRefusedByName() external {
        join(ANN, 4 ether);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, ANN));
        vm.prank(ANN);
        factory.migrate(address(pool), address(next));
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotPool.selector, ANN));
        vm.prank(GOVERNMENT);
        factory.migrate(ANN, address(next));
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotPool.selector, ANN));
        vm.prank(GOVERNMENT);
        factory.migrate(address(pool), ANN);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotAccepted.selector, address(pool)));
        migrate(pool, next);
        consent(pool, next);
        vm.prank(KIM);
        next.join{value: 27 ether}();
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PoolFull.selector, 3 ether));
        migrate(pool, next);
        leaveNext(KIM, 27 ether);
        migrate(pool, next);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.AlreadyMigrated.selector, address(next)));
        migrate(pool, next);
    }

    function test_migrate_needsUsersThatAreWhole() external {
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        migrate(pool, next);
        fill();
        vm.expectRevert(wrong(IPoolTypes.State.Running));
        migrate(pool, next);
        finish(20 ether);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionsShort.selector, 20 ether, 28 ether));
        migrate(pool, next);
    }

    function test_migrate_needsATokenForEachWei() external {
        fill();
        IBeaconChain.Proof memory proof = active(20e9);
        say(proof);
        pool.valueBy(proof);
        // A token that is burnt while it is worth less leaves ETH without tokens behind.
        vm.prank(BOB);
        aEth.redeem(1, payable(BOB));
        finish(32 ether);
        vm.expectRevert(abi.encodeWithSelector(IAEth.TooFewTokens.selector, 28 ether - 1, 28 ether));
        migrate(pool, next);
        (uint256 eth, uint256 tokens) = aEth.backing();
        equal(eth - tokens, 1, "what it left");
        equal(redeem(ANN, 4 ether), 4 ether, "by position as always");
    }

    function test_accept_isForPoolsAndByTheProvider() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotProvider.selector, ANN));
        vm.prank(ANN);
        next.accept(address(pool));
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotAccepted.selector, ANN));
        vm.prank(ownerAt(2));
        next.accept(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotAccepted.selector, address(next)));
        vm.prank(ownerAt(2));
        next.accept(address(next));
    }

    function test_strangers_cannotMoveAnybody() external {
        join(ANN, 4 ether);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotAccepted.selector, address(this)));
        next.adopt{value: 1}(0);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotFactory.selector, address(this)));
        pool.migrate(next);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotSuccessor.selector, address(this)));
        pool.handOver(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotAccepted.selector, address(pool)));
        next.bring(pool, ANN);
    }
}
