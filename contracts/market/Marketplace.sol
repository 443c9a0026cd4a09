// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IMarketplace} from "../interfaces/IMarketplace.sol";
import {Auction} from "../lib/Auction.sol";
import {ExactPull} from "../lib/ExactPull.sol";
import {Jobs} from "./Jobs.sol";
import {Settlement} from "./Settlement.sol";

/// @title Marketplace: sealed auctions that anybody settles
/// @dev The life of a job from top to bottom, until its project begins. Money comes in before anything is owed for it and
/// leaves by pull only; state changes before every token call.
contract Marketplace is Settlement {
    using SafeERC20 for IERC20;
    using ExactPull for IERC20;

    uint8 private constant OPENINGS_KIND = 3;
    uint256 private constant CIPHERTEXT_BYTES = 160;

    constructor(Params memory p) Jobs(p) {}

    /// @inheritdoc IMarketplace
    function announce(Announcement calldata a) external returns (uint64 id) {
        Job memory job;
        job.requester = msg.sender;
        job.fixedPrice = QUOTES.quote(a.requirements);
        if (job.fixedPrice > a.maxFixedPrice) revert FixedPriceTooHigh(job.fixedPrice, a.maxFixedPrice);
        job.cpuMilliGhz = a.requirements.cpuMilliGhz;
        job.memoryMilliGb = a.requirements.memoryMilliGb;
        job.storageMilliGb = a.requirements.storageMilliGb;
        job.durationSeconds = a.requirements.durationSeconds;
        id = _open(job, a.kind, a.specHash, a.rounds);
        TOKEN.pull(msg.sender, job.fixedPrice);
    }

    /// @inheritdoc IMarketplace
    function commitBid(uint64 id, uint32 sidecar, bytes32 commitment, bytes calldata ciphertext) external {
        Job storage job = _inState(id, State.Announced);
        if (block.timestamp >= _timeOf(job.closeRound)) revert BiddingClosed(id);
        if (commitment == 0) revert CommitmentZero();
        if (ciphertext.length != CIPHERTEXT_BYTES) revert CiphertextLength(ciphertext.length);
        uint32 provider = _bidder(sidecar);
        // A price of zero is within every ceiling: asked is what does not depend on the bid.
        uint256[] memory words = new uint256[](1);
        words[0] = provider;
        if (PROVIDERS.screen(_needOf(job), words)[0] >> 160 == 0) revert NotEligible(id, provider);
        if (commitmentOf[id][provider] == 0) {
            if (job.committed == Auction.BIDS_MAX) revert TooManyBids(Auction.BIDS_MAX + 1);
            job.committed += 1;
        }
        commitmentOf[id][provider] = commitment;
        emit BidCommitted(id, provider, sidecar, commitment, ciphertext);
    }

    /// @inheritdoc IMarketplace
    function certifyOpenings(
        uint64 id,
        bytes32 openingsHash,
        Bid[] calldata bids,
        bytes calldata certificate
    ) external {
        Job storage job = _known(id);
        if (job.state == State.Certified) revert AlreadyCertified(id);
        if (job.state != State.Announced) revert WrongState(id, job.state);
        if (block.timestamp < _timeOf(job.openRound)) revert NotOpenedYet(id);
        if (block.timestamp >= job.deadline) revert DeadlinePassed(id, job.deadline);
        uint256 committed = job.committed;
        if (committed != 0 && _requireCommitted(id, committed, bids) != openingsHash) revert OpeningsMismatch(id);
        COMMITTEE.verify(OPENINGS_KIND, id, _epochOf(job.closeRound), openingsHash, certificate);
        job.openingsHash = openingsHash;
        job.state = State.Certified;
        emit OpeningsCertified(id, msg.sender, openingsHash);
    }

    /// @inheritdoc IMarketplace
    function reportStarted(uint64 id, uint32 sidecar) external {
        Job storage job = _inState(id, State.Awarded);
        if (block.timestamp >= job.deadline) revert DeadlinePassed(id, job.deadline);
        uint32 provider = _bidder(sidecar);
        if (provider != job.winner) revert NotWinner(provider, job.winner);
        job.state = State.Reported;
        job.sidecar = sidecar;
        uint40 confirmBefore = uint40(block.timestamp) + job.confirmSeconds;
        job.deadline = confirmBefore;
        emit StartReported(id, provider, sidecar, confirmBefore);
        PROJECTS.report(id, sidecar);
    }

    /// @inheritdoc IMarketplace
    function handOver(uint64 id) external {
        if (msg.sender != address(PROJECTS)) revert NotProjects(msg.sender);
        Job storage job = _inState(id, State.Reported);
        if (block.timestamp >= job.deadline) revert DeadlinePassed(id, job.deadline);
        job.state = State.Running;
        emit HandedOver(id, job.winner);
        TOKEN.forceApprove(msg.sender, job.fixedPrice);
    }

    /// @inheritdoc IMarketplace
    function refund(uint64 id) external {
        Job storage job = _giveUp(id, State.Refunded);
        _credit(msg.sender, job.fixedPrice);
        emit Refunded(id, job.fixedPrice);
    }

    /// @inheritdoc IMarketplace
    function relist(uint64 id, bytes32 kind, bytes32 specHash, Rounds calldata rounds) external returns (uint64 next) {
        Job storage job = _giveUp(id, State.Relisted);
        Job memory again;
        again.requester = msg.sender;
        again.fixedPrice = job.fixedPrice;
        again.cpuMilliGhz = job.cpuMilliGhz;
        again.memoryMilliGb = job.memoryMilliGb;
        again.storageMilliGb = job.storageMilliGb;
        again.durationSeconds = job.durationSeconds;
        next = _open(again, kind, specHash, rounds);
        emit Relisted(id, next);
    }

    /// @dev Ends a job that nobody settled in time, won, or started and handed on in time. Requester only.
    function _giveUp(uint64 id, State last) private returns (Job storage job) {
        job = _known(id);
        if (msg.sender != job.requester) revert NotRequester(id, msg.sender);
        State state = job.state;
        if (state == State.Awarded || state == State.Reported) {
            _requirePassed(id, job.deadline + _settleSpan());
            _failStart(id, job, state);
        } else if (state == State.Announced || state == State.Certified) {
            _requirePassed(id, job.deadline);
        } else if (state != State.Unsold) {
            revert WrongState(id, state);
        }
        job.state = last;
    }

    function _requirePassed(uint64 id, uint256 deadline) private view {
        if (block.timestamp < deadline) revert DeadlineNotPassed(id, uint40(deadline));
    }
}
