// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Custody} from "../../../contracts/custody/Custody.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {FrostSign} from "../support/FrostSign.sol";
import {Test} from "../support/Test.sol";

/// @notice Knows who owns which provider.
contract Owners {
    mapping(uint32 id => address) private _owners;

    function set(uint32 id, address owner) external {
        _owners[id] = owner;
    }

    function ownerOf(uint32 id) external view returns (address owner) {
        owner = _owners[id];
        if (owner == address(0)) revert IProviders.UnknownProvider(id);
    }
}

/// @notice A custody of the system and provider 1, both with keys of epoch 1; ANN has ANKR and ETH.
abstract contract CustodyNetwork is Test {
    address internal constant GOVERNMENT = address(0x6073);
    address internal constant PROVIDER = address(0x9407);
    address internal constant ANN = address(0xA1);
    address internal constant BOB = address(0xB2);
    uint32 internal constant ID = 1;
    uint256 internal constant BY_PROVIDER = uint256(keccak256("the provider's group"));
    uint256 internal constant BY_SYSTEM = uint256(keccak256("the system's group"));

    TestAnkr internal token;
    Owners internal owners;
    Custody internal custody;

    function setUp() public virtual {
        vm.warp(1_000_000);
        (token, owners) = (newToken(), new Owners());
        owners.set(ID, PROVIDER);
        custody = new Custody(ICustody.Params(address(token), address(owners), GOVERNMENT));
        setProviderKey(BY_PROVIDER);
        setSystemKey(BY_SYSTEM);
        endow(ANN);
    }

    function newToken() internal virtual returns (TestAnkr) {
        return new TestAnkr();
    }

    function endow(address who) internal {
        token.mint(who, 1_000_000 ether);
        vm.deal(who, 1_000_000 ether);
        vm.prank(who);
        token.approve(address(custody), type(uint256).max);
    }

    function shown(uint32 group, uint256 secret) internal view returns (bytes memory) {
        return FrostSign.sign(secret, custody.possessionDigest(group, epochOf(group) + 1));
    }

    function epochOf(uint32 group) internal view returns (uint32) {
        return custody.keyOf(group).epoch;
    }

    function setProviderKey(uint256 secret) internal {
        bytes memory proof = shown(ID, secret);
        vm.prank(PROVIDER);
        custody.setProviderKey(ID, FrostSign.key(secret), proof);
    }

    function setSystemKey(uint256 secret) internal {
        bytes memory proof = shown(0, secret);
        vm.prank(GOVERNMENT);
        custody.setSystemKey(FrostSign.key(secret), proof);
    }

    function delegateEth(uint256 amount) internal returns (uint64) {
        (uint32 ofProvider, uint32 ofSystem) = (epochOf(ID), epochOf(0));
        vm.prank(ANN);
        return custody.delegateEth{value: amount}(ID, 30 days, ofProvider, ofSystem);
    }

    function delegateAnkr(uint128 amount) internal returns (uint64) {
        (uint32 ofProvider, uint32 ofSystem) = (epochOf(ID), epochOf(0));
        vm.prank(ANN);
        return custody.delegateAnkr(ID, 30 days, ofProvider, ofSystem, amount);
    }

    /// @notice The next move of a delegation, in force for an hour.
    function moveOf(uint64 id, address to, uint256 amount) internal view returns (ICustody.Move memory) {
        ICustody.Delegation memory d = custody.delegationOf(id);
        uint40 deadline = uint40(block.timestamp + 1 hours);
        return ICustody.Move(id, d.provider, d.token, to, amount, d.nonce, d.providerEpoch, d.systemEpoch, deadline);
    }

    function byProvider(ICustody.Move memory m) internal view returns (bytes memory) {
        return FrostSign.sign(BY_PROVIDER, custody.moveDigest(m));
    }

    function bySystem(ICustody.Move memory m) internal view returns (bytes memory) {
        return FrostSign.sign(BY_SYSTEM, custody.moveDigest(m));
    }

    function send(ICustody.Move memory m) internal {
        custody.move(m, byProvider(m), bySystem(m));
    }

    function sendFails(ICustody.Move memory m, bytes memory reason) internal {
        (bytes memory p, bytes memory s) = (byProvider(m), bySystem(m));
        vm.expectRevert(reason);
        custody.move(m, p, s);
    }
}
