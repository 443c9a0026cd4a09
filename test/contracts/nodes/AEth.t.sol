// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAEth} from "../../../contracts/interfaces/IAEth.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IInstallable} from "../../../contracts/interfaces/IInstallable.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IMicroPools} from "../../../contracts/interfaces/IMicroPools.sol";
import {AEth} from "../../../contracts/nodes/AEth.sol";
import {MicroPool} from "../../../contracts/nodes/MicroPool.sol";
import {MicroPools} from "../../../contracts/nodes/MicroPools.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice Takes no ETH.
contract Closed {}

/// @notice aETH by itself, and the factory's own rules.
contract AEthTest is PoolNetwork {
    function test_aEth_isAPlainToken() external {
        equal(bytes(aEth.symbol()), "aETH", "symbol");
        equal(aEth.decimals(), 18, "one for each wei");
        equal(aEth.factory(), address(factory), "factory");
        equal(aEth.insurancePool(), address(insurancePool), "insurance");
        join(ANN, 2 ether);
        vm.prank(ANN);
        aEth.transfer(BOB, 1 ether);
        equal(aEth.balanceOf(BOB), 1 ether, "transferred");
        address signer = vm.addr(77);
        bytes32 what = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 inner = keccak256(abi.encode(what, signer, BOB, 5, 0, block.timestamp));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", aEth.DOMAIN_SEPARATOR(), inner));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(77, digest);
        aEth.permit(signer, BOB, 5, block.timestamp, v, r, s);
        equal(aEth.allowance(signer, BOB), 5, "permit");
    }

    function test_onlyPools_mintAndBurn() external {
        bytes memory refused = abi.encodeWithSelector(IAEth.NotPool.selector, address(this));
        vm.expectRevert(refused);
        aEth.mint(ANN, 1);
        vm.expectRevert(refused);
        aEth.burn(ANN, 1);
        vm.expectRevert(refused);
        aEth.started(1);
        vm.expectRevert(refused);
        aEth.value(1);
        vm.expectRevert(refused);
        aEth.ended();
        vm.expectRevert(refused);
        aEth.abandoned{value: 1}();
        vm.expectRevert(refused);
        aEth.restore{value: 1}();
        vm.expectRevert(refused);
        aEth.redeemFor(ANN, 1, payable(ANN));
        vm.expectRevert(refused);
        aEth.refill(1);
        vm.expectRevert(abi.encodeWithSelector(IAEth.EthShort.selector, 0, 1));
        vm.prank(address(pool));
        aEth.refill(1);
    }

    function test_redeem_isRefusedByName() external {
        vm.expectRevert(IAEth.AmountZero.selector);
        aEth.redeem(0, payable(ANN));
        vm.expectRevert(abi.encodeWithSelector(IAEth.TooFewTokens.selector, 0, 1));
        aEth.redeem(1, payable(ANN));
        fill();
        vm.expectRevert(abi.encodeWithSelector(IAEth.EthShort.selector, 0, 1));
        vm.prank(ANN);
        aEth.redeem(1, payable(ANN));
        finish(32 ether);
        vm.warp(block.timestamp + 30 days);
        aEth.open(address(pool));
        address closed = address(new Closed());
        vm.expectRevert(abi.encodeWithSelector(IAEth.EthRefused.selector, closed));
        vm.prank(ANN);
        aEth.redeem(1, payable(closed));
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", KIM, uint256(0), uint256(1))
        );
        vm.prank(KIM);
        aEth.redeem(1, payable(KIM));
        equal(aEth.available(), 28 ether, "all is open");
    }

    function test_forcedEth_countsForNothing() external {
        fill();
        withdrawTo(IMicroPool(address(aEth)), 50 ether);
        (uint256 eth, uint256 tokens) = aEth.backing();
        equal(eth, 28 ether, "backing");
        equal(tokens, 28 ether, "tokens");
        equal(aEth.available(), 0, "nothing to redeem");
        vm.expectRevert(IAEth.NoSurplus.selector);
        aEth.returnSurplus();
    }

    function test_replenish_makesAShortBackingGood() external {
        vm.expectRevert(IAEth.AmountZero.selector);
        aEth.replenish();
        IMicroPool other = openPool(2, 4 ether);
        predeposit(other);
        fill();
        finish(27 ether);
        equal(aEth.worth(28 ether), 27 ether, "one is missing");
        // A pool that is full by its provider's own ETH does not start into a loss either.
        vm.prank(ownerAt(2));
        other.add{value: 27 ether}();
        IBeaconChain.Proof memory proof = said(other);
        vm.prank(ownerAt(2));
        other.add{value: 1 ether}();
        vm.expectRevert(abi.encodeWithSelector(IAEth.BackingShort.selector, 27 ether, 28 ether));
        other.prove(proof);
        aEth.replenish{value: 1 ether}();
        equal(aEth.worth(28 ether), 28 ether, "whole");
        other.prove(proof);
    }

    /// @notice Redeeming below one never lowers the rate of those who stay.
    function testFuzz_redeeming_neverHurtsOthers(uint72 returned, uint72 first, uint72 second) external {
        fill();
        finish(bound(returned, 1 ether, 28 ether));
        uint256 before = aEth.worth(1 ether);
        (uint256 eth, uint256 tokens) = aEth.backing();
        redeem(ANN, uint72(bound(first, 1, 4 ether)));
        isTrue(aEth.worth(1 ether) >= before, "after the first");
        redeem(BOB, uint72(bound(second, 1, 24 ether)));
        (uint256 leftEth, uint256 leftTokens) = aEth.backing();
        isTrue(leftEth * tokens >= eth * leftTokens, "the rate itself");
        equal(address(aEth).balance, leftEth, "what backs is held");
    }

    function test_policy_isBounded() external {
        IMicroPools.Policy memory p = poolRules();
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        factory.setPolicy(p);
        vm.prank(GOVERNMENT);
        factory.setPolicy(p);
        equal(abi.encode(factory.policy()), abi.encode(p), "set");
        p.rewardBps = 2_001;
        refuse(p);
        p = poolRules();
        p.insuranceBps = 2_001;
        refuse(p);
        p = poolRules();
        p.leastSeconds = 1 hours - 1;
        refuse(p);
        p = poolRules();
        p.mostSeconds = 3_650 days + 1;
        refuse(p);
        p = poolRules();
        p.leastSeconds = p.mostSeconds + 1;
        refuse(p);
        p = poolRules();
        (p.validator.cpuMilliGhz, p.validator.memoryMilliGb, p.validator.storageMilliGb) = (0, 0, 0);
        refuse(p);
    }

    function refuse(IMicroPools.Policy memory p) private {
        vm.expectRevert(IMicroPools.PolicyOutOfBounds.selector);
        vm.prank(GOVERNMENT);
        factory.setPolicy(p);
    }

    function test_aPolicy_countsForPoolsOpenedAfterIt() external {
        IMicroPools.Policy memory p = poolRules();
        (p.rewardBps, p.insuranceBps) = (0, 2_000);
        vm.prank(GOVERNMENT);
        factory.setPolicy(p);
        fill();
        finish(34 ether);
        equal(pool.result().toReward, 0.2 ether, "as when it was opened");
        IMicroPool other = openPool(2, 4 ether);
        equal(other.pool().terms.rewardBps, 0, "the new one");
        equal(other.pool().terms.insuranceBps, 2_000, "both");
    }

    function test_factory_isPutTogetherOnce() external {
        vm.expectRevert(IInstallable.AlreadyInstalled.selector);
        factory.install(address(this));
        MicroPools fresh = new MicroPools(poolParams());
        address foreign = factory.implementation();
        vm.expectRevert(abi.encodeWithSelector(IInstallable.NotInstaller.selector, ANN));
        vm.prank(ANN);
        fresh.install(foreign);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.ImplementationForeign.selector, foreign));
        fresh.install(foreign);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.ImplementationForeign.selector, ANN));
        fresh.install(ANN);
        IMicroPools.Params memory p = poolParams();
        p.depositContract = ANN;
        vm.expectRevert(IMicroPools.AddressMissing.selector);
        new MicroPools(p);
        p = factory.parts();
        p.installer = address(this);
        equal(abi.encode(p), abi.encode(poolParams()), "parts");
    }

    function test_reports_arePools() external {
        bytes memory refused = abi.encodeWithSelector(IMicroPools.NotPool.selector, address(this));
        vm.expectRevert(refused);
        factory.reportStarted(1, 0, 0);
        vm.expectRevert(refused);
        factory.reportFinished(1, 1, 0);
        vm.expectRevert(refused);
        factory.reportRewards(1, 0);
        vm.expectRevert(refused);
        factory.reportReleased(1, 1);
    }
}
