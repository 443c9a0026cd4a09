// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "../interfaces/IPriceFeed.sol";
import {IQuotes} from "../interfaces/IQuotes.sol";
import {Authority} from "./Authority.sol";

/// @title Quotes: what a job costs
contract Quotes is IQuotes, Authority {
    uint256 private constant MONTH = 30 days;
    uint80 private constant RATE_MAX = 1_000 ether;
    uint8 private constant DECIMALS_MAX = 18;
    int256 private constant ANSWER_MAX = int256(uint256(type(uint128).max));
    uint32 private constant MAX_AGE_LEAST = 1 minutes;
    uint32 private constant MAX_AGE_MOST = 1 weeks;

    Rates private _rates;
    /// @inheritdoc IQuotes
    IPriceFeed public feed;
    /// @inheritdoc IQuotes
    uint32 public maxAge;

    constructor(address authority_, Rates memory rates_, IPriceFeed feed_, uint32 maxAge_) Authority(authority_) {
        _setRates(rates_);
        _setFeed(feed_, maxAge_);
    }

    /// @inheritdoc IQuotes
    function setRates(Rates calldata rates_) external onlyAuthority {
        _setRates(rates_);
    }

    /// @inheritdoc IQuotes
    function setFeed(IPriceFeed feed_, uint32 maxAge_) external onlyAuthority {
        _setFeed(feed_, maxAge_);
    }

    /// @inheritdoc IQuotes
    function quote(Requirements calldata needs) external view returns (uint96) {
        if (needs.durationSeconds == 0) revert DurationZero();
        (uint256 usd, uint8 decimals) = tokenPrice();
        Rates memory r = _rates;
        uint256 monthly = uint256(r.cpuUsd) * needs.cpuMilliGhz + uint256(r.memoryUsd) * needs.memoryMilliGb;
        monthly += uint256(r.storageUsd) * needs.storageMilliGb;
        // Below 2^114 * 2^32 * 2^60, and the divisor below 2^170: no step overflows.
        uint256 dividend = monthly * needs.durationSeconds * 10 ** decimals;
        if (dividend == 0) revert QuoteZero();
        // `monthly` is in thousandths: requirements are milli-GHz and milli-GB.
        uint256 fixedPrice = (dividend - 1) / (1000 * MONTH * usd) + 1;
        if (fixedPrice > type(uint96).max) revert QuoteTooLarge(fixedPrice);
        return uint96(fixedPrice);
    }

    /// @inheritdoc IQuotes
    function rates() external view returns (Rates memory) {
        return _rates;
    }

    /// @inheritdoc IQuotes
    function tokenPrice() public view returns (uint256 usd, uint8 decimals) {
        IPriceFeed source = feed;
        decimals = abi.decode(_ask(source, IPriceFeed.decimals.selector, 32, type(uint8).max), (uint8));
        if (decimals > DECIMALS_MAX) revert FeedDecimalsTooMany(decimals);
        bytes memory answer = _ask(source, IPriceFeed.latestRoundData.selector, 160, type(uint80).max);
        return (_checked(answer), decimals);
    }

    /// @dev A low-level call, so that a feed that is gone, reverts or answers garbage is named and not an empty revert.
    /// The first word is a number of at most `most`.
    function _ask(IPriceFeed source, bytes4 selector, uint256 size, uint256 most) private view returns (bytes memory) {
        (bool ok, bytes memory answer) = address(source).staticcall(abi.encodePacked(selector));
        if (!ok || answer.length != size || uint256(bytes32(answer)) > most) revert FeedUnreachable();
        return answer;
    }

    function _checked(bytes memory data) private view returns (uint256) {
        (uint256 roundId, int256 answer, , uint256 updatedAt, uint256 answeredIn) = abi.decode(
            data,
            (uint256, int256, uint256, uint256, uint256)
        );
        if (answer <= 0) revert FeedAnswerNotPositive(answer);
        if (answer > ANSWER_MAX) revert FeedAnswerTooLarge(answer);
        if (updatedAt == 0 || answeredIn < roundId) revert FeedRoundIncomplete(uint80(roundId), uint80(answeredIn));
        if (updatedAt > block.timestamp) revert FeedAhead(updatedAt);
        if (block.timestamp - updatedAt > maxAge) revert FeedStale(updatedAt, maxAge);
        return uint256(answer);
    }

    function _setRates(Rates memory r) private {
        if (r.cpuUsd > RATE_MAX || r.memoryUsd > RATE_MAX || r.storageUsd > RATE_MAX) revert RatesOutOfBounds();
        _rates = r;
        emit RatesChanged(r);
    }

    function _setFeed(IPriceFeed feed_, uint32 maxAge_) private {
        if (address(feed_).code.length == 0) revert FeedUnreachable();
        if (maxAge_ < MAX_AGE_LEAST || maxAge_ > MAX_AGE_MOST) revert MaxAgeOutOfBounds(maxAge_);
        feed = feed_;
        maxAge = maxAge_;
        emit FeedChanged(feed_, maxAge_);
    }
}
