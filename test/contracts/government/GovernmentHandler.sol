// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

/// @notice Eight people do anything to staking, council and government, in any order. What is refused is refused; how
/// often each action went through is counted, so that a test can tell whether all of them are reached.
contract GovernmentHandler is GovernmentNetwork {
    uint256 private constant PEOPLE = 8;

    mapping(bytes4 action => uint256) public done;
    uint256 private _texts;

    function prepare() external {
        setUp();
        registry.set(2, ISidecars.Status.Active);
        for (uint256 i = 1; i <= PEOPLE; ++i) {
            give(member(i), address(council));
            vm.prank(member(i));
            token.approve(address(staking), type(uint256).max);
        }
        seatInvited();
        for (uint256 i = 4; i <= PEOPLE; ++i) stand(i, MIN);
    }

    function person(uint256 seed) private pure returns (address) {
        return member(bound(seed, 1, PEOPLE));
    }

    function act(address who, address target, bytes memory data) private returns (bool ok) {
        vm.prank(who);
        (ok, ) = target.call(data);
        if (ok) ++done[bytes4(data)];
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 4 days));
    }

    function deposit(uint256 seed, uint128 amount) external {
        amount = uint128(bound(amount, 1, 3 * MIN));
        act(person(seed), address(council), abi.encodeCall(council.deposit, (amount)));
    }

    function askBack(uint256 seed, uint128 amount) external {
        address who = person(seed);
        amount = uint128(bound(amount, 1, MIN));
        act(who, address(council), abi.encodeCall(council.requestWithdrawal, (amount)));
        uint256 held = token.balanceOf(who);
        uint128 asked = council.withdrawalOf(who).amount;
        bool paid = act(who, address(council), abi.encodeCall(council.withdraw, ()));
        equal(token.balanceOf(who) - held, paid ? asked : 0, "paid what was asked back");
    }

    function withdraw(uint256 seed) external {
        act(person(seed), address(council), abi.encodeCall(council.withdraw, ()));
    }

    function stand(uint256 seed) external {
        act(person(seed), address(council), abi.encodeCall(council.stand, ()));
    }

    function leave(uint256 seed, bool both) external {
        address who = person(seed);
        act(who, address(council), abi.encodeCall(council.standDown, ()));
        if (both) act(who, address(council), abi.encodeCall(council.resign, ()));
    }

    function elect(uint256 seed) external {
        if (seed % 2 == 0 && block.timestamp <= council.electionAt()) vm.warp(council.electionAt() + 1);
        act(ANYBODY, address(council), abi.encodeCall(council.elect, ()));
    }

    function stake(uint256 seed, uint128 amount) external {
        amount = uint128(bound(amount, 1, 1_000 ether));
        uint32 sidecar = uint32(1 + (seed % 2));
        act(person(seed), address(staking), abi.encodeCall(staking.stake, (sidecar, amount)));
    }

    function unstake(uint256 seed, uint128 amount) external {
        address who = person(seed);
        uint32 sidecar = uint32(1 + (seed % 2));
        uint256 most = staking.stakeOn(who, sidecar);
        act(who, address(staking), abi.encodeCall(staking.move, (sidecar, 3 - sidecar, uint128(most / 4))));
        amount = uint128(bound(amount, 1, most + 1));
        act(who, address(staking), abi.encodeCall(staking.unstake, (sidecar, amount)));
    }

    function name(uint256 seed, uint256 other) external {
        act(person(seed), address(staking), abi.encodeCall(staking.delegate, (person(other))));
    }

    function propose(uint256 seed) external {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(ANYBODY, "");
        bytes memory data = abi.encodeCall(government.propose, (targets, values, datas, vm.toString(++_texts)));
        if (act(person(seed), address(government), data) && seed % 3 != 0) {
            openVote(government.decision(government.decisionCount() - 1).proposal);
        }
    }

    function vote(uint256 seed, uint8 support) external {
        uint256 count = government.decisionCount();
        if (count == 0) return;
        address who = person(seed);
        uint256 id = government.decision(count - 1).proposal;
        bytes memory ballot = abi.encodeCall(government.castVote, (id, support % 3));
        if (!act(who, address(government), ballot)) return;
        isTrue(council.seatedAt(who, uint48(government.proposalSnapshot(id))), "a vote without a seat");
        isTrue(!act(who, address(government), ballot), "a second vote");
    }

    function punish(uint256 seed) external {
        uint256 count = government.decisionCount();
        if (count < 3) return;
        address who = person(seed);
        uint256 first = bound(seed / PEOPLE, 0, count - 3);
        uint256 before = council.stakeOf(who) + council.withdrawalOf(who).amount;
        bool ok = act(ANYBODY, address(government), abi.encodeCall(government.punishAbsence, (who, first)));
        uint256 lost = before - council.stakeOf(who) - council.withdrawalOf(who).amount;
        equal(lost, ok ? (before * 3_000 + 9_999) / 10_000 : 0, "the share, once");
        isTrue(lost <= before, "no more than the stake");
        bytes memory again = abi.encodeCall(government.punishAbsence, (who, first));
        if (ok) isTrue(!act(ANYBODY, address(government), again), "punished twice");
    }

    function handOver() external {
        act(ANYBODY, address(council), abi.encodeCall(council.handOver, ()));
    }

    function check() external view {
        checkMoney();
        checkSeats();
        checkVotes();
    }

    function checkMoney() private view {
        (uint256 members, uint256 stakers, uint256 named, uint256 votes) = (0, 0, 0, 0);
        for (uint256 i = 1; i <= PEOPLE; ++i) {
            address who = member(i);
            members += council.stakeOf(who) + council.withdrawalOf(who).amount;
            stakers += staking.stakeOf(who);
            equal(staking.stakeOf(who), staking.stakeOn(who, 1) + staking.stakeOn(who, 2), "stake by sidecar");
            if (staking.delegates(who) != address(0)) named += staking.stakeOf(who);
            votes += staking.getVotes(who);
        }
        equal(council.staked(), members, "members are owed");
        equal(token.balanceOf(address(council)), members + council.forfeited(), "what the council holds");
        equal(token.balanceOf(address(staking)), stakers, "stakers are owed what is held");
        equal(staking.total(), stakers, "total");
        equal(staking.totalOn(1) + staking.totalOn(2), stakers, "by sidecar");
        equal(votes, named, "one base unit, one vote");
    }

    function checkSeats() private view {
        address[] memory seated = council.seats();
        uint48 time = uint48(block.timestamp);
        isTrue(seated.length <= council.sizeAt(time), "no more than the seats there are");
        isTrue(council.sizeAt(time) <= 2 * uint256(size()) + 1, "no more than 2n + 1");
        for (uint256 i = 0; i < seated.length; ++i) {
            isTrue(council.seatedAt(seated[i], time), "list and history agree");
            isTrue(council.stakeOf(seated[i]) >= MIN, "who governs keeps the least stake");
        }
        address[] memory standing = council.candidates();
        for (uint256 i = 0; i < standing.length; ++i) {
            isTrue(council.stakeOf(standing[i]) >= MIN, "who stands keeps the least stake");
        }
    }

    /// @dev Older decisions are closed: what they were checked for is final.
    function checkVotes() private view {
        uint256 count = government.decisionCount();
        for (uint256 i = count < 3 ? 0 : count - 3; i < count; ++i) {
            uint256 id = government.decision(i).proposal;
            uint256 voters = 0;
            for (uint256 j = 1; j <= PEOPLE; ++j) if (government.hasVoted(id, member(j))) ++voters;
            (uint256 against, uint256 inFavour, uint256 abstain) = government.proposalVotes(id);
            equal(against + inFavour + abstain, voters, "one vote for each who voted");
            isTrue(voters <= council.sizeAt(uint48(government.proposalSnapshot(id))), "no more votes than seats");
            isTrue(government.state(id) != IGovernor.ProposalState.Canceled, "nothing is cancelled");
        }
    }
}
