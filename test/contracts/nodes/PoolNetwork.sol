// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BeaconRoots} from "../../../contracts/dev/BeaconRoots.sol";
import {DepositContract} from "../../../contracts/dev/DepositContract.sol";
import {IBeaconChain} from "../../../contracts/interfaces/IBeaconChain.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IMicroPools} from "../../../contracts/interfaces/IMicroPools.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {ITiers} from "../../../contracts/interfaces/ITiers.sol";
import {Ssz} from "../../../contracts/lib/Ssz.sol";
import {Tiers} from "../../../contracts/market/Tiers.sol";
import {AEth} from "../../../contracts/nodes/AEth.sol";
import {BeaconChain} from "../../../contracts/nodes/BeaconChain.sol";
import {MicroPool} from "../../../contracts/nodes/MicroPool.sol";
import {MicroPools} from "../../../contracts/nodes/MicroPools.sol";
import {PoolPayout} from "../../../contracts/nodes/PoolPayout.sol";
import {MarketNetwork} from "../market/MarketNetwork.sol";
import {PoolRules} from "../pools/PoolRules.sol";

/// @notice A market with micro-pools: provider 1 stakes k = 4 ETH for a validator, provider 2 nothing, provider 3 16 ETH. The
/// beacon chain says what `say` puts into its root.
abstract contract PoolNetwork is MarketNetwork {
    address internal constant ANN = address(0xA1);
    address internal constant BOB = address(0xB2);
    address internal constant KIM = address(0xC3);
    address internal constant BEACON_ROOTS = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02;
    address internal constant WITHDRAWAL_REQUESTS = 0x00000961Ef480Eb55e80D19ad83579A64c007002;
    uint64 internal constant FAR = type(uint64).max;
    uint40 internal constant LASTS = 60 days;
    uint256 internal constant K = 4 ether;

    Tiers internal tiers;
    DepositContract internal deposits;
    BeaconChain internal beaconChain;
    MicroPools internal factory;
    AEth internal aEth;
    IMicroPool internal pool;

    function setUp() public virtual override {
        super.setUp();
        string memory json = vm.readFile("test/vectors/eip7002.json");
        vm.etch(WITHDRAWAL_REQUESTS, vm.parseJsonBytes(json, ".runtime"));
        vm.etch(BEACON_ROOTS, type(BeaconRoots).runtimeCode);
        tiers = new Tiers(address(providers), GOVERNMENT);
        deposits = new DepositContract();
        beaconChain = new BeaconChain();
        factory = new MicroPools(poolParams());
        PoolPayout payout = new PoolPayout(address(factory), address(beaconChain));
        factory.install(address(new MicroPool(address(factory), address(beaconChain), address(payout))));
        aEth = AEth(factory.aEth());
        nodes.installWriters(address(projects), address(factory));
        providers.installMicroPools(address(factory));
        requesters.install(address(factory));
        insurancePool.install(GOVERNMENT, address(factory));
        vm.prank(GOVERNMENT);
        tiers.setTier(1, ITiers.Tier.SemiTrusted, K);
        vm.prank(GOVERNMENT);
        tiers.setTier(2, ITiers.Tier.Trusted, 0);
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) vm.deal(ownerAt(i), 100 ether);
        for (uint160 i = 0; i < 3; ++i) vm.deal([ANN, BOB, KIM][i], 100 ether);
        pool = openPool(1, K);
        give(ANN, address(pool));
        give(BOB, address(pool));
        give(KIM, address(pool));
    }

    /// @dev The micro-pools are installed beside the projects, when there are any.
    function installOthers() internal virtual override {}

    function poolRules() internal pure returns (IMicroPools.Policy memory) {
        return IMicroPools.Policy(1_000, 1_000, 1 days, 3_650 days, needed());
    }

    function poolParams() internal view returns (IMicroPools.Params memory p) {
        p.token = address(token);
        p.providers = address(providers);
        p.tiers = address(tiers);
        p.quotes = address(quotes);
        p.nodes = address(nodes);
        p.requesters = address(requesters);
        p.rewardPool = address(rewardPool);
        p.insurancePool = address(insurancePool);
        p.depositContract = address(deposits);
        p.authority = GOVERNMENT;
        p.installer = address(this);
        p.policy = poolRules();
    }

    function openPool(uint32 i, uint256 stake) internal returns (IMicroPool) {
        vm.prank(ownerAt(i));
        return IMicroPool(factory.open{value: stake}(i, uint40(block.timestamp) + LASTS));
    }

    function registerAs(address owner, uint32 id) internal {
        give(owner, address(sidecars));
        ISidecars.Application memory a = application(owner, id - 1);
        vm.prank(owner);
        sidecars.register(a);
    }

    function join(address who, uint256 eth) internal {
        vm.prank(who);
        pool.join{value: eth}();
    }

    function leaves(address who, uint72 eth) internal {
        vm.prank(who);
        pool.leaveWith(eth);
    }

    // --- the validator

    function keyOf(IMicroPool p) internal pure returns (bytes memory) {
        return bytes.concat(keccak256(abi.encode("key", p)), bytes16(keccak256(abi.encode("tail", p))));
    }

    function signature() internal pure returns (bytes memory) {
        return bytes.concat(keccak256("r"), keccak256("s"), keccak256("t"));
    }

    function predeposit(IMicroPool p) internal {
        bytes32 root = beaconChain.depositRoot(keyOf(p), p.credentials(), 1e9, signature());
        address provider = p.pool().terms.provider;
        vm.prank(provider);
        p.predeposit(keyOf(p), signature(), root);
    }

    /// @notice What the beacon chain knows of a validator that was deposited for and nothing else.
    function young() internal view returns (IBeaconChain.Proof memory proof) {
        proof.timestamp = uint64(block.timestamp);
        proof.index = 1_234_567;
        proof.effectiveBalance = 1e9;
        proof.activationEligibilityEpoch = FAR;
        proof.activationEpoch = FAR;
        proof.exitEpoch = FAR;
        proof.withdrawableEpoch = FAR;
        proof.branch = new bytes32[](50);
        for (uint256 i = 0; i < 50; ++i) proof.branch[i] = keccak256(abi.encode("branch", i));
    }

    function active(uint64 effectiveBalance) internal view returns (IBeaconChain.Proof memory proof) {
        proof = young();
        proof.effectiveBalance = effectiveBalance;
        (proof.activationEligibilityEpoch, proof.activationEpoch) = (10, 20);
    }

    function empty() internal view returns (IBeaconChain.Proof memory proof) {
        proof = active(0);
        (proof.exitEpoch, proof.withdrawableEpoch) = (1_000, 1_256);
    }

    /// @notice Makes the beacon chain say it, of this key with these credentials. Computed apart from the contract.
    function say(IBeaconChain.Proof memory p, bytes memory key, bytes32 withdrawsTo) internal {
        bytes32[8] memory chunks = [
            sha256(bytes.concat(key, bytes16(0))),
            withdrawsTo,
            Ssz.number(p.effectiveBalance),
            Ssz.number(p.slashed ? 1 : 0),
            Ssz.number(p.activationEligibilityEpoch),
            Ssz.number(p.activationEpoch),
            Ssz.number(p.exitEpoch),
            Ssz.number(p.withdrawableEpoch)
        ];
        for (uint256 n = 8; n > 1; n /= 2) {
            for (uint256 i = 0; i < n / 2; ++i) chunks[i] = sha256(bytes.concat(chunks[2 * i], chunks[2 * i + 1]));
        }
        bytes32 node = chunks[0];
        // The list, its length, field 11 of the state, field 3 of the header.
        uint256[4] memory places = [uint256(p.index), 0, 11, 3];
        uint8[4] memory depths = [40, 1, 6, 3];
        uint256 next = 0;
        for (uint256 part = 0; part < 4; ++part) {
            for (uint256 level = 0; level < depths[part]; ++level) {
                bytes32 sibling = p.branch[next++];
                bool right = (places[part] >> level) & 1 == 1;
                node = right ? sha256(bytes.concat(sibling, node)) : sha256(bytes.concat(node, sibling));
            }
        }
        BeaconRoots(BEACON_ROOTS).set(p.timestamp, node);
    }

    function say(IBeaconChain.Proof memory p) internal {
        say(p, keyOf(pool), pool.credentials());
    }

    function prove(IMicroPool p) internal {
        p.prove(said(p));
    }

    /// @notice A proof that the pool's credentials are the validator's.
    function said(IMicroPool p) internal returns (IBeaconChain.Proof memory proof) {
        proof = young();
        say(proof, keyOf(p), p.credentials());
    }

    function insure(uint256 eth) internal {
        vm.deal(address(this), address(this).balance + eth);
        insurancePool.contributeEth{value: eth}("gift");
    }

    function claim(address who) internal returns (uint256) {
        vm.prank(who);
        return pool.claim(payable(who));
    }

    function redeem(address who, uint72 amount) internal returns (uint256) {
        vm.prank(who);
        return pool.redeem(amount, payable(who));
    }

    /// @notice Fills the pool: the provider's 4 ETH, Ann's 4, Bob's 24; its validator runs.
    function fill() internal {
        predeposit(pool);
        prove(pool);
        join(ANN, 4 ether);
        join(BOB, 24 ether);
        pool.start();
    }

    /// @notice The beacon chain withdraws to the pool: no code is called.
    function withdrawTo(IMicroPool p, uint256 amount) internal {
        vm.deal(address(p), address(p).balance + amount);
    }

    function finish(uint256 returned) internal {
        withdrawTo(pool, returned);
        if (returned >= 32 ether) return pool.complete();
        IBeaconChain.Proof memory proof = empty();
        say(proof);
        pool.completeBy(proof);
    }

    function wrong(IPoolTypes.State state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IPoolTypes.StateWrong.selector, state);
    }

    function stateOf(IMicroPool p) internal view returns (uint256) {
        return uint256(p.pool().state);
    }
}
