// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodes} from "../interfaces/INodes.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IRuns} from "../interfaces/IRuns.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {IStaking} from "../interfaces/IStaking.sol";

/// @title Nodes: the registry of Stkr nodes, each one sidecar and the one blockchain node it controls
contract Nodes is INodes {
    /// @dev Which of the writers holds a sidecar.
    enum Writer {
        Nobody,
        Projects,
        MicroPools
    }

    /// @dev What changes with every run, in one word.
    struct Run {
        Writer writer;
        bool running;
        uint32 provider;
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
        uint40 startedAt;
        uint40 finishedAt;
        uint24 runs;
    }

    struct Stakes {
        uint96 providerEth;
        uint96 usersEth;
    }

    struct Rewards {
        uint128 eth;
        uint128 ankr;
    }

    ISidecars private immutable SIDECARS;
    IStaking private immutable STAKING;
    address private immutable INSTALLER;

    /// @inheritdoc INodes
    address public projects;
    /// @inheritdoc INodes
    address public microPools;
    mapping(uint32 sidecar => Run) private _runs;
    mapping(uint32 sidecar => Stakes) private _stakes;
    mapping(uint32 sidecar => Rewards) private _rewards;

    constructor(address sidecars_, address staking_, address installer) {
        if (sidecars_.code.length == 0 || staking_.code.length == 0) revert AddressMissing();
        if (installer == address(0)) revert InstallerMissing();
        SIDECARS = ISidecars(sidecars_);
        STAKING = IStaking(staking_);
        INSTALLER = installer;
    }

    /// @inheritdoc INodes
    function installWriters(address projects_, address microPools_) external {
        if (msg.sender != INSTALLER) revert NotInstaller(msg.sender);
        if (projects != address(0)) revert WritersAlreadyInstalled();
        if (projects_.code.length == 0 || microPools_.code.length == 0) revert AddressMissing();
        (projects, microPools) = (projects_, microPools_);
        emit WritersInstalled(projects_, microPools_);
    }

    /// @inheritdoc INodes
    function engage(uint32 sidecar, uint32 provider, IProviders.Capacity calldata c) external {
        Writer writer = _writer();
        if (provider == 0) revert ProviderMissing();
        Run storage run = _runs[sidecar];
        if (run.writer != Writer.Nobody) revert SidecarEngaged(sidecar, _addressOf(run.writer));
        (run.writer, run.provider) = (writer, provider);
        (run.cpuMilliGhz, run.memoryMilliGb, run.storageMilliGb) = (c.cpuMilliGhz, c.memoryMilliGb, c.storageMilliGb);
        emit Engaged(sidecar, provider, msg.sender, c);
    }

    /// @inheritdoc INodes
    function started(uint32 sidecar, uint96 providerEth, uint96 usersEth) external {
        Run storage run = _held(sidecar);
        if (run.running) revert AlreadyRunning(sidecar);
        // No two runs have the same start: what stakers earned during one is told from the other by it.
        uint40 began = uint40(block.timestamp) > run.startedAt ? uint40(block.timestamp) : run.startedAt + 1;
        (run.running, run.startedAt, run.finishedAt) = (true, began, 0);
        run.runs += 1;
        // A workload that stakes nothing writes no stakes.
        if (providerEth != 0 || usersEth != 0) _stakes[sidecar] = Stakes(providerEth, usersEth);
        emit Started(sidecar, run.provider, providerEth, usersEth);
    }

    /// @inheritdoc INodes
    function collected(uint32 sidecar, uint96 eth, uint96 ankr) external {
        _writer();
        _collect(sidecar, eth, ankr);
    }

    /// @inheritdoc INodes
    function finished(uint32 sidecar, uint96 rewardsEth, uint96 rewardsAnkr) external {
        Run storage run = _held(sidecar);
        if (!run.running) revert NotRunning(sidecar);
        // A job has no stakes to forget.
        if (run.writer == Writer.MicroPools) delete _stakes[sidecar];
        (run.writer, run.running, run.finishedAt) = (Writer.Nobody, false, uint40(block.timestamp));
        _collect(sidecar, rewardsEth, rewardsAnkr);
        emit Finished(sidecar, run.provider, run.startedAt);
    }

    /// @inheritdoc INodes
    function release(uint32 sidecar) external {
        Run storage run = _held(sidecar);
        if (run.running) revert AlreadyRunning(sidecar);
        run.writer = Writer.Nobody;
        emit Released(sidecar, run.provider);
    }

    /// @inheritdoc INodes
    function isEngaged(uint32 sidecar) external view returns (bool) {
        return _runs[sidecar].writer != Writer.Nobody;
    }

    /// @inheritdoc IRuns
    function runningSince(uint32 sidecar) external view returns (uint40) {
        Run storage run = _runs[sidecar];
        return run.running ? run.startedAt : 0;
    }

    /// @inheritdoc INodes
    function nodes(uint32 from, uint32 to) external view returns (Node[] memory list) {
        uint32 total = SIDECARS.total();
        if (to > total) to = total + 1;
        if (from == 0 || from >= to) return list;
        list = new Node[](to - from);
        for (uint32 id = from; id < to; ++id) list[id - from] = node(id);
    }

    /// @inheritdoc INodes
    function sidecars() external view returns (address) {
        return address(SIDECARS);
    }

    /// @inheritdoc INodes
    function staking() external view returns (address) {
        return address(STAKING);
    }

    /// @inheritdoc INodes
    function node(uint32 sidecar) public view returns (Node memory n) {
        Run memory run = _runs[sidecar];
        n.id = sidecar;
        n.provider = run.provider;
        if (run.writer != Writer.Nobody) n.state = run.running ? State.Running : State.Engaged;
        n.engagedBy = _addressOf(run.writer);
        n.capacity = IProviders.Capacity(run.cpuMilliGhz, run.memoryMilliGb, run.storageMilliGb);
        n.providerEth = _stakes[sidecar].providerEth;
        n.usersEth = _stakes[sidecar].usersEth;
        n.providerAnkr = SIDECARS.sidecar(sidecar).stake;
        n.usersAnkr = STAKING.totalOn(sidecar);
        n.rewardsEth = _rewards[sidecar].eth;
        n.rewardsAnkr = _rewards[sidecar].ankr;
        n.startedAt = run.startedAt;
        n.finishedAt = run.finishedAt;
        n.runs = run.runs;
    }

    function _collect(uint32 sidecar, uint96 eth, uint96 ankr) private {
        if (eth == 0 && ankr == 0) return;
        Rewards storage rewards = _rewards[sidecar];
        rewards.eth += eth;
        rewards.ankr += ankr;
        emit RewardsCollected(sidecar, eth, ankr);
    }

    /// @dev The sidecar's run, for the writer that holds it.
    function _held(uint32 sidecar) private view returns (Run storage run) {
        Writer writer = _writer();
        run = _runs[sidecar];
        if (run.writer != writer) revert NotEngaged(sidecar, msg.sender);
    }

    function _writer() private view returns (Writer) {
        if (msg.sender == projects) return Writer.Projects;
        if (msg.sender == microPools) return Writer.MicroPools;
        revert NotWriter(msg.sender);
    }

    function _addressOf(Writer writer) private view returns (address) {
        if (writer == Writer.Projects) return projects;
        return writer == Writer.MicroPools ? microPools : address(0);
    }
}
