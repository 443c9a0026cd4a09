// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "../support/Campaign.sol";
import {PoolHandler} from "./PoolHandler.sol";

/// @notice What must hold of micro-pools and aETH after any sequence of calls by anybody.
contract PoolInvariantsTest is Campaign {
    PoolHandler private handler;

    function setUp() public {
        handler = new PoolHandler();
        handler.prepare();
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](17);
        list[0] = PoolHandler.pass.selector;
        list[1] = PoolHandler.open.selector;
        list[2] = PoolHandler.put.selector;
        list[3] = PoolHandler.addMore.selector;
        list[4] = PoolHandler.takeOut.selector;
        list[5] = PoolHandler.first.selector;
        list[6] = PoolHandler.worthNow.selector;
        list[7] = PoolHandler.end.selector;
        list[8] = PoolHandler.late.selector;
        list[9] = PoolHandler.pay.selector;
        list[10] = PoolHandler.take.selector;
        list[11] = PoolHandler.swap.selector;
        list[12] = PoolHandler.sell.selector;
        list[13] = PoolHandler.insureMore.selector;
        list[14] = PoolHandler.go.selector;
        list[15] = PoolHandler.put.selector;
        list[16] = PoolHandler.begin.selector;
    }

    function invariant_moneySharesTokens() external {
        handler.check();
    }

    /// @notice The campaign reaches what it is about: one walk through all of a pool's life by the same actions.
    function test_handler_reachesStartEndAndMigration() external {
        handler.first(0);
        handler.put(0, 0, 4 ether);
        handler.put(0, 1, 24 ether);
        handler.check();
        handler.begin(0);
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
