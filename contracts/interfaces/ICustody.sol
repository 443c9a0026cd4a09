// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Custody: delegated tokens, which the provider and the system move together and neither alone
/// @notice Somebody delegates ETH or ANKR to a provider for a term. During the term they move on two signatures over one
/// digest, one under the provider's group key and one under the system's, each made by t of n holders of shares (FROST,
/// RFC 9591; `lib/Frost.sol`): no machine has a key that could spend (white paper 1.2; C1). Not even the owner moves them before
/// the term is over; then the owner alone takes back what is left.
/// @dev A delegation names the epochs of both keys, as its owner saw them. A new key ends the epoch of the old one at once:
/// what was delegated before moves under neither, until its owner accepts the new key or takes the tokens back after the term. So
/// a change of keys, whoever made it, can only ever take the power to move tokens away.
interface ICustody {
    /// @notice What is fixed at deployment.
    struct Params {
        address token;
        address providers;
        address authority;
    }

    /// @param key Compressed point, 33 bytes; empty before the first.
    /// @param epoch How many keys the group had, this one included; zero before the first.
    /// @param setAt Unix seconds.
    struct GroupKey {
        bytes key;
        uint32 epoch;
        uint40 setAt;
    }

    /// @param token Zero for ETH.
    /// @param amount What is left, base units or wei.
    /// @param endsAt Unix seconds: nothing moves from here on, and the owner takes back what is left.
    /// @param nonce Moves so far.
    struct Delegation {
        address owner;
        uint32 provider;
        address token;
        uint128 amount;
        uint40 endsAt;
        uint32 providerEpoch;
        uint32 systemEpoch;
        uint32 nonce;
    }

    /// @notice What both groups sign, as EIP-712 typed data of this contract.
    /// @param delegation Its number.
    /// @param provider As in the delegation, like `token`, both epochs and `nonce`: who signs reads all there is to know.
    /// @param deadline Unix seconds: the last in which it may be sent.
    struct Move {
        uint64 delegation;
        uint32 provider;
        address token;
        address to;
        uint256 amount;
        uint32 nonce;
        uint32 providerEpoch;
        uint32 systemEpoch;
        uint40 deadline;
    }

    /// @param group A provider's number; zero for the system.
    event KeySet(uint32 indexed group, uint32 epoch, bytes key);
    event Delegated(
        uint64 indexed id,
        address indexed owner,
        uint32 indexed provider,
        address token,
        uint128 amount,
        uint40 endsAt
    );
    /// @notice The epochs a delegation's tokens move under from now on: with every delegation and every later acceptance.
    event Accepted(uint64 indexed id, uint32 providerEpoch, uint32 systemEpoch);
    event Moved(uint64 indexed id, address indexed to, uint128 amount, uint128 left, uint32 nonce);
    event TakenBack(uint64 indexed id, address indexed to, uint128 amount);

    error TokenMissing();
    error ProvidersMissing();
    error NotProviderOwner(uint32 provider, address caller);
    /// @notice Not 33 bytes of a point on the curve, or one of those (2^-127) that cannot be checked.
    error KeyInvalid();
    /// @notice A key, or its negative, serves one group once: two groups with one key would be one group.
    error KeyUsed(bytes key);
    /// @notice The group did not sign `possessionDigest(group, epoch)` under the new key.
    error PossessionNotShown(uint32 group, uint32 epoch);
    error KeyMissing(uint32 group);
    /// @notice The group has another key than was named.
    error KeyEpochPassed(uint32 group, uint32 epoch, uint32 current);
    error AmountZero();
    /// @notice A term is one day to 366 days.
    error TermOutOfBounds(uint40 term);
    error UnknownDelegation(uint64 id);
    error NotDelegator(uint64 id, address caller);
    error TermRunning(uint64 id, uint40 endsAt);
    error TermOver(uint64 id, uint40 endsAt);
    error DeadlinePassed(uint64 id, uint40 deadline);
    /// @notice The provider or the token is not the delegation's.
    error MoveMismatch(uint64 id);
    /// @notice Sent before, or signed for a later state.
    error NonceMismatch(uint64 id, uint32 nonce, uint32 next);
    /// @notice The epochs are not those that the owner accepted.
    error KeyEpochNotAccepted(uint64 id, uint32 providerEpoch, uint32 systemEpoch);
    /// @notice Nobody, or this contract.
    error ReceiverInvalid(address to);
    error AmountTooLarge(uint64 id, uint256 left, uint256 asked);
    error NotSignedByProvider(uint64 id, uint32 provider);
    error NotSignedBySystem(uint64 id);
    error NothingLeft(uint64 id);
    /// @notice The receiver does not take ETH; name another.
    error EthRefused(address to);

    /// @notice Delegates the ETH sent along. The epochs are those of the keys the caller looked at.
    /// @param term Seconds.
    function delegateEth(
        uint32 provider,
        uint40 term,
        uint32 providerEpoch,
        uint32 systemEpoch
    ) external payable returns (uint64 id);

    /// @notice Pulls `amount` base units of ANKR from the caller and delegates them.
    function delegateAnkr(
        uint32 provider,
        uint40 term,
        uint32 providerEpoch,
        uint32 systemEpoch,
        uint128 amount
    ) external returns (uint64 id);

    /// @notice Lets a delegation's tokens move under the keys of these epochs, the current ones, from now on. Delegator only.
    function accept(uint64 id, uint32 providerEpoch, uint32 systemEpoch) external;

    /// @notice Moves delegated tokens on both groups' signatures, 65 bytes each. Open to anybody who has both.
    function move(Move calldata m, bytes calldata byProvider, bytes calldata bySystem) external;

    /// @notice Pays out what is left once the term is over. Delegator only.
    function takeBack(uint64 id, address payable to) external returns (uint128 amount);

    /// @notice Gives a provider's group a new key. The provider's owner only.
    /// @param key 33 bytes.
    /// @param possession The group's signature under the new key of `possessionDigest(provider, next epoch)`.
    function setProviderKey(uint32 provider, bytes calldata key, bytes calldata possession) external;

    /// @notice Gives the system's group a new key. Authority only.
    function setSystemKey(bytes calldata key, bytes calldata possession) external;

    /// @param group A provider's number; zero for the system.
    function keyOf(uint32 group) external view returns (GroupKey memory);
    function delegationOf(uint64 id) external view returns (Delegation memory);
    /// @notice How many delegations there were; the first is number 1.
    function total() external view returns (uint64);
    /// @notice What both groups sign; true of any move, whether it could be sent or not.
    function moveDigest(Move calldata m) external view returns (bytes32);
    function possessionDigest(uint32 group, uint32 epoch) external view returns (bytes32);
    /// @notice EIP-712: name "Stkr custody", version "1".
    function domainSeparator() external view returns (bytes32);
    function token() external view returns (address);
    function providers() external view returns (address);
}
