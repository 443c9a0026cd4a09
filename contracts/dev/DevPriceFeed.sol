// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "../interfaces/IPriceFeed.sol";

/// @title Price feed for a local network
/// @notice Anybody sets the price, and every answer is as new as the block: a demonstration has no oracle that could be
/// late. Never for a public network.
contract DevPriceFeed is IPriceFeed {
    /// @inheritdoc IPriceFeed
    uint8 public immutable decimals;
    uint80 private _round;
    int256 private _answer;

    event AnswerSet(uint80 indexed roundId, int256 answer);

    constructor(uint8 decimals_, int256 answer) {
        decimals = decimals_;
        set(answer);
    }

    /// @notice Sets the price from now on, and begins a round.
    function set(int256 answer) public {
        _answer = answer;
        emit AnswerSet(++_round, answer);
    }

    /// @inheritdoc IPriceFeed
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round, _answer, block.timestamp, block.timestamp, _round);
    }
}
