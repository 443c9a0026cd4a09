// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {Runs} from "../pools/Stubs.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

interface VmGas {
    function cool(address target) external;
}

/// @notice What people pay, as whole transactions: storage cold, 21,000 and calldata included. A row may not rise more than
/// one percent above what is written here; nobody who uses the system pays 200,000.
contract GovernmentGasTest is GovernmentNetwork {
    uint256 private constant USER_MOST = 200_000;
    uint256 private constant TRANSACTION_MOST = 16_700_000;

    address[] private touched;

    function size() internal pure override returns (uint8) {
        return 10;
    }

    function setUp() public override {
        super.setUp();
        touched = [address(token), address(registry), address(staking), address(insurancePool)];
        touched.push(address(council));
        touched.push(address(government));
        touched.push(address(timelock));
        touched.push(address(rewardPool));
        touched.push(rewardPool.sources().nodes);
        give(member(1), address(staking));
        give(member(200), address(staking));
        give(member(200), address(council));
    }

    function cost(address from, address to, bytes memory data) private returns (uint256 gas) {
        for (uint256 i = 0; i < touched.length; ++i) VmGas(address(vm)).cool(touched[i]);
        gas = 21_000;
        for (uint256 i = 0; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
        vm.prank(from);
        uint256 before = gasleft();
        (bool ok, ) = to.call(data);
        gas += before - gasleft();
        isTrue(ok, "call failed");
    }

    function row(string memory what, uint256 gas, uint256 snapshot, uint256 most) private pure {
        if (gas > most) revert NotEqual(string.concat(what, ": above its limit"), gas, most);
        if (gas > snapshot + snapshot / 100) revert NotEqual(string.concat(what, ": dearer"), gas, snapshot);
        if (gas < snapshot - snapshot / 100) revert NotEqual(string.concat(what, ": cheaper"), gas, snapshot);
    }

    function user(string memory what, address from, address to, bytes memory data, uint256 snapshot) private {
        row(what, cost(from, to, data), snapshot, USER_MOST);
    }

    /// @dev 100 candidates with votes of stakers, each vote changed in several seconds so that there is a history to search.
    function candidates() private {
        for (uint256 round = 0; round < 4; ++round) {
            for (uint256 i = 1; i <= 100; ++i) {
                address who = member(100 + i);
                if (round == 0) stand(100 + i, MIN + uint128(i % 7));
                else {
                    vm.prank(who);
                    council.deposit(uint128(i));
                }
                // The earliest candidates are the weakest: every one that is counted moves up to the top.
                back(100 + i, uint128(i * 1 ether));
            }
            vm.warp(block.timestamp + 1 hours);
        }
    }

    function test_elections() external {
        seatInvited();
        candidates();
        vm.warp(TRANSITION + 1);
        bytes memory call = abi.encodeCall(council.elect, ());
        row("transition: 10 of 100", cost(ANYBODY, address(council), call), 4_107_509, TRANSACTION_MOST);
        equal(council.seats().length, 21, "all seats taken");
        vm.warp(council.electionAt());
        for (uint256 i = 180; i <= 200; ++i) back(i - 60, 1_000 ether);
        vm.warp(block.timestamp + 1);
        row("all 21 of 100, all new", cost(ANYBODY, address(council), call), 5_874_884, TRANSACTION_MOST);
        equal(council.seats().length, 21, "all seats taken again");
        isTrue(isSeated(120) && isSeated(140) && !isSeated(200) && !isSeated(1), "others");
    }

    /// @dev The dearest of each: a candidate nobody named, a sidecar nobody staked on. Not the first stake of all.
    function test_stakers() external {
        vm.prank(STAKER);
        staking.stake(1, 10);
        registry.set(2, registry.status(1));
        registry.set(3, registry.status(1));
        address who = member(1);
        stand(2, MIN);
        stand(3, MIN);
        user("name a candidate", who, address(staking), abi.encodeCall(staking.delegate, (member(2))), 84_348);
        user("first stake", who, address(staking), abi.encodeCall(staking.stake, (2, 10)), 195_465);
        vm.warp(block.timestamp + 1);
        user("more stake", who, address(staking), abi.encodeCall(staking.stake, (2, 10)), 123_302);
        vm.warp(block.timestamp + 1);
        user("name another", who, address(staking), abi.encodeCall(staking.delegate, (member(3))), 150_454);
        vm.warp(block.timestamp + 1);
        user("move", who, address(staking), abi.encodeCall(staking.move, (2, 3, 5)), 139_532);
        user("unstake", who, address(staking), abi.encodeCall(staking.unstake, (2, 5)), 127_197);
    }

    function fund() private {
        token.mint(address(this), 1_000 ether);
        token.approve(address(rewardPool), 1_000 ether);
        rewardPool.contribute("gift", 1_000 ether);
        vm.deal(address(this), 1_000 ether);
        rewardPool.contributeEth{value: 1_000 ether}("gift");
    }

    function release(string memory what, uint256 snapshot) private {
        (, , uint48 endsAt) = rewardPool.period();
        vm.warp(endsAt);
        row(what, cost(ANYBODY, address(rewardPool), abi.encodeCall(rewardPool.release, ())), snapshot, 300_000);
    }

    /// @dev The dearest of each: both tokens, several periods to read, a project that began in the middle of them.
    function test_rewards() external {
        address who = member(1);
        registry.set(2, registry.status(1));
        stand(2, MIN);
        vm.warp(block.timestamp + 1 days);
        vm.prank(who);
        staking.stake(2, 100 ether);
        vm.prank(who);
        staking.delegate(member(2));
        fund();
        release("release, first", 202_575);
        fund();
        release("release", 151_275);
        Runs(rewardPool.sources().nodes).begin(2);
        for (uint256 i = 0; i < 2; ++i) {
            fund();
            vm.warp(block.timestamp + 30 days);
            rewardPool.release();
        }
        vm.warp(block.timestamp + 1 days);
        uint256 before = vm.snapshotState();
        user(
            "more stake, rewards settled",
            who,
            address(staking),
            abi.encodeCall(staking.stake, (2, 10 ether)),
            185_574
        );
        vm.revertToState(before);
        user("leave early", who, address(staking), abi.encodeCall(staking.unstake, (2, 50 ether)), 191_085);
        vm.revertToState(before);
        user("move early", who, address(staking), abi.encodeCall(staking.move, (2, 1, 50 ether)), 192_863);
        vm.revertToState(before);
        user(
            "name another, rewards settled",
            who,
            address(staking),
            abi.encodeCall(staking.delegate, (member(3))),
            170_614
        );
        vm.revertToState(before);
        bytes memory call = abi.encodeCall(rewardPool.claim, (IRewardPool.Group.Stakers, 2, payable(who)));
        user("claim, a part waits", who, address(rewardPool), call, 131_216);
        Runs(rewardPool.sources().nodes).end(2);
        user("claim what waited", who, address(rewardPool), call, 98_251);
        call = abi.encodeCall(rewardPool.claim, (IRewardPool.Group.Voters, 0, payable(who)));
        user("claim for voting", who, address(rewardPool), call, 97_050);
    }

    function test_members() external {
        address who = member(1);
        give(who, address(council));
        seat(2, MIN);
        user("deposit", who, address(council), abi.encodeCall(council.deposit, (MIN * 2)), 94_208);
        user("accept seat", who, address(council), abi.encodeCall(council.acceptSeat, ()), 167_667);
        user("stand", who, address(council), abi.encodeCall(council.stand, ()), 124_752);
        vm.warp(block.timestamp + 1);
        user("ask back", who, address(council), abi.encodeCall(council.requestWithdrawal, (MIN)), 101_961);
        vm.warp(block.timestamp + 7 days);
        user("withdraw", who, address(council), abi.encodeCall(council.withdraw, ()), 46_894);
        user("stand down", who, address(council), abi.encodeCall(council.standDown, ()), 43_879);
        user("resign", who, address(council), abi.encodeCall(council.resign, ()), 88_062);
    }

    function test_codeFits() external view {
        for (uint256 i = 0; i < touched.length; ++i) {
            isTrue(touched[i].code.length < 24_576, "a contract is too large to deploy");
        }
    }

    function test_standInsteadOf() external {
        for (uint256 i = 1; i <= 100; ++i) stand(i, MIN);
        put(150, MIN * 2);
        bytes memory call = abi.encodeCall(council.standInsteadOf, (member(50)));
        user("stand instead of another", member(150), address(council), call, 125_121);
    }

    function test_decisions() external {
        seatInvited();
        IMemberStakes.Policy memory p = memberPolicy();
        p.minStake = MIN / 2;
        bytes memory data = abi.encodeCall(council.setPolicy, (p));
        uint256 id = idOf(data);
        address where = address(government);
        user("propose", member(1), where, proposing(data), 162_717);
        openVote(id);
        user("first vote", member(2), where, abi.encodeCall(government.castVote, (id, 1)), 80_312);
        user("vote", member(3), where, abi.encodeCall(government.castVote, (id, 1)), 63_216);
        for (uint256 i = 4; i <= 9; ++i) vote(i, id, 1);
        closeVote(id);
        user("queue", ANYBODY, where, handling(government.queue.selector, data), 146_278);
        vm.warp(government.proposalEta(id));
        user("execute", ANYBODY, where, handling(government.execute.selector, data), 107_830);
        for (uint256 i = 0; i < 2; ++i) closeVote(propose(1, address(council), data, vm.toString(i)));
        user("punish absence", ANYBODY, where, abi.encodeCall(government.punishAbsence, (member(11), 0)), 177_249);
        user("hand over", ANYBODY, address(council), abi.encodeCall(council.handOver, ()), 164_841);
    }

    function idOf(bytes memory data) private view returns (uint256) {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(address(council), data);
        return government.hashProposal(targets, values, datas, keccak256(bytes(TEXT)));
    }

    function proposing(bytes memory data) private view returns (bytes memory) {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(address(council), data);
        return abi.encodeCall(government.propose, (targets, values, datas, TEXT));
    }

    /// @dev What `queue` and `execute` are called with.
    function handling(bytes4 selector, bytes memory data) private view returns (bytes memory) {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = calls(address(council), data);
        return abi.encodeWithSelector(selector, targets, values, datas, keccak256(bytes(TEXT)));
    }
}
