// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Handler} from "./support/Handler.sol";

/// @notice What must hold after any sequence of calls, see docs of the economy: money, slots, roots.
contract InvariantsTest {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.prepare();
    }

    /// @dev Only the handler's actions are called at random.
    function targetSelectors() external view returns (Selectors[] memory targets) {
        bytes4[] memory actions = new bytes4[](10);
        actions[0] = Handler.join.selector;
        actions[1] = Handler.pass.selector;
        actions[2] = Handler.addStake.selector;
        actions[3] = Handler.requestExit.selector;
        actions[4] = Handler.withdraw.selector;
        actions[5] = Handler.slash.selector;
        actions[6] = Handler.withdrawCredits.selector;
        actions[7] = Handler.fund.selector;
        actions[8] = Handler.post.selector;
        actions[9] = Handler.claimSeatBounty.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(handler), actions);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev One invariant for all checks: each invariant is a campaign of its own.
    function invariant_moneySlotsRoots() external view {
        handler.check();
    }
}
