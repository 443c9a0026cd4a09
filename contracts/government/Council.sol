// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {ICouncil} from "../interfaces/ICouncil.sol";
import {IGovernment} from "../interfaces/IGovernment.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {MemberStakes} from "./MemberStakes.sol";
import {Ranking} from "./Ranking.sol";

/// @title Council: the 2n + 1 seats of the government, and the elections that fill them
/// @dev Loops run over seats (at most 21) and candidates (at most 100), never over those who vote.
contract Council is ICouncil, MemberStakes {
    using Checkpoints for Checkpoints.Trace208;
    using EnumerableSet for EnumerableSet.AddressSet;
    using Ranking for uint256[];
    using SafeCast for uint256;

    struct Candidacy {
        uint40 number;
        uint48 since;
    }

    uint256 private constant CANDIDATES_MOST = 100;

    IVotes private immutable VOTES;
    IRewardPool private immutable REWARD_POOL;
    address private immutable INSTALLER;

    /// @inheritdoc ICouncil
    Phase public phase;
    /// @inheritdoc ICouncil
    uint48 public electionAt;
    uint40 private _candidacies;
    /// @inheritdoc ICouncil
    address public government;
    /// @inheritdoc ICouncil
    address public timelock;
    EnumerableSet.AddressSet private _seats;
    EnumerableSet.AddressSet private _candidates;
    Checkpoints.Trace208 private _sizes;
    /// @inheritdoc ICouncil
    mapping(address account => bool) public isInvited;
    /// @inheritdoc ICouncil
    mapping(address account => Candidacy) public candidacyOf;
    /// @dev One from the second an account is seated, zero from the second it is not.
    mapping(address account => Checkpoints.Trace208) private _terms;

    constructor(Params memory p) MemberStakes(p.token, p.insurancePool, p.bounds, p.policy) {
        if (p.votes.code.length == 0) revert VotesMissing();
        if (p.rewardPool.code.length == 0) revert RewardPoolMissing();
        if (p.installer == address(0)) revert InstallerMissing();
        if (p.transitionAt <= block.timestamp) revert TransitionNotAhead(p.transitionAt);
        uint256 wanted = uint256(p.policy.n) + 1;
        if (p.invited.length != wanted) revert InvitationsMiscounted(p.invited.length, wanted);
        for (uint256 i = 0; i < wanted; ++i) {
            address invited = p.invited[i];
            if (invited == address(0) || isInvited[invited]) revert InvitationInvalid(invited);
            isInvited[invited] = true;
        }
        VOTES = IVotes(p.votes);
        REWARD_POOL = IRewardPool(p.rewardPool);
        INSTALLER = p.installer;
        electionAt = p.transitionAt;
        _sizes.push(uint48(block.timestamp), uint208(wanted));
    }

    /// @inheritdoc ICouncil
    function acceptSeat() external {
        if (phase != Phase.Initialization) revert InvitationOver();
        if (!isInvited[msg.sender]) revert NotInvited(msg.sender);
        _requireStake(msg.sender);
        isInvited[msg.sender] = false;
        _seat(msg.sender);
    }

    /// @inheritdoc ICouncil
    function stand() external {
        if (_candidates.length() == CANDIDATES_MOST) revert CandidatesFull();
        _stand();
    }

    /// @inheritdoc ICouncil
    function standInsteadOf(address candidate) external {
        if (_candidates.length() != CANDIDATES_MOST) revert CandidatesNotFull();
        if (!_candidates.contains(candidate)) revert NotCandidate(candidate);
        // Only the newcomer's own stake counts: it stays bound. Votes of stakers could be borrowed for one transaction.
        uint256 votes_ = stakeOf(candidate) + VOTES.getVotes(candidate);
        uint256 stake = stakeOf(msg.sender);
        if (votes_ >= stake) revert CandidateStronger(candidate, votes_, stake);
        _dropCandidate(candidate);
        emit GaveWay(candidate, msg.sender);
        _stand();
    }

    /// @inheritdoc ICouncil
    function standDown() external {
        if (!_candidates.contains(msg.sender)) revert NotCandidate(msg.sender);
        _dropCandidate(msg.sender);
        emit StoodDown(msg.sender);
    }

    /// @inheritdoc ICouncil
    function resign() external {
        if (!_seats.contains(msg.sender)) revert NotSeated(msg.sender);
        _unseat(msg.sender);
    }

    /// @inheritdoc ICouncil
    function elect() external {
        uint48 date = electionAt;
        if (block.timestamp <= date) revert ElectionNotDue(date);
        // A late election does not move the dates after it.
        uint48 period = _policy.electionSeconds;
        electionAt = date + ((uint48(block.timestamp) - date) / period + 1) * period;
        bool whole = phase == Phase.Automated;
        uint256 n = _policy.n;
        (address[] memory elected, uint256[] memory counts) = _count(date, whole ? 2 * n + 1 : n);
        if (elected.length == 0) {
            emit NobodyElectable(date);
            return;
        }
        phase = Phase.Automated;
        _sizes.push(uint48(block.timestamp), uint208(2 * n + 1));
        if (whole) _unseatAllBut(elected);
        for (uint256 i = 0; i < elected.length; ++i) {
            if (!_seats.contains(elected[i])) _seat(elected[i]);
        }
        emit Elected(date, elected, counts);
    }

    /// @inheritdoc ICouncil
    function slash(address account) external {
        if (msg.sender != government) revert NotGovernment(msg.sender);
        _slash(account);
        if (stakeOf(account) >= _policy.minStake) return;
        if (_seats.contains(account)) _unseat(account);
        if (_candidates.contains(account)) {
            _dropCandidate(account);
            emit StoodDown(account);
        }
    }

    /// @inheritdoc ICouncil
    function setPolicy(Policy calldata p) external {
        if (msg.sender != timelock) revert NotTimelock(msg.sender);
        if (phase == Phase.Initialization && p.n != _policy.n) revert SizeFixedUntilTransition();
        _setPolicy(p);
    }

    /// @inheritdoc ICouncil
    function install(address government_) external {
        if (msg.sender != INSTALLER) revert NotInstaller(msg.sender);
        if (government != address(0)) revert GovernmentAlreadyInstalled(government);
        if (government_.code.length == 0) revert GovernmentMismatch(government_);
        if (IGovernment(government_).council() != address(this)) revert GovernmentMismatch(government_);
        government = government_;
        timelock = IGovernment(government_).timelock();
        emit GovernmentInstalled(government_, timelock);
    }

    /// @inheritdoc ICouncil
    function seats() external view returns (address[] memory) {
        return _seats.values();
    }

    /// @inheritdoc ICouncil
    function candidates() external view returns (address[] memory) {
        return _candidates.values();
    }

    /// @inheritdoc ICouncil
    function seatedAt(address account, uint48 time) external view returns (bool) {
        return _terms[account].upperLookupRecent(time) == 1;
    }

    /// @inheritdoc ICouncil
    function sizeAt(uint48 time) external view returns (uint256) {
        return _sizes.upperLookupRecent(time);
    }

    /// @inheritdoc ICouncil
    function votes() external view returns (address) {
        return address(VOTES);
    }

    function _stand() private {
        if (block.timestamp > electionAt) revert ElectionDue(electionAt);
        _requireStake(msg.sender);
        if (!_candidates.add(msg.sender)) revert AlreadyCandidate(msg.sender);
        uint40 number = ++_candidacies;
        candidacyOf[msg.sender] = Candidacy(number, uint48(block.timestamp));
        emit Stood(msg.sender, number);
    }

    function _dropCandidate(address account) private {
        _candidates.remove(account);
        delete candidacyOf[account];
    }

    function _seat(address account) private {
        _seats.add(account);
        _terms[account].push(uint48(block.timestamp), 1);
        emit Seated(account);
        _sync(account, stakeOf(account));
    }

    function _unseat(address account) private {
        _seats.remove(account);
        _terms[account].push(uint48(block.timestamp), 0);
        emit Unseated(account);
        _sync(account, 0);
    }

    function _unseatAllBut(address[] memory kept) private {
        address[] memory seated = _seats.values();
        for (uint256 i = 0; i < seated.length; ++i) {
            bool keep = false;
            for (uint256 j = 0; j < kept.length && !keep; ++j) keep = kept[j] == seated[i];
            if (!keep) _unseat(seated[i]);
        }
    }

    /// @dev The candidates with most votes at the date, at most `open`. The first election adds to those who have a seat,
    /// so it passes them over.
    function _count(
        uint48 date,
        uint256 open
    ) private view returns (address[] memory elected, uint256[] memory counts) {
        uint256[] memory top = new uint256[](open);
        uint256 filled = 0;
        uint256 standing = _candidates.length();
        for (uint256 i = 0; i < standing; ++i) {
            uint256 entry = _entry(date, uint8(i));
            if (entry != 0) filled = top.insert(filled, entry);
        }
        elected = new address[](filled);
        counts = new uint256[](filled);
        for (uint256 i = 0; i < filled; ++i) {
            elected[i] = _candidates.at(Ranking.indexOf(top[i]));
            counts[i] = Ranking.votesOf(top[i]);
        }
    }

    /// @return Zero for a candidate that cannot be elected: the least stake is missing, at the date or now.
    function _entry(uint48 date, uint8 index) private view returns (uint256) {
        address account = _candidates.at(index);
        if (phase == Phase.Initialization && _seats.contains(account)) return 0;
        Candidacy memory candidacy = candidacyOf[account];
        uint256 stake = _stakeAt(account, date);
        uint256 least = _policy.minStake;
        if (candidacy.since > date || stake < least || stakeOf(account) < least) return 0;
        return Ranking.word((stake + VOTES.getPastVotes(account, date)).toUint208(), candidacy.number, index);
    }

    function _requireStake(address account) private view {
        uint256 stake = stakeOf(account);
        if (stake < _policy.minStake) revert StakeTooLow(account, stake, _policy.minStake);
    }

    /// @dev Those who only stand earn nothing.
    function _stakeChanged(address account, uint256 stake) internal override {
        if (_seats.contains(account)) _sync(account, stake);
    }

    function _sync(address account, uint256 stake) private {
        REWARD_POOL.sync(IRewardPool.Group.Governors, account, stake);
    }

    function _hasRole(address account) internal view override returns (bool) {
        return _seats.contains(account) || _candidates.contains(account);
    }
}
