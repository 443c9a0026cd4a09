// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAEth} from "../../../contracts/interfaces/IAEth.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice Everybody at once, in any order: users, providers, governors, the beacon chain that pays or slashes, strangers
/// that force ETH in. Calls that the contracts refuse count as nothing done.
contract PoolHandler is PoolNetwork {
    uint256 private constant POOLS_MOST = 8;

    IMicroPool[] private _pools;
    /// @dev Users' ETH when the validator started; what was adopted and not brought yet.
    mapping(IMicroPool => uint256) private _startedWith;
    mapping(IMicroPool => bool) private _adopted;
    mapping(IMicroPool => bool) private _abandoned;
    uint256 public starts;
    uint256 public ends;
    uint256 public migrations;

    function prepare() external {
        setUp();
        _pools.push(pool);
    }

    function user(uint256 seed) private pure returns (address) {
        return [ANN, BOB, KIM][seed % 3];
    }

    function choose(uint256 seed) private {
        pool = _pools[seed % _pools.length];
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + (time % 5 == 0 ? bound(time, 1, 40 days) : bound(time, 1, 1 days)));
    }

    function open(uint256 seed, uint256 stake) external {
        uint32 i = uint32(bound(seed, 1, 4));
        if (_pools.length == POOLS_MOST) return;
        stake = bound(stake, factory.stakeFor(i), 20 ether);
        vm.deal(ownerAt(i), 100 ether);
        vm.prank(ownerAt(i));
        try factory.open{value: stake}(i, uint40(block.timestamp) + LASTS) returns (address made) {
            _pools.push(IMicroPool(made));
            for (uint256 u = 0; u < 3; ++u) give(user(u), made);
        } catch {}
    }

    function put(uint256 which, uint256 who, uint256 eth) external {
        choose(which);
        vm.deal(user(who), 100 ether);
        vm.prank(user(who));
        try pool.join{value: bound(eth, 1, 30 ether)}() {} catch {}
        note();
    }

    function addMore(uint256 which, uint256 eth) external {
        choose(which);
        address provider = pool.pool().terms.provider;
        vm.deal(provider, 100 ether);
        vm.prank(provider);
        try pool.add{value: bound(eth, 1, 10 ether)}() {} catch {}
        note();
    }

    function takeOut(uint256 which, uint256 who, uint256 eth) external {
        choose(which);
        uint72 most = pool.positionOf(user(who)).eth;
        if (most == 0) return;
        bool full = isFull();
        vm.prank(user(who));
        try pool.leaveWith(uint72(bound(eth, 1, most))) {
            isTrue(!full, "nobody leaves once 32 ETH are there");
        } catch {}
    }

    function isFull() private view returns (bool) {
        uint256 state = stateOf(pool);
        return state == uint256(IPoolTypes.State.Filled) || state == uint256(IPoolTypes.State.Running);
    }

    function begin(uint256 which) public {
        choose(which);
        bool filled = stateOf(pool) == uint256(IPoolTypes.State.Filled);
        try pool.start() {
            ++starts;
        } catch {
            isTrue(!filled, "nothing holds a start up");
        }
    }

    function first(uint256 which) external {
        choose(which);
        if (pool.pool().pubkey.length != 0 || stateOf(pool) != uint256(IPoolTypes.State.Filling)) return;
        if (block.timestamp >= pool.pool().terms.endsAt) return;
        predeposit(pool);
        IBeaconChain.Proof memory proof = said(pool);
        try pool.prove(proof) {} catch {}
        note();
    }

    function worthNow(uint256 which, uint256 eth) external {
        choose(which);
        IBeaconChain.Proof memory proof = active(uint64(bound(eth, 0, 32)) * 1e9);
        say(proof);
        try pool.valueBy(proof) {} catch {}
    }

    /// @dev All is returned with something on top, or the validator ends with less.
    function end(uint256 which, uint256 eth, bool lost) external {
        choose(which);
        if (stateOf(pool) == uint256(IPoolTypes.State.Filled)) begin(which);
        if (stateOf(pool) != uint256(IPoolTypes.State.Running)) return;
        withdrawTo(pool, lost ? bound(eth, 0, 32 ether) : bound(eth, 32 ether, 36 ether));
        IBeaconChain.Proof memory proof = empty();
        say(proof);
        if (address(pool).balance >= 32 ether) pool.complete();
        else pool.completeBy(proof);
        ++ends;
    }

    function late(uint256 which, uint256 eth) external {
        choose(which);
        withdrawTo(pool, bound(eth, 1, 5 ether));
        try pool.distribute() {} catch {}
    }

    function pay(uint256 which, uint256 who) external {
        choose(which);
        if (who % 7 == 0) try pool.payFee() {} catch {}
        if (who % 7 == 1) try pool.forward() {} catch {}
        if (who % 7 == 2) try pool.collect() {} catch {}
        if (who % 7 == 3) try aEth.returnSurplus() {} catch {}
        if (who % 7 == 4) try aEth.open(address(pool)) {} catch {}
        if (who % 7 == 5) try pool.close() {} catch {}
        if (who % 7 == 6)
            try pool.abandon() {
                _abandoned[pool] = true;
            } catch {}
    }

    function take(uint256 which, uint256 who) external {
        choose(which);
        address account = who % 4 == 3 ? pool.pool().terms.provider : user(who);
        uint256 due = pool.claimable(account);
        uint256 before = account.balance;
        vm.prank(account);
        try pool.claim(payable(account)) {
            equal(account.balance - before, due, "paid what was due");
            equal(pool.claimable(account), 0, "and not twice");
        } catch {
            equal(due, 0, "what is due is paid");
        }
    }

    function swap(uint256 which, uint256 who, uint256 amount, bool own) external {
        choose(which);
        amount = bound(amount, 1, 20 ether);
        (uint256 eth, uint256 tokens) = aEth.backing();
        vm.prank(user(who));
        if (own) try pool.redeem(uint72(amount), payable(user(who))) {} catch {}
        else try aEth.redeem(amount, payable(user(who))) {} catch {}
        (uint256 ethLeft, uint256 tokensLeft) = aEth.backing();
        isTrue(ethLeft * tokens >= eth * tokensLeft || eth >= tokens, "redeeming never lowers a rate below one");
        isTrue(eth < tokens || ethLeft >= tokensLeft, "nor makes a full backing short");
    }

    function sell(uint256 from, uint256 to, uint256 amount) external {
        uint256 most = aEth.balanceOf(user(from));
        vm.prank(user(from));
        aEth.transfer(user(to), bound(amount, 0, most));
    }

    function insureMore(uint256 eth) external {
        insure(bound(eth, 1, 10 ether));
    }

    function go(uint256 from, uint256 to, uint256 who) external {
        IMicroPool source = _pools[from % _pools.length];
        choose(to);
        address provider = pool.pool().terms.provider;
        vm.prank(provider);
        try pool.accept(address(source)) {} catch {}
        vm.prank(GOVERNMENT);
        try factory.migrate(address(source), address(pool)) {
            ++migrations;
            _adopted[pool] = true;
        } catch {}
        try pool.bring(source, user(who)) {} catch {}
        note();
    }

    function note() private {
        if (isFull() && _startedWith[pool] == 0) _startedWith[pool] = pool.pool().usersEth;
    }

    function check() external view {
        uint256 filling = 0;
        uint256 running = 0;
        uint256 aside = 0;
        for (uint256 i = 0; i < _pools.length; ++i) {
            checkPool(_pools[i]);
            IAEth.Account memory account = aEth.accountOf(address(_pools[i]));
            filling += fillingIn(_pools[i]);
            running += account.running;
            aside += account.setAside;
        }
        (uint256 eth, uint256 tokens) = aEth.backing();
        equal(aEth.totalSupply() - tokens, filling, "tokens of pools that have not started");
        isTrue(address(aEth).balance >= eth - running, "aETH holds what it counts");
        equal(aEth.available() + aside, eth - running, "set aside or open");
        isTrue(aEth.worth(tokens) <= eth, "what all tokens redeem for is there");
        checkUsersEth();
    }

    /// @dev Users' ETH that never went to work and is still theirs to leave with.
    function fillingIn(IMicroPool p) private view returns (uint256) {
        IPoolTypes.Pool memory record = p.pool();
        bool open_ = record.state == IPoolTypes.State.Filling || record.state == IPoolTypes.State.Filled;
        return (open_ || record.state == IPoolTypes.State.Closed) && !_abandoned[p] ? record.usersEth : 0;
    }

    /// @dev P7: what users have at stake, wherever it was moved.
    function checkUsersEth() private view {
        uint256 all = 0;
        for (uint256 u = 0; u < 3; ++u) {
            uint256 staked = 0;
            for (uint256 i = 0; i < _pools.length; ++i) {
                IPoolTypes.Position memory position = _pools[i].positionOf(user(u));
                staked += position.eth - position.redeemed;
            }
            equal(requesters.ethOf(user(u)), staked, "a requester's ETH");
            all += staked;
        }
        equal(requesters.totalEth(), all, "all requesters' ETH");
    }

    function checkPool(IMicroPool p) private view {
        IPoolTypes.Pool memory record = p.pool();
        IPoolTypes.Result memory result = p.result();
        equal(token.balanceOf(address(p)), record.fees, "ANKR held is ANKR that waits");
        uint256 positions = 0;
        uint256 due = result.toInsurance + result.toReward;
        for (uint256 u = 0; u < 3; ++u) {
            positions += p.positionOf(user(u)).eth;
            due += p.claimable(user(u));
        }
        due += p.claimable(record.terms.provider);
        if (record.state == IPoolTypes.State.Filling) checkFilling(p, record, positions);
        else checkEnded(p, record, result, due);
        if (_startedWith[p] == 0) return;
        equal(record.usersEth, _startedWith[p], "users stay users");
        equal(uint256(record.usersEth) + record.providerEth, 32 ether, "exactly 32 ETH");
        isTrue(positions <= record.usersEth, "positions are users' ETH");
        if (!_adopted[p]) equal(positions, record.usersEth, "to the wei");
    }

    function checkFilling(IMicroPool p, IPoolTypes.Pool memory record, uint256 positions) private view {
        uint256 deposited = record.pubkey.length == 0 ? 0 : 1 ether;
        isTrue(
            address(p).balance + deposited >= uint256(record.providerEth) + record.usersEth,
            "holds what was put in"
        );
        if (_adopted[p]) return;
        equal(positions, record.usersEth, "positions are users' ETH");
        uint256 exact = uint256(record.terms.fixedPrice) * record.usersEth;
        isTrue(uint256(record.fees) * 32 ether >= exact, "FP's part, never short");
        isTrue(record.fees <= exact / 32 ether + 3, "nor above by more than a unit for each user");
    }

    function checkEnded(
        IMicroPool p,
        IPoolTypes.Pool memory record,
        IPoolTypes.Result memory result,
        uint256 due
    ) private view {
        isTrue(address(p).balance >= result.owed, "holds what it owes");
        if (record.state == IPoolTypes.State.Filled) isTrue(address(p).balance >= 31 ether, "holds what it deposits");
        if (record.state == IPoolTypes.State.Closed) due += fillingIn(p);
        isTrue(due <= result.owed, "owes what it promises");
        isTrue(result.usersReturned <= record.usersEth, "no more principal than was put in");
        isTrue(result.providerReturned <= record.providerEth || _startedWith[p] == 0, "nor stake");
    }
}
