// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Dividends: what collateral weighs in the Reward Pool
/// @notice All collateral earns, as far as its provider's sidecars audit (white paper 3.4.3; P2, S4): among the Operators a
/// provider weighs its collateral times the diligence of its sidecars. Diligence is read from the audit ledger's leaves:
/// what the running total grew by between two proven leaves, of the most it could. So an auditor that did not audit in a
/// window earns nothing for as long as it lasted, and one that deviates as much less as it deviated. A sidecar counts from
/// its first complete window on; who shows nothing newer for too long weighs nothing until it does.
/// @dev Weights follow deposits and withdrawals at once. What is forfeited, slashed or paid for a failed job changes them with
/// the next call of `synchronise` or `measure`, by anybody: neither a settlement nor a penalty must depend on the pool, nor
/// pay for it.
interface IDividends {
    /// @notice What governors set.
    /// @param windowPeriods Least length of a window, 1 to 10,000: short ones are a transaction more often.
    /// @param lapsePeriods From how many posted-over periods without a new window a sidecar counts as idle; at least twice
    /// the window, at most 100,000.
    struct Policy {
        uint32 windowPeriods;
        uint32 lapsePeriods;
    }

    struct Params {
        address sidecars;
        address ledger;
        address providers;
        address rewardPool;
        address authority;
        Policy policy;
    }

    /// @param period Of the leaf that the next window begins at.
    /// @param diligenceSum Of that leaf.
    /// @param rateBps Diligence over the last window.
    struct Mark {
        bool known;
        uint64 period;
        uint64 diligenceSum;
        uint16 rateBps;
        State state;
    }

    /// @notice `New`: no window is complete. `Left`: for ever.
    enum State {
        New,
        Counted,
        Left
    }

    event PolicyChanged(Policy policy);
    event Measured(uint32 indexed id, uint32 indexed sidecar, uint64 from, uint64 to, uint16 rateBps);
    event Lapsed(uint32 indexed id, uint32 indexed sidecar);
    event Departed(uint32 indexed id, uint32 indexed sidecar);
    event Weighed(uint32 indexed id, uint256 weight);

    error PartMissing();
    error PolicyOutOfBounds();
    error NotProviders(address caller);
    error SidecarNotEnrolled(uint32 sidecar);
    error LeafNotProven(uint32 sidecar);
    /// @notice The next window is complete with a leaf of period `needed`.
    error WindowTooShort(uint32 sidecar, uint64 period, uint64 needed);
    error SidecarLeft(uint32 sidecar);

    /// @notice Takes the newest proven leaf of an enrolled sidecar as the end of its window and the beginning of the next;
    /// without a new one, finds that it is idle or has left. Weighs its provider anew. Open to anybody.
    function measure(uint32 sidecar) external;

    /// @notice Weighs a provider anew, after forfeits. Open to anybody.
    function synchronise(uint32 id) external;

    /// @notice Weighs a provider anew. Providers only.
    function collateralChanged(uint32 id, uint256 collateral) external;

    /// @notice Authority only. Counts for windows that end after it.
    function setPolicy(Policy calldata policy) external;

    function policy() external view returns (Policy memory);
    function markOf(uint32 sidecar) external view returns (Mark memory);
    /// @notice Average diligence of a provider's counted sidecars, and how many they are.
    function diligenceOf(uint32 id) external view returns (uint16 rateBps, uint32 sidecars);
    /// @notice What `synchronise` would say to the pool.
    function weightOf(uint32 id) external view returns (uint256);
}
