// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a Chainlink aggregator answers (AggregatorV3Interface, the part used here)
interface IPriceFeed {
    function decimals() external view returns (uint8);

    /// @return roundId Number of the answer.
    /// @return answer The price, with `decimals` decimals.
    /// @return startedAt Unix seconds.
    /// @return updatedAt Unix seconds; zero while the round is incomplete.
    /// @return answeredInRound Round the answer was computed in; lower than roundId when it was carried over.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
