// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../../contracts/government/Staking.sol";
import {INodes} from "../../../contracts/interfaces/INodes.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {Nodes} from "../../../contracts/nodes/Nodes.sol";
import {StakingNetwork} from "../pools/StakingNetwork.sol";
import {Network} from "../support/Network.sol";

/// @notice Stands for one of the contracts that write.
contract Writer {}

contract NodesTest is Network {
    uint32 private constant SIDECAR = 1;
    uint32 private constant PROVIDER = 7;
    address private constant ANN = address(0xA1);

    Staking private staking;
    Nodes private nodes;
    address private projects;
    address private pools;

    function setUp() public override {
        super.setUp();
        registerFirst(2);
        staking = StakingNetwork.create(address(token), address(sidecars)).staking;
        nodes = new Nodes(address(sidecars), address(staking), address(this));
        (projects, pools) = (address(new Writer()), address(new Writer()));
        nodes.installWriters(projects, pools);
    }

    function size() private pure returns (IProviders.Capacity memory) {
        return IProviders.Capacity(4_000, 16_000, 128_000);
    }

    function engage(address writer) private {
        vm.prank(writer);
        nodes.engage(SIDECAR, PROVIDER, size());
    }

    function start(address writer) private {
        vm.prank(writer);
        nodes.started(SIDECAR, 4 ether, 28 ether);
    }

    function test_aRun_isKeptFromEngagementToEnd() external {
        token.mint(ANN, 50);
        vm.prank(ANN);
        token.approve(address(staking), 50);
        vm.prank(ANN);
        staking.stake(SIDECAR, 50);
        isTrue(!nodes.isEngaged(SIDECAR), "idle at first");
        engage(pools);
        isTrue(nodes.isEngaged(SIDECAR), "engaged");
        isTrue(nodes.node(SIDECAR).state == INodes.State.Engaged, "state engaged");
        start(pools);
        INodes.Node memory n = nodes.node(SIDECAR);
        isTrue(n.state == INodes.State.Running && n.engagedBy == pools, "running, by whom");
        equal(n.id, SIDECAR, "id");
        equal(n.provider, PROVIDER, "provider");
        equal(abi.encode(n.capacity), abi.encode(size()), "capacity");
        equal(n.providerEth, 4 ether, "ETH of the provider");
        equal(n.usersEth, 28 ether, "ETH of users");
        equal(n.providerAnkr, MIN_STAKE, "ANKR of the provider");
        equal(n.usersAnkr, 50, "ANKR of users");
        equal(n.startedAt, block.timestamp, "start");
        equal(n.finishedAt, 0, "no end yet");
        vm.warp(block.timestamp + 90);
        vm.prank(pools);
        nodes.collected(SIDECAR, 1, 2);
        vm.prank(pools);
        nodes.finished(SIDECAR, 3, 4);
        n = nodes.node(SIDECAR);
        isTrue(n.state == INodes.State.Idle && n.engagedBy == address(0), "free again");
        equal(n.providerEth + n.usersEth, 0, "nothing staked any more");
        equal(n.rewardsEth, 4, "ETH collected");
        equal(n.rewardsAnkr, 6, "ANKR collected");
        equal(n.finishedAt - n.startedAt, 90, "it ran 90 seconds");
        equal(n.runs, 1, "one run");
        vm.prank(pools);
        nodes.collected(SIDECAR, 5, 0);
        equal(nodes.node(SIDECAR).rewardsEth, 9, "also what comes late");
    }

    function test_aSidecar_controlsOneBlockchainNode() external {
        engage(pools);
        vm.expectRevert(abi.encodeWithSelector(INodes.SidecarEngaged.selector, SIDECAR, pools));
        engage(projects);
        vm.expectRevert(abi.encodeWithSelector(INodes.SidecarEngaged.selector, SIDECAR, pools));
        engage(pools);
        start(pools);
        vm.expectRevert(abi.encodeWithSelector(INodes.SidecarEngaged.selector, SIDECAR, pools));
        engage(projects);
        vm.prank(pools);
        nodes.finished(SIDECAR, 0, 0);
        engage(projects);
        equal(nodes.node(SIDECAR).engagedBy, projects, "now the other's");
    }

    function test_runningSince_tellsRunsApart() external {
        equal(nodes.runningSince(SIDECAR), 0, "idle");
        engage(pools);
        equal(nodes.runningSince(SIDECAR), 0, "engaged");
        start(pools);
        equal(nodes.runningSince(SIDECAR), block.timestamp, "running");
        vm.prank(pools);
        nodes.finished(SIDECAR, 0, 0);
        equal(nodes.runningSince(SIDECAR), 0, "ended");
        engage(projects);
        start(projects);
        equal(nodes.runningSince(SIDECAR), block.timestamp + 1, "never the same start twice");
        equal(nodes.runningSince(99), 0, "nobody's");
    }

    function test_release_freesWhatNeverStarted() external {
        engage(projects);
        vm.prank(projects);
        nodes.release(SIDECAR);
        isTrue(!nodes.isEngaged(SIDECAR), "free");
        equal(nodes.node(SIDECAR).runs, 0, "no run");
    }

    function test_writers_doNotTouchEachOthersNodes() external {
        engage(pools);
        bytes memory foreign = abi.encodeWithSelector(INodes.NotEngaged.selector, SIDECAR, projects);
        vm.expectRevert(foreign);
        start(projects);
        vm.expectRevert(foreign);
        vm.prank(projects);
        nodes.release(SIDECAR);
        start(pools);
        vm.expectRevert(foreign);
        vm.prank(projects);
        nodes.finished(SIDECAR, 0, 0);
    }

    function test_steps_comeInOrder() external {
        vm.expectRevert(abi.encodeWithSelector(INodes.NotEngaged.selector, SIDECAR, pools));
        start(pools);
        engage(pools);
        vm.expectRevert(abi.encodeWithSelector(INodes.NotRunning.selector, SIDECAR));
        vm.prank(pools);
        nodes.finished(SIDECAR, 0, 0);
        start(pools);
        vm.expectRevert(abi.encodeWithSelector(INodes.AlreadyRunning.selector, SIDECAR));
        start(pools);
        vm.expectRevert(abi.encodeWithSelector(INodes.AlreadyRunning.selector, SIDECAR));
        vm.prank(pools);
        nodes.release(SIDECAR);
    }

    function test_write_isForWritersOnly() external {
        bytes memory refused = abi.encodeWithSelector(INodes.NotWriter.selector, ANN);
        vm.expectRevert(refused);
        engage(ANN);
        vm.expectRevert(refused);
        start(ANN);
        vm.expectRevert(refused);
        vm.prank(ANN);
        nodes.collected(SIDECAR, 1, 1);
        vm.expectRevert(refused);
        vm.prank(ANN);
        nodes.finished(SIDECAR, 1, 1);
        vm.expectRevert(refused);
        vm.prank(ANN);
        nodes.release(SIDECAR);
        vm.expectRevert(INodes.ProviderMissing.selector);
        vm.prank(pools);
        nodes.engage(SIDECAR, 0, size());
    }

    function test_installWriters_onceByTheDeployer() external {
        vm.expectRevert(INodes.WritersAlreadyInstalled.selector);
        nodes.installWriters(projects, pools);
        nodes = new Nodes(address(sidecars), address(staking), address(this));
        vm.expectRevert(abi.encodeWithSelector(INodes.NotInstaller.selector, ANN));
        vm.prank(ANN);
        nodes.installWriters(projects, pools);
        vm.expectRevert(INodes.AddressMissing.selector);
        nodes.installWriters(ANN, pools);
        vm.expectRevert(INodes.AddressMissing.selector);
        nodes.installWriters(projects, ANN);
        vm.expectEmit(address(nodes));
        emit INodes.WritersInstalled(projects, pools);
        nodes.installWriters(projects, pools);
        vm.expectRevert(INodes.AddressMissing.selector);
        new Nodes(ANN, address(staking), address(this));
        vm.expectRevert(INodes.AddressMissing.selector);
        new Nodes(address(sidecars), ANN, address(this));
        vm.expectRevert(INodes.InstallerMissing.selector);
        new Nodes(address(sidecars), address(staking), address(0));
    }

    function test_nodes_areListedLikeSidecars() external view {
        equal(nodes.nodes(1, 100).length, 2, "cut at the last");
        equal(nodes.nodes(1, 100)[1].id, 2, "in order");
        equal(nodes.nodes(0, 2).length + nodes.nodes(3, 100).length, 0, "ids begin at 1 and end");
        equal(nodes.sidecars(), address(sidecars), "registry");
        equal(nodes.staking(), address(staking), "staking");
    }
}
