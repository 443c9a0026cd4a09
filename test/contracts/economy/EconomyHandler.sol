// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {PoolRules} from "../pools/PoolRules.sol";
import {EconomyChecks} from "./EconomyChecks.sol";

/// @notice Every role of the economy in any order, beside the micro-pools' own actions: requesters, providers, auditors, stakers,
/// governors, reporters, strangers, time. Whatever is refused counts as nothing done; `done` counts the others. No call may
/// cost more than a fraction of what a transaction may.
contract EconomyHandler is EconomyChecks {
    uint256 private constant GAS_MOST = 5_000_000;
    uint256 private constant JOBS_MOST = 20;

    mapping(uint64 job => uint256[]) private _prices;
    mapping(bytes4 action => uint256) public done;
    IAuditLedger.Proven[] private _leaves;
    uint256 private _texts;
    uint256 public calls;

    function act(address who, address target, bytes memory data) private returns (bool) {
        return act(who, 0, target, data);
    }

    function act(address who, uint256 eth, address target, bytes memory data) private returns (bool ok) {
        if (who.balance < eth) return false;
        ++calls;
        uint256 gas = gasleft();
        if (who == address(intruder)) ok = intruder.act(target, eth, data);
        else {
            vm.prank(who);
            (ok, ) = target.call{value: eth}(data);
        }
        isTrue(gas - gasleft() < GAS_MOST, "a call that costs too much");
        if (ok) ++done[bytes4(data)];
        rememberOver();
    }

    function some(uint256 which) private view returns (uint64) {
        return market.total() == 0 ? 0 : uint64(1 + (which % market.total()));
    }

    /// @dev Rounds do not wait: most jobs are certified, settled, reported and confirmed at once, the others whenever it happens.
    function announceJob(uint256 who, uint256 a, uint256 b) external {
        if (market.total() >= JOBS_MOST) return;
        bytes memory call = abi.encodeCall(market.announce, (announcement()));
        if (!act(person(who), address(market), call)) return;
        uint64 id = market.total();
        _prices[id] = three(a % 90 ether, b % 90 ether, 70 ether);
        for (uint256 i = 0; i < a % 12; ++i) step(id, uint256(keccak256(abi.encode(b, i))) | 1);
    }

    /// @dev The next step of a job, whatever it is; sometimes its requester gives up instead.
    function work(uint256 which, uint256 seed) external {
        uint64 id = some(which);
        if (id != 0) step(id, seed);
    }

    function step(uint64 id, uint256 seed) private {
        IMarketplace.Job memory j = market.jobOf(id);
        if (seed % 8 == 0) {
            if (seed % 16 == 0) vm.warp(block.timestamp + 1 hours);
            act(j.requester, address(market), abi.encodeCall(market.refund, (id)));
        } else if (j.state == IMarketplace.State.Announced) {
            IOpenings.Bid[] memory none = new IOpenings.Bid[](0);
            uint256 opens = sidecars.timeOfRound(j.openRound);
            if (block.timestamp < opens) vm.warp(opens);
            bytes32 hash = openingsHash(id, bidsAt(id, _prices[id]));
            act(ANYBODY, address(market), abi.encodeCall(market.certifyOpenings, (id, hash, none, "")));
        } else if (j.state == IMarketplace.State.Certified) {
            IOpenings.Bid[] memory bids = bidsAt(id, _prices[id]);
            bytes memory call = abi.encodeCall(market.settle, (id, bids, proofsOf(id, bids)));
            if (act(ANYBODY, address(market), call)) isTrue(!act(ANYBODY, address(market), call), "a second winner");
        } else if (j.state == IMarketplace.State.Awarded) {
            act(ownerAt(j.winner), address(market), abi.encodeCall(market.reportStarted, (id, freeOf(j.winner))));
        } else if (j.state == IMarketplace.State.Reported) {
            IAuditLedger.Proven memory leaf = seenUp(j.sidecar);
            act(ANYBODY, address(projects), abi.encodeCall(projects.confirm, (id, leaf)));
        } else if (j.state == IMarketplace.State.Running) {
            run(id, j, seed / 8);
        }
    }

    /// @dev What becomes of a project: mostly profit and completion.
    function run(uint64 id, IMarketplace.Job memory j, uint256 seed) private {
        address target = address(projects);
        if (seed % 4 == 0) {
            act(person(seed), target, abi.encodeCall(projects.depositProfit, (id, uint96(bound(seed, 1, 50 ether)))));
        } else if (seed % 4 == 1) {
            act(person(seed), bound(seed, 1, 3 ether), target, abi.encodeCall(projects.depositEth, (id)));
        } else if (seed % 8 == 3) {
            act(ownerAt(j.winner), target, abi.encodeCall(projects.concede, (id)));
        } else if (seed % 16 == 7) {
            act(j.requester, target, abi.encodeCall(projects.dispute, (id)));
            bytes memory call = abi.encodeCall(projects.rule, (id, seed % 32 == 7, uint96(seed % 90 ether)));
            bool ruled = act(GOVERNMENT, target, call);
            isTrue(!ruled || !act(GOVERNMENT, target, call), "ruled twice");
            call = abi.encodeCall(projects.resume, (id));
            if (ruled && seed % 3 != 0) isTrue(act(ANYBODY, target, call), "a ruling that nobody carries out");
        } else {
            uint40 until = projects.projectOf(id).completableAt;
            if (block.timestamp < until) vm.warp(until);
            act(ANYBODY, target, abi.encodeCall(projects.resume, (id)));
            bytes memory call = abi.encodeCall(projects.complete, (id));
            if (act(ANYBODY, target, call)) isTrue(!act(ANYBODY, target, call), "completed twice");
        }
    }

    /// @dev A sidecar of the provider that controls no node, if there is one.
    function freeOf(uint32 provider) private view returns (uint32 sidecar) {
        sidecar = provider;
        for (uint32 i = 1; i < SIDECARS_EACH && nodes.isEngaged(sidecar); ++i) sidecar += PROVIDERS_FIRST;
    }

    /// @dev The next period's result: the sidecar was up. Totals of sidecar 1 go on.
    function seenUp(uint32 sidecar) private returns (IAuditLedger.Proven memory) {
        if (sidecar == 1) {
            this.audit(10_000, 10_000);
            return _leaves[_leaves.length - 1];
        }
        uint64 period = nextPeriod();
        return post(period, upLeaf(sidecar, period));
    }

    function collateral(uint256 seed, uint256 amount) external {
        uint32 id = uint32(1 + (seed % PROVIDERS_FIRST));
        uint96 part = uint96(bound(amount, 1, 300 ether));
        address owner = ownerAt(id);
        if (seed % 3 == 0) act(owner, address(providers), abi.encodeCall(providers.deposit, (id, part)));
        if (seed % 3 == 1) act(owner, address(providers), abi.encodeCall(providers.requestWithdrawal, (id, part)));
        act(owner, address(providers), abi.encodeCall(providers.withdraw, (id)));
    }

    /// @dev One leaf is a tree; sidecar 1 is the one audited. A second root for the period, or the leaf again, change nothing.
    function audit(uint256 up, uint256 diligence) external {
        vm.warp(block.timestamp + bound(up / 10_001, 1, 12) * PERIOD);
        uint64 period = uint64(sidecars.periodAt(uint64(block.timestamp)));
        uint256 count = _leaves.length;
        IAuditLedger.Leaf memory leaf = leafOf(1, 0, 0, 0);
        uint64 gap = period;
        if (count != 0) (leaf, gap) = (_leaves[count - 1].leaf, period - _leaves[count - 1].period);
        leaf.periodsObserved += gap;
        leaf.uptimeSum += gap * uint64(up % 10_001);
        leaf.diligenceSum += gap * uint64(diligence % 10_001);
        uint64 base = lastPeriod;
        _leaves.push(post(period, leaf));
        bytes32 root = ledger.rootOf(period);
        bytes memory again = abi.encodeCall(ledger.post, (period, base, keccak256("other"), "content", ""));
        isTrue(!act(ANYBODY, address(ledger), again), "a second root of a period");
        equal(ledger.rootOf(period), root, "a root that changed");
        ledger.proveLeaf(period, leaf, new bytes32[](0));
        isTrue(!ledger.proveLeaf(period, leaf, new bytes32[](0)), "a leaf that counts twice");
        act(ANYBODY, address(providers), abi.encodeCall(providers.refreshUptime, (1)));
        act(ANYBODY, address(dividends), abi.encodeCall(dividends.measure, (1)));
    }

    function report(uint256 from, uint256 who) external {
        uint256 count = _leaves.length;
        if (count < 2) return;
        uint256 before = stakeOfProvider(1);
        bytes memory call = abi.encodeCall(discipline.report, (_leaves[from % (count - 1)], _leaves[count - 1]));
        if (act(person(who), address(discipline), call)) {
            isTrue(before > stakeOfProvider(1), "nothing lost");
            equal(before - stakeOfProvider(1), (before + 9) / 10, "a tenth of the stake");
        }
        act(ANYBODY, address(discipline), abi.encodeCall(discipline.withdrawCredit, (person(who))));
    }

    function stakeAnkr(uint256 who, uint256 amount) external {
        uint32 sidecar = uint32(1 + ((who / 32) % SIDECARS));
        uint128 part = uint128(bound(amount, 1, 5_000 ether));
        address me = person(who);
        uint256 kind = (who / 8) % 4;
        if (kind == 0) act(me, address(staking), abi.encodeCall(staking.stake, (sidecar, part)));
        if (kind == 1) {
            uint256 most = staking.stakeOn(me, sidecar);
            part = uint128(bound(amount, 1, most + 1));
            bool ok = act(me, address(staking), abi.encodeCall(staking.unstake, (sidecar, part)));
            isTrue(!ok || part <= most, "more than was staked");
        }
        if (kind == 2) act(me, address(staking), abi.encodeCall(staking.move, (sidecar, 3 - sidecar, part)));
        if (kind == 3) act(me, address(staking), abi.encodeCall(staking.delegate, (person(amount))));
    }

    function request(uint256 who, uint256 amount) external {
        address me = person(who);
        uint256 part = bound(amount, 1, 500 ether);
        if (amount % 2 == 0) act(me, address(requesters), abi.encodeCall(requesters.stake, (part)));
        else act(me, address(requesters), abi.encodeCall(requesters.requestWithdrawal, (part)));
        act(me, address(requesters), abi.encodeCall(requesters.withdraw, ()));
    }

    function reward(uint256 who, uint256 seed) external {
        (, , uint48 endsAt) = rewardPool.period();
        if (seed % 6 == 0 && block.timestamp < endsAt) vm.warp(endsAt);
        act(ANYBODY, address(rewardPool), abi.encodeCall(rewardPool.release, ()));
        address me = seed % 5 == 0 ? ownerAt(1) : person(who);
        IRewardPool.Group group = IRewardPool.Group((who / 8) % 4);
        uint32 sidecar = uint32(1 + (seed % SIDECARS));
        bytes memory call = abi.encodeCall(rewardPool.claim, (group, sidecar, payable(me)));
        if (act(me, address(rewardPool), call)) isTrue(!act(me, address(rewardPool), call), "a reward claimed twice");
    }

    function sit(uint256 who, uint256 amount) external {
        address me = person(who);
        uint96 part = uint96(bound(amount, 1, 2 * SEAT_MIN));
        uint256 kind = (who / 8) % 6;
        if (kind == 0) act(me, address(council), abi.encodeCall(council.deposit, (part)));
        if (kind == 1) act(me, address(council), abi.encodeCall(council.requestWithdrawal, (part)));
        if (kind == 2) act(me, address(council), abi.encodeCall(council.withdraw, ()));
        if (kind == 3) act(me, address(council), abi.encodeCall(council.acceptSeat, ()));
        if (kind == 4) act(me, address(council), abi.encodeCall(council.stand, ()));
        if (kind != 5) return;
        if (amount % 3 == 0 && block.timestamp <= council.electionAt()) vm.warp(council.electionAt() + 1);
        act(ANYBODY, address(council), abi.encodeCall(council.elect, ()));
    }

    /// @dev From text to effect: what is decided is a policy of the Reward Pool, or where development is paid.
    function decide(uint256 who, uint256 kind) external {
        (address[] memory to, uint256[] memory values, bytes[] memory datas) = (
            new address[](1),
            new uint256[](1),
            new bytes[](1)
        );
        to[0] = address(rewardPool);
        datas[0] =
            kind % 2 == 0
                ? abi.encodeCall(rewardPool.setPolicy, (PoolRules.shares()))
                : abi.encodeCall(rewardPool.setDevelopment, (PoolRules.DEVELOPMENT));
        string memory text = vm.toString(++_texts);
        bytes memory call = abi.encodeCall(government.propose, (to, values, datas, text));
        if (!act(person(who), address(government), call)) return;
        uint256 id = government.decision(government.decisionCount() - 1).proposal;
        vm.warp(government.proposalSnapshot(id) + 1);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            bytes memory ballot = abi.encodeCall(government.castVote, (id, uint8(1)));
            bool seated = council.seatedAt(person(i), uint48(government.proposalSnapshot(id)));
            isTrue(act(person(i), address(government), ballot) == seated, "a vote for each seat");
            isTrue(!act(person(i), address(government), ballot), "a second vote");
        }
        vm.warp(government.proposalDeadline(id) + 1);
        bytes32 hash = keccak256(bytes(text));
        act(ANYBODY, address(government), abi.encodeCall(government.queue, (to, values, datas, hash)));
        vm.warp(block.timestamp + 2 days);
        act(ANYBODY, address(government), abi.encodeCall(government.execute, (to, values, datas, hash)));
    }

    /// @dev A pool from its opening to a running validator, which chance alone seldom brings together.
    function fillPool(uint256 which, uint256 seed) external {
        this.open(seed, 4 ether);
        this.first(which);
        for (uint256 i = 0; i < 2; ++i) this.put(which, seed / 2 + i, 27 ether);
    }

    /// @dev Anybody may pay out what is credited, to its owner.
    function payOut(uint256 seed) external {
        act(ANYBODY, address(market), abi.encodeCall(market.withdrawCredit, (person(seed))));
        act(person(seed), address(projects), abi.encodeCall(projects.stakeProfit, (1 + (seed % 1 ether))));
        act(person(seed), address(projects), abi.encodeCall(projects.withdraw, (payable(person(seed)))));
        address owner = ownerAt(uint32(1 + (seed % 4)));
        act(owner, address(projects), abi.encodeCall(projects.withdraw, (payable(owner))));
        act(ANYBODY, address(market), abi.encodeCall(market.withdrawCredit, (ownerAt(uint32(1 + (seed % 4))))));
        act(ANYBODY, address(providers), abi.encodeCall(providers.handOver, ()));
        act(ANYBODY, address(projects), abi.encodeCall(projects.forward, (rewardPool)));
        act(ANYBODY, address(projects), abi.encodeCall(projects.forward, (insurancePool)));
        act(ANYBODY, address(council), abi.encodeCall(council.handOver, ()));
        uint256 ankr = insurancePool.surplus(IInsurancePool.Asset.Ankr);
        act(
            GOVERNMENT,
            address(insurancePool),
            abi.encodeCall(insurancePool.moveSurplus, (IInsurancePool.Asset.Ankr, ankr))
        );
        uint256 eth = insurancePool.surplus(IInsurancePool.Asset.Eth);
        act(
            GOVERNMENT,
            address(insurancePool),
            abi.encodeCall(insurancePool.moveSurplus, (IInsurancePool.Asset.Eth, eth))
        );
    }

    /// @dev The intruder redeems aETH that somebody sold it; what it receives calls back.
    function redeemInside(uint256 who, uint256 amount) external {
        address from = [ANN, BOB, KIM][who % 3];
        uint256 most = aEth.balanceOf(from);
        vm.prank(from);
        aEth.transfer(address(intruder), bound(amount, 0, most));
        (uint256 eth, uint256 tokens) = aEth.backing();
        uint256 part = bound(amount, 1, 5 ether);
        act(address(intruder), address(aEth), abi.encodeCall(aEth.redeem, (part, payable(address(intruder)))));
        (uint256 ethLeft, uint256 tokensLeft) = aEth.backing();
        isTrue(ethLeft * tokens >= eth * tokensLeft || eth >= tokens, "an intruder lowered the rate");
    }

    /// @dev What is another's to call is refused to people and to strangers, whatever they ask for.
    function intrude(uint256 who, uint256 kind) external {
        address me = kind % 2 == 0 ? person(who) : ANYBODY;
        (address target, bytes memory call) = forbidden((kind / 2) % 12, me);
        isTrue(!act(me, target, call), "a call that is another's went through");
    }
}
