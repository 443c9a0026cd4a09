// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "../support/Campaign.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {Test} from "../support/Test.sol";
import {Claimant, Registry} from "./Claimant.sol";
import {PoolRules} from "./PoolRules.sol";

/// @notice Givers, claimants, buyers and the authority in any order, beside a model that shares out every payment claim by
/// claim.
contract InsuranceHandler is Test {
    address private constant GOVERNMENT = address(0x6073);
    uint256 private constant MOST = 24;
    uint256 private constant PARTS = 1e9;

    TestAnkr private token;
    InsurancePool private pool;
    Claimant[3] private claimants;
    /// @dev What is still owed to each claim, in 1e-9 base units; what is free.
    uint256[] private _owed;
    uint256[2] private _free;
    bool[2] private _nearly;
    mapping(bytes4 action => uint256) public done;

    function prepare() external {
        vm.warp(1_000_000);
        token = new TestAnkr();
        RewardPool rewardPool = new RewardPool(PoolRules.reward(address(token)));
        pool = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        Registry registry = new Registry();
        for (uint256 i = 0; i < 3; ++i) registry.know(address(claimants[i] = new Claimant(pool)));
        pool.install(GOVERNMENT, address(registry));
        token.mint(address(this), 1e30);
        token.approve(address(pool), type(uint256).max);
        vm.deal(address(this), 1e30);
    }

    receive() external payable {}

    function assetOf(uint256 a) private pure returns (IInsurancePool.Asset) {
        return IInsurancePool.Asset(a % 2);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 2 days));
    }

    function give(uint256 seed, uint256 a) external {
        uint256 amount = seed % 3 == 0 ? bound(seed, 1, 100) : bound(seed, 1, 40 ether);
        // Now and then all; once, all but a base unit.
        uint256 owed = pool.owed(assetOf(a));
        if (seed % 4 == 1 && owed > 1) (amount, _nearly[a % 2]) = (owed - (_nearly[a % 2] ? 0 : 1), true);
        if (a % 2 == 0 && seed % 5 == 2) {
            token.transfer(address(pool), amount);
            equal(pool.gather(), amount, "all that was sent");
        } else if (a % 2 == 0) pool.contribute("gift", amount);
        else pool.contributeEth{value: amount}("gift");
        _free[a % 2] += amount * PARTS;
        pay(a % 2);
        ++done[a % 2 == 0 ? pool.contribute.selector : pool.contributeEth.selector];
    }

    function cover(uint256 seed, uint256 a) external {
        if (_owed.length == MOST) return;
        uint256 loss = seed % 5 == 0 ? bound(seed, 1, 100) : bound(seed, 1, 32 ether);
        claimants[seed % 3].cover(assetOf(a), loss);
        _owed.push(loss * PARTS);
        pay(a % 2);
        ++done[pool.cover.selector];
    }

    /// @dev Everybody who is owed gets the same part of it.
    function pay(uint256 a) private {
        uint256 all = 0;
        for (uint256 i = 0; i < _owed.length; ++i) if (uint256(pool.claimOf(i).asset) == a) all += _owed[i];
        uint256 paid = _free[a] < all ? _free[a] : all;
        _free[a] -= paid;
        for (uint256 i = 0; i < _owed.length; ++i) {
            if (uint256(pool.claimOf(i).asset) == a && all != 0) _owed[i] -= (_owed[i] * paid) / all;
        }
    }

    function collect(uint256 seed) external {
        if (_owed.length == 0) return;
        uint256 id = seed % _owed.length;
        Claimant claimant = Claimant(payable(pool.claimOf(id).claimant));
        uint256 due = pool.dueOf(id);
        try claimant.collect(id) returns (uint256 amount) {
            equal(amount, due, "what is due");
            ++done[pool.collect.selector];
        } catch (bytes memory reason) {
            equal(bytes32(bytes4(reason)), bytes32(IInsurancePool.NothingToCollect.selector), "nothing due");
        }
        equal(pool.dueOf(id), 0, "collected");
    }

    function surplus(uint256 seed, uint256 a) external {
        uint256 there = pool.surplus(assetOf(a));
        if (there == 0) return;
        equal(pool.owed(assetOf(a)), 0, "no surplus while anything is owed");
        uint256 amount = bound(seed, 1, there);
        vm.prank(GOVERNMENT);
        if (seed % 2 == 0 && a % 2 == 0) pool.burnSurplus(amount);
        else pool.moveSurplus(assetOf(a), amount);
        _free[a % 2] -= amount * PARTS;
        ++done[pool.moveSurplus.selector];
    }

    function trade(uint256 seed) external {
        uint256 there = pool.surplus(IInsurancePool.Asset.Eth);
        if (seed % 3 == 0 && there != 0) {
            vm.prank(GOVERNMENT);
            pool.openSale(uint128(bound(seed, 1, there)), 3_000 ether, 1_000 ether, 10 days);
        }
        uint256 remaining = pool.sale().remaining;
        if (block.timestamp >= pool.sale().endsAt || remaining == 0) return;
        uint256 eth = bound(seed, 1, remaining);
        uint256 cost = pool.costOf(eth);
        uint256 before = address(this).balance;
        try pool.buy(eth, cost, payable(address(this))) {
            equal(address(this).balance - before, eth, "bought");
            _free[1] -= eth * PARTS;
            ++done[pool.buy.selector];
        } catch (bytes memory reason) {
            equal(bytes32(bytes4(reason)), bytes32(IInsurancePool.SurplusTooSmall.selector), "losses come first");
            isTrue(eth > there, "refused for no reason");
        }
    }

    function check() external view {
        uint256[2] memory promised = [pool.free(assetOf(0)), pool.free(assetOf(1))];
        uint256[2] memory owed;
        for (uint256 i = 0; i < _owed.length; ++i) {
            IInsurancePool.Claim memory claim = pool.claimOf(i);
            uint256 due = pool.dueOf(i);
            promised[uint256(claim.asset)] += due;
            owed[uint256(claim.asset)] += claim.loss - claim.paid - due;
            isTrue(claim.paid + due <= claim.loss, "no more than the loss");
            uint256 left = claim.loss - claim.paid - due;
            if (left > _owed[i] / PARTS + 3 || left + 3 < _owed[i] / PARTS) {
                revert NotEqual("owed to a claim", left, _owed[i] / PARTS);
            }
        }
        isTrue(promised[0] <= token.balanceOf(address(pool)), "ANKR promised is held");
        isTrue(promised[1] <= address(pool).balance, "ETH promised is held");
        for (uint256 a = 0; a < 2; ++a) {
            isTrue(owed[a] >= pool.owed(assetOf(a)), "the parts are no less than the whole");
            isTrue(owed[a] <= pool.owed(assetOf(a)) + MOST, "and no more than a base unit each above");
        }
    }
}

contract InsuranceInvariantsTest is Campaign {
    InsuranceHandler private handler;

    function setUp() public {
        handler = new InsuranceHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](6);
        list[0] = InsuranceHandler.pass.selector;
        list[1] = InsuranceHandler.give.selector;
        list[2] = InsuranceHandler.cover.selector;
        list[3] = InsuranceHandler.collect.selector;
        list[4] = InsuranceHandler.surplus.selector;
        list[5] = InsuranceHandler.trade.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function invariant_promisedIsHeldAndProRata() external view {
        handler.check();
    }

    function test_everyActionIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 800; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (bool ok, ) = address(handler).call(bytes.concat(list[seed % 6], abi.encode(seed >> 8, seed >> 16)));
            isTrue(ok, "an action fails");
            handler.check();
        }
        bytes4[6] memory reached = [
            IPool.contribute.selector,
            IPool.contributeEth.selector,
            IInsurancePool.cover.selector,
            IInsurancePool.collect.selector,
            IInsurancePool.moveSurplus.selector,
            IInsurancePool.buy.selector
        ];
        for (uint256 i = 0; i < 6; ++i) isTrue(handler.done(reached[i]) != 0, "never went through");
    }
}
