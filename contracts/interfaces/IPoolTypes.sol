// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a micro-pool is made of, what it says and what it refuses
/// @notice Read `IMicroPool` first.
interface IPoolTypes {
    /// @notice `Filled`: 32 ETH are there for good, anybody may `start`. `Closed`: ended without having started. `Migrated`: users
    /// went on before it started.
    enum State {
        Filling,
        Filled,
        Running,
        Completed,
        Closed,
        Migrated
    }

    /// @notice What is fixed at opening. Wei, ANKR base units, Unix seconds, basis points.
    /// @param stake Of the provider, at the opening.
    /// @param number Of the pool, in the order of opening; from 1.
    struct Terms {
        address payable provider;
        uint32 providerId;
        uint32 sidecar;
        uint16 rewardBps;
        uint16 insuranceBps;
        uint96 fixedPrice;
        uint40 endsAt;
        uint72 stake;
        uint32 number;
    }

    /// @notice A pool as it is.
    /// @param pubkey Of the validator, 48 bytes; empty before `predeposit`.
    /// @param proven Its credentials are proven.
    /// @param fees ANKR of users that waits for the start.
    /// @param valuedAt Time of the newest proof of what the validator is worth.
    struct Pool {
        Terms terms;
        State state;
        bytes pubkey;
        bool proven;
        uint72 providerEth;
        uint72 usersEth;
        uint96 fees;
        uint64 valuedAt;
        address successor;
    }

    /// @notice What came back, from the end on; wei.
    /// @param usersReturned Went to aETH for users.
    /// @param insured Of that, what the Insurance Pool paid and has not got back.
    /// @param providerReturned Of the provider's stake, taken or not.
    /// @param rewards Share of all who staked ETH, so far.
    /// @param claimed A loss was reported to the Insurance Pool, as its claim number `claim`.
    /// @param owed Held here for those who have not taken it.
    struct Result {
        uint72 usersReturned;
        uint72 insured;
        uint96 providerReturned;
        bool claimed;
        uint96 rewards;
        uint80 toInsurance;
        uint80 toReward;
        uint96 owed;
        uint64 claim;
        uint40 endedAt;
    }

    /// @notice A user's part.
    /// @param eth Wei, joined or brought.
    /// @param paid ANKR base units that wait with it or were spent on it.
    /// @param brought Of `eth`, what came from pools before this one.
    /// @param redeemed Of `eth`, redeemed by position or moved on since the end.
    /// @param rewarded Rewards taken.
    struct Position {
        uint72 eth;
        uint96 paid;
        uint72 brought;
        uint72 redeemed;
        uint96 rewarded;
    }

    event Added(uint72 amount, uint72 providerEth);
    event Predeposited(bytes pubkey);
    event CredentialsProven(uint64 indexed validator);
    event Joined(address indexed account, uint72 eth, uint96 fee);
    event Left(address indexed account, uint72 eth, uint96 fee);
    event Filled(uint72 providerEth, uint72 usersEth);
    event Started(uint72 providerEth, uint72 usersEth);
    event FeePaid(uint96 toReward, uint96 toProvider);
    event ExitRequested(address indexed by, uint256 fee);
    event Valued(uint64 timestamp, uint72 usersWorth);
    event Completed(uint256 returned, uint256 uncovered);
    event Distributed(uint256 toUsers, uint256 toInsurance, uint256 toProvider, uint256 rewards);
    event Collected(uint256 amount, uint256 toUsers);
    event Forwarded(uint80 toInsurance, uint80 toReward);
    event Claimed(address indexed account, address indexed to, uint256 amount);
    event Redeemed(address indexed account, uint72 amount);
    event Closed();
    event Abandoned(uint72 amount);
    event Accepted(address indexed predecessor);
    event Migrated(address indexed successor, uint72 eth, uint96 fees);
    event Adopted(address indexed predecessor, uint72 eth, uint96 fees);
    event Brought(address indexed account, address indexed predecessor, uint72 eth, uint96 fee);

    error NotFactory(address caller);
    error NotProvider(address caller);
    error NotSuccessor(address caller);
    error StateWrong(State state);
    /// @notice The end time has passed: nothing begins any more.
    error PoolOver(uint40 endsAt);
    error AmountZero();
    /// @notice The pool has no room for that much; `room` is what it has.
    error PoolFull(uint256 room);
    error PositionTooSmall(uint256 eth, uint256 asked);
    error AlreadyPredeposited();
    error NotPredeposited();
    error AlreadyProven();
    /// @notice Not the SSZ root of this deposit with this pool's credentials.
    error DepositRootMismatch(bytes32 expected);
    /// @notice The validator was slashed or is leaving before it began.
    error ValidatorUnfit();
    error NothingToPay();
    error ExitNotDue(address caller);
    error ExitFeeShort(uint256 sent, uint256 fee);
    error ExitRefused();
    /// @notice Less than 32 ETH came back: prove that the validator is empty.
    error NotReturned(uint256 balance);
    error ValidatorNotEmpty(uint64 effectiveBalance);
    /// @notice The validator has not got its 32 ETH on the beacon chain yet: nothing to value.
    error ValidatorNotEligible();
    error ProofOutdated(uint64 timestamp, uint64 valuedAt);
    error NothingOwed(address account);
    error NoClaim();
    error NotClosable(uint40 endsAt);
    error StillOfUsers(uint256 abandonableAt);
    error NotAccepted(address predecessor);
    error AlreadyMigrated(address successor);
    /// @notice What is set aside does not make all positions whole: they are redeemed, not moved.
    error PositionsShort(uint256 setAside, uint256 needed);
    error EthRefused(address to);
}
