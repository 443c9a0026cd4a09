// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";
import {IInstallable} from "./IInstallable.sol";
import {IPool} from "./IPool.sol";

/// @title Reward Pool: pays those who keep the system running
/// @notice What comes in during a period is released at its end, split by policy among four groups and development, and
/// earned over the next period in proportion to stake and time (white paper 3.4.6, 3.4.8; R6). Nobody is paid for stake
/// that was there for a moment only, and every claim costs the same however many take part. A group in which nobody had
/// stake keeps its share for the period after.
/// @dev A position is a weight and the weight-seconds it misses of the open period, so that `weight * duration - missing`
/// is its part of `sum of weights * duration - sum of missing`. When a period closes, what a base unit of weight earned
/// over all of it is added to a sum that positions read at any later time. Rounding is down, everywhere, by less than one
/// base unit for each time a position is settled.
///
/// *Leaving early* (P6): stake that leaves a sidecar on which a project runs loses to the others of its group what it
/// earned since the period in which the project began. What stays earned on such a sidecar since then waits until the
/// project has ended.
///
/// *Taking part in votes* (P6): a policy part of the stakers' share is for those whose votes are for a standing candidate.
/// Naming one (`delegate`, again after staking more) counts all the account has staked at that moment, from that moment
/// on; taking stake back lowers it, and anybody may have a vote recounted whose candidate no longer stands. It is the same
/// for every candidate, so it buys nobody's vote, and in proportion to stake and time like everything else.
interface IRewardPool is IPool, IAuthority, IInstallable {
    /// @notice Operators are providers and requesters together; Stakers those who stake on sidecars; Voters those of them
    /// whose votes are for a standing candidate.
    enum Group {
        Governors,
        Operators,
        Stakers,
        Voters
    }

    /// @notice What governors set. The first four are shares of what is released and add up to 10,000; governors get at
    /// most 4,000, development at most 2,000, operators at least 2,000, stakers at least 1,000.
    /// @param votersBps Part of the stakers' share that is for voters, at most 5,000.
    /// @param periodSeconds Least length of a period, one day to 90 days.
    struct Policy {
        uint16 governorsBps;
        uint16 operatorsBps;
        uint16 stakersBps;
        uint16 developmentBps;
        uint16 votersBps;
        uint32 periodSeconds;
    }

    /// @param installer Names authority and sources once, and sets policy until then.
    /// @param development Receives the share for development and marketing.
    struct Params {
        address token;
        address installer;
        address development;
        Policy policy;
    }

    /// @notice Who reports weights, and who sets policy from then on.
    /// @param council Of Governors; says who stands.
    /// @param providers Of Operators, as `requesters`.
    /// @param staking Of Stakers and Voters.
    /// @param nodes Says since when a project runs on a sidecar (`IRuns`).
    struct Sources {
        address authority;
        address council;
        address providers;
        address requesters;
        address staking;
        address nodes;
    }

    event PolicyChanged(Policy policy);
    event DevelopmentChanged(address indexed development);
    event SourcesInstalled(Sources sources);
    /// @param amounts What was released by closing the period, to be earned in the next.
    event Released(uint32 indexed period, Amounts amounts);
    event Rewarded(Group indexed group, address indexed account, uint32 indexed sidecar, Amounts amounts);
    event Forfeited(address indexed account, uint32 indexed sidecar, Amounts amounts);
    event Withdrawn(address indexed account, address indexed to, Amounts amounts);

    error DevelopmentMissing();
    error PolicyOutOfBounds();
    error SourceMissing();
    error NotSource(Group group, address caller);
    error PeriodOpen(uint48 endsAt);
    error NothingCredited(address account);

    /// @notice Says what an account has at stake from now on. Source of the group only; Governors and Operators.
    function sync(Group group, address account, uint256 weight) external;
    /// @notice The same for what an account has on one sidecar. Staking only.
    /// @param most What it has on all sidecars: its weight among Voters is cut to that.
    function syncStake(address account, uint32 sidecar, uint256 weight, uint256 most) external;
    /// @notice Says that an account's votes, `weight` of them, are for `candidate`. Staking only.
    function syncVote(address account, address candidate, uint256 weight) external;
    /// @notice Ends an account's weight among Voters if whom it votes for does not stand. Open to anybody.
    function recount(address account) external;

    /// @notice Closes the period once it is over, and opens the next. Open to anybody; until somebody does, it goes on.
    function release() external;
    /// @notice Credits an account with what a position earned in closed periods. Open to anybody.
    /// @param sidecar Zero except for Stakers.
    function settle(Group group, address account, uint32 sidecar) external;
    /// @notice Pays the caller's credit to `to`.
    function withdraw(address payable to) external;
    /// @notice Settles a position of the caller and pays all its credit to `to`.
    function claim(Group group, uint32 sidecar, address payable to) external;

    /// @notice Names authority and sources, once. Installer only.
    function install(Sources calldata sources) external;
    /// @notice Counts from the next release on. Authority only.
    function setPolicy(Policy calldata policy) external;
    function setDevelopment(address development) external;

    function policy() external view returns (Policy memory);
    function sources() external view returns (Sources memory);
    function development() external view returns (address);
    /// @notice The open period, from 1 on: when it began, and from when on it can be closed (Unix seconds).
    function period() external view returns (uint32 number, uint48 startedAt, uint48 endsAt);
    /// @notice To be split at the next release.
    function waiting() external view returns (Amounts memory);
    /// @notice What a group shares among itself when the open period closes.
    function potOf(Group group) external view returns (Amounts memory);
    /// @notice What an account has at stake in a group; providers and requesters together.
    function weightOf(Group group, address account, uint32 sidecar) external view returns (uint256);
    /// @notice What all accounts have at stake in a group.
    function totalWeight(Group group) external view returns (uint256);
    /// @notice What `settle` would credit now, and what would have to wait for the project on the sidecar.
    function claimable(
        Group group,
        address account,
        uint32 sidecar
    ) external view returns (Amounts memory earned, Amounts memory held);
    /// @notice Credited and not withdrawn.
    function creditOf(address account) external view returns (Amounts memory);
}
