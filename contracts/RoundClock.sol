// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISidecars} from "./interfaces/ISidecars.sol";

/// @title The clock part of the registry: drand rounds, periods, epochs
/// @notice Pure arithmetic over numbers fixed at deployment and the time of the block.
abstract contract RoundClock is ISidecars {
    uint64 internal immutable GENESIS_TIME;
    uint32 internal immutable SECONDS_PER_ROUND;
    uint64 internal immutable GENESIS_ROUND;
    uint32 internal immutable PERIOD_ROUNDS;
    uint32 internal immutable EPOCH_PERIODS;

    constructor(Clock memory clock) {
        if (clock.secondsPerRound == 0 || clock.periodRounds == 0 || clock.epochPeriods == 0) revert ClockInvalid();
        // Rounds count from 1. 2^48 seconds or rounds are far beyond any use and keep the arithmetic below from overflow.
        if (clock.genesisRound == 0 || clock.genesisRound >> 48 != 0 || clock.genesisTime >> 48 != 0) {
            revert ClockInvalid();
        }
        GENESIS_TIME = clock.genesisTime;
        SECONDS_PER_ROUND = clock.secondsPerRound;
        GENESIS_ROUND = clock.genesisRound;
        PERIOD_ROUNDS = clock.periodRounds;
        EPOCH_PERIODS = clock.epochPeriods;
    }

    /// @inheritdoc ISidecars
    function currentEpoch() public view returns (int64) {
        return epochAt(uint64(block.timestamp));
    }

    /// @inheritdoc ISidecars
    function epochAt(uint64 timestamp) public view returns (int64) {
        return _sinceGenesis(timestamp, int256(uint256(PERIOD_ROUNDS)) * int256(uint256(EPOCH_PERIODS)));
    }

    /// @inheritdoc ISidecars
    function periodAt(uint64 timestamp) public view returns (int64) {
        return _sinceGenesis(timestamp, int256(uint256(PERIOD_ROUNDS)));
    }

    /// @inheritdoc ISidecars
    function roundAt(uint64 timestamp) external view returns (uint64) {
        return timestamp < GENESIS_TIME ? 0 : (timestamp - GENESIS_TIME) / SECONDS_PER_ROUND + 1;
    }

    /// @inheritdoc ISidecars
    function timeOfRound(uint64 round) public view returns (uint64) {
        return GENESIS_TIME + (round - 1) * SECONDS_PER_ROUND;
    }

    /// @inheritdoc ISidecars
    function epochOf(uint64 period) public view returns (uint64) {
        return period / EPOCH_PERIODS;
    }

    /// @inheritdoc ISidecars
    function periodStartRound(uint64 period) public view returns (uint64) {
        return GENESIS_ROUND + period * PERIOD_ROUNDS;
    }

    /// @inheritdoc ISidecars
    function startRound(uint64 epoch) external view returns (uint64) {
        return periodStartRound(epoch * EPOCH_PERIODS);
    }

    function _clock() internal view returns (Clock memory) {
        return Clock(GENESIS_TIME, SECONDS_PER_ROUND, GENESIS_ROUND, PERIOD_ROUNDS, EPOCH_PERIODS);
    }

    /// @dev Spans of `rounds` between genesisRound and a time, rounded down also below zero.
    function _sinceGenesis(uint64 timestamp, int256 rounds) private view returns (int64) {
        int256 elapsed = int256(uint256(timestamp)) - int256(uint256(timeOfRound(GENESIS_ROUND)));
        int256 span = rounds * int256(uint256(SECONDS_PER_ROUND));
        return int64(elapsed >= 0 ? elapsed / span : (elapsed + 1) / span - 1);
    }
}
