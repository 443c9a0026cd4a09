// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IDepositContract} from "../../../contracts/interfaces/IDepositContract.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IMicroPools} from "../../../contracts/interfaces/IMicroPools.sol";
import {INodes} from "../../../contracts/interfaces/INodes.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice The deposit in two steps, the start, the exit.
contract PoolStartingTest is PoolNetwork {
    function credentialsOf() private view returns (bytes32) {
        return bytes32((uint256(1) << 248) | uint160(address(pool)));
    }

    function test_predeposit_depositsOneEthOfTheProvider() external {
        equal(pool.credentials(), credentialsOf(), "0x01 and the pool");
        bytes32 root = beaconChain.depositRoot(keyOf(pool), credentialsOf(), 1e9, signature());
        vm.expectEmit(address(deposits));
        emit IDepositContract.DepositEvent(
            keyOf(pool),
            bytes.concat(credentialsOf()),
            hex"00ca9a3b00000000",
            signature(),
            hex"0000000000000000"
        );
        vm.prank(ownerAt(1));
        pool.predeposit(keyOf(pool), signature(), root);
        equal(address(deposits).balance, 1 ether, "1 ETH");
        equal(address(pool).balance, K - 1 ether, "of the stake");
        equal(pool.pool().pubkey, keyOf(pool), "key kept");
        vm.expectRevert(IPoolTypes.AlreadyPredeposited.selector);
        vm.prank(ownerAt(1));
        pool.predeposit(keyOf(pool), signature(), root);
    }

    function test_predeposit_isRefusedByName() external {
        bytes memory key = keyOf(pool);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NotProvider.selector, ANN));
        vm.prank(ANN);
        pool.predeposit(key, signature(), 0);
        vm.expectRevert(abi.encodeWithSelector(IBeaconChain.PubkeyLength.selector, 49));
        vm.prank(ownerAt(1));
        pool.predeposit(bytes.concat(key, hex"00"), signature(), 0);
        vm.expectRevert(abi.encodeWithSelector(IBeaconChain.SignatureLength.selector, 97));
        vm.prank(ownerAt(1));
        pool.predeposit(key, bytes.concat(signature(), hex"00"), 0);
        bytes32 root = beaconChain.depositRoot(key, credentialsOf(), 1e9, signature());
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.DepositRootMismatch.selector, root));
        vm.prank(ownerAt(1));
        pool.predeposit(key, signature(), bytes32(uint256(1)));
        vm.expectRevert(IPoolTypes.NotPredeposited.selector);
        pool.prove(young());
    }

    function test_start_whenTheLastEthComes() external {
        predeposit(pool);
        prove(pool);
        join(ANN, 4 ether);
        join(BOB, 23 ether);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filling), "31 ETH do not start it");
        vm.expectRevert(wrong(IPoolTypes.State.Filling));
        pool.start();
        vm.expectEmit(address(pool));
        emit IPoolTypes.Filled(uint72(K), 28 ether);
        join(KIM, 2 ether);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filled), "exactly 32 do");
        equal(KIM.balance, 99 ether, "and the rest refunded");
        isTrue(nodes.node(1).state == INodes.State.Engaged, "held for it");
        vm.expectEmit(address(pool));
        emit IPoolTypes.Started(uint72(K), 28 ether);
        vm.prank(BOB);
        pool.start();
        equal(stateOf(pool), uint256(IPoolTypes.State.Running), "by anybody");
        equal(address(deposits).balance, 32 ether, "all deposited");
        equal(address(pool).balance, 0, "nothing is kept");
        vm.expectRevert(wrong(IPoolTypes.State.Running));
        pool.start();
        INodes.Node memory node = nodes.node(1);
        isTrue(node.state == INodes.State.Running, "the registry knows");
        equal(node.providerEth, K, "stake of the provider");
        equal(node.usersEth, 28 ether, "and of users");
        equal(node.provider, 1, "whose it is");
    }

    function test_start_byTheProofWhenItIsFullBefore() external {
        predeposit(pool);
        join(ANN, 28 ether);
        prove(pool);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filled), "filled");
    }

    function test_start_byTheProvidersOwnEth() external {
        predeposit(pool);
        prove(pool);
        join(ANN, 4 ether);
        vm.prank(ownerAt(1));
        pool.add{value: 24 ether}();
        equal(stateOf(pool), uint256(IPoolTypes.State.Filled), "filled");
    }

    function test_nobodyLeaves_afterTheStart() external {
        predeposit(pool);
        prove(pool);
        join(ANN, 4 ether);
        join(BOB, 24 ether);
        nobodyMoves(IPoolTypes.State.Filled);
        // Neither a stranger's ETH nor time ends what has not begun.
        withdrawTo(pool, 32 ether);
        vm.expectRevert(wrong(IPoolTypes.State.Filled));
        pool.complete();
        vm.warp(pool.pool().terms.endsAt);
        vm.expectRevert(wrong(IPoolTypes.State.Filled));
        pool.exit();
        nobodyMoves(IPoolTypes.State.Filled);
        pool.start();
        equal(address(deposits).balance, 32 ether, "it begins whenever somebody says so");
        nobodyMoves(IPoolTypes.State.Running);
    }

    function nobodyMoves(IPoolTypes.State state) private {
        vm.expectRevert(wrong(state));
        leaves(ANN, 1 ether);
        vm.expectRevert(wrong(state));
        redeem(ANN, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.NothingOwed.selector, ownerAt(1)));
        claim(ownerAt(1));
        vm.expectRevert(wrong(state));
        join(KIM, 1);
        vm.expectRevert(wrong(state));
        pool.close();
        vm.expectRevert(wrong(state));
        pool.abandon();
        vm.expectRevert(wrong(state));
        pool.distribute();
    }

    /// @notice What is lost elsewhere between the last join and the start does not hold the start up.
    function test_start_whateverHappensInBetween() external {
        fill();
        IMicroPool other = openPool(2, 4 ether);
        predeposit(other);
        prove(other);
        vm.prank(ownerAt(2));
        other.add{value: 28 ether}();
        finish(20 ether);
        equal(aEth.worth(28 ether), 20 ether, "short");
        other.start();
        equal(stateOf(other), uint256(IPoolTypes.State.Running), "started");
    }

    /// @notice A provider that deposits first for itself: its credentials are what the beacon chain says.
    function test_frontRunning_costsTheProviderOneEthAndUsersNothing() external {
        join(ANN, 28 ether);
        predeposit(pool);
        IBeaconChain.Proof memory proof = young();
        say(proof, keyOf(pool), bytes32((uint256(1) << 248) | uint160(ownerAt(1))));
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.prove(proof);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filling), "nothing started");
        uint256 before = ANN.balance;
        leaves(ANN, 28 ether);
        equal(ANN.balance - before, 28 ether, "users leave with everything");
        vm.prank(ownerAt(1));
        pool.close();
        equal(claim(ownerAt(1)), K - 1 ether, "the provider has lost the one ETH");
    }

    function test_prove_isRefusedByName() external {
        predeposit(pool);
        IBeaconChain.Proof memory proof = young();
        vm.expectRevert(abi.encodeWithSelector(IBeaconChain.BeaconRootUnknown.selector, proof.timestamp));
        pool.prove(proof);
        say(proof);
        proof.branch = new bytes32[](49);
        vm.expectRevert(abi.encodeWithSelector(IBeaconChain.ProofLength.selector, 49));
        pool.prove(proof);
        proof = young();
        proof.index += 1;
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.prove(proof);
        proof.index = 1 << 40;
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.prove(proof);
        proof = young();
        proof.effectiveBalance = 32e9;
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.prove(proof);
        proof = young();
        proof.slashed = true;
        say(proof);
        vm.expectRevert(IPoolTypes.ValidatorUnfit.selector);
        pool.prove(proof);
        proof = young();
        proof.exitEpoch = 7;
        say(proof);
        vm.expectRevert(IPoolTypes.ValidatorUnfit.selector);
        pool.prove(proof);
        prove(pool);
        proof = said(pool);
        vm.expectRevert(IPoolTypes.AlreadyProven.selector);
        pool.prove(proof);
    }

    function testFuzz_prove_bindsEveryBit(uint8 level, uint8 bit) external {
        predeposit(pool);
        IBeaconChain.Proof memory proof = said(pool);
        proof.branch[level % 50] ^= bytes32(uint256(1) << bit);
        vm.expectRevert(IBeaconChain.ProofInvalid.selector);
        pool.prove(proof);
    }

    function test_exit_afterTheEnd_byAnybody() external {
        fill();
        equal(pool.exitFee(), 1, "least fee");
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.ExitNotDue.selector, KIM));
        vm.prank(KIM);
        pool.exit{value: 1}();
        vm.warp(pool.pool().terms.endsAt);
        vm.expectRevert(abi.encodeWithSelector(IPoolTypes.ExitFeeShort.selector, 0, 1));
        pool.exit();
        uint256 before = KIM.balance;
        vm.prank(KIM);
        pool.exit{value: 1 ether}();
        equal(before - KIM.balance, 1, "the fee, the rest is refunded");
        // The predeploy's queue: source, key, the key's rest and the amount zero, from slot 4 on.
        equal(vm.load(WITHDRAWAL_REQUESTS, bytes32(uint256(4))), bytes32(uint256(uint160(address(pool)))), "source");
        bytes memory key = keyOf(pool);
        equal(
            bytes.concat(
                vm.load(WITHDRAWAL_REQUESTS, bytes32(uint256(5))),
                bytes16(vm.load(WITHDRAWAL_REQUESTS, bytes32(uint256(6))))
            ),
            key,
            "key"
        );
    }

    function test_exit_whenTheProviderFails() external {
        fill();
        vm.prank(ownerAt(1));
        pool.exit{value: 1}();
        vm.deal(GOVERNMENT, 1 ether);
        vm.prank(GOVERNMENT);
        pool.exit{value: 1}();
        vm.prank(GOVERNMENT);
        providers.disqualify(1);
        vm.prank(KIM);
        pool.exit{value: 1}();
    }

    function test_exit_isRefusedByName() external {
        vm.expectRevert(IPoolTypes.NotPredeposited.selector);
        pool.exit();
        predeposit(pool);
        vm.expectRevert(wrong(IPoolTypes.State.Filling));
        pool.exit();
        prove(pool);
        join(ANN, 28 ether);
        pool.start();
        // As before its first system call: no fee to be had.
        vm.store(WITHDRAWAL_REQUESTS, 0, bytes32(type(uint256).max));
        vm.expectRevert(IPoolTypes.ExitRefused.selector);
        vm.prank(ownerAt(1));
        pool.exit{value: 1}();
    }

    function test_open_isRefusedByName() external {
        uint40 endsAt = uint40(block.timestamp) + LASTS;
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotProvider.selector, ANN));
        vm.prank(ANN);
        factory.open{value: 1 ether}(1, endsAt);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.SidecarNotEnrolled.selector, 1));
        vm.prank(ownerAt(2));
        factory.open{value: 1 ether}(1, endsAt);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.StakeTooLow.selector, 1 ether - 1, 1 ether));
        openPoolOf(2, 1 ether - 1, endsAt);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.StakeTooLow.selector, 15 ether, 16 ether));
        openPoolOf(3, 15 ether, endsAt);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.StakeTooHigh.selector, 32 ether + 1));
        openPoolOf(3, 32 ether + 1, endsAt);
        uint40 soon = uint40(block.timestamp) + 1 days - 1;
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.EndOutOfBounds.selector, soon));
        openPoolOf(3, 16 ether, soon);
        uint40 late = uint40(block.timestamp) + 3_650 days + 1;
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.EndOutOfBounds.selector, late));
        openPoolOf(3, 16 ether, late);
        vm.expectRevert(abi.encodeWithSelector(INodes.SidecarEngaged.selector, 1, address(factory)));
        openPoolOf(1, K, endsAt);
        vm.prank(GOVERNMENT);
        providers.disqualify(3);
        vm.expectRevert(abi.encodeWithSelector(IMicroPools.NotQualified.selector, 3));
        openPoolOf(3, 16 ether, endsAt);
    }

    function openPoolOf(uint32 i, uint256 stake, uint40 endsAt) private {
        vm.prank(ownerAt(i));
        factory.open{value: stake}(i, endsAt);
    }

    function test_open_needsCapacityForAllPoolsOfAProvider() external {
        // Room for two validators; the registry would let provider 1 have a third sidecar.
        for (uint32 i = 5; i <= 6; ++i) {
            registerAs(ownerAt(1), i);
            providers.enrol(1, i);
        }
        uint40 endsAt = uint40(block.timestamp) + LASTS;
        vm.prank(ownerAt(1));
        factory.open{value: K}(5, endsAt);
        equal(providers.provider(1).free.cpuMilliGhz, 0, "all of it is held");
        uint256[] memory bid = new uint256[](1);
        bid[0] = 1;
        IProviders.Need memory need = IProviders.Need(needed(), 0, uint40(block.timestamp));
        equal(providers.screen(need, bid)[0] >> 160, 0, "no job is won with it");
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        vm.prank(ownerAt(1));
        factory.open{value: K}(6, endsAt);
        vm.prank(ownerAt(1));
        pool.close();
        vm.prank(ownerAt(1));
        factory.open{value: K}(6, endsAt);
    }

    function test_pool_isKnownByItsTerms() external {
        vm.prank(ownerAt(1));
        pool.close();
        address next = address(openPool(1, K));
        IPoolTypes.Terms memory terms = IMicroPool(next).pool().terms;
        equal(terms.provider, ownerAt(1), "provider");
        equal(uint256(terms.providerId) * 100 + terms.sidecar, 101, "with its first sidecar");
        equal(uint256(terms.rewardBps) * 10_000 + terms.insuranceBps, 10_001_000, "rates");
        equal(terms.fixedPrice, factory.quoteFor(terms.endsAt), "price");
        equal(terms.endsAt, block.timestamp + LASTS, "end");
        equal(terms.stake, K, "stake");
        equal(terms.number, 2, "the second");
        equal(factory.poolOf(1), next, "newest of the sidecar");
        equal(factory.total(), 2, "both are listed");
        equal(factory.pools(0, 9)[0], address(pool), "in order");
        equal(factory.pools(1, 2)[0], next, "from, to");
        equal(factory.pools(2, 2).length, 0, "none");
        isTrue(factory.isPool(next) && factory.isPool(address(pool)), "known");
        isTrue(!factory.isPool(ANN) && !factory.isPool(address(0)) && !factory.isPool(address(factory)), "nobody else");
        vm.etch(ANN, next.code);
        isTrue(!factory.isPool(ANN), "not by the same terms either");
    }

    function test_theCodeOfPools_isNoPool() external {
        IMicroPool code = IMicroPool(factory.implementation());
        isTrue(!factory.isPool(address(code)), "unknown");
        vm.expectRevert(wrong(IPoolTypes.State.Closed));
        code.join{value: 1}();
        vm.expectRevert(wrong(IPoolTypes.State.Closed));
        code.close();
        vm.expectRevert(wrong(IPoolTypes.State.Closed));
        code.complete();
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(IPoolTypes.AmountZero.selector);
        code.abandon();
    }
}
