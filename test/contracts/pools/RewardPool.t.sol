// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {PoolRules} from "./PoolRules.sol";
import {RewardNetwork} from "./RewardNetwork.sol";

/// @notice Takes no ETH.
contract Refuser {
    function claim(RewardPool pool, address payable to) external {
        pool.claim(IRewardPool.Group.Governors, 0, to);
    }
}

/// @notice Claims again while it is being paid, in ETH and in a token with hooks.
contract Grabber {
    RewardPool private immutable POOL;
    uint256 public refused;

    constructor(RewardPool pool) {
        POOL = pool;
    }

    function claim() external {
        POOL.claim(IRewardPool.Group.Governors, 0, payable(address(this)));
    }

    function again() private {
        try POOL.claim(IRewardPool.Group.Governors, 0, payable(address(this))) {} catch {
            ++refused;
        }
    }

    function onTokens() external {
        again();
    }

    receive() external payable {
        again();
    }
}

contract RewardPoolTest is RewardNetwork {
    function test_releaseSplitsByPolicy() external {
        give(1_000 ether);
        (, , uint48 endsAt) = pool.period();
        vm.warp(endsAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.PeriodOpen.selector, endsAt));
        pool.release();
        release();
        equal(pool.waiting().ankr, 0, "all of it");
        uint256[4] memory shares = [uint256(300 ether), 400 ether, 150 ether, 50 ether];
        for (uint256 g = 0; g < 4; ++g) {
            equal(pool.potOf(IRewardPool.Group(g)).ankr, shares[g], "ANKR of a group");
            equal(pool.potOf(IRewardPool.Group(g)).eth, shares[g], "ETH of a group");
        }
        uint256 before = token.balanceOf(PoolRules.DEVELOPMENT);
        vm.prank(PoolRules.DEVELOPMENT);
        pool.withdraw(payable(PoolRules.DEVELOPMENT));
        equal(token.balanceOf(PoolRules.DEVELOPMENT) - before, 100 ether, "development");
        equal(PoolRules.DEVELOPMENT.balance, 100 ether, "development in ETH");
    }

    function test_stakeTimesTime() external {
        give(1_000 ether);
        release();
        governor(ANN, 100 ether);
        vm.warp(block.timestamp + 15 days);
        governor(BOB, 200 ether);
        release();
        // 100 for 30 days, 200 for 15 days: the same.
        earns(ANN, IRewardPool.Group.Governors, 0, 150 ether, 0);
        earns(BOB, IRewardPool.Group.Governors, 0, 150 ether, 0);
        give(100 ether);
        release();
        release();
        earns(ANN, IRewardPool.Group.Governors, 0, 160 ether, 0);
        earns(BOB, IRewardPool.Group.Governors, 0, 170 ether, 0);
        near(claim(ANN, IRewardPool.Group.Governors, 0), 160 ether, "paid");
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.NothingCredited.selector, ANN));
        vm.prank(ANN);
        pool.claim(IRewardPool.Group.Governors, 0, payable(ANN));
    }

    function test_stakeForAMomentEarnsNothing() external {
        governor(BOB, 1 ether);
        give(1_000 ether);
        release();
        governor(ANN, 1_000_000 ether);
        governor(ANN, 0);
        (, , uint48 endsAt) = pool.period();
        vm.warp(endsAt);
        governor(ANN, 1_000_000 ether);
        pool.release();
        governor(ANN, 0);
        earns(ANN, IRewardPool.Group.Governors, 0, 0, 0);
        earns(BOB, IRewardPool.Group.Governors, 0, 300 ether, 0);
    }

    function test_anEmptyGroupKeepsItsShare() external {
        give(1_000 ether);
        release();
        // Less than one ANKR on average is as good as nobody.
        governor(BOB, 1 ether - 1);
        release();
        equal(pool.potOf(IRewardPool.Group.Governors).ankr, 300 ether, "kept");
        governor(BOB, 1 ether);
        give(1_000 ether);
        release();
        equal(pool.potOf(IRewardPool.Group.Governors).ankr, 300 ether, "the next share");
        earns(BOB, IRewardPool.Group.Governors, 0, 300 ether, 0);
    }

    function test_providersAndRequestersShareOneGroup() external {
        give(1_000 ether);
        release();
        vm.prank(sources.providers);
        pool.sync(IRewardPool.Group.Operators, ANN, 100 ether);
        vm.prank(sources.requesters);
        pool.sync(IRewardPool.Group.Operators, ANN, 50 ether);
        vm.prank(sources.requesters);
        pool.sync(IRewardPool.Group.Operators, BOB, 50 ether);
        equal(pool.weightOf(IRewardPool.Group.Operators, ANN, 0), 150 ether, "both");
        release();
        earns(ANN, IRewardPool.Group.Operators, 0, 300 ether, 0);
        near(claim(BOB, IRewardPool.Group.Operators, 0), 100 ether, "a requester");
        near(claim(ANN, IRewardPool.Group.Operators, 0), 300 ether, "both at once");
    }

    function test_leavingEarlyForfeits() external {
        stake(ANN, 1, 100 ether);
        stake(BOB, 2, 100 ether);
        give(2_000 ether);
        release();
        release();
        parts.runs.begin(1);
        give(2_000 ether);
        release();
        release();
        // 150 before the project began, 150 since.
        earns(ANN, IRewardPool.Group.Stakers, 1, 150 ether, 150 ether);
        earns(BOB, IRewardPool.Group.Stakers, 2, 300 ether, 0);
        vm.warp(block.timestamp + 10 days);
        unstake(ANN, 1, 50 ether);
        near(pool.creditOf(ANN).ankr, 150 ether, "what was safe");
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 75 ether);
        near(pool.potOf(IRewardPool.Group.Stakers).ankr, 75 ether, "lost to the others");
        release();
        // In the open period ANN counts with what stayed: 50 of 150.
        earns(BOB, IRewardPool.Group.Stakers, 2, 350 ether, 0);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 100 ether);
        near(claim(ANN, IRewardPool.Group.Stakers, 1), 150 ether, "the rest waits");
        parts.runs.end(1);
        near(claim(ANN, IRewardPool.Group.Stakers, 1), 100 ether, "until the project has ended");
    }

    function test_moreStakeOnARunningSidecarLosesNothing() external {
        stake(ANN, 1, 100 ether);
        parts.runs.begin(1);
        vm.warp(block.timestamp + 1);
        give(2_000 ether);
        release();
        release();
        stake(ANN, 1, 100 ether);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 300 ether);
        unstake(ANN, 1, 50 ether);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 225 ether);
        parts.runs.end(1);
        vm.warp(block.timestamp + 1);
        parts.runs.begin(1);
        earns(ANN, IRewardPool.Group.Stakers, 1, 225 ether, 0);
        unstake(ANN, 1, 150 ether);
        near(claim(ANN, IRewardPool.Group.Stakers, 1), 225 ether, "of the project that ended");
    }

    function test_lessStakeWithinAPeriod_countsUntilThen() external {
        stake(ANN, 1, 100 ether);
        stake(BOB, 2, 75 ether);
        give(1_750 ether);
        release();
        vm.warp(block.timestamp + 15 days);
        unstake(ANN, 1, 50 ether);
        release();
        // 100 for half of the time and 50 for the other, beside 75 all the time.
        earns(ANN, IRewardPool.Group.Stakers, 1, 131.25 ether, 0);
        earns(BOB, IRewardPool.Group.Stakers, 2, 131.25 ether, 0);
    }

    function test_moreStakeTwiceInAPeriod_holdsWhatWaitsOnce() external {
        stake(ANN, 1, 50 ether);
        give(1_000 ether);
        release();
        parts.runs.begin(1);
        release();
        stake(ANN, 1, 25 ether);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 150 ether);
        stake(ANN, 1, 25 ether);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 150 ether);
        parts.runs.end(1);
        near(claim(ANN, IRewardPool.Group.Stakers, 1), 150 ether, "once");
    }

    function test_movingAwayIsLeaving() external {
        stake(ANN, 1, 100 ether);
        parts.runs.begin(1);
        vm.warp(block.timestamp + 1);
        give(2_000 ether);
        release();
        release();
        vm.prank(ANN);
        parts.staking.move(1, 2, 100 ether);
        earns(ANN, IRewardPool.Group.Stakers, 1, 0, 0);
        equal(pool.weightOf(IRewardPool.Group.Stakers, ANN, 2), 100 ether, "on the other");
        equal(pool.totalWeight(IRewardPool.Group.Stakers), 100 ether, "in all");
        release();
        earns(ANN, IRewardPool.Group.Stakers, 2, 300 ether, 0);
    }

    function test_votersSharePartOfTheStakers() external {
        stake(ANN, 1, 100 ether);
        stake(BOB, 1, 100 ether);
        vm.prank(ANN);
        parts.staking.delegate(KIM);
        vm.prank(BOB);
        parts.staking.delegate(ANN);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 100 ether, "for a candidate");
        equal(pool.weightOf(IRewardPool.Group.Voters, BOB, 0), 0, "for nobody who stands");
        give(1_000 ether);
        release();
        release();
        earns(ANN, IRewardPool.Group.Voters, 0, 50 ether, 0);
        earns(ANN, IRewardPool.Group.Stakers, 1, 75 ether, 0);
        // A sidecar without a number is no way to the votes' position.
        earns(ANN, IRewardPool.Group.Stakers, 0, 0, 0);
        pool.settle(IRewardPool.Group.Stakers, ANN, 0);
        equal(pool.creditOf(ANN).ankr, 0, "nothing by another name");
        stake(ANN, 1, 100 ether);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 100 ether, "more when named again");
        vm.prank(ANN);
        parts.staking.delegate(KIM);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 200 ether, "named again");
        unstake(ANN, 1, 150 ether);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 50 ether, "no vote without stake");
        pool.recount(ANN);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 50 ether, "still stands");
        parts.candidates.set(KIM, false);
        pool.recount(ANN);
        equal(pool.weightOf(IRewardPool.Group.Voters, ANN, 0), 0, "no longer");
        near(claim(ANN, IRewardPool.Group.Voters, 0), 125 ether, "what stake and votes earned stays");
    }

    function test_whoTakesNoEthBlocksNobody() external {
        Refuser refuser = new Refuser();
        governor(address(refuser), 100 ether);
        governor(ANN, 100 ether);
        give(1_000 ether);
        release();
        release();
        vm.expectRevert(abi.encodeWithSelector(IPool.EthRefused.selector, address(refuser)));
        refuser.claim(pool, payable(address(refuser)));
        near(claim(ANN, IRewardPool.Group.Governors, 0), 150 ether, "others");
        refuser.claim(pool, payable(BOB));
        near(BOB.balance, 150 ether, "to another");
    }

    function test_reentrancyPaysOnce() external {
        Grabber grabber = new Grabber(pool);
        governor(address(grabber), 100 ether);
        give(1_000 ether);
        release();
        release();
        grabber.claim();
        near(address(grabber).balance, 300 ether, "ETH once");
        near(token.balanceOf(address(grabber)), 300 ether, "ANKR once");
        equal(grabber.refused(), 2, "tried twice");
    }

    /// @dev Whatever the amounts: all that is paid is no more than what was released, and less by one base unit each at most.
    function testFuzz_roundingFavoursThePool(uint96[3] memory weights, uint96 gift, uint32[3] memory joined) external {
        gift = uint96(bound(gift, 1, 1_000_000 ether));
        token.mint(address(this), gift);
        pool.contribute("gift", gift);
        release();
        uint256 pot = pool.potOf(IRewardPool.Group.Governors).ankr;
        (, uint48 startedAt, uint48 endsAt) = pool.period();
        uint256 last = startedAt;
        for (uint256 i = 0; i < 3; ++i) {
            last = bound(joined[i], last, endsAt - 1 days);
            vm.warp(last);
            governor(address(uint160(0x500 + i)), bound(weights[i], 100 ether, 1e27));
        }
        release();
        uint256 paid = 0;
        for (uint256 i = 0; i < 3; ++i) {
            address who = address(uint160(0x500 + i));
            pool.settle(IRewardPool.Group.Governors, who, 0);
            paid += pool.creditOf(who).ankr;
        }
        isTrue(paid <= pot, "no more than released");
        isTrue(paid + 3 >= pot, "a base unit each");
    }
}
