// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "./IPriceFeed.sol";

/// @title Quotes: what a job costs
/// @notice The fixed price FP from cpu, memory, storage and duration at unit rates in USD, in ANKR at a price feed
/// (white paper 3.5; E2). Integers, one division, rounded up: the same steps as `src/auction/quote.ts`.
interface IQuotes {
    /// @notice What a job asks of a node: thousandths of GHz and GB, and seconds.
    struct Requirements {
        uint32 cpuMilliGhz;
        uint32 memoryMilliGb;
        uint32 storageMilliGb;
        uint32 durationSeconds;
    }

    /// @notice USD with 18 decimals for one GHz or GB and a month of 30 days, at most 1,000 USD each.
    struct Rates {
        uint80 cpuUsd;
        uint80 memoryUsd;
        uint80 storageUsd;
    }

    event RatesChanged(Rates rates);
    event FeedChanged(IPriceFeed feed, uint32 maxAge);

    error RatesOutOfBounds();
    error MaxAgeOutOfBounds(uint32 maxAge);
    error DurationZero();
    /// @notice A job that asks for nothing has no price.
    error QuoteZero();
    error QuoteTooLarge(uint256 fixedPrice);
    /// @notice The feed is not a contract, or it reverts, or it answers something else than a feed does.
    error FeedUnreachable();
    error FeedAnswerNotPositive(int256 answer);
    error FeedAnswerTooLarge(int256 answer);
    error FeedDecimalsTooMany(uint8 decimals);
    error FeedRoundIncomplete(uint80 roundId, uint80 answeredInRound);
    error FeedStale(uint256 updatedAt, uint32 maxAge);
    error FeedAhead(uint256 updatedAt);

    /// @notice FP in ANKR base units, at least 1.
    function quote(Requirements calldata requirements) external view returns (uint96 fixedPrice);

    /// @notice The checked price: usd / 10^decimals USD for one ANKR.
    function tokenPrice() external view returns (uint256 usd, uint8 decimals);

    function setRates(Rates calldata rates) external;
    /// @param maxAge Seconds after which an answer is stale, one minute to one week.
    function setFeed(IPriceFeed feed, uint32 maxAge) external;
    function rates() external view returns (Rates memory);
    function feed() external view returns (IPriceFeed);
    function maxAge() external view returns (uint32);
}
