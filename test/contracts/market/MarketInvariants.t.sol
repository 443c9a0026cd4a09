// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "../support/Campaign.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice What must hold of the market after any sequence of calls by anybody.
contract MarketInvariantsTest is Campaign {
    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
        handler.prepare();
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](17);
        list[0] = MarketHandler.pass.selector;
        list[1] = MarketHandler.announceJob.selector;
        list[2] = MarketHandler.certifyJob.selector;
        list[3] = MarketHandler.settleJob.selector;
        list[4] = MarketHandler.nextJob.selector;
        list[5] = MarketHandler.startJob.selector;
        list[6] = MarketHandler.earn.selector;
        list[7] = MarketHandler.completeJob.selector;
        list[8] = MarketHandler.giveUp.selector;
        list[9] = MarketHandler.collect.selector;
        list[10] = MarketHandler.deposit.selector;
        list[11] = MarketHandler.takeBack.selector;
        list[12] = MarketHandler.govern.selector;
        list[13] = MarketHandler.confirmJob.selector;
        list[14] = MarketHandler.failJob.selector;
        list[15] = MarketHandler.disputeJob.selector;
        list[16] = MarketHandler.ruleJob.selector;
    }

    function invariant_moneyLiensWinners() external {
        handler.check();
    }

    function invariant_everyJobCanEnd() external {
        handler.finishAll();
        handler.check();
    }

    /// @notice The campaign reaches what it is about: walks through all of a job by the same actions.
    function test_handler_reachesCompletion() external {
        begin();
        handler.earn(0, 5 ether, false);
        handler.earn(0, 5 ether, true);
        for (uint256 i = 0; i < 20; ++i) handler.pass(7 * 5 days + 7 * i);
        handler.completeJob(0, false);
        require(handler.settlements() == 1 && handler.completions() == 1, "not reached");
        handler.check();
    }

    function test_handler_reachesFailure() external {
        begin();
        handler.disputeJob(0, true);
        for (uint256 i = 0; i < 20; ++i) handler.pass(7 * 5 days + 7 * i);
        handler.ruleJob(0, false, 0);
        handler.failJob(0, 80_000, 10, false);
        require(handler.starts() == 1 && handler.failures() == 1, "not reached");
        handler.check();
        handler.collect(0);
        handler.collect(3);
        handler.check();
    }

    function begin() private {
        handler.announceJob(60 ether, 70 ether, 75 ether);
        handler.certifyJob(0);
        handler.settleJob(0);
        handler.startJob(0);
        handler.confirmJob(0, 1);
    }
}
