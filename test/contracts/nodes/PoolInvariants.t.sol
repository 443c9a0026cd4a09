// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolHandler} from "./PoolHandler.sol";

/// @notice What must hold of micro-pools and aETH after any sequence of calls by anybody.
contract PoolInvariantsTest {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    PoolHandler private handler;

    function setUp() public {
        handler = new PoolHandler();
        handler.prepare();
    }

    /// @dev Only the handler's actions are called at random.
    function targetSelectors() external view returns (Selectors[] memory targets) {
        bytes4[] memory actions = new bytes4[](16);
        actions[0] = PoolHandler.pass.selector;
        actions[1] = PoolHandler.open.selector;
        actions[2] = PoolHandler.put.selector;
        actions[3] = PoolHandler.addMore.selector;
        actions[4] = PoolHandler.takeOut.selector;
        actions[5] = PoolHandler.first.selector;
        actions[6] = PoolHandler.worthNow.selector;
        actions[7] = PoolHandler.end.selector;
        actions[8] = PoolHandler.late.selector;
        actions[9] = PoolHandler.pay.selector;
        actions[10] = PoolHandler.take.selector;
        actions[11] = PoolHandler.swap.selector;
        actions[12] = PoolHandler.sell.selector;
        actions[13] = PoolHandler.insureMore.selector;
        actions[14] = PoolHandler.go.selector;
        actions[15] = PoolHandler.put.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), actions);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_moneySharesTokens() external {
        handler.check();
    }

    /// @notice The campaign reaches what it is about: one walk through all of a pool's life by the same actions.
    function test_handler_reachesStartEndAndMigration() external {
        handler.first(0);
        handler.put(0, 0, 4 ether);
        handler.put(0, 1, 24 ether);
        handler.worthNow(0, 20);
        handler.end(0, 20 ether, true);
        handler.check();
        handler.insureMore(8 ether);
        handler.pay(0, 2);
        handler.open(1, 2 ether);
        handler.go(0, 1, 0);
        handler.check();
        require(handler.starts() == 1 && handler.ends() == 1 && handler.migrations() == 1, "not reached");
    }
}
