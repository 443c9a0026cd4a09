// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditLedger} from "../../../contracts/interfaces/IAuditLedger.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {Network} from "./Network.sol";

/// @notice Drives a whole network with random calls that are made to succeed, and remembers what must stay true.
contract Handler is Network {
    uint256 private constant MOST = 8;
    address private constant REPORTER = address(0x4E9);
    address private constant POSTER = address(0xB0B);
    bytes32 private constant BUNDLE = keccak256("bundle");

    uint256 public staked;
    uint256 public slashed;
    uint256 public withdrawn;
    uint256 public funded;
    uint256 public posted;
    uint64[] public periods;
    mapping(uint64 period => bytes32) public rootAt;
    uint32 private _sequence;

    function prepare() external {
        setUp();
        for (uint256 i = 0; i < 4; ++i) join();
        vm.warp(START);
    }

    function join() public {
        if (sidecars.total() == MOST) return;
        register(sidecars.total());
        staked += MIN_STAKE;
    }

    function pass(uint256 seconds_) external {
        vm.warp(block.timestamp + bound(seconds_, 1, 2 * PERIOD));
    }

    function addStake(uint256 seed, uint128 amount) external {
        uint32 id = pick(seed);
        amount = uint128(bound(amount, 1, 100 ether));
        if (sidecars.sidecar(id).exitEpoch != NEVER) return;
        vm.prank(OWNER);
        sidecars.addStake(id, amount);
        staked += amount;
    }

    /// @dev Three stay, so that there is always a committee.
    function requestExit(uint256 seed) external {
        uint32 id = pick(seed);
        if (sidecars.sidecar(id).exitEpoch != NEVER || sidecars.count(NEVER) <= 3) return;
        vm.prank(OWNER);
        sidecars.requestExit(id);
    }

    function withdraw(uint256 seed) external {
        uint32 id = pick(seed);
        if (sidecars.status(id) != ISidecars.Status.Withdrawable) return;
        withdrawn += sidecars.sidecar(id).stake;
        vm.prank(OWNER);
        sidecars.withdraw(id);
    }

    function slash(uint256 seed, uint8 kind) external {
        uint32 id = pick(seed);
        uint128 before = sidecars.sidecar(id).stake;
        if (before == 0 || (sidecars.sidecar(id).exitEpoch == NEVER && sidecars.count(NEVER) <= 3)) return;
        kind = uint8(bound(kind, 0, 127));
        (bytes32 a, bytes32 b) = (keccak256("a"), keccak256("b"));
        bytes memory first = recordSignature(999 + id, kind, id, 9, ++_sequence, a);
        bytes memory second = recordSignature(999 + id, kind, id, 9, _sequence, b);
        vm.prank(REPORTER);
        sidecars.slashEquivocation(id, kind, 9, _sequence, a, first, b, second);
        slashed += before - sidecars.sidecar(id).stake;
        try sidecars.slashEquivocation(id, kind, 9, _sequence, b, second, a, first) {
            revert Failed("punished twice");
        } catch {}
    }

    function withdrawCredits() external {
        if (sidecars.creditOf(SINK) != 0) sidecars.withdrawCredit(SINK);
        if (sidecars.creditOf(REPORTER) != 0) sidecars.withdrawCredit(REPORTER);
        if (ledger.creditOf(POSTER) != 0) ledger.withdrawCredit(POSTER);
    }

    function fund(uint128 amount) external {
        amount = uint128(bound(amount, 1, 10 ether));
        vm.prank(OWNER);
        ledger.fund(amount);
        funded += amount;
    }

    function post(uint32 figures) external {
        uint64 period = uint64(sidecars.periodAt(uint64(block.timestamp)));
        (uint64 base, bytes32 baseRoot, , ) = ledger.head();
        if (base != NONE && period <= base) return;
        if (committee.committeeHash(period / 6) == 0) {
            seat(period / 6);
        }
        bytes32 root = leafHash(leafOf(period, figures));
        bytes32 content = ledger.contentOf(base, baseRoot, root, BUNDLE);
        bytes memory cert = certificate(period / 6, committee.digest(1, period, period / 6, content), nobody());
        vm.prank(POSTER);
        ledger.post(period, base, root, BUNDLE, cert);
        (posted, rootAt[period]) = (posted + 1, root);
        periods.push(period);
        try ledger.post(period, base, keccak256("another root"), BUNDLE, cert) {
            revert Failed("a second root");
        } catch {}
        prove(period, leafOf(period, figures));
    }

    /// @dev A tree of one leaf: its hash is the root.
    function prove(uint64 period, IAuditLedger.Leaf memory leaf) private {
        isTrue(ledger.proveLeaf(period, leaf, new bytes32[](0)), "a new leaf is taken");
        bytes32 before = keccak256(abi.encode(ledger.latestOf(1)));
        isTrue(!ledger.proveLeaf(period, leaf, new bytes32[](0)), "a known leaf is not");
        equal(keccak256(abi.encode(ledger.latestOf(1))), before, "a leaf proven twice changed something");
    }

    function claimSeatBounty() external {
        (uint64 period, , , uint128 budget) = ledger.head();
        if (period == NONE || budget < SEAT_BOUNTY || ledger.isSeatBountyTaken(period / 6)) return;
        ledger.claimSeatBounty(period);
    }

    function check() external view {
        ISidecars.Sidecar[] memory all = new ISidecars.Sidecar[](sidecars.total());
        for (uint32 i = 0; i < all.length; ++i) all[i] = sidecars.sidecar(i + 1);
        checkMoney(all);
        uint64 epoch = uint64(sidecars.currentEpoch());
        for (uint64 ahead = 0; ahead <= 2; ++ahead) checkSlots(all, epoch + ahead);
        checkRoots();
    }

    function checkMoney(ISidecars.Sidecar[] memory all) private view {
        uint256 stakes = 0;
        for (uint256 i = 0; i < all.length; ++i) stakes += all[i].stake;
        uint256 credits = sidecars.creditOf(SINK) + sidecars.creditOf(REPORTER);
        equal(token.balanceOf(address(sidecars)), stakes + credits, "registry owes what it holds");
        equal(stakes, staked - slashed - withdrawn, "stakes are what was paid in");
        isTrue(credits <= slashed, "no more credited than slashed");
        (, , , uint128 budget) = ledger.head();
        uint256 owed = budget + ledger.creditOf(POSTER) + ledger.creditOf(address(this));
        equal(token.balanceOf(address(ledger)), owed, "ledger owes what it holds");
        isTrue(owed <= funded, "ledger owes no more than was paid in");
    }

    /// @dev As many active ids as slots, each in a slot that names it: one to one.
    function checkSlots(ISidecars.Sidecar[] memory all, uint64 epoch) private view {
        uint32 active = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            (bool found, uint32 slot) = sidecars.slotOf(all[i].id, epoch);
            isTrue(found == (all[i].entryEpoch <= epoch && epoch < all[i].exitEpoch), "active from entry to exit");
            if (!found) continue;
            ++active;
            equal(sidecars.sidecarAt(epoch, slot), all[i].id, "slot and id agree");
            isTrue(slot < sidecars.count(epoch), "slot below N");
        }
        equal(active, sidecars.count(epoch), "dense");
    }

    function checkRoots() private view {
        (, , uint64 count, ) = ledger.head();
        equal(count, posted, "one root for each posting");
        for (uint256 i = 0; i < periods.length; ++i) {
            equal(ledger.rootOf(periods[i]), rootAt[periods[i]], "a root never changes");
        }
    }

    function leafOf(uint64 period, uint32 figures) private pure returns (IAuditLedger.Leaf memory) {
        return IAuditLedger.Leaf(1, 0, uint16(figures), figures, 3, period, period, figures, figures);
    }

    function leafHash(IAuditLedger.Leaf memory leaf) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf))));
    }

    function pick(uint256 seed) private view returns (uint32) {
        return uint32(bound(seed, 1, sidecars.total()));
    }
}
