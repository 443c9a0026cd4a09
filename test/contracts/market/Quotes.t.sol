// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevPriceFeed} from "../../../contracts/dev/DevPriceFeed.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IPriceFeed} from "../../../contracts/interfaces/IPriceFeed.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {Quotes} from "../../../contracts/market/Quotes.sol";
import {Test} from "../support/Test.sol";

/// @notice A feed that answers whatever a test wants.
contract AnyFeed is IPriceFeed {
    uint80 public round = 7;
    int256 public answer = 1e8;
    uint256 public updatedAt;
    uint80 public answeredIn = 7;
    uint8 public decimals = 8;

    function setAnswer(int256 answer_, uint8 decimals_) external {
        (answer, decimals) = (answer_, decimals_);
    }

    function setTimes(uint256 updatedAt_, uint80 answeredIn_) external {
        (updatedAt, answeredIn) = (updatedAt_, answeredIn_);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (round, answer, updatedAt, updatedAt, answeredIn);
    }
}

contract RevertingFeed {
    fallback() external {
        revert("no answer");
    }
}

/// @notice FP to the base unit, and every way a price feed can fail.
contract QuotesTest is Test {
    address private constant GOVERNMENT = address(0x60C);
    uint32 private constant MAX_AGE = 1 hours;
    uint256 private constant NOW = 1_700_000_000;

    Quotes private quotes;
    AnyFeed private feed;

    function setUp() public {
        vm.warp(NOW);
        feed = new AnyFeed();
        feed.setTimes(NOW, 7);
        quotes = new Quotes(GOVERNMENT, rates(), feed, MAX_AGE);
    }

    function rates() private pure returns (IQuotes.Rates memory) {
        return IQuotes.Rates(5 ether, 1.075 ether, 0.1 ether);
    }

    function project() private pure returns (IQuotes.Requirements memory) {
        return IQuotes.Requirements(4_000, 16_000, 128_000, 60 days);
    }

    function test_quote_paperExampleCosts100Usd() external {
        equal(quotes.quote(project()), 100 ether, "at one USD");
        feed.setAnswer(25e6, 8);
        equal(quotes.quote(project()), 400 ether, "at 0.25 USD");
        feed.setAnswer(25, 2);
        equal(quotes.quote(project()), 400 ether, "the same with two decimals");
        feed.setAnswer(3, 0);
        equal(quotes.quote(project()), 100 ether / uint256(3) + 1, "rounded up");
        feed.setAnswer(1 ether, 18);
        equal(quotes.quote(project()), 100 ether, "eighteen decimals");
    }

    function test_quote_refusesWhatHasNoPrice() external {
        IQuotes.Requirements memory r = project();
        r.durationSeconds = 0;
        vm.expectRevert(IQuotes.DurationZero.selector);
        quotes.quote(r);
        vm.expectRevert(IQuotes.QuoteZero.selector);
        quotes.quote(IQuotes.Requirements(0, 0, 0, 1));
        vm.prank(GOVERNMENT);
        quotes.setRates(IQuotes.Rates(1_000 ether, 1_000 ether, 1_000 ether));
        feed.setAnswer(1, 18);
        uint32 most = type(uint32).max;
        uint256 price = (3 * 1_000 ether * uint256(most) * most * 1e18 - 1) / (1_000 * 30 days) + 1;
        vm.expectRevert(abi.encodeWithSelector(IQuotes.QuoteTooLarge.selector, price));
        quotes.quote(IQuotes.Requirements(most, most, most, most));
    }

    function test_feed_everyFailureHasAName() external {
        feed.setAnswer(0, 8);
        refused(abi.encodeWithSelector(IQuotes.FeedAnswerNotPositive.selector, int256(0)));
        feed.setAnswer(-5, 8);
        refused(abi.encodeWithSelector(IQuotes.FeedAnswerNotPositive.selector, int256(-5)));
        feed.setAnswer(int256(1 << 128), 8);
        refused(abi.encodeWithSelector(IQuotes.FeedAnswerTooLarge.selector, int256(1 << 128)));
        feed.setAnswer(1e8, 19);
        refused(abi.encodeWithSelector(IQuotes.FeedDecimalsTooMany.selector, 19));
        feed.setAnswer(1e8, 8);
        feed.setTimes(0, 7);
        refused(abi.encodeWithSelector(IQuotes.FeedRoundIncomplete.selector, 7, 7));
        feed.setTimes(NOW, 6);
        refused(abi.encodeWithSelector(IQuotes.FeedRoundIncomplete.selector, 7, 6));
        feed.setTimes(NOW + 1, 7);
        refused(abi.encodeWithSelector(IQuotes.FeedAhead.selector, NOW + 1));
        feed.setTimes(NOW - MAX_AGE, 7);
        equal(quotes.quote(project()), 100 ether, "just fresh");
        feed.setTimes(NOW - MAX_AGE - 1, 7);
        refused(abi.encodeWithSelector(IQuotes.FeedStale.selector, NOW - MAX_AGE - 1, MAX_AGE));
    }

    function refused(bytes memory name) private {
        vm.expectRevert(name);
        quotes.quote(project());
    }

    function test_feed_thatIsNoFeedIsUnreachable() external {
        bytes memory unreachable = abi.encodeWithSelector(IQuotes.FeedUnreachable.selector);
        IPriceFeed broken = IPriceFeed(address(new RevertingFeed()));
        vm.prank(GOVERNMENT);
        quotes.setFeed(broken, MAX_AGE);
        refused(unreachable);
        vm.prank(GOVERNMENT);
        quotes.setFeed(feed, MAX_AGE);
        vm.mockCall(address(feed), abi.encodeCall(IPriceFeed.decimals, ()), abi.encode(uint256(256)));
        refused(unreachable);
        vm.clearMockedCalls();
        vm.mockCall(address(feed), abi.encodeCall(IPriceFeed.latestRoundData, ()), abi.encode(uint256(1)));
        refused(unreachable);
        vm.clearMockedCalls();
        bytes memory wide = abi.encode(uint256(1) << 80, int256(1), NOW, NOW, uint256(1) << 80);
        vm.mockCall(address(feed), abi.encodeCall(IPriceFeed.latestRoundData, ()), wide);
        refused(unreachable);
        vm.clearMockedCalls();
        vm.prank(GOVERNMENT);
        vm.expectRevert(unreachable);
        quotes.setFeed(IPriceFeed(address(0x1234)), MAX_AGE);
    }

    function test_set_boundsAndAuthority() external {
        IQuotes.Rates memory r = rates();
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        quotes.setRates(r);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        quotes.setFeed(feed, MAX_AGE);
        uint80 high = 1_000 ether + 1;
        outOfBounds(IQuotes.Rates(high, 0, 0));
        outOfBounds(IQuotes.Rates(0, high, 0));
        outOfBounds(IQuotes.Rates(0, 0, high));
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IQuotes.MaxAgeOutOfBounds.selector, 59));
        quotes.setFeed(feed, 59);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IQuotes.MaxAgeOutOfBounds.selector, 1 weeks + 1));
        quotes.setFeed(feed, 1 weeks + 1);
        r.cpuUsd = 30 ether;
        vm.prank(GOVERNMENT);
        quotes.setRates(r);
        equal(quotes.rates().cpuUsd, 30 ether, "rates kept");
        equal(quotes.quote(project()), 300 ether, "and used");
    }

    function outOfBounds(IQuotes.Rates memory r) private {
        vm.prank(GOVERNMENT);
        vm.expectRevert(IQuotes.RatesOutOfBounds.selector);
        quotes.setRates(r);
    }

    function test_authority_handsOverInTwoSteps() external {
        address next = address(0xDA0);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        quotes.proposeAuthority(next);
        vm.prank(GOVERNMENT);
        quotes.proposeAuthority(next);
        equal(quotes.successor(), next, "named");
        equal(quotes.authority(), GOVERNMENT, "not yet");
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotSuccessor.selector, address(this)));
        quotes.acceptAuthority();
        vm.prank(next);
        quotes.acceptAuthority();
        equal(quotes.authority(), next, "taken over");
        equal(quotes.successor(), address(0), "once");
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotSuccessor.selector, next));
        quotes.acceptAuthority();
        IQuotes.Rates memory r = rates();
        vm.expectRevert(IAuthority.AuthorityMissing.selector);
        new Quotes(address(0), r, feed, MAX_AGE);
    }

    function test_devFeed_isAlwaysFresh() external {
        DevPriceFeed local = new DevPriceFeed(8, 2e8);
        vm.prank(GOVERNMENT);
        quotes.setFeed(local, MAX_AGE);
        vm.warp(NOW + 365 days);
        equal(quotes.quote(project()), 50 ether, "at two USD");
        local.set(4e8);
        (uint256 usd, uint8 decimals) = quotes.tokenPrice();
        equal(usd, 4e8, "set");
        equal(decimals, 8, "decimals");
    }

    /// @notice Two halves never cost less than the whole, and a price is never rounded away.
    function test_fuzz_quote(uint32 cpu, uint32 ram, uint32 disk, uint32 time, uint64 usd) external {
        IQuotes.Requirements memory r = IQuotes.Requirements(cpu, ram, disk, uint32(bound(time, 2, 10_000 days)));
        if (uint256(cpu) + ram + disk == 0) return;
        feed.setAnswer(int256(uint256(usd)) + 1e8, 8);
        uint256 whole = quotes.quote(r);
        isTrue(whole > 0, "a price");
        r.durationSeconds = (r.durationSeconds + 1) / 2;
        isTrue(2 * uint256(quotes.quote(r)) >= whole, "halves");
    }
}
