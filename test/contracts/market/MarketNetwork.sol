// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {Auction} from "../../../contracts/lib/Auction.sol";
import {Sign} from "../support/Sign.sol";
import {MarketParts} from "./MarketParts.sol";

/// @notice From announcement to completion, as honest parties do it. A bid of a price is sealed with salt saltOf(job, i) and a
/// ciphertext of cipherOf(job, i).
abstract contract MarketNetwork is MarketParts {
    /// @notice Announces the paper's project with the shortest rounds.
    function announce() internal returns (uint64) {
        IMarketplace.Announcement memory a = announcement();
        vm.prank(REQUESTER);
        return market.announce(a);
    }

    function announcement() internal view returns (IMarketplace.Announcement memory) {
        return IMarketplace.Announcement(paperProject(), KIND, SPEC, soon(), 100 ether);
    }

    function soon() internal view returns (IMarketplace.Rounds memory) {
        uint32 current = uint32(sidecars.roundAt(uint64(block.timestamp)));
        return IMarketplace.Rounds(current + 2, current + 4, current + 5);
    }

    function saltOf(uint64 job, uint32 provider) internal pure returns (uint160) {
        return uint160(uint256(keccak256(abi.encode("salt", job, provider))) | 1);
    }

    function openingOf(uint64 job, uint32 provider, uint256 price) internal pure returns (bytes32) {
        return bytes32((price << 160) | saltOf(job, provider));
    }

    function commitment(uint64 job, uint32 provider, bytes32 opening) internal view returns (bytes32) {
        return Auction.commitmentOf(sidecars.domainSeparator(), job, provider, opening);
    }

    function cipherOf(uint64 job, uint32 provider) internal pure returns (bytes memory text) {
        bytes32 seed = keccak256(abi.encode("cipher", job, provider));
        return abi.encodePacked(seed, seed, seed, seed, seed);
    }

    /// @notice Opened bids of providers 1, 2, … at these prices.
    function bidsAt(uint64 job, uint256[] memory prices) internal pure returns (IOpenings.Bid[] memory bids) {
        bids = new IOpenings.Bid[](prices.length);
        for (uint32 i = 0; i < prices.length; ++i) {
            bids[i] = IOpenings.Bid(i + 1, true, openingOf(job, i + 1, prices[i]));
        }
    }

    function paperBids(uint64 job) internal pure returns (IOpenings.Bid[] memory) {
        return bidsAt(job, three(60 ether, 70 ether, 75 ether));
    }

    function three(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    /// @notice The record of the bid at a position, signed by the sidecar of its provider.
    function proofOf(
        uint64 job,
        IOpenings.Bid memory bid,
        uint8 position
    ) internal view returns (IOpenings.Proof memory p) {
        bytes32 sealed_ = bid.opened ? commitment(job, bid.provider, bid.content) : bid.content;
        p.position = position;
        p.sidecar = bid.provider;
        p.sequence = 1;
        p.ciphertext = cipherOf(job, bid.provider);
        sign(job, p, sealed_, 999 + bid.provider);
    }

    function sign(uint64 job, IOpenings.Proof memory p, bytes32 sealed_, uint256 key) internal view {
        bytes32 structType = keccak256("Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)");
        bytes32 bodyHash = keccak256(bytes.concat(sealed_, p.ciphertext));
        bytes32 hash = typed(keccak256(abi.encode(structType, 8, p.sidecar, job, p.sequence, bodyHash)));
        (p.v, p.r, p.s) = vm.sign(key, hash);
    }

    /// @notice Proofs for every bid of the list.
    function proofsOf(uint64 job, IOpenings.Bid[] memory bids) internal view returns (IOpenings.Proof[] memory list) {
        list = new IOpenings.Proof[](bids.length);
        for (uint8 i = 0; i < bids.length; ++i) list[i] = proofOf(job, bids[i], i);
    }

    function openingsHash(uint64 job, IOpenings.Bid[] memory bids) internal view returns (bytes32) {
        bytes memory all;
        for (uint256 i = 0; i < bids.length; ++i) {
            IOpenings.Bid memory b = bids[i];
            bytes32 sealed_ = b.opened ? commitment(job, b.provider, b.content) : b.content;
            all = abi.encodePacked(all, uint256(b.provider) * 256 + (b.opened ? 1 : 0), sealed_);
        }
        return keccak256(all);
    }

    function certificateOf(uint64 job, bytes32 hash) internal returns (bytes memory) {
        uint64 epoch = sidecars.epochOf((market.jobOf(job).closeRound - GENESIS_ROUND) / 20);
        if (committee.committeeHash(epoch) == 0) seat(epoch);
        return certificate(epoch, committee.digest(3, job, epoch, hash), nobody());
    }

    /// @notice Warps to the open round and stores the certified hash of these bids.
    function certify(uint64 job, IOpenings.Bid[] memory bids) internal {
        vm.warp(sidecars.timeOfRound(market.jobOf(job).openRound));
        bytes32 hash = openingsHash(job, bids);
        bytes memory signed = certificateOf(job, hash);
        market.certifyOpenings(job, hash, bids, signed);
    }

    /// @notice Warps to the pick round and proves it.
    function pick(uint64 job) internal {
        uint32 round = market.jobOf(job).pickRound;
        vm.warp(sidecars.timeOfRound(round));
        beacons.proveRound(round, Sign.round(DRAND, round));
    }

    /// @notice From announcement to settlement.
    function settled(uint64 job, IOpenings.Bid[] memory bids) internal {
        certify(job, bids);
        pick(job);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        vm.prank(ANYBODY);
        market.settle(job, bids, proofs);
    }

    function reported(uint64 job) internal returns (uint32 winner) {
        winner = market.jobOf(job).winner;
        vm.prank(ownerAt(winner));
        market.reportStarted(job, winner);
    }

    /// @notice Reports a start and confirms it by the next period's result.
    function started(uint64 job) internal {
        uint32 sidecar = reported(job);
        projects.confirm(job, auditedUp(sidecar));
    }

    /// @notice The next period's result: the sidecar was up in all of them.
    function auditedUp(uint32 sidecar) internal returns (IAuditLedger.Proven memory) {
        uint64 period = nextPeriod();
        return audited(period, upLeaf(sidecar, period));
    }

    function upLeaf(uint32 sidecar, uint64 period) internal pure returns (IAuditLedger.Leaf memory) {
        return IAuditLedger.Leaf(sidecar, sidecar - 1, 10_000, 1, 4, 5, period + 1, (period + 1) * 10_000, 0);
    }

    function nextPeriod() internal view returns (uint64 period) {
        period = uint64(sidecars.periodAt(uint64(block.timestamp))) + 1;
        if (lastPeriod != NONE && period <= lastPeriod) period = lastPeriod + 1;
    }

    /// @notice Posts a period's result of one leaf with a certificate of its committee, once the period has begun.
    function audited(uint64 period, IAuditLedger.Leaf memory leaf) internal returns (IAuditLedger.Proven memory) {
        if (block.timestamp < START + period * PERIOD) vm.warp(START + period * PERIOD);
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(leaf))));
        bytes32 base = lastPeriod == NONE ? bytes32(0) : ledger.rootOf(lastPeriod);
        uint64 epoch = sidecars.epochOf(period);
        if (committee.committeeHash(epoch) == 0) seat(epoch);
        bytes32 digest = committee.digest(1, period, epoch, ledger.contentOf(lastPeriod, base, root, "content"));
        ledger.post(period, lastPeriod, root, "content", certificate(epoch, digest, nobody()));
        lastPeriod = period;
        return IAuditLedger.Proven(period, leaf, new bytes32[](0));
    }

    function earn(uint64 job, uint96 amount) internal {
        vm.prank(REQUESTER);
        projects.depositProfit(job, amount);
    }

    function earnEth(uint64 job, uint96 amount) internal {
        vm.prank(REQUESTER);
        projects.depositEth{value: amount}(job);
    }

    /// @notice When its time and the time to show a failure are over.
    function completed(uint64 job) internal {
        vm.warp(projects.projectOf(job).completableAt);
        vm.prank(ANYBODY);
        projects.complete(job);
    }

    /// @notice The same, and the pools have what it brought them.
    function paidOut(uint64 job) internal {
        completed(job);
        try projects.forward(rewardPool) {} catch {}
        try projects.forward(insurancePool) {} catch {}
    }

    function owedToPools() internal view returns (IPool.Amounts memory reward, IPool.Amounts memory insurance) {
        return (projects.owedTo(rewardPool), projects.owedTo(insurancePool));
    }

    function isProject(uint64 job, IProjects.State wanted, string memory what) internal view {
        equal(uint256(projects.projectOf(job).state), uint256(wanted), what);
    }

    function ankrOf(address account) internal view returns (uint256) {
        return projects.creditOf(account).ankr;
    }

    function ethOf(address account) internal view returns (uint256) {
        return projects.creditOf(account).eth;
    }

    function stateOf(uint64 job) internal view returns (uint256) {
        return uint256(market.jobOf(job).state);
    }

    function isState(uint64 job, IMarketplace.State wanted, string memory what) internal view {
        equal(stateOf(job), uint256(wanted), what);
    }
}
