// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuditLedger} from "../../contracts/AuditLedger.sol";
import {CertificateCost} from "../../contracts/dev/CertificateCost.sol";
import {IAuditLedger} from "../../contracts/interfaces/IAuditLedger.sol";
import {IBeacons} from "../../contracts/interfaces/IBeacons.sol";
import {ICommittee} from "../../contracts/interfaces/ICommittee.sol";
import {Ring} from "../../contracts/lib/Ring.sol";
import {Network} from "./support/Network.sol";
import {Sign} from "./support/Sign.sol";

contract AuditLedgerTest is Network {
    bytes32 private constant BUNDLE = keccak256("bundle");
    address private constant POSTER = address(0xB0B);

    function setUp() public override {
        super.setUp();
        registerFirst(5);
        vm.warp(START);
        seat(0);
    }

    /// @dev A tree of two leaves: sidecars 1 and 2.
    function leafOf(uint32 id, uint64 period) private pure returns (IAuditLedger.Leaf memory) {
        return IAuditLedger.Leaf(id, id - 1, 9_000, 42, 4, 1_000 + period, period + 1, 9_000 * (period + 1), 7);
    }

    function hashOf(IAuditLedger.Leaf memory leaf) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf))));
    }

    function rootAt(uint64 period) private pure returns (bytes32) {
        (bytes32 a, bytes32 b) = (hashOf(leafOf(1, period)), hashOf(leafOf(2, period)));
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function proofOf(uint32 id, uint64 period) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = hashOf(leafOf(3 - id, period));
    }

    function certified(uint64 period, uint64 base, bytes32 root) private view returns (bytes memory) {
        bytes32 content = ledger.contentOf(base, ledger.rootOf(base), root, BUNDLE);
        return certificate(period / 6, committee.digest(1, period, period / 6, content), nobody());
    }

    function post(uint64 period, uint64 base) private {
        bytes memory cert = certified(period, base, rootAt(period));
        vm.prank(POSTER);
        ledger.post(period, base, rootAt(period), BUNDLE, cert);
    }

    function fund(uint128 amount) private {
        vm.prank(OWNER);
        ledger.fund(amount);
    }

    function test_constructorChecksTheSchedule() public {
        for (uint256 i = 0; i < 8; ++i) {
            IAuditLedger.Params memory p = ledgerParams();
            if (i == 0) p.schedule.sealRounds = 0;
            if (i == 1) p.schedule.closeRounds = p.schedule.sealRounds;
            if (i == 2) p.schedule.revealCloseRounds = p.schedule.closeRounds;
            if (i == 3) p.schedule.certifyRounds = p.schedule.revealCloseRounds - 1;
            if (i == 4) p.schedule.certifyRounds = 20;
            if (i == 5) p.schedule.auditsPerSlot = 0;
            if (i == 6) p.schedule.viewRounds = 0;
            if (i == 7) p.schedule.evidencePeriods = 0;
            vm.expectRevert(IAuditLedger.ScheduleInvalid.selector);
            new AuditLedger(p);
        }
        equal(abi.encode(ledger.params()), abi.encode(ledgerParams()), "params");
    }

    function test_post() public {
        fund(8 ether);
        (uint64 period, bytes32 root, uint64 posted, uint128 budget) = ledger.head();
        equal(period, NONE, "nothing posted");
        bytes memory cert = certified(0, NONE, rootAt(0));
        vm.expectEmit(address(ledger));
        emit IAuditLedger.Posted(0, POSTER, NONE, rootAt(0), BUNDLE, BOUNTY);
        vm.prank(POSTER);
        ledger.post(0, NONE, rootAt(0), BUNDLE, cert);
        (period, root, posted, budget) = ledger.head();
        equal(period, 0, "head");
        equal(root, rootAt(0), "root");
        equal(posted, 1, "posted");
        equal(budget, 3 ether, "budget");
        equal(ledger.rootOf(0), rootAt(0), "stored");
        vm.warp(START + 2 * PERIOD);
        post(2, 0);
        equal(ledger.creditOf(POSTER), 8 ether, "the bounty stops at the budget");
        vm.warp(START + 3 * PERIOD);
        post(3, 2);
        equal(ledger.creditOf(POSTER), 8 ether, "an empty budget stops no posting");
        ledger.withdrawCredit(POSTER);
        equal(token.balanceOf(POSTER), 8 ether, "pulled");
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.NothingCredited.selector, POSTER));
        ledger.withdrawCredit(POSTER);
    }

    function test_postRefuses() public {
        bytes memory cert = certified(0, NONE, rootAt(0));
        vm.expectRevert(IAuditLedger.RootMissing.selector);
        ledger.post(0, NONE, 0, BUNDLE, cert);
        vm.expectRevert(IAuditLedger.ContentIdMissing.selector);
        ledger.post(0, NONE, rootAt(0), 0, cert);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.BaseMismatch.selector, 0, NONE));
        ledger.post(1, 0, rootAt(0), BUNDLE, cert);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.PeriodNotStarted.selector, 1));
        ledger.post(1, NONE, rootAt(0), BUNDLE, cert);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.PeriodNotStarted.selector, NONE));
        ledger.post(NONE, NONE, rootAt(0), BUNDLE, cert);
        vm.expectRevert(ICommittee.CertificateNotSigned.selector);
        ledger.post(0, NONE, rootAt(1), BUNDLE, cert);
        vm.expectRevert(ICommittee.CertificateNotSigned.selector);
        ledger.post(0, NONE, rootAt(0), keccak256("other"), cert);
        post(0, NONE);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.BaseMismatch.selector, NONE, 0));
        ledger.post(0, NONE, rootAt(0), BUNDLE, cert);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.PeriodNotAfterLast.selector, 0, 0));
        ledger.post(0, 0, rootAt(0), BUNDLE, cert);
        vm.warp(START + EPOCH);
        vm.expectRevert(abi.encodeWithSelector(ICommittee.NotSeated.selector, 1));
        ledger.post(6, 0, rootAt(0), BUNDLE, cert);
    }

    function test_certificateIsBoundToTheRootOfItsBase() public {
        post(0, NONE);
        vm.warp(START + PERIOD);
        bytes32 content = ledger.contentOf(0, keccak256("another history"), rootAt(1), BUNDLE);
        bytes memory cert = certificate(0, committee.digest(1, 1, 0, content), nobody());
        vm.expectRevert(ICommittee.CertificateNotSigned.selector);
        ledger.post(1, 0, rootAt(1), BUNDLE, cert);
    }

    function test_proveLeaf() public {
        post(0, NONE);
        vm.warp(START + PERIOD);
        post(1, 0);
        isTrue(!ledger.latestOf(1).known, "unknown at first");
        ledger.requireLeaf(1, leafOf(1, 1), proofOf(1, 1));
        isTrue(!ledger.latestOf(1).known, "checked, and not written down");
        vm.expectEmit(address(ledger));
        emit IAuditLedger.LeafProven(1, 1, leafOf(1, 1));
        isTrue(ledger.proveLeaf(1, leafOf(1, 1), proofOf(1, 1)), "new");
        bytes32 before = keccak256(abi.encode(ledger.latestOf(1)));
        isTrue(!ledger.proveLeaf(1, leafOf(1, 1), proofOf(1, 1)), "same");
        isTrue(!ledger.proveLeaf(0, leafOf(1, 0), proofOf(1, 0)), "older");
        equal(keccak256(abi.encode(ledger.latestOf(1))), before, "nothing changed");
        IAuditLedger.Latest memory latest = ledger.latestOf(1);
        isTrue(latest.known && latest.period == 1 && latest.blockNumber == 1_001, "figures");
        isTrue(latest.uptimeBps == 9_000 && latest.uptimeSum == 18_000 && latest.observers == 4, "figures");
        isTrue(ledger.proveLeaf(0, leafOf(2, 0), proofOf(2, 0)), "another sidecar, period 0");
        isTrue(ledger.proveLeaf(1, leafOf(2, 1), proofOf(2, 1)), "and newer");
    }

    function test_proveLeafRefuses() public {
        IAuditLedger.Leaf memory leaf = leafOf(1, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.PeriodNotPosted.selector, 0));
        ledger.proveLeaf(0, leaf, proofOf(1, 0));
        post(0, NONE);
        leaf.uptimeBps += 1;
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 0, 1));
        ledger.proveLeaf(0, leaf, proofOf(1, 0));
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 0, 1));
        ledger.proveLeaf(0, leafOf(1, 0), new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.LeafNotInRoot.selector, 0, 1));
        ledger.requireLeaf(0, leafOf(1, 0), new bytes32[](0));
    }

    function test_seatBounty() public {
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.PeriodNotPosted.selector, 0));
        ledger.claimSeatBounty(0);
        post(0, NONE);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.BudgetTooLow.selector, 0, SEAT_BOUNTY));
        ledger.claimSeatBounty(0);
        fund(20 ether);
        vm.expectEmit(address(ledger));
        emit IAuditLedger.SeatBountyPaid(0, address(this), SEAT_BOUNTY);
        ledger.claimSeatBounty(0);
        equal(ledger.creditOf(address(this)), SEAT_BOUNTY, "credited");
        isTrue(ledger.isSeatBountyTaken(0), "noted");
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.SeatBountyTaken.selector, 0));
        ledger.claimSeatBounty(0);
    }

    function test_fund() public {
        vm.expectRevert(IAuditLedger.AmountZero.selector);
        ledger.fund(0);
        vm.expectEmit(address(ledger));
        emit IAuditLedger.Funded(OWNER, 3 ether, 3 ether);
        fund(3 ether);
        equal(token.balanceOf(address(ledger)), 3 ether, "held");
    }

    function test_audits() public {
        beacons.proveRound(GENESIS_ROUND + 20, Sign.round(DRAND, GENESIS_ROUND + 20));
        bytes32 seed = ledger.auditSeed(1);
        for (uint32 a = 0; a < 5; ++a) {
            for (uint32 b = 0; b < 5; ++b) {
                isTrue(ledger.audits(1, a, b) == Ring.isEdge(seed, a, b, 5, 4), "edge");
                isTrue(ledger.audits(1, a, b) == (a != b), "n is k + 1: all others");
            }
        }
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.SlotOutOfRange.selector, 5, 5));
        ledger.audits(1, 5, 0);
        vm.expectRevert(abi.encodeWithSelector(IAuditLedger.SlotOutOfRange.selector, 6, 5));
        ledger.audits(1, 0, 6);
        vm.expectRevert(abi.encodeWithSelector(IBeacons.RoundNotProven.selector, GENESIS_ROUND + 40));
        ledger.audits(2, 0, 1);
    }

    function test_costComparisonChecksWhatItMeasures() public {
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (vm.addr(1), vm.addr(2));
        CertificateCost cost = new CertificateCost(committee, 0, signers);
        bytes32 root = keccak256("root");
        cost.storeCertified(4, root, certificate(0, committee.digest(1, 4, 0, root), nobody()));
        equal(cost.rootOf(4), root, "certified");
        bytes memory one = signatureOf(1, root);
        bytes memory two = signatureOf(2, root);
        bytes memory stranger = signatureOf(3, root);
        // Address of key 2 is below that of key 1.
        vm.expectRevert(abi.encodeWithSelector(CertificateCost.SignerOrder.selector, vm.addr(2)));
        cost.storeSigned(5, root, bytes.concat(one, two));
        vm.expectRevert(abi.encodeWithSelector(CertificateCost.SignerUnknown.selector, vm.addr(3)));
        cost.storeSigned(5, root, stranger);
        cost.storeSigned(5, root, bytes.concat(two, one));
        equal(cost.rootOf(5), root, "signed");
    }

    function signatureOf(uint256 key, bytes32 root) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, committee.digest(1, 5, 0, root));
        return abi.encodePacked(r, s, v);
    }
}
