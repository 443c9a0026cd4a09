// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {FrostSign} from "../support/FrostSign.sol";
import {Campaign} from "../support/Campaign.sol";
import {CustodyNetwork} from "./CustodyNetwork.sol";

/// @notice Delegators, both groups, strangers with all kinds of half-right signatures and changing keys, in any order, beside a
/// model of who has how much left. Provider 1 and 2 have the secrets of their epoch; so has the system.
contract CustodyHandler is CustodyNetwork {
    uint32 private constant OTHER = 2;
    uint256 private constant MOST = 32;

    /// @dev What came in, and what went out with both signatures or by its owner after the term, by token.
    uint256[2] public paidIn;
    uint256[2] public paidOut;
    uint256[] private _left;
    /// @dev Whether the owner accepted the keys of now.
    bool[] private _movable;
    mapping(bytes4 action => uint256) public done;

    function prepare() external {
        setUp();
        owners.set(OTHER, PROVIDER);
        rekey(OTHER);
        endow(BOB);
    }

    /// @dev Of a group's epoch, so that everybody could sign everything and only what is asked for counts.
    function secretOf(uint32 group, uint32 epoch) private pure returns (uint256) {
        if (epoch == 1 && group != OTHER) return group == 0 ? BY_SYSTEM : BY_PROVIDER;
        return uint256(keccak256(abi.encode(group, epoch))) % FrostSign.N;
    }

    function rekey(uint32 group) private {
        uint32 epoch = epochOf(group) + 1;
        uint256 secret = secretOf(group, epoch);
        bytes memory proof = FrostSign.sign(secret, custody.possessionDigest(group, epoch));
        vm.prank(group == 0 ? GOVERNMENT : PROVIDER);
        if (group == 0) custody.setSystemKey(FrostSign.key(secret), proof);
        else custody.setProviderKey(group, FrostSign.key(secret), proof);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 10 days));
    }

    function delegate(uint256 seed, uint256 amount) external {
        if (_left.length == MOST) return;
        amount = bound(amount, 1, 1_000 ether);
        uint32 group = seed % 4 == 0 ? OTHER : ID;
        (uint40 term, uint32 p, uint32 s) = (uint40(bound(seed, 1 days, 300 days)), epochOf(group), epochOf(0));
        vm.prank(seed % 3 == 0 ? BOB : ANN);
        if (seed % 2 == 0) custody.delegateEth{value: amount}(group, term, p, s);
        else custody.delegateAnkr(group, term, p, s, uint128(amount));
        paidIn[seed % 2] += amount;
        _left.push(amount);
        _movable.push(true);
        ++done[ICustody.delegateEth.selector];
    }

    function changeKey(uint256 seed) external {
        if (seed % 4 != 0) return;
        uint32 group = uint32((seed >> 8) % 3);
        rekey(group);
        for (uint64 id = 1; id <= _left.length; ++id) {
            if (group == 0 || custody.delegationOf(id).provider == group) _movable[id - 1] = false;
        }
        ++done[ICustody.setSystemKey.selector];
    }

    function accept(uint256 seed) external {
        if (_left.length == 0) return;
        uint64 id = pick(seed);
        ICustody.Delegation memory d = custody.delegationOf(id);
        if (block.timestamp >= d.endsAt) return;
        (uint32 p, uint32 s) = (epochOf(d.provider), epochOf(0));
        vm.prank(d.owner);
        custody.accept(id, p, s);
        _movable[id - 1] = true;
        ++done[ICustody.accept.selector];
    }

    /// @dev Goes through exactly when it should.
    function move(uint256 seed, uint256 amount) external {
        if (_left.length == 0) return;
        uint64 id = pick(seed);
        amount = seed % 5 == 0 ? bound(amount, 0, 2_000 ether) : bound(amount, 1, 1 + _left[id - 1] / 2);
        ICustody.Delegation memory d = custody.delegationOf(id);
        address to = address(uint160(0xF00D0000 + (seed % 3)));
        ICustody.Move memory m = moveOf(id, to, amount);
        if (seed % 4 == 1) (m.providerEpoch, m.systemEpoch) = (epochOf(d.provider), epochOf(0));
        bytes32 digest = custody.moveDigest(m);
        // One in four by the wrong people: one of them twice, or the other provider.
        uint256 wrong = (seed >> 16) % 12;
        uint32 first =
            wrong == 0
                ? 0
                : wrong == 1
                    ? 3 - d.provider
                    : d.provider;
        uint32 second = wrong == 2 ? d.provider : 0;
        bytes memory p = FrostSign.sign(secretOf(first, epochOf(first)), digest);
        bytes memory s = FrostSign.sign(secretOf(second, epochOf(second)), digest);
        bool should = wrong > 2 && _movable[id - 1] && block.timestamp < d.endsAt;
        should = should && amount != 0 && amount <= _left[id - 1];
        try custody.move(m, p, s) {
            isTrue(should, "moved though it must not");
            _left[id - 1] -= amount;
            paidOut[d.token == address(0) ? 0 : 1] += amount;
            ++done[ICustody.move.selector];
            try custody.move(m, p, s) {
                revert Failed("the same move twice");
            } catch {}
        } catch (bytes memory reason) {
            isTrue(!should, string(reason));
        }
    }

    function takeBack(uint256 seed) external {
        if (_left.length == 0) return;
        uint64 id = pick(seed);
        ICustody.Delegation memory d = custody.delegationOf(id);
        address who = seed % 7 == 0 ? PROVIDER : d.owner;
        bool should = who == d.owner && block.timestamp >= d.endsAt && _left[id - 1] != 0;
        vm.prank(who);
        try custody.takeBack(id, payable(BOB)) returns (uint128 amount) {
            isTrue(should, "taken back though it must not");
            equal(amount, _left[id - 1], "all that was left");
            paidOut[d.token == address(0) ? 0 : 1] += amount;
            _left[id - 1] = 0;
            ++done[ICustody.takeBack.selector];
        } catch (bytes memory reason) {
            isTrue(!should, string(reason));
        }
    }

    function pick(uint256 seed) private view returns (uint64) {
        return uint64(1 + ((seed >> 32) % _left.length));
    }

    function check() external view {
        uint256[2] memory left;
        for (uint64 id = 1; id <= _left.length; ++id) {
            ICustody.Delegation memory d = custody.delegationOf(id);
            equal(d.amount, _left[id - 1], "left of a delegation");
            left[d.token == address(0) ? 0 : 1] += d.amount;
        }
        uint256[2] memory held = [address(custody).balance, token.balanceOf(address(custody))];
        for (uint256 i = 0; i < 2; ++i) {
            equal(held[i], left[i], "what is owed is held");
            equal(paidIn[i], paidOut[i] + held[i], "in = out + held");
        }
    }
}

contract CustodyInvariantsTest is Campaign {
    CustodyHandler private handler;

    function setUp() public {
        handler = new CustodyHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](6);
        list[0] = CustodyHandler.pass.selector;
        list[1] = CustodyHandler.delegate.selector;
        list[2] = CustodyHandler.changeKey.selector;
        list[3] = CustodyHandler.accept.selector;
        list[4] = CustodyHandler.move.selector;
        list[5] = CustodyHandler.takeBack.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function invariant_whatIsOwedIsHeldAndNothingMovesWithoutBoth() external view {
        handler.check();
    }

    function test_everyActionIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 600; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Time passes less often than people act.
            uint256 action = seed % 24 == 0 ? 0 : 1 + (seed % 5);
            (bool ok, ) = address(handler).call(bytes.concat(list[action], abi.encode(seed >> 8, seed >> 64)));
            isTrue(ok, "an action fails");
            handler.check();
        }
        bytes4[5] memory reached = [
            ICustody.delegateEth.selector,
            ICustody.setSystemKey.selector,
            ICustody.accept.selector,
            ICustody.move.selector,
            ICustody.takeBack.selector
        ];
        for (uint256 i = 0; i < 5; ++i) isTrue(handler.done(reached[i]) != 0, "never went through");
    }
}
