// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IDividends} from "../../../contracts/interfaces/IDividends.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {ITiers} from "../../../contracts/interfaces/ITiers.sol";
import {Campaign} from "../support/Campaign.sol";
import {ConductHandler} from "./ConductHandler.sol";

/// @notice Property 3 for conduct: windows never overlap, no slash takes more than there is, no weight is above its collateral.
contract ConductInvariantsTest is Campaign {
    ConductHandler private handler;

    function setUp() public {
        handler = new ConductHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](13);
        list[0] = ConductHandler.pass.selector;
        list[1] = ConductHandler.audit.selector;
        list[2] = ConductHandler.report.selector;
        list[3] = ConductHandler.suspend.selector;
        list[4] = ConductHandler.reinstate.selector;
        list[5] = ConductHandler.measure.selector;
        list[6] = ConductHandler.deposit.selector;
        list[7] = ConductHandler.askBack.selector;
        list[8] = ConductHandler.forfeit.selector;
        list[9] = ConductHandler.govern.selector;
        list[10] = ConductHandler.intrude.selector;
        list[11] = ConductHandler.collect.selector;
        // Audits are what all the others wait for.
        list[12] = ConductHandler.audit.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function invariant_windowsSlashesWeights() external view {
        handler.check();
    }

    /// @dev A campaign in which nothing ever goes through would hold any invariant.
    function test_everyActionIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 500; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes memory words = abi.encode(seed >> 8, seed >> 24, seed >> 40, seed >> 56, seed >> 72);
            (bool ok, ) = address(handler).call(bytes.concat(list[seed % list.length], words));
            isTrue(ok, "an action fails");
        }
        handler.check();
        bytes4[12] memory reached = [
            IDiscipline.report.selector,
            IDiscipline.suspend.selector,
            IDiscipline.reinstate.selector,
            IDiscipline.withdrawCredit.selector,
            IDiscipline.setPolicy.selector,
            IDividends.measure.selector,
            IDividends.synchronise.selector,
            IProviders.deposit.selector,
            IProviders.requestWithdrawal.selector,
            IProviders.withdraw.selector,
            IProviders.handOver.selector,
            ITiers.setTier.selector
        ];
        for (uint256 i = 0; i < reached.length; ++i) {
            if (handler.done(reached[i]) == 0) revert NotEqual("never went through", i, uint32(reached[i]));
        }
    }
}
