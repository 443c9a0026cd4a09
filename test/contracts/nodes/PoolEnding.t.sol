// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAEth} from "../../../contracts/interfaces/IAEth.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {INodes} from "../../../contracts/interfaces/INodes.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice What comes back and who gets it: the provider staked 4 ETH, Ann 4, Bob 24.
contract PoolEndingTest is PoolNetwork {
    bytes32 private constant REASON = "micro-pool";

    function test_fee_goesToRewardPoolAndProvider() external {
        uint256 before = token.balanceOf(ownerAt(1));
        vm.expectRevert(wrong(IPoolTypes.State.Filling));
        pool.payFee();
        fill();
        // 28/32 of 100 ANKR; 10 % of that to the Reward Pool.
        pool.payFee();
        equal(rewardPool.contributed(address(pool), REASON), 8.75 ether, "Reward Pool");
        equal(token.balanceOf(ownerAt(1)) - before, 78.75 ether, "provider");
        equal(token.balanceOf(address(pool)), 0, "nothing left");
        vm.expectRevert(IPoolTypes.NothingToPay.selector);
        pool.payFee();
    }

    function test_rewards_areSplitTenTenEighty() external {
        fill();
        finish(34 ether);
        equal(pool.result().toInsurance, 0.2 ether, "10 % Insurance Pool");
        equal(pool.result().toReward, 0.2 ether, "10 % Reward Pool");
        equal(pool.claimable(ANN), 0.2 ether, "80 %: 4/32 to Ann");
        equal(claim(ANN), 0.2 ether, "paid");
        equal(claim(BOB), 1.2 ether, "24/32 to Bob");
        equal(claim(ownerAt(1)), 4.2 ether, "4/32 and its stake to the provider");
        pool.forward();
        equal(insurancePool.contributedEth(address(pool), REASON), 0.2 ether, "insured");
        equal(rewardPool.contributedEth(address(pool), REASON), 0.2 ether, "shared");
        equal(address(pool).balance, 0, "nothing is left");
        equal(redeem(ANN, 4 ether), 4 ether, "Ann's principal");
        equal(redeem(BOB, 24 ether), 24 ether, "Bob's");
        equal(address(aEth).balance + aEth.totalSupply(), 0, "aETH is empty");
        INodes.Node memory node = nodes.node(1);
        equal(node.rewardsEth, 2 ether, "the registry counts rewards");
        isTrue(node.state == INodes.State.Idle && node.finishedAt == block.timestamp, "and the end");
        equal(providers.provider(1).free.cpuMilliGhz, defaultCapacity().cpuMilliGhz, "capacity is free again");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ANN));
        claim(ANN);
        vm.expectRevert(IPoolTypes.NothingToPay.selector);
        pool.forward();
        vm.expectRevert(IPoolTypes.NothingToPay.selector);
        pool.distribute();
        vm.expectRevert(IPoolTypes.NoClaim.selector);
        pool.collect();
    }

    function testFuzz_everyWei_isSomebodys(uint256 returned, uint72 annEth) external {
        predeposit(pool);
        prove(pool);
        join(ANN, bound(annEth, 1, 28 ether - 1));
        join(BOB, 28 ether);
        pool.start();
        returned = bound(returned, 0, 40 ether);
        insure(40 ether);
        finish(returned);
        uint256 paid = address(aEth).balance + pool.result().toInsurance + pool.result().toReward;
        for (uint256 i = 0; i < 3; ++i) {
            address who = [ANN, BOB, ownerAt(1)][i];
            if (pool.claimable(who) != 0) paid += claim(who);
        }
        uint256 insured = 40 ether - insurancePool.free(IInsurancePool.Asset.Eth);
        isTrue(paid <= returned + insured && returned + insured - paid <= 3, "but a wei for each");
        equal(address(aEth).balance, 28 ether, "users are whole");
    }

    function test_fullSlash_takesTheProvidersKThenTheInsurance() external {
        insure(100 ether);
        fill();
        finish(0);
        equal(pool.result().usersReturned, 28 ether, "all of the users'");
        equal(insurancePool.free(IInsurancePool.Asset.Eth), 72 ether, "32 - k from the pool");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ownerAt(1)));
        claim(ownerAt(1));
        equal(redeem(ANN, 4 ether), 4 ether, "Ann has lost nothing");
        equal(redeem(BOB, 24 ether), 24 ether, "nor has Bob");
    }

    function test_partialSlash_takesTheProvidersStakeAlone() external {
        fill();
        finish(30 ether);
        equal(pool.result().usersReturned, 28 ether, "users are whole");
        equal(claim(ownerAt(1)), 2 ether, "the provider lost 2");
        isTrue(!pool.result().claimed, "no claim");
    }

    function test_partialSlash_beyondTheProvidersStake() external {
        insure(5 ether);
        fill();
        finish(27 ether);
        equal(pool.result().insured, 1 ether, "the pool pays the one that is missing");
        equal(insurancePool.free(IInsurancePool.Asset.Eth), 4 ether, "and no more");
        equal(redeem(BOB, 24 ether), 24 ether, "users are whole");
    }

    function test_insuranceThatCannotCover_isSharedByAllAndPaidLater() external {
        insure(14 ether);
        IMicroPool other = openPool(2, 4 ether);
        vm.deal(KIM, 100 ether);
        give(KIM, address(other));
        vm.prank(KIM);
        other.join{value: 10 ether}();
        fill();
        finish(0);
        (uint256 eth, uint256 tokens) = aEth.backing();
        equal(eth, 14 ether, "half is there");
        equal(tokens, 28 ether, "pools that have not started stand apart");
        equal(redeem(ANN, 4 ether), 2 ether, "who redeems now gets half");
        vm.expectRevert(abi.encodeWithSelector(IAEth.BackingShort.selector, 12 ether, 24 ether));
        vm.prank(KIM);
        other.join{value: 1 ether}();
        vm.prank(KIM);
        other.leaveWith(10 ether);
        insure(20 ether);
        pool.collect();
        equal(aEth.worth(1 ether), 1 ether, "paid later: whole again");
        equal(redeem(BOB, 24 ether), 24 ether, "who waited lost nothing");
        vm.warp(block.timestamp + 30 days);
        aEth.open(address(pool));
        aEth.returnSurplus();
        equal(insurancePool.contributedEth(address(aEth), "aETH surplus"), 2 ether, "what Ann gave up goes back");
        equal(address(aEth).balance, 0, "nothing left");
        vm.expectRevert(IAEth.NoSurplus.selector);
        aEth.returnSurplus();
    }

    function test_ethThatComesLate_paysTheInsuranceBackFirst() external {
        insure(28 ether);
        fill();
        finish(0);
        withdrawTo(pool, 29 ether);
        pool.distribute();
        equal(pool.result().toInsurance, 28 ether, "what it lent");
        equal(claim(ownerAt(1)), 1 ether, "then the provider's stake");
        withdrawTo(pool, 4 ether);
        pool.distribute();
        equal(pool.result().rewards, 0.8 ether, "then rewards");
        equal(nodes.node(1).rewardsEth, 1 ether, "counted");
        equal(claim(ownerAt(1)), 3.1 ether, "the rest of its stake, and its part");
        equal(claim(BOB), 0.6 ether, "Bob's part");
        pool.forward();
        equal(insurancePool.free(IInsurancePool.Asset.Eth), 28.1 ether, "the insurance is whole");
    }

    function test_insurance_getsBackWhatTheValidatorPaidInBetween() external {
        insure(10 ether);
        fill();
        finish(0);
        withdrawTo(pool, 18 ether);
        pool.distribute();
        equal(pool.result().usersReturned, 28 ether, "whole by the validator");
        insure(18 ether);
        pool.collect();
        equal(pool.result().toInsurance, 18 ether, "not needed any more");
        pool.forward();
        equal(address(pool).balance, 0, "nothing kept");
    }

    function test_complete_isRefusedByName() external {
        vm.expectRevert(wrong(IPoolTypes.State.Filling));
        pool.complete();
        fill();
        withdrawTo(pool, 32 ether - 1);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotReturned.selector, 32 ether - 1));
        pool.complete();
        IBeaconChain.Proof memory proof = active(31e9);
        say(proof);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.ValidatorNotEmpty.selector, 31e9));
        pool.completeBy(proof);
        proof = active(0);
        say(proof);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.ValidatorNotEmpty.selector, 0));
        pool.completeBy(proof);
        proof = empty();
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.completeBy(proof);
        finish(0);
        vm.expectRevert(wrong(IPoolTypes.State.Completed));
        pool.complete();
        vm.expectRevert(wrong(IPoolTypes.State.Completed));
        pool.completeBy(proof);
        vm.expectRevert(wrong(IPoolTypes.State.Completed));
        pool.valueBy(proof);
    }

    function test_aKnownLoss_countsBeforeTheExit() external {
        fill();
        IBeaconChain.Proof memory proof = young();
        say(proof);
        vm.expectRevert(IPoolTypes.ValidatorNotEligible.selector);
        pool.valueBy(proof);
        vm.warp(block.timestamp + 12);
        proof = active(14e9);
        say(proof);
        pool.valueBy(proof);
        equal(aEth.worth(2 ether), 1 ether, "14 of 28");
        vm.expectRevert(
            abi.encodeWithSelector(IPoolTypes.ProofOutdated.selector, proof.timestamp, uint64(block.timestamp))
        );
        pool.valueBy(proof);
        vm.warp(block.timestamp + 12);
        withdrawTo(pool, 1 ether);
        proof = active(32e9);
        say(proof);
        pool.valueBy(proof);
        equal(aEth.worth(2 ether), 2 ether, "up again, never above");
    }

    function test_redeem_isByPositionFirst() external {
        fill();
        finish(32 ether);
        vm.prank(BOB);
        aEth.transfer(KIM, 24 ether);
        vm.expectRevert(abi.encodeWithSelector(IAEth.EthShort.selector, 0, 24 ether));
        vm.prank(KIM);
        aEth.redeem(24 ether, payable(KIM));
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionTooSmall.selector, 0, 1 ether));
        redeem(KIM, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.PositionTooSmall.selector, 4 ether, 5 ether));
        redeem(ANN, 5 ether);
        equal(requesters.ethOf(ANN), 4 ether, "at stake until it is taken");
        vm.expectRevert(
            abi.encodeWithSelector(IAEth.StillSetAside.selector, address(pool), uint40(block.timestamp + 30 days))
        );
        aEth.open(address(pool));
        vm.warp(block.timestamp + 30 days);
        aEth.open(address(pool));
        vm.prank(KIM);
        equal(aEth.redeem(24 ether, payable(KIM)), 24 ether, "then by any holder");
        equal(redeem(ANN, 4 ether), 4 ether, "the position still works, as long as ETH is there");
        equal(requesters.ethOf(ANN), 0, "taken");
        vm.expectRevert(abi.encodeWithSelector(IAEth.NothingSetAside.selector, address(pool)));
        aEth.open(address(pool));
    }

    function test_exit_ofAClosedPool_isTheProvidersEth() external {
        predeposit(pool);
        vm.prank(ownerAt(1));
        pool.close();
        equal(claim(ownerAt(1)), 3 ether, "but the first deposit");
        pool.exit{value: 1}();
        withdrawTo(pool, 32 ether);
        pool.distribute();
        equal(claim(ownerAt(1)), 32 ether, "what comes back is its own");
    }
}
