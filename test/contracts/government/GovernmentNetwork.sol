// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {Council} from "../../../contracts/government/Council.sol";
import {Government} from "../../../contracts/government/Government.sol";
import {Staking} from "../../../contracts/government/Staking.sol";
import {Timelock} from "../../../contracts/government/Timelock.sol";
import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IGovernment} from "../../../contracts/interfaces/IGovernment.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {PoolRules} from "../pools/PoolRules.sol";
import {Anything, Runs} from "../pools/Stubs.sol";
import {Test} from "../support/Test.sol";
import {SidecarStates} from "./SidecarStates.sol";

/// @notice A government of n = 2 before its transition. Member i (from 1) has address member(i); the first n + 1 are invited.
/// Nobody has a stake yet. Sidecar 1 is active.
abstract contract GovernmentNetwork is Test {
    uint48 internal constant BEGIN = 1_000_000;
    uint48 internal constant TRANSITION = BEGIN + 10 days;
    uint96 internal constant MIN = 100 ether;
    address internal constant STAKER = address(0x57A);
    address internal constant ANYBODY = address(0xABCD);
    string internal constant TEXT = "Raise the least stake, for these reasons: ...";

    TestAnkr internal token;
    SidecarStates internal registry;
    Staking internal staking;
    RewardPool internal rewardPool;
    InsurancePool internal insurancePool;
    Council internal council;
    Government internal government;
    Timelock internal timelock;

    function setUp() public virtual {
        vm.warp(BEGIN);
        token = new TestAnkr();
        registry = new SidecarStates();
        registry.set(1, ISidecars.Status.Active);
        rewardPool = new RewardPool(PoolRules.reward(address(token)));
        staking = new Staking(address(token), address(registry), address(rewardPool));
        insurancePool = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        council = new Council(councilParams());
        government = new Government(governmentParams());
        council.install(address(government));
        timelock = Timelock(payable(government.timelock()));
        rewardPool.install(sources());
        give(STAKER, address(staking));
    }

    function sources() private returns (IRewardPool.Sources memory s) {
        s.authority = address(timelock);
        s.council = address(council);
        s.staking = address(staking);
        s.nodes = address(new Runs());
        (s.providers, s.requesters) = (address(new Anything()), address(new Anything()));
    }

    function size() internal pure virtual returns (uint8) {
        return 2;
    }

    function member(uint256 i) internal pure returns (address) {
        return address(uint160(0x60000 + i));
    }

    function memberPolicy() internal pure returns (IMemberStakes.Policy memory) {
        return IMemberStakes.Policy(size(), MIN, 3_000, 30 days, 7 days);
    }

    function councilParams() internal view returns (ICouncil.Params memory p) {
        p.token = address(token);
        p.votes = address(staking);
        p.insurancePool = address(insurancePool);
        p.rewardPool = address(rewardPool);
        p.installer = address(this);
        p.transitionAt = TRANSITION;
        p.invited = new address[](size() + 1);
        for (uint256 i = 0; i < p.invited.length; ++i) p.invited[i] = member(i + 1);
        p.policy = memberPolicy();
        p.bounds = IMemberStakes.Bounds(10 ether, 1_000 ether, 1 days, 365 days, 1 days, 30 days);
    }

    function governmentParams() internal view returns (IGovernment.Params memory p) {
        p.council = address(council);
        p.timelock = 2 days;
        p.policy = IGovernment.Policy(1 hours, 3 days, 5_000);
        p.bounds = IGovernment.Bounds(7 days, 1 days, 14 days, 1 days, 30 days, 14 days);
    }

    function give(address who, address spender) internal {
        token.mint(who, 100_000 ether);
        vm.prank(who);
        token.approve(spender, type(uint256).max);
    }

    function put(uint256 i, uint128 amount) internal {
        give(member(i), address(council));
        vm.prank(member(i));
        council.deposit(amount);
    }

    function seat(uint256 i, uint128 amount) internal {
        put(i, amount);
        vm.prank(member(i));
        council.acceptSeat();
    }

    /// @notice The invited take their seats with the least stake, and a day passes.
    function seatInvited() internal {
        for (uint256 i = 1; i <= size() + 1; ++i) seat(i, MIN);
        vm.warp(block.timestamp + 1 days);
    }

    function stand(uint256 i, uint128 amount) internal {
        put(i, amount);
        vm.prank(member(i));
        council.stand();
    }

    /// @notice One more staker, with all its stake for candidate i.
    function back(uint256 i, uint128 amount) internal {
        address staker = address(uint160(0x70000 + i));
        give(staker, address(staking));
        vm.prank(staker);
        staking.stake(1, amount);
        vm.prank(staker);
        staking.delegate(member(i));
    }

    function elect() internal {
        vm.warp(council.electionAt() + 1);
        vm.prank(ANYBODY);
        council.elect();
    }

    function isSeated(uint256 i) internal view returns (bool) {
        return council.seatedAt(member(i), uint48(block.timestamp));
    }

    function calls(
        address target,
        bytes memory data
    ) internal pure returns (address[] memory targets, uint256[] memory values, bytes[] memory datas) {
        targets = new address[](1);
        values = new uint256[](1);
        datas = new bytes[](1);
        (targets[0], datas[0]) = (target, data);
    }

    function propose(uint256 i, address target, bytes memory data, string memory text) internal returns (uint256) {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        vm.prank(member(i));
        return government.propose(targets, values, datas, text);
    }

    function openVote(uint256 proposal) internal {
        vm.warp(government.proposalSnapshot(proposal) + 1);
    }

    function closeVote(uint256 proposal) internal {
        vm.warp(government.proposalDeadline(proposal) + 1);
    }

    function vote(uint256 i, uint256 proposal, uint8 support) internal {
        vm.prank(member(i));
        government.castVote(proposal, support);
    }

    function queue(address target, bytes memory data, string memory text) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        vm.prank(ANYBODY);
        government.queue(targets, values, datas, keccak256(bytes(text)));
    }

    function execute(address target, bytes memory data, string memory text) internal {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(target, data);
        vm.prank(ANYBODY);
        government.execute(targets, values, datas, keccak256(bytes(text)));
    }

    /// @notice Members 1 to 3 decide on a call, up to the moment it can be executed.
    function decide(address target, bytes memory data, string memory text) internal {
        uint256 proposal = propose(1, target, data, text);
        openVote(proposal);
        for (uint256 i = 1; i <= 3; ++i) vote(i, proposal, 1);
        closeVote(proposal);
        queue(target, data, text);
        vm.warp(government.proposalEta(proposal));
    }
}
