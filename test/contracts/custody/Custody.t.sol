// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Custody} from "../../../contracts/custody/Custody.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {FrostSign} from "../support/FrostSign.sol";
import {CustodyNetwork} from "./CustodyNetwork.sol";

/// @notice Delegating, moving with both signatures, taking back; everything else is refused, by name.
contract CustodyTest is CustodyNetwork {
    function test_construct_needsItsParts() external {
        vm.expectRevert(ICustody.TokenMissing.selector);
        new Custody(ICustody.Params(ANN, address(owners), GOVERNMENT));
        vm.expectRevert(ICustody.ProvidersMissing.selector);
        new Custody(ICustody.Params(address(token), ANN, GOVERNMENT));
        vm.expectRevert(IAuthority.AuthorityMissing.selector);
        new Custody(ICustody.Params(address(token), address(owners), address(0)));
        equal(custody.token(), address(token), "token");
        equal(custody.providers(), address(owners), "providers");
        equal(custody.authority(), GOVERNMENT, "authority");
        (bool taken, ) = address(custody).call{value: 0}("");
        isTrue(!taken, "no plain ETH");
    }

    function test_aWholeTerm() external {
        vm.expectEmit(address(custody));
        emit ICustody.Delegated(1, ANN, ID, address(0), 10 ether, uint40(block.timestamp + 30 days));
        vm.expectEmit(address(custody));
        emit ICustody.Accepted(1, 1, 1);
        uint64 id = delegateEth(10 ether);
        equal(address(custody).balance, 10 ether, "held");
        ICustody.Move memory m = moveOf(id, BOB, 4 ether);
        vm.expectEmit(address(custody));
        emit ICustody.Moved(id, BOB, 4 ether, 6 ether, 0);
        send(m);
        equal(BOB.balance, 4 ether, "moved");
        ICustody.Delegation memory d = custody.delegationOf(id);
        equal(d.owner, ANN, "owner");
        equal(d.token, address(0), "ETH");
        equal(d.amount, 6 ether, "left");
        equal(d.nonce, 1, "one move");
        vm.expectRevert(abi.encodeWithSelector(ICustody.TermRunning.selector, id, d.endsAt));
        vm.prank(ANN);
        custody.takeBack(id, payable(ANN));
        vm.warp(d.endsAt - 1);
        send(moveOf(id, ANN, 1 ether));
        vm.warp(d.endsAt);
        sendFails(moveOf(id, BOB, 1), abi.encodeWithSelector(ICustody.TermOver.selector, id, d.endsAt));
        uint256 before = ANN.balance;
        vm.expectEmit(address(custody));
        emit ICustody.TakenBack(id, ANN, 5 ether);
        vm.prank(ANN);
        equal(custody.takeBack(id, payable(ANN)), 5 ether, "the rest");
        equal(ANN.balance - before, 5 ether, "paid");
        equal(address(custody).balance, 0, "nothing held");
        vm.expectRevert(abi.encodeWithSelector(ICustody.NothingLeft.selector, id));
        vm.prank(ANN);
        custody.takeBack(id, payable(ANN));
    }

    function test_ankr() external {
        uint64 id = delegateAnkr(100);
        uint64 other = delegateAnkr(7);
        equal(custody.total(), 2, "two");
        equal(token.balanceOf(address(custody)), 107, "held");
        equal(custody.delegationOf(id).token, address(token), "ANKR");
        send(moveOf(id, BOB, 100));
        equal(token.balanceOf(BOB), 100, "moved, all of it");
        // The other one's tokens are not there for it.
        sendFails(moveOf(id, BOB, 1), abi.encodeWithSelector(ICustody.AmountTooLarge.selector, id, 0, 1));
        vm.warp(block.timestamp + 30 days);
        vm.prank(ANN);
        custody.takeBack(other, payable(BOB));
        equal(token.balanceOf(BOB), 107, "taken back to another address");
        vm.expectRevert(abi.encodeWithSelector(ICustody.NothingLeft.selector, id));
        vm.prank(ANN);
        custody.takeBack(id, payable(ANN));
    }

    function test_delegateRefuses() external {
        delegateFails(ID, 30 days, 1, 1, 0, abi.encodeWithSelector(ICustody.AmountZero.selector));
        bytes memory none = abi.encodeWithSelector(ICustody.KeyMissing.selector, 2);
        delegateFails(2, 30 days, 0, 1, 1, none);
        // The system's number is no provider's.
        delegateFails(0, 30 days, 0, 1, 1, abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, 0, 0, 1));
        delegateFails(ID, 30 days, 0, 1, 1, abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, ID, 0, 1));
        delegateFails(ID, 30 days, 1, 2, 1, abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, 0, 2, 1));
        uint40[4] memory terms = [uint40(0), 1 days - 1, 366 days + 1, type(uint40).max];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory reason = abi.encodeWithSelector(ICustody.TermOutOfBounds.selector, terms[i]);
            delegateFails(ID, terms[i], 1, 1, 1, reason);
        }
        vm.prank(ANN);
        custody.delegateEth{value: 1}(ID, 1 days, 1, 1);
        vm.prank(ANN);
        custody.delegateEth{value: 1}(ID, 366 days, 1, 1);
        // Without a system there is nobody to agree.
        custody = new Custody(ICustody.Params(address(token), address(owners), GOVERNMENT));
        setProviderKey(BY_PROVIDER);
        delegateFails(ID, 30 days, 1, 0, 1, abi.encodeWithSelector(ICustody.KeyMissing.selector, 0));
    }

    function delegateFails(uint32 id, uint40 term, uint32 p, uint32 s, uint128 amount, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(ANN);
        custody.delegateEth{value: amount}(id, term, p, s);
        vm.expectRevert(reason);
        vm.prank(ANN);
        custody.delegateAnkr(id, term, p, s, amount);
    }

    function test_moveNeedsBoth() external {
        uint64 id = delegateEth(10 ether);
        ICustody.Move memory m = moveOf(id, BOB, 1 ether);
        (bytes memory p, bytes memory s) = (byProvider(m), bySystem(m));
        bytes memory noProvider = abi.encodeWithSelector(ICustody.NotSignedByProvider.selector, id, ID);
        bytes memory noSystem = abi.encodeWithSelector(ICustody.NotSignedBySystem.selector, id);
        moveFails(m, p, p, noSystem);
        moveFails(m, s, s, noProvider);
        moveFails(m, s, p, noProvider);
        moveFails(m, p, "", noSystem);
        moveFails(m, "", s, noProvider);
        moveFails(m, "", "", noProvider);
        moveFails(m, bytes.concat(p, hex"00"), s, noProvider);
        // Not the owner, the provider's account or the government either.
        address[3] memory mighty = [ANN, PROVIDER, GOVERNMENT];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(noSystem);
            vm.prank(mighty[i]);
            custody.move(m, p, p);
        }
        custody.move(m, p, s);
        equal(BOB.balance, 1 ether, "with both");
    }

    function moveFails(ICustody.Move memory m, bytes memory p, bytes memory s, bytes memory reason) private {
        vm.expectRevert(reason);
        custody.move(m, p, s);
    }

    /// @dev A wrong signature is told from a wrong field: fields come first, signed by both or not.
    function test_moveRefuses() external {
        uint64 id = delegateEth(10 ether);
        ICustody.Move memory m = moveOf(99, BOB, 1 ether, id);
        sendFails(m, abi.encodeWithSelector(ICustody.UnknownDelegation.selector, 99));
        m = moveOf(id, BOB, 1 ether);
        m.deadline = uint40(block.timestamp - 1);
        sendFails(m, abi.encodeWithSelector(ICustody.DeadlinePassed.selector, id, m.deadline));
        m = moveOf(id, BOB, 1 ether);
        m.provider = 2;
        sendFails(m, abi.encodeWithSelector(ICustody.MoveMismatch.selector, id));
        m = moveOf(id, BOB, 1 ether);
        m.token = address(token);
        sendFails(m, abi.encodeWithSelector(ICustody.MoveMismatch.selector, id));
        m = moveOf(id, BOB, 1 ether);
        m.nonce = 1;
        sendFails(m, abi.encodeWithSelector(ICustody.NonceMismatch.selector, id, 1, 0));
        m = moveOf(id, BOB, 1 ether);
        m.providerEpoch = 2;
        sendFails(m, abi.encodeWithSelector(ICustody.KeyEpochNotAccepted.selector, id, 1, 1));
        m = moveOf(id, BOB, 1 ether);
        m.systemEpoch = 0;
        sendFails(m, abi.encodeWithSelector(ICustody.KeyEpochNotAccepted.selector, id, 1, 1));
        sendFails(moveOf(id, address(0), 1), abi.encodeWithSelector(ICustody.ReceiverInvalid.selector, address(0)));
        bytes memory self = abi.encodeWithSelector(ICustody.ReceiverInvalid.selector, address(custody));
        sendFails(moveOf(id, address(custody), 1), self);
        sendFails(moveOf(id, BOB, 0), abi.encodeWithSelector(ICustody.AmountZero.selector));
        bytes memory large = abi.encodeWithSelector(ICustody.AmountTooLarge.selector, id, 10 ether, 10 ether + 1);
        sendFails(moveOf(id, BOB, 10 ether + 1), large);
        // What would be an allowed amount if it were cut to 128 bits.
        uint256 wide = (1 << 128) + 1;
        sendFails(moveOf(id, BOB, wide), abi.encodeWithSelector(ICustody.AmountTooLarge.selector, id, 10 ether, wide));
        m = moveOf(id, BOB, 10 ether);
        m.deadline = uint40(block.timestamp);
        send(m);
        equal(BOB.balance, 10 ether, "in its last second");
    }

    function moveOf(uint64 id, address to, uint256 amount, uint64 like) private view returns (ICustody.Move memory m) {
        m = moveOf(like, to, amount);
        m.delegation = id;
    }

    function test_noReplay() external {
        uint64 id = delegateEth(10 ether);
        uint64 twin = delegateEth(10 ether);
        ICustody.Move memory m = moveOf(id, BOB, 1 ether);
        (bytes memory p, bytes memory s) = (byProvider(m), bySystem(m));
        custody.move(m, p, s);
        moveFails(m, p, s, abi.encodeWithSelector(ICustody.NonceMismatch.selector, id, 0, 1));
        // Nor with the next nonce, of another delegation, by a changed field.
        m.nonce = 1;
        moveFails(m, p, s, abi.encodeWithSelector(ICustody.NotSignedByProvider.selector, id, ID));
        (m.nonce, m.delegation) = (0, twin);
        moveFails(m, p, s, abi.encodeWithSelector(ICustody.NotSignedByProvider.selector, twin, ID));
        // Nor in another contract, or on another chain: both are in the domain.
        ICustody.Move memory next = moveOf(id, BOB, 1 ether);
        bytes32 digest = custody.moveDigest(next);
        Custody other = new Custody(ICustody.Params(address(token), address(owners), GOVERNMENT));
        isTrue(other.domainSeparator() != custody.domainSeparator(), "another domain");
        isTrue(other.moveDigest(next) != digest, "another contract");
        vm.chainId(1);
        isTrue(custody.moveDigest(next) != digest, "another chain");
        isTrue(custody.possessionDigest(1, 1) != other.possessionDigest(1, 1), "possession is shown to one");
    }

    /// @dev (R, z) and (R, z + n) are one signature to the curve, and so would be every encoding that is not canonical.
    function testFuzz_tamperedSignaturesMoveNothing(uint256 seed, uint256 amount) external {
        amount = bound(amount, 1, 10 ether);
        uint64 id = delegateEth(10 ether);
        ICustody.Move memory m = moveOf(id, BOB, amount);
        (bytes memory p, bytes memory s) = (byProvider(m), bySystem(m));
        bytes memory changed = bytes.concat(p);
        changed[seed % 65] ^= bytes1(uint8(1 + ((seed >> 8) % 255)));
        moveFails(m, changed, s, abi.encodeWithSelector(ICustody.NotSignedByProvider.selector, id, ID));
        changed = bytes.concat(s);
        changed[seed % 65] ^= bytes1(uint8(1 + ((seed >> 8) % 255)));
        moveFails(m, p, changed, abi.encodeWithSelector(ICustody.NotSignedBySystem.selector, id));
        ICustody.Move memory more = moveOf(id, BOB, amount);
        more.to = address(uint160(bound(seed, 0x1000, type(uint160).max)));
        vm.assume(more.to != BOB && more.to != address(custody));
        moveFails(more, p, s, abi.encodeWithSelector(ICustody.NotSignedByProvider.selector, id, ID));
        custody.move(m, p, s);
        equal(BOB.balance, amount, "as it was signed");
    }

    function test_takeBackRefuses() external {
        uint64 id = delegateEth(10 ether);
        vm.expectRevert(abi.encodeWithSelector(ICustody.UnknownDelegation.selector, 99));
        custody.takeBack(99, payable(ANN));
        vm.expectRevert(abi.encodeWithSelector(ICustody.UnknownDelegation.selector, 99));
        custody.delegationOf(99);
        vm.warp(block.timestamp + 30 days);
        address[3] memory mighty = [BOB, PROVIDER, GOVERNMENT];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICustody.NotDelegator.selector, id, mighty[i]));
            vm.prank(mighty[i]);
            custody.takeBack(id, payable(BOB));
        }
        address[2] memory none = [address(0), address(custody)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICustody.ReceiverInvalid.selector, none[i]));
            vm.prank(ANN);
            custody.takeBack(id, payable(none[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(ICustody.EthRefused.selector, address(token)));
        vm.prank(ANN);
        custody.takeBack(id, payable(address(token)));
        vm.prank(ANN);
        custody.takeBack(id, payable(BOB));
        equal(BOB.balance, 10 ether, "to who takes it");
    }

    function test_moveToWhoRefusesEth() external {
        uint64 id = delegateEth(10 ether);
        sendFails(moveOf(id, address(token), 1), abi.encodeWithSelector(ICustody.EthRefused.selector, address(token)));
        equal(custody.delegationOf(id).nonce, 0, "nothing happened");
    }
}

/// @notice Keys: who sets them, and that a change only takes power away.
contract CustodyKeysTest is CustodyNetwork {
    uint256 private constant NEW = uint256(keccak256("a new group"));

    function test_keyOf() external view {
        ICustody.GroupKey memory key = custody.keyOf(ID);
        equal(key.key, FrostSign.key(BY_PROVIDER), "key");
        equal(key.epoch, 1, "epoch");
        equal(key.setAt, block.timestamp, "set at");
        key = custody.keyOf(7);
        equal(key.key, "", "none");
        equal(key.epoch, 0, "none yet");
    }

    function test_whoSetsKeys() external {
        bytes memory proof = shown(ID, NEW);
        vm.expectRevert(abi.encodeWithSelector(ICustody.NotProviderOwner.selector, ID, GOVERNMENT));
        vm.prank(GOVERNMENT);
        custody.setProviderKey(ID, FrostSign.key(NEW), proof);
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 2));
        custody.setProviderKey(2, FrostSign.key(NEW), proof);
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 0));
        custody.setProviderKey(0, FrostSign.key(NEW), proof);
        proof = shown(0, NEW);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, PROVIDER));
        vm.prank(PROVIDER);
        custody.setSystemKey(FrostSign.key(NEW), proof);
        vm.expectEmit(address(custody));
        emit ICustody.KeySet(0, 2, FrostSign.key(NEW));
        setSystemKey(NEW);
    }

    function setFails(bytes memory key, bytes memory proof, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(PROVIDER);
        custody.setProviderKey(ID, key, proof);
    }

    function test_keysThatAreNone() external {
        bytes memory proof = shown(ID, NEW);
        bytes memory invalid = abi.encodeWithSelector(ICustody.KeyInvalid.selector);
        setFails("", proof, invalid);
        setFails(new bytes(33), proof, invalid);
        setFails(new bytes(65), proof, invalid);
        setFails(abi.encodePacked(uint8(2), uint256(5)), proof, invalid);
        setFails(abi.encodePacked(uint8(4), FrostSign.pointOf(NEW).x), proof, invalid);
        setFails(abi.encodePacked(uint8(2), FrostSign.N), proof, invalid);
        setFails(bytes.concat(FrostSign.key(NEW), hex"00"), proof, invalid);
    }

    function test_possession() external {
        bytes memory missing = abi.encodeWithSelector(ICustody.PossessionNotShown.selector, ID, 2);
        setFails(FrostSign.key(NEW), "", missing);
        // By another key; of another group; of another epoch.
        setFails(FrostSign.key(NEW), shown(ID, NEW + 1), missing);
        setFails(FrostSign.key(NEW), shown(0, NEW), missing);
        setFails(FrostSign.key(NEW), FrostSign.sign(NEW, custody.possessionDigest(ID, 1)), missing);
        setProviderKey(NEW);
        equal(epochOf(ID), 2, "shown");
    }

    /// @dev One group in both roles would be one key that spends; a negative key has the same secret.
    function test_aKeyServesOnce() external {
        uint256[3] memory known = [BY_SYSTEM, BY_PROVIDER, FrostSign.N - (BY_SYSTEM % FrostSign.N)];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 secret = known[i] % FrostSign.N;
            bytes memory key = FrostSign.key(secret);
            setFails(key, shown(ID, secret), abi.encodeWithSelector(ICustody.KeyUsed.selector, key));
        }
        setProviderKey(NEW);
        bytes memory proof = shown(0, NEW);
        vm.expectRevert(abi.encodeWithSelector(ICustody.KeyUsed.selector, FrostSign.key(NEW)));
        vm.prank(GOVERNMENT);
        custody.setSystemKey(FrostSign.key(NEW), proof);
    }

    /// @dev What was delegated before moves neither under the old key nor under the new one, until its owner says so.
    function test_aChangeTakesPowerAway() external {
        uint64 id = delegateEth(10 ether);
        ICustody.Move memory old = moveOf(id, BOB, 1 ether);
        setProviderKey(NEW);
        bytes memory passed = abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, ID, 1, 2);
        sendFails(old, passed);
        (bytes memory p, bytes memory s) = (FrostSign.sign(NEW, custody.moveDigest(old)), bySystem(old));
        vm.expectRevert(passed);
        custody.move(old, p, s);
        ICustody.Move memory m = moveOf(id, BOB, 1 ether);
        m.providerEpoch = 2;
        (p, s) = (FrostSign.sign(NEW, custody.moveDigest(m)), bySystem(m));
        vm.expectRevert(abi.encodeWithSelector(ICustody.KeyEpochNotAccepted.selector, id, 1, 1));
        custody.move(m, p, s);
        vm.expectRevert(abi.encodeWithSelector(ICustody.NotDelegator.selector, id, PROVIDER));
        vm.prank(PROVIDER);
        custody.accept(id, 2, 1);
        // A key that was exchanged once more in the meantime is not what he accepts.
        vm.expectRevert(abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, ID, 3, 2));
        vm.prank(ANN);
        custody.accept(id, 3, 1);
        vm.expectEmit(address(custody));
        emit ICustody.Accepted(id, 2, 1);
        vm.prank(ANN);
        custody.accept(id, 2, 1);
        custody.move(m, p, s);
        equal(BOB.balance, 1 ether, "under the new key");
    }

    function test_aNewSystemKeyTakesPowerAway() external {
        uint64 id = delegateEth(10 ether);
        setSystemKey(NEW);
        sendFails(moveOf(id, BOB, 1), abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, 0, 1, 2));
        vm.expectRevert(abi.encodeWithSelector(ICustody.KeyEpochPassed.selector, 0, 1, 2));
        vm.prank(ANN);
        custody.accept(id, 1, 1);
        vm.warp(custody.delegationOf(id).endsAt);
        vm.expectRevert(abi.encodeWithSelector(ICustody.TermOver.selector, id, uint40(block.timestamp)));
        vm.prank(ANN);
        custody.accept(id, 1, 2);
        vm.prank(ANN);
        equal(custody.takeBack(id, payable(ANN)), 10 ether, "all of it, without accepting");
    }
}
