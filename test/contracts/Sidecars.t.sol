// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Beacons} from "../../contracts/Beacons.sol";
import {Sidecars} from "../../contracts/Sidecars.sol";
import {IBeacons} from "../../contracts/interfaces/IBeacons.sol";
import {ISidecars} from "../../contracts/interfaces/ISidecars.sol";
import {Bls} from "../../contracts/lib/Bls.sol";
import {Network} from "./support/Network.sol";
import {Sign} from "./support/Sign.sol";

contract SidecarsTest is Network {
    bytes32 private constant LEFT = keccak256("left");
    bytes32 private constant RIGHT = keccak256("right");

    function test_constructorRefuses() public {
        ISidecars.Params memory p = registryParams();
        p.token = address(0xdead);
        refused(p, abi.encodeWithSelector(ISidecars.TokenMissing.selector));
        p = registryParams();
        p.sink = address(0);
        refused(p, abi.encodeWithSelector(ISidecars.SinkMissing.selector));
        p = registryParams();
        p.minStake = 0;
        refused(p, abi.encodeWithSelector(ISidecars.MinStakeZero.selector));
        p = registryParams();
        p.slashBps = 0;
        refused(p, abi.encodeWithSelector(ISidecars.SlashBpsOutOfRange.selector, 0));
        p.slashBps = 10_001;
        refused(p, abi.encodeWithSelector(ISidecars.SlashBpsOutOfRange.selector, 10_001));
        p = registryParams();
        p.reporterBps = 5_001;
        refused(p, abi.encodeWithSelector(ISidecars.ReporterBpsOutOfRange.selector, 5_001));
        for (uint256 i = 0; i < 6; ++i) {
            p = registryParams();
            if (i == 0) p.clock.secondsPerRound = 0;
            if (i == 1) p.clock.periodRounds = 0;
            if (i == 2) p.clock.epochPeriods = 0;
            if (i == 3) p.clock.genesisRound = 0;
            if (i == 4) p.clock.genesisRound = 1 << 48;
            if (i == 5) p.clock.genesisTime = 1 << 48;
            refused(p, abi.encodeWithSelector(ISidecars.ClockInvalid.selector));
        }
    }

    function refused(ISidecars.Params memory p, bytes memory reason) private {
        vm.expectRevert(reason);
        new Sidecars(p);
    }

    function test_params() public view {
        equal(abi.encode(sidecars.params()), abi.encode(registryParams()), "params");
    }

    function test_clock() public view {
        equal(sidecars.roundAt(GENESIS_TIME - 1), 0, "before drand");
        equal(sidecars.roundAt(GENESIS_TIME), 1, "first round");
        equal(sidecars.timeOfRound(1), GENESIS_TIME, "time of round 1");
        equal(sidecars.roundAt(START - 1), GENESIS_ROUND - 1, "round before");
        equal(sidecars.timeOfRound(GENESIS_ROUND), START, "start");
        isTrue(sidecars.periodAt(START - 1) == -1 && sidecars.epochAt(START - 1) == -1, "just before");
        isTrue(sidecars.periodAt(START - PERIOD) == -1 && sidecars.periodAt(START - PERIOD - 1) == -2, "floor");
        isTrue(sidecars.periodAt(START) == 0 && sidecars.epochAt(START) == 0, "genesis");
        isTrue(sidecars.periodAt(START + EPOCH - 1) == 5 && sidecars.epochAt(START + EPOCH - 1) == 0, "last period");
        isTrue(sidecars.periodAt(START + EPOCH) == 6 && sidecars.epochAt(START + EPOCH) == 1, "next epoch");
        equal(sidecars.epochOf(11), 1, "epoch of period");
        equal(sidecars.periodStartRound(11), GENESIS_ROUND + 220, "period's round");
        equal(sidecars.startRound(2), GENESIS_ROUND + 240, "epoch's round");
    }

    function test_registerBeforeGenesisIsActiveInEpochZero() public {
        ISidecars.Application memory a = application(OWNER, 0);
        vm.expectEmit(address(sidecars));
        emit ISidecars.Registered(1, OWNER, a.signer, a.peerKey, a.blsKey, a.stake, 0);
        vm.prank(OWNER);
        equal(sidecars.register(a), 1, "id");
        equal(sidecars.count(0), 1, "count");
        equal(sidecars.sidecarAt(0, 0), 1, "slot 0");
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Entering), "entering");
        equal(token.balanceOf(address(sidecars)), MIN_STAKE, "stake held");
        equal(sidecars.idOfSigner(a.signer), 1, "by signer");
        equal(sidecars.idOfPeerKey(a.peerKey), 1, "by peer key");
        equal(sidecars.idOfBlsKey(keccak256(a.blsKey)), 1, "by bls key");
        ISidecars.Sidecar memory s = sidecars.roster(0, 0, 128)[0];
        equal(s.blsKey, a.blsKey, "key readable");
        equal(s.blsKeyHash, keccak256(a.blsKey), "key hash");
        equal(s.owner, OWNER, "owner");
        equal(s.exitEpoch, NEVER, "no exit");
        vm.warp(START);
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Active), "active");
        equal(uint256(sidecars.status(2)), uint256(ISidecars.Status.Unknown), "unknown");
    }

    function test_registerRefusesBeyondTheProtocolsSlots() public {
        register(0);
        // Registering 4,096 for real would take minutes: the newest count (slot 3: counts; one change: epoch in 40 bits,
        // value above) is written instead.
        vm.store(address(sidecars), bytes32(uint256(3)), bytes32(uint256(4_095) << 40));
        equal(sidecars.count(0), 4_095, "one place left");
        register(1);
        equal(sidecars.count(0), 4_096, "full");
        refuse(application(OWNER, 2), abi.encodeWithSelector(ISidecars.RegistryFull.selector, uint32(4_096)));
    }

    function test_registerRefuses() public {
        register(0);
        ISidecars.Application memory a = application(OWNER, 1);
        a.signer = address(0);
        refuse(a, abi.encodeWithSelector(ISidecars.SignerMissing.selector));
        a = application(OWNER, 1);
        a.peerKey = 0;
        refuse(a, abi.encodeWithSelector(ISidecars.PeerKeyMissing.selector));
        a = application(OWNER, 1);
        a.stake = MIN_STAKE - 1;
        refuse(a, abi.encodeWithSelector(ISidecars.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        a = application(OWNER, 1);
        a.signer = vm.addr(1_000);
        refuse(a, abi.encodeWithSelector(ISidecars.SignerTaken.selector, a.signer));
        a = application(OWNER, 1);
        a.peerKey = keccak256(abi.encode("peer", 0));
        refuse(a, abi.encodeWithSelector(ISidecars.PeerKeyTaken.selector, a.peerKey));
        a = application(OWNER, 1);
        a.blsKey = Sign.keyInG1(2_000);
        refuse(a, abi.encodeWithSelector(ISidecars.BlsKeyTaken.selector, keccak256(a.blsKey)));
    }

    function test_registerRefusesUnprovenKeys() public {
        ISidecars.Application memory a = application(OWNER, 1);
        a.signerProof = signerProof(OWNER, a, 4_444);
        refuse(a, abi.encodeWithSelector(ISidecars.SignerNotProven.selector, a.signer));
        a.signerProof = hex"00";
        refuse(a, abi.encodeWithSelector(ISidecars.SignerNotProven.selector, a.signer));
        // Both proofs are bound to the owner: nobody registers another's keys.
        a = application(address(0xB0B), 1);
        refuse(a, abi.encodeWithSelector(ISidecars.SignerNotProven.selector, a.signer));
        a.signerProof = signerProof(OWNER, a, 1_001);
        refuse(a, abi.encodeWithSelector(ISidecars.BlsKeyNotProven.selector));
        a = application(OWNER, 1);
        a.blsKey = new bytes(128);
        a.signerProof = signerProof(OWNER, a, 1_001);
        refuse(a, abi.encodeWithSelector(Bls.PointAtInfinity.selector));
        a.blsKey[127] = 0x02; // on the curve, outside the subgroup
        a.signerProof = signerProof(OWNER, a, 1_001);
        refuse(a, abi.encodeWithSelector(Bls.PointMalformed.selector));
        a.blsKey[127] = 0x03; // not on the curve
        a.signerProof = signerProof(OWNER, a, 1_001);
        refuse(a, abi.encodeWithSelector(Bls.PointMalformed.selector));
    }

    function refuse(ISidecars.Application memory a, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(OWNER);
        sidecars.register(a);
    }

    function test_ownerOnly() public {
        register(0);
        bytes memory reason = abi.encodeWithSelector(ISidecars.NotOwner.selector, 1, address(this));
        vm.expectRevert(reason);
        sidecars.addStake(1, 1);
        vm.expectRevert(reason);
        sidecars.requestExit(1);
        vm.expectRevert(reason);
        sidecars.withdraw(1);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.UnknownSidecar.selector, 2));
        sidecars.requestExit(2);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.UnknownSidecar.selector, 0));
        sidecars.sidecar(0);
    }

    function test_addStake() public {
        register(0);
        vm.prank(OWNER);
        vm.expectRevert(ISidecars.AmountZero.selector);
        sidecars.addStake(1, 0);
        vm.prank(OWNER);
        sidecars.addStake(1, 5 ether);
        equal(sidecars.sidecar(1).stake, MIN_STAKE + 5 ether, "stake");
        vm.prank(OWNER);
        sidecars.requestExit(1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.AlreadyExiting.selector, 1));
        sidecars.addStake(1, 1);
    }

    function test_lifeOfASidecar() public {
        registerFirst(3);
        vm.warp(START + EPOCH);
        register(3);
        equal(sidecars.count(1), 3, "not yet");
        equal(sidecars.count(2), 3, "nor in the next");
        equal(sidecars.count(3), 4, "second boundary");
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.NotExiting.selector, 1));
        sidecars.withdraw(1);
        equal(sidecars.withdrawableEpoch(1), NEVER, "not exiting");

        vm.prank(OWNER);
        sidecars.requestExit(1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.AlreadyExiting.selector, 1));
        sidecars.requestExit(1);
        equal(sidecars.sidecarAt(2, 0), 1, "still there");
        equal(sidecars.sidecarAt(3, 0), 4, "the last moved in");
        equal(sidecars.count(3), 3, "dense");
        (bool active, ) = sidecars.slotOf(1, 3);
        isTrue(!active, "gone");
        (, uint32 slot) = sidecars.slotOf(4, 3);
        equal(slot, 0, "moved");
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Exiting), "exiting");
        vm.warp(START + 3 * EPOCH);
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Unbonding), "unbonding");
        vm.warp(START + 5 * EPOCH - 1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.StillBonded.selector, 1, 5));
        sidecars.withdraw(1);
        vm.warp(START + 5 * EPOCH);
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Withdrawable), "withdrawable");
        uint256 before = token.balanceOf(OWNER);
        vm.prank(OWNER);
        sidecars.withdraw(1);
        equal(token.balanceOf(OWNER) - before, MIN_STAKE, "paid back");
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Left), "left");
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.NothingStaked.selector, 1));
        sidecars.withdraw(1);
    }

    function test_exitBeforeEntryNeverBecomesActive() public {
        vm.warp(START + 10);
        register(0);
        vm.prank(OWNER);
        sidecars.requestExit(1);
        equal(sidecars.count(2), 0, "never active");
        equal(sidecars.count(NEVER), 0, "any epoch can be asked");
    }

    function test_rosterAndKeys() public {
        registerFirst(3);
        equal(sidecars.roster(0, 1, 2)[0].id, 2, "middle");
        equal(sidecars.roster(0, 1, 99).length, 2, "cut at N");
        equal(sidecars.roster(0, 3, 9).length, 0, "beyond N");
        equal(sidecars.roster(0, 2, 1).length, 0, "reversed");
        uint32[] memory slots = new uint32[](2);
        slots[0] = 2;
        equal(sidecars.blsKeys(0, slots), bytes.concat(Sign.keyInG1(2_002), Sign.keyInG1(2_000)), "keys in order");
        slots[1] = 3;
        vm.expectRevert(abi.encodeWithSelector(ISidecars.SlotOutOfRange.selector, 3, 3));
        sidecars.blsKeys(0, slots);
    }

    function slash(uint32 id, uint8 kind, uint32 sequence) private {
        bytes memory a = recordSignature(999 + id, kind, id, 7, sequence, LEFT);
        bytes memory b = recordSignature(999 + id, kind, id, 7, sequence, RIGHT);
        sidecars.slashEquivocation(id, kind, 7, sequence, LEFT, a, RIGHT, b);
    }

    function test_slash() public {
        register(0);
        vm.expectEmit(address(sidecars));
        emit ISidecars.ExitRequested(1, 0);
        vm.expectEmit(address(sidecars));
        emit ISidecars.Slashed(1, address(this), 5, 7, 0, 300 ether, 75 ether);
        slash(1, 5, 0);
        equal(sidecars.sidecar(1).stake, 700 ether, "30 % taken");
        equal(sidecars.creditOf(address(this)), 75 ether, "reporter's share");
        equal(sidecars.creditOf(SINK), 225 ether, "the sink's");
        isTrue(sidecars.isPunished(1, 5, 7, 0), "noted");
        bytes memory a = recordSignature(1_000, 5, 1, 7, 0, LEFT);
        bytes memory b = recordSignature(1_000, 5, 1, 7, 0, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.AlreadyPunished.selector, 1, 5, 7, 0));
        sidecars.slashEquivocation(1, 5, 7, 0, RIGHT, b, LEFT, a);
        slash(1, 5, 1);
        equal(sidecars.sidecar(1).stake, 490 ether, "again, of what is left");
        sidecars.withdrawCredit(SINK);
        equal(token.balanceOf(SINK), 225 ether + 157.5 ether, "pulled");
        vm.expectRevert(abi.encodeWithSelector(ISidecars.NothingCredited.selector, SINK));
        sidecars.withdrawCredit(SINK);
    }

    function test_slashWhileUnbondingUntilWithdrawn() public {
        register(0);
        vm.warp(START + 1);
        vm.prank(OWNER);
        sidecars.requestExit(1);
        vm.warp(START + 4 * EPOCH);
        slash(1, 5, 0);
        vm.prank(OWNER);
        sidecars.withdraw(1);
        bytes memory a = recordSignature(1_000, 5, 1, 7, 1, LEFT);
        bytes memory b = recordSignature(1_000, 5, 1, 7, 1, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.NothingStaked.selector, 1));
        sidecars.slashEquivocation(1, 5, 7, 1, LEFT, a, RIGHT, b);
    }

    function test_slashRefuses() public {
        register(0);
        register(1);
        bytes memory a = recordSignature(1_000, 127, 1, 7, 0, LEFT);
        bytes memory b = recordSignature(1_000, 127, 1, 7, 0, RIGHT);
        bytes memory foreign = recordSignature(1_001, 127, 1, 7, 0, RIGHT);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.KindNotSignOnce.selector, 128));
        sidecars.slashEquivocation(1, 128, 7, 0, LEFT, a, RIGHT, b);
        vm.expectRevert(ISidecars.SameBody.selector);
        sidecars.slashEquivocation(1, 127, 7, 0, LEFT, a, LEFT, a);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.RecordNotSigned.selector, 1, RIGHT));
        sidecars.slashEquivocation(1, 127, 7, 0, LEFT, a, RIGHT, foreign);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.RecordNotSigned.selector, 1, LEFT));
        sidecars.slashEquivocation(1, 127, 8, 0, LEFT, a, RIGHT, b);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.RecordNotSigned.selector, 2, LEFT));
        sidecars.slashEquivocation(2, 127, 7, 0, LEFT, a, RIGHT, b);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.RecordNotSigned.selector, 1, RIGHT));
        sidecars.slashEquivocation(1, 127, 7, 0, LEFT, a, RIGHT, bytes.concat(b, hex"1b"));
        vm.expectRevert(abi.encodeWithSelector(ISidecars.UnknownSidecar.selector, 3));
        sidecars.slashEquivocation(3, 127, 7, 0, LEFT, a, RIGHT, b);
        // The same signature with a high s is not another signature.
        (bytes32 r, bytes32 s) = abi.decode(b, (bytes32, bytes32));
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        vm.expectRevert(abi.encodeWithSelector(ISidecars.RecordNotSigned.selector, 1, RIGHT));
        sidecars.slashEquivocation(1, 127, 7, 0, LEFT, a, RIGHT, abi.encode(r, order - uint256(s)));
        sidecars.slashEquivocation(1, 127, 7, 0, LEFT, a, RIGHT, b);
    }

    function test_fullSlashLeavesNothing() public {
        ISidecars.Params memory p = registryParams();
        p.slashBps = 10_000;
        sidecars = new Sidecars(p);
        vm.prank(OWNER);
        token.approve(address(sidecars), MIN_STAKE);
        register(0);
        slash(1, 5, 0);
        equal(sidecars.sidecar(1).stake, 0, "all of it");
        vm.warp(START + 9 * EPOCH);
        equal(uint256(sidecars.status(1)), uint256(ISidecars.Status.Left), "left");
        equal(sidecars.creditOf(address(this)) + sidecars.creditOf(SINK), MIN_STAKE, "no more, no less");
    }

    function test_beacons() public {
        bytes memory signature = Sign.round(DRAND, 300);
        vm.expectRevert(abi.encodeWithSelector(IBeacons.RoundNotProven.selector, 300));
        beacons.requireRandomness(300);
        vm.expectRevert(abi.encodeWithSelector(IBeacons.BeaconNotSigned.selector, 301));
        beacons.proveRound(301, signature);
        bytes32 randomness = beacons.proveRound(300, signature);
        equal(beacons.proveRound(300, ""), randomness, "idempotent");
        equal(beacons.requireRandomness(300), randomness, "stored");
        equal(beacons.publicKey(), Sign.keyInG2(DRAND), "key");
        bytes memory mirrored = Bls.negated(Sign.round(DRAND, 302));
        vm.expectRevert(abi.encodeWithSelector(IBeacons.BeaconNotSigned.selector, 302));
        beacons.proveRound(302, mirrored);
        vm.expectRevert(Bls.PointAtInfinity.selector);
        new Beacons(new bytes(256));
        bytes memory outside = new bytes(256);
        outside[255] = 0x01;
        vm.expectRevert(Bls.PointMalformed.selector);
        new Beacons(outside);
    }
}
