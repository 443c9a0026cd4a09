// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {AuditedMarket} from "./AuditedMarket.sol";

interface VmGas {
    function cool(address target) external;
}

/// @notice What conduct costs whoever calls, as whole transactions: storage cold, 21,000 and calldata included, in a tree of the
/// largest network. Nobody pays 200,000.
contract ConductGasTest is AuditedMarket {
    uint256 private constant MOST = 200_000;
    uint256 private constant LEVELS = 12;

    event Gas(string what, uint256 gas);

    address[7] private touched;

    function setUp() public override {
        super.setUp();
        touched[0] = address(token);
        touched[1] = address(providers);
        touched[2] = address(discipline);
        touched[3] = address(dividends);
        touched[4] = address(rewardPool);
        touched[5] = address(ledger);
        touched[6] = address(sidecars);
    }

    function user(string memory what, address from, address to, bytes memory data) private {
        for (uint256 i = 0; i < touched.length; ++i) VmGas(address(vm)).cool(touched[i]);
        uint256 gas = 21_000;
        for (uint256 i = 0; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
        vm.prank(from);
        uint256 before = gasleft();
        (bool ok, ) = to.call(data);
        gas += before - gasleft();
        isTrue(ok, what);
        if (gas > MOST) revert NotEqual(what, gas, MOST);
        emit Gas(what, gas);
    }

    /// @dev A leaf as deep as 4,096 sidecars make it.
    function deep(
        uint64 period,
        uint64 observed,
        uint64 up,
        uint64 diligent
    ) private returns (IAuditLedger.Proven memory p) {
        IAuditLedger.Leaf memory leaf = leafOf(1, observed, up, diligent);
        p = IAuditLedger.Proven(period, leaf, new bytes32[](LEVELS));
        bytes32 node = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        for (uint256 i = 0; i < LEVELS; ++i) {
            p.proof[i] = keccak256(abi.encode(period, i));
            node = Hashes.commutativeKeccak256(node, p.proof[i]);
        }
        vm.warp(START + period * PERIOD);
        ledger.post(period, lastPeriod, node, "content", "");
        lastPeriod = period;
    }

    function test_report() external {
        IAuditLedger.Proven memory a = deep(2, 3, 30_000, 0);
        IAuditLedger.Proven memory b = deep(12, 13, 30_000 + 10 * 5_000, 0);
        bytes memory call = abi.encodeCall(discipline.report, (a, b));
        user("report", ANYBODY, address(discipline), call);
        user("reporter's share", ANYBODY, address(discipline), abi.encodeCall(discipline.withdrawCredit, (ANYBODY)));
        user("hand over", ANYBODY, address(providers), abi.encodeCall(providers.handOver, ()));
    }

    function test_suspension() external {
        IAuditLedger.Proven memory p = deep(2, 20, 20 * 100, 0);
        bytes memory call = abi.encodeCall(ledger.proveLeaf, (p.period, p.leaf, p.proof));
        user("prove a leaf", ANYBODY, address(ledger), call);
        user("uptime", ANYBODY, address(providers), abi.encodeCall(providers.refreshUptime, (1)));
        IDiscipline.Policy memory rules = rulesOfConduct();
        rules.threshold = 5_000;
        user("policy", GOVERNMENT, address(discipline), abi.encodeCall(discipline.setPolicy, (rules)));
        user("suspend", ANYBODY, address(discipline), abi.encodeCall(discipline.suspend, (1)));
        vm.warp(block.timestamp + 7 days);
        user("reinstate", ANYBODY, address(discipline), abi.encodeCall(discipline.reinstate, (1)));
    }

    function test_dividends() external {
        for (uint64 i = 0; i < 3; ++i) {
            IAuditLedger.Proven memory p = deep(1 + i * 10, 1 + i * 10, 0, i * 80_000);
            ledger.proveLeaf(p.period, p.leaf, p.proof);
            user("measure", ANYBODY, address(dividends), abi.encodeCall(dividends.measure, (1)));
        }
        user("synchronise", ANYBODY, address(dividends), abi.encodeCall(dividends.synchronise, (1)));
        user("deposit", ownerAt(1), address(providers), abi.encodeCall(providers.deposit, (1, 100 ether)));
        bytes memory call = abi.encodeCall(providers.requestWithdrawal, (1, 200 ether));
        user("ask collateral back", ownerAt(1), address(providers), call);
        vm.warp(block.timestamp + DELAY);
        user("take it", ownerAt(1), address(providers), abi.encodeCall(providers.withdraw, (1)));
    }
}
