// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAEth} from "../interfaces/IAEth.sol";
import {IBeaconChain} from "../interfaces/IBeaconChain.sol";
import {IDepositContract} from "../interfaces/IDepositContract.sol";
import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {IPoolTypes} from "../interfaces/IPoolTypes.sol";
import {IMicroPools} from "../interfaces/IMicroPools.sol";
import {IProviders} from "../interfaces/IProviders.sol";
import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {PoolTerms} from "./PoolTerms.sol";

/// @title A micro-pool's memory, and what all its parts ask of it
/// @dev Immutables are in the code that all clones share; everything else is a clone's own.
abstract contract PoolState is IPoolTypes, ReentrancyGuardTransient {
    /// @dev What is known of the validator's key.
    enum Key {
        Missing,
        Deposited,
        Proven
    }

    /// @dev What every join changes, in one word. `added` is the provider's, beside its stake at the opening.
    struct Book {
        State state;
        Key key;
        uint72 added;
        uint72 usersEth;
        uint96 fees;
    }

    /// @dev Of a `Result`: in the first word what every end has, in the second what only rewards bring.
    struct Outcome {
        uint88 providerReturned;
        uint96 owed;
        uint40 endedAt;
        uint32 claim;
        uint96 rewards;
        uint80 toInsurance;
        uint80 toReward;
    }

    uint256 internal constant VALIDATOR = 32 ether;
    uint256 internal constant PREDEPOSIT = 1 ether;
    uint256 internal constant BPS = 10_000;
    uint256 internal constant GWEI = 1 gwei;
    uint64 internal constant FAR_FUTURE_EPOCH = type(uint64).max;

    IERC20 internal immutable TOKEN;
    IMicroPools internal immutable FACTORY;
    IAEth internal immutable AETH;
    IProviders internal immutable PROVIDERS;
    IRewardPool internal immutable REWARD_POOL;
    IInsurancePool internal immutable INSURANCE_POOL;
    IDepositContract internal immutable DEPOSIT_CONTRACT;
    IBeaconChain internal immutable BEACON_CHAIN;

    Book internal _book;
    bytes32 internal _pubkeyHead;
    /// @dev From here on one word, there from the first deposit on.
    bytes16 internal _pubkeyTail;
    uint40 internal _valuedAt;
    uint72 internal _usersReturned;
    /// @dev A loss was reported to the Insurance Pool.
    bool internal _claimed;
    address internal _successor;
    /// @dev Of users' principal after the end.
    uint72 internal _redeemed;
    bool internal _abandoned;
    /// @dev Stake and rewards.
    uint96 internal _takenByProvider;
    /// @dev Of the insurance's money, what users have.
    uint72 internal _insured;
    Outcome internal _outcome;
    mapping(address account => Position) internal _positions;
    mapping(address predecessor => bool) internal _accepted;

    modifier onlyProvider() {
        if (msg.sender != _provider()) revert NotProvider(msg.sender);
        _;
    }

    modifier onlyFactory() {
        if (msg.sender != address(FACTORY)) revert NotFactory(msg.sender);
        _;
    }

    /// @param factory_ Of the pools; its parts are theirs.
    constructor(address factory_, address beaconChain) {
        FACTORY = IMicroPools(factory_);
        IMicroPools.Params memory p = FACTORY.parts();
        TOKEN = IERC20(p.token);
        AETH = IAEth(FACTORY.aEth());
        PROVIDERS = IProviders(p.providers);
        REWARD_POOL = IRewardPool(p.rewardPool);
        INSURANCE_POOL = IInsurancePool(p.insurancePool);
        DEPOSIT_CONTRACT = IDepositContract(p.depositContract);
        BEACON_CHAIN = IBeaconChain(beaconChain);
    }

    function _credentials() internal view returns (bytes32) {
        return bytes32((uint256(1) << 248) | uint160(address(this)));
    }

    function _check(IBeaconChain.Proof calldata proof) internal view {
        if (_pubkeyHead == 0) revert NotPredeposited();
        BEACON_CHAIN.check(proof, _pubkey(), _credentials());
    }

    /// @dev The book of a pool that may still start.
    function _filling() internal view returns (Book memory book) {
        book = _book;
        if (book.state != State.Filling) revert StateWrong(book.state);
        uint40 endsAt = PoolTerms.endsAt(address(this));
        if (block.timestamp >= endsAt) revert PoolOver(endsAt);
    }

    function _require(State state) internal view {
        if (_book.state != state) revert StateWrong(_book.state);
    }

    function _pubkey() internal view returns (bytes memory) {
        return bytes.concat(_pubkeyHead, _pubkeyTail);
    }

    function _terms() internal view returns (Terms memory) {
        return PoolTerms.read(address(this));
    }

    function _provider() internal view returns (address payable) {
        return PoolTerms.provider(address(this));
    }

    function _providerEth(Book memory book) internal view returns (uint72) {
        return PoolTerms.stake(address(this)) + book.added;
    }

    function _roomOf(Book memory book) internal view returns (uint256) {
        return VALIDATOR - _providerEth(book) - book.usersEth;
    }

    /// @dev Ends a pool whose validator never started: the provider's stake is its own again, but for a first deposit.
    function _endUnstarted(State state) internal {
        _book.state = state;
        Outcome storage o = _outcome;
        uint256 stake = _providerEth(_book) - (_book.key == Key.Missing ? 0 : PREDEPOSIT);
        (o.providerReturned, o.owed, o.endedAt) = (uint88(stake), o.owed + uint96(stake), uint40(block.timestamp));
        Terms memory terms = _terms();
        FACTORY.reportReleased(terms.providerId, terms.sidecar);
    }

    function _send(address to, uint256 amount) internal {
        if (amount == 0) return;
        (bool sent, ) = to.call{value: amount}("");
        if (!sent) revert EthRefused(to);
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return Math.min(a, b);
    }
}
