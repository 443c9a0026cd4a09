// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {ICommittee} from "../../../contracts/interfaces/ICommittee.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice The market with results of audits: the committee is taken at its word, its own tests doubt it. Each posted period
/// has one leaf, so its root is that leaf's hash and a proof is empty.
abstract contract AuditedMarket is MarketNetwork {
    function setUp() public virtual override {
        super.setUp();
        vm.mockCall(address(committee), abi.encodePacked(ICommittee.verify.selector), abi.encode(uint256(4)));
    }

    function leafOf(
        uint32 sidecar,
        uint64 observed,
        uint64 uptimeSum,
        uint64 diligenceSum
    ) internal pure returns (IAuditLedger.Leaf memory) {
        return IAuditLedger.Leaf(sidecar, sidecar - 1, 9_000, 1, 4, 5, observed, uptimeSum, diligenceSum);
    }

    /// @notice Posts a period once it has begun.
    function post(uint64 period, IAuditLedger.Leaf memory leaf) internal returns (IAuditLedger.Proven memory proven) {
        if (block.timestamp < START + period * PERIOD) vm.warp(START + period * PERIOD);
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        ledger.post(period, lastPeriod, root, "content", "");
        lastPeriod = period;
        proven = IAuditLedger.Proven(period, leaf, new bytes32[](0));
    }

    /// @notice Posts a period and proves its leaf.
    function prove(uint64 period, IAuditLedger.Leaf memory leaf) internal {
        post(period, leaf);
        ledger.proveLeaf(period, leaf, new bytes32[](0));
    }
}
