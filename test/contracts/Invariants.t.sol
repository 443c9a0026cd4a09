// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Campaign} from "./support/Campaign.sol";
import {Handler} from "./support/Handler.sol";

/// @notice What must hold after any sequence of calls, see docs of the economy: money, slots, roots.
contract InvariantsTest is Campaign {
    Handler private handler;

    function setUp() public {
        handler = new Handler();
        handler.prepare();
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](10);
        list[0] = Handler.join.selector;
        list[1] = Handler.pass.selector;
        list[2] = Handler.addStake.selector;
        list[3] = Handler.requestExit.selector;
        list[4] = Handler.withdraw.selector;
        list[5] = Handler.slash.selector;
        list[6] = Handler.withdrawCredits.selector;
        list[7] = Handler.fund.selector;
        list[8] = Handler.post.selector;
        list[9] = Handler.claimSeatBounty.selector;
    }

    /// @dev One invariant for all checks: each invariant is a campaign of its own.
    function invariant_moneySlotsRoots() external view {
        handler.check();
    }
}
