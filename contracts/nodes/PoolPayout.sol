// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPoolFunding} from "../interfaces/IPoolFunding.sol";
import {IPoolPayout} from "../interfaces/IPoolPayout.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {IBeaconChain} from "../interfaces/IBeaconChain.sol";
import {PoolState} from "./PoolState.sol";

/// @title What a micro-pool pays: fees once it has started, what came back once it has ended
/// @dev Code only: `MicroPool` runs it on its own storage. Nothing is ever held here.
contract PoolPayout is PoolState, IPoolPayout {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    bytes32 private constant REASON = "micro-pool";
    uint256 private constant ABANDON_SECONDS = 30 days;

    constructor(address factory_, address beaconChain) PoolState(factory_, beaconChain) {}

    /// @inheritdoc IPoolPayout
    function payFee() external nonReentrant {
        State state = _book.state;
        if (state != State.Running && state != State.Completed) revert StateWrong(state);
        uint96 fees = _book.fees;
        if (fees == 0) revert NothingToPay();
        _book.fees = 0;
        Terms memory terms = _terms();
        uint96 toReward = uint96((uint256(fees) * terms.rewardBps) / BPS);
        emit FeePaid(toReward, fees - toReward);
        if (toReward != 0) {
            TOKEN.forceApprove(address(REWARD_POOL), toReward);
            REWARD_POOL.contribute(REASON, toReward);
        }
        TOKEN.safeTransfer(terms.provider, fees - toReward);
    }

    /// @inheritdoc IPoolPayout
    function complete() external nonReentrant {
        _require(State.Running);
        if (address(this).balance < VALIDATOR) revert NotReturned(address(this).balance);
        _complete();
    }

    /// @inheritdoc IPoolPayout
    function completeBy(IBeaconChain.Proof calldata proof) external nonReentrant {
        _require(State.Running);
        _check(proof);
        bool gone = proof.withdrawableEpoch != FAR_FUTURE_EPOCH && proof.effectiveBalance == 0;
        if (!gone) revert ValidatorNotEmpty(proof.effectiveBalance);
        _complete();
    }

    /// @inheritdoc IPoolPayout
    function collect() external nonReentrant {
        if (!_claimed) revert NoClaim();
        _collect();
    }

    /// @inheritdoc IPoolPayout
    function distribute() external nonReentrant {
        State state = _book.state;
        if (state == State.Filling || state == State.Filled || state == State.Running) revert StateWrong(state);
        uint256 amount = address(this).balance - _outcome.owed;
        if (amount == 0) revert NothingToPay();
        if (state == State.Completed) {
            (uint256 rewards, uint256 toUsers) = _share(amount, _terms());
            if (toUsers != 0) AETH.restore{value: toUsers}();
            if (rewards != 0) FACTORY.reportRewards(_terms().sidecar, rewards.toUint96());
        } else {
            // Without users all that comes is the provider's own.
            _outcome.providerReturned += amount.toUint88();
            _outcome.owed += amount.toUint96();
            emit Distributed(0, 0, amount, 0);
        }
    }

    /// @inheritdoc IPoolPayout
    function forward() external nonReentrant {
        (uint80 toInsurance, uint80 toReward) = (_outcome.toInsurance, _outcome.toReward);
        if (toInsurance == 0 && toReward == 0) revert NothingToPay();
        (_outcome.toInsurance, _outcome.toReward) = (0, 0);
        _outcome.owed -= uint96(toInsurance) + toReward;
        emit Forwarded(toInsurance, toReward);
        if (toInsurance != 0) INSURANCE_POOL.contributeEth{value: toInsurance}(REASON);
        if (toReward != 0) REWARD_POOL.contributeEth{value: toReward}(REASON);
    }

    /// @inheritdoc IPoolPayout
    function claim(address payable to) external nonReentrant returns (uint256 amount) {
        uint256 own = _rewardOf(_positions[msg.sender]);
        _positions[msg.sender].rewarded += uint96(own);
        uint256 stake = msg.sender == _provider() ? _dueToProvider() : 0;
        _takenByProvider += uint96(stake);
        amount = own + stake;
        if (amount == 0) revert NothingOwed(msg.sender);
        _outcome.owed -= uint96(amount);
        emit Claimed(msg.sender, to, amount);
        _send(to, amount);
    }

    /// @inheritdoc IPoolPayout
    function redeem(uint72 amount, address payable to) external nonReentrant returns (uint256 paid) {
        _require(State.Completed);
        if (_successor != address(0)) revert AlreadyMigrated(_successor);
        Position storage position = _positions[msg.sender];
        uint256 left = position.eth - position.redeemed;
        if (amount > left) revert PositionTooSmall(left, amount);
        position.redeemed += amount;
        _redeemed += amount;
        emit Redeemed(msg.sender, amount);
        FACTORY.reportTaken(msg.sender, amount);
        return AETH.redeemFor(msg.sender, amount, to);
    }

    /// @inheritdoc IPoolPayout
    function valueBy(IBeaconChain.Proof calldata proof) external nonReentrant {
        _require(State.Running);
        if (proof.timestamp <= _valuedAt) revert ProofOutdated(proof.timestamp, _valuedAt);
        _check(proof);
        // Until the deposit of the other 31 ETH has been processed the beacon chain knows of one.
        if (proof.activationEligibilityEpoch == FAR_FUTURE_EPOCH) revert ValidatorNotEligible();
        _valuedAt = uint256(proof.timestamp).toUint40();
        uint256 worth = uint256(proof.effectiveBalance) * GWEI + address(this).balance;
        uint72 usersWorth = uint72(_min(worth, _book.usersEth));
        emit Valued(proof.timestamp, usersWorth);
        AETH.value(usersWorth);
    }

    /// @inheritdoc IPoolPayout
    function abandon() external nonReentrant {
        _require(State.Closed);
        uint256 due = _outcome.endedAt + ABANDON_SECONDS;
        if (block.timestamp < due) revert StillOfUsers(due);
        uint72 amount = _book.usersEth;
        if (amount == 0 || _abandoned) revert AmountZero();
        _abandoned = true;
        _outcome.owed -= amount;
        emit Abandoned(amount);
        AETH.abandoned{value: amount}();
    }

    /// @inheritdoc IPoolPayout
    function migrate(IPoolFunding to) external onlyFactory nonReentrant {
        if (_successor != address(0)) revert AlreadyMigrated(_successor);
        _successor = address(to);
        Book memory book = _book;
        uint72 eth = book.usersEth;
        if (book.state == State.Filling) {
            (_book.usersEth, _book.fees) = (0, 0);
            _endUnstarted(State.Migrated);
        } else if (book.state == State.Completed) {
            // Fees were earned by who ran the validator.
            (eth, book.fees) = (eth - _redeemed, 0);
            uint72 aside = AETH.accountOf(address(this)).setAside;
            if (aside < eth) revert PositionsShort(aside, eth);
        } else {
            revert StateWrong(book.state);
        }
        if (eth == 0) revert AmountZero();
        emit Migrated(address(to), eth, book.fees);
        if (book.state == State.Completed) AETH.refill(eth);
        if (book.fees != 0) TOKEN.safeTransfer(address(to), book.fees);
        to.adopt{value: eth}(book.fees);
    }

    /// @inheritdoc IPoolPayout
    function result() external view returns (Result memory r) {
        Outcome memory o = _outcome;
        r.usersReturned = _usersReturned;
        r.insured = _insured;
        r.providerReturned = o.providerReturned;
        r.claimed = _claimed;
        r.rewards = o.rewards;
        r.toInsurance = o.toInsurance;
        r.toReward = o.toReward;
        r.owed = o.owed;
        r.claim = o.claim;
        r.endedAt = o.endedAt;
    }

    /// @inheritdoc IPoolPayout
    function claimable(address account) external view returns (uint256) {
        return _rewardOf(_positions[account]) + (account == _provider() ? _dueToProvider() : 0);
    }

    function _complete() private {
        _book.state = State.Completed;
        _outcome.endedAt = uint40(block.timestamp);
        uint256 returned = address(this).balance;
        Terms memory terms = _terms();
        (uint256 rewards, uint256 toUsers) = _share(returned, terms);
        AETH.ended{value: toUsers}();
        FACTORY.reportFinished(terms.providerId, terms.sidecar, rewards.toUint96());
        uint256 uncovered = _book.usersEth - _usersReturned;
        emit Completed(returned, uncovered);
        if (uncovered == 0) return;
        uint256 claim_ = INSURANCE_POOL.cover(IInsurancePool.Asset.Eth, uncovered);
        (_outcome.claim, _claimed) = (claim_.toUint32(), true);
        if (INSURANCE_POOL.dueOf(claim_) != 0) _collect();
    }

    function _collect() private {
        uint256 amount = INSURANCE_POOL.collect(_outcome.claim);
        uint256 toUsers = _min(amount, _book.usersEth - _usersReturned);
        _usersReturned += uint72(toUsers);
        _insured += uint72(toUsers);
        // The validator paid in between: the Insurance Pool gets back what is not needed any more.
        _outcome.toInsurance += uint80(amount - toUsers);
        _outcome.owed += uint96(amount - toUsers);
        emit Collected(amount, toUsers);
        if (toUsers != 0) AETH.restore{value: toUsers}();
    }

    /// @dev Shares out what came from the validator: users (the caller sends it), insurance, provider, rewards.
    function _share(uint256 amount, Terms memory terms) private returns (uint256 rewards, uint256 toUsers) {
        Outcome memory o = _outcome;
        Book memory book = _book;
        toUsers = _min(amount, book.usersEth - _usersReturned);
        uint256 toInsurance = _min(amount - toUsers, _insured);
        uint256 toProvider = _min(amount - toUsers - toInsurance, terms.stake + book.added - o.providerReturned);
        rewards = amount - toUsers - toInsurance - toProvider;
        uint256 insuranceShare = (rewards * terms.insuranceBps) / BPS;
        uint256 rewardShare = (rewards * terms.rewardBps) / BPS;
        if (toUsers != 0) _usersReturned += uint72(toUsers);
        if (toInsurance != 0) _insured -= uint72(toInsurance);
        o.providerReturned += uint88(toProvider);
        o.rewards += (rewards - insuranceShare - rewardShare).toUint96();
        o.toInsurance += (toInsurance + insuranceShare).toUint80();
        o.toReward += rewardShare.toUint80();
        o.owed += (amount - toUsers).toUint96();
        _outcome = o;
        emit Distributed(toUsers, toInsurance, toProvider, rewards);
    }

    /// @dev Of all who staked ETH 32 is the sum, so shares add up to the rewards or a wei for each less.
    function _rewardOf(Position storage position) private view returns (uint256) {
        return Math.mulDiv(_outcome.rewards, position.eth, VALIDATOR) - position.rewarded;
    }

    function _dueToProvider() private view returns (uint256) {
        return
            _outcome.providerReturned +
            Math.mulDiv(_outcome.rewards, _providerEth(_book), VALIDATOR) -
            _takenByProvider;
    }
}
