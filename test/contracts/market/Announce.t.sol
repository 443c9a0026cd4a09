// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {ICommittee} from "../../../contracts/interfaces/ICommittee.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {Marketplace} from "../../../contracts/market/Marketplace.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice From deployment to certified openings.
contract AnnounceTest is MarketNetwork {
    function test_construct_checksPartsTimingAndDelay() external {
        for (uint256 i = 0; i < 6; ++i) {
            IMarketplace.Params memory p = marketParams();
            if (i == 0) p.sidecars = address(0);
            if (i == 1) p.beacons = address(0);
            if (i == 2) p.committee = address(0);
            if (i == 3) p.providers = address(0);
            if (i == 4) p.quotes = address(0);
            if (i == 5) p.projects = address(0);
            vm.expectRevert(IMarketplace.AddressMissing.selector);
            new Marketplace(p);
        }
        for (uint256 i = 0; i < 5; ++i) {
            IMarketplace.Params memory p = marketParams();
            if (i == 0) p.timing.bidRounds = 0;
            if (i == 1) p.timing.certifyRounds = 0;
            if (i == 2) p.timing.pickRounds = 0;
            if (i == 3) p.timing.settleRounds = 0;
            if (i == 4) p.timing.longestRounds = 4;
            vm.expectRevert(IMarketplace.TimingInvalid.selector);
            new Marketplace(p);
        }
        IMarketplace.Params memory late = marketParams();
        late.timing.longestRounds = 1_181;
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WithdrawalDelayTooShort.selector, DELAY, 1_201 * ROUND));
        new Marketplace(late);
        late.timing.longestRounds = 1_180;
        Marketplace longest = new Marketplace(late);
        equal(longest.timing().longestRounds, 1_180, "exactly the delay");
        (address a, address b, address c, address d, address e) = longest.parts();
        equal(a, address(sidecars), "sidecars");
        equal(b, address(beacons), "beacons");
        equal(c, address(committee), "committee");
        equal(d, address(providers), "providers");
        equal(e, address(quotes), "quotes");
    }

    function test_policy_isBoundedAndTheAuthoritys() external {
        IMarketplace.Policy memory p = rulesOfMarket();
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        market.setPolicy(p);
        for (uint256 i = 0; i < 13; ++i) {
            p = rulesOfMarket();
            if (i == 0) p.rewardBps = 2_001;
            if (i == 1) p.insuranceBps = 2_001;
            if (i == 2) p.forfeitBps = 10_001;
            if (i == 3) p.penaltyBps = 10_001;
            if (i == 4) p.shortlist = 0;
            if (i == 5) p.shortlist = 17;
            if (i == 6) p.startSeconds = 9;
            if (i == 7) p.startSeconds = 30 days + 1;
            if (i == 8) p.confirmSeconds = 9;
            if (i == 9) p.confirmSeconds = 30 days + 1;
            if (i == 10) p.serviceBps = 9_901;
            if (i == 11) p.leastPeriods = 0;
            if (i == 12) p.lossBps = 10_001;
            vm.prank(GOVERNMENT);
            vm.expectRevert(IMarketplace.PolicyOutOfBounds.selector);
            market.setPolicy(p);
        }
        p = rulesOfMarket();
        p.shortlist = 16;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        equal(market.policy().shortlist, 16, "kept");
    }

    function test_announce_takesFpAndFixesTheRules() external {
        uint256 before = token.balanceOf(REQUESTER);
        uint64 job = announce();
        equal(before - token.balanceOf(REQUESTER), 100 ether, "FP paid");
        equal(market.total(), 1, "one job");
        IMarketplace.Policy memory p = rulesOfMarket();
        p.rewardBps = 0;
        p.shortlist = 3;
        vm.prank(GOVERNMENT);
        market.setPolicy(p);
        IMarketplace.Job memory j = market.jobOf(job);
        equal(j.requester, REQUESTER, "requester");
        equal(j.fixedPrice, 100 ether, "FP");
        equal(j.reserve, 80 ether, "reserve");
        equal(j.rewardBps, 1_000, "rate as announced");
        equal(j.shortlist, 1, "m as announced");
        equal(j.durationSeconds, 60 days, "duration");
        isState(job, IMarketplace.State.Announced, "announced");
        equal(market.jobOf(announce()).reserve, 90 ether, "new rate for a new job");
    }

    function test_announce_saysWhatRuns() external {
        IMarketplace.Announcement memory a = announcement();
        IMarketplace.Job memory record = market.jobOf(announce());
        vm.prank(REQUESTER);
        vm.expectEmit(address(market));
        emit IMarketplace.Announced(2, REQUESTER, KIND, SPEC, record);
        market.announce(a);
    }

    function test_announce_slippageAndQuoteErrors() external {
        IMarketplace.Announcement memory a = announcement();
        a.maxFixedPrice = 100 ether - 1;
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.FixedPriceTooHigh.selector, 100 ether, 100 ether - 1));
        market.announce(a);
        a.requirements.durationSeconds = 0;
        vm.expectRevert(IQuotes.DurationZero.selector);
        market.announce(a);
    }

    function test_announce_roundsAreInOrderAndApart() external {
        uint32 current = uint32(sidecars.roundAt(uint64(block.timestamp)));
        refusesRounds(current + 1, current + 4, current + 5);
        refusesRounds(current + 2, current + 3, current + 5);
        refusesRounds(current + 2, current + 4, current + 4);
        refusesRounds(current + 2, current + 4, current + 101);
        refusesRounds(type(uint32).max, type(uint32).max, type(uint32).max);
        IMarketplace.Announcement memory a = announcement();
        a.rounds.pick = current + 100;
        vm.prank(REQUESTER);
        market.announce(a);
        // Before the first period there is no committee.
        vm.warp(GENESIS_TIME - 1);
        refusesRounds(100, 102, 103);
        refusesRounds(2, 4, 5);
    }

    function refusesRounds(uint32 close, uint32 open, uint32 pick_) private {
        IMarketplace.Announcement memory a = announcement();
        a.rounds = IMarketplace.Rounds(close, open, pick_);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.RoundsInvalid.selector, a.rounds));
        market.announce(a);
    }

    function test_commitBid_byOwnerOrSidecarBeforeTheClose() external {
        uint64 job = announce();
        bytes memory text = cipherOf(job, 1);
        bytes32 sealed_ = keccak256("sealed");
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotBidder.selector, 1, address(this)));
        market.commitBid(job, 1, sealed_, text);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotBidder.selector, 9, address(this)));
        market.commitBid(job, 9, sealed_, text);
        vm.prank(ownerAt(1));
        vm.expectRevert(IMarketplace.CommitmentZero.selector);
        market.commitBid(job, 1, 0, text);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IOpenings.CiphertextLength.selector, 0));
        market.commitBid(job, 1, sealed_, "");
        vm.prank(ownerAt(1));
        vm.expectEmit(address(market));
        emit IMarketplace.BidCommitted(job, 1, 1, sealed_, text);
        market.commitBid(job, 1, sealed_, text);
        equal(market.commitmentOf(job, 1), sealed_, "committed");
        vm.prank(vm.addr(1_000));
        market.commitBid(job, 1, keccak256("again"), text);
        equal(market.commitmentOf(job, 1), keccak256("again"), "replaced");
        equal(market.jobOf(job).committed, 1, "one provider");
        vm.prank(GOVERNMENT);
        providers.disqualify(2);
        vm.prank(ownerAt(2));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotEligible.selector, job, 2));
        market.commitBid(job, 2, sealed_, text);
        vm.warp(sidecars.timeOfRound(market.jobOf(job).closeRound) - 1);
        vm.prank(ownerAt(3));
        market.commitBid(job, 3, sealed_, text);
        vm.warp(block.timestamp + 1);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.BiddingClosed.selector, job));
        market.commitBid(job, 1, sealed_, text);
    }

    function test_commitBid_isBounded() external {
        uint64 job = announce();
        // The last of 128 comes in, the next does not; providers beyond those of the network are made up.
        for (uint32 i = 101; i <= 229; ++i) {
            vm.mockCall(address(providers), abi.encodeCall(IProviders.bidderOf, (i)), abi.encode(i, address(this)));
            uint256[] memory words = new uint256[](1);
            words[0] = uint256(1 << 160);
            vm.mockCall(address(providers), abi.encodePacked(IProviders.screen.selector), abi.encode(words));
            if (i == 229) vm.expectRevert(abi.encodeWithSelector(IOpenings.TooManyBids.selector, 129));
            market.commitBid(job, i, bytes32(uint256(i)), cipherOf(job, 1));
        }
        vm.clearMockedCalls();
        equal(market.jobOf(job).committed, 128, "full");
    }

    function test_certify_onceInItsTime() external {
        uint64 job = announce();
        IOpenings.Bid[] memory bids = paperBids(job);
        bytes32 hash = openingsHash(job, bids);
        bytes memory signed = certificateOf(job, hash);
        IOpenings.Bid[] memory none = new IOpenings.Bid[](0);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.UnknownJob.selector, 9));
        market.certifyOpenings(9, hash, none, signed);
        vm.warp(sidecars.timeOfRound(market.jobOf(job).openRound) - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.NotOpenedYet.selector, job));
        market.certifyOpenings(job, hash, none, signed);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(ICommittee.CertificateNotSigned.selector);
        market.certifyOpenings(job, keccak256("another"), none, signed);
        vm.prank(ANYBODY);
        vm.expectEmit(address(market));
        emit IMarketplace.OpeningsCertified(job, ANYBODY, hash);
        market.certifyOpenings(job, hash, none, signed);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.AlreadyCertified.selector, job));
        market.certifyOpenings(job, hash, none, signed);
        pick(job);
        market.settle(job, bids, proofsOf(job, bids));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Awarded));
        market.certifyOpenings(job, hash, none, signed);
    }

    function test_certify_notAfterTheDeadline() external {
        uint64 job = announce();
        bytes32 hash = keccak256("");
        bytes memory signed = certificateOf(job, hash);
        uint40 deadline = market.jobOf(job).deadline;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.DeadlinePassed.selector, job, deadline));
        market.certifyOpenings(job, hash, new IOpenings.Bid[](0), signed);
    }

    function test_certify_mustHaveEveryOnChainCommitment() external {
        uint64 job = announce();
        IOpenings.Bid[] memory bids = paperBids(job);
        bytes32 sealed_ = commitment(job, 3, bids[2].content);
        vm.prank(ownerAt(3));
        market.commitBid(job, 3, sealed_, cipherOf(job, 3));
        vm.warp(sidecars.timeOfRound(market.jobOf(job).openRound));

        // Left out of what the committee certified.
        IOpenings.Bid[] memory two = new IOpenings.Bid[](2);
        (two[0], two[1]) = (bids[0], bids[1]);
        refusesList(job, two, abi.encodeWithSelector(IOpenings.CommitmentLeftOut.selector, job));
        // There, but another bid of the same provider.
        bids[2].content = openingOf(job, 3, 1);
        refusesList(job, bids, abi.encodeWithSelector(IOpenings.CommitmentLeftOut.selector, job));
        // Not shown at all, or shown another list than certified.
        bids = paperBids(job);
        bytes32 hash = openingsHash(job, bids);
        bytes memory signed = certificateOf(job, hash);
        vm.expectRevert(abi.encodeWithSelector(IOpenings.CommitmentLeftOut.selector, job));
        market.certifyOpenings(job, hash, new IOpenings.Bid[](0), signed);
        bids[0].content = openingOf(job, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IOpenings.OpeningsMismatch.selector, job));
        market.certifyOpenings(job, hash, bids, signed);
        // There and void is there.
        bids = paperBids(job);
        (bids[2].opened, bids[2].content) = (false, sealed_);
        certify(job, bids);
        isState(job, IMarketplace.State.Certified, "certified");
    }

    function refusesList(uint64 job, IOpenings.Bid[] memory bids, bytes memory name) private {
        bytes32 hash = openingsHash(job, bids);
        bytes memory signed = certificateOf(job, hash);
        vm.expectRevert(name);
        market.certifyOpenings(job, hash, bids, signed);
    }

    function test_commitBid_notOnceCertified() external {
        uint64 job = announce();
        certify(job, new IOpenings.Bid[](0));
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IMarketplace.WrongState.selector, job, IMarketplace.State.Certified));
        market.commitBid(job, 1, keccak256("late"), cipherOf(job, 1));
    }
}
