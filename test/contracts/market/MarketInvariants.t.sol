// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketHandler} from "./MarketHandler.sol";

/// @notice What must hold of the market after any sequence of calls by anybody.
contract MarketInvariantsTest {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
        handler.prepare();
    }

    /// @dev Only the handler's actions are called at random.
    function targetSelectors() external view returns (Selectors[] memory targets) {
        bytes4[] memory actions = new bytes4[](17);
        actions[0] = MarketHandler.pass.selector;
        actions[1] = MarketHandler.announceJob.selector;
        actions[2] = MarketHandler.certifyJob.selector;
        actions[3] = MarketHandler.settleJob.selector;
        actions[4] = MarketHandler.nextJob.selector;
        actions[5] = MarketHandler.startJob.selector;
        actions[6] = MarketHandler.earn.selector;
        actions[7] = MarketHandler.completeJob.selector;
        actions[8] = MarketHandler.giveUp.selector;
        actions[9] = MarketHandler.collect.selector;
        actions[10] = MarketHandler.deposit.selector;
        actions[11] = MarketHandler.takeBack.selector;
        actions[12] = MarketHandler.govern.selector;
        actions[13] = MarketHandler.confirmJob.selector;
        actions[14] = MarketHandler.failJob.selector;
        actions[15] = MarketHandler.disputeJob.selector;
        actions[16] = MarketHandler.ruleJob.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), actions);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
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
