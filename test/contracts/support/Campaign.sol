// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "./Test.sol";

/// @notice What an invariant campaign calls at random: the actions of one handler and nothing else.
abstract contract Campaign is Test {
    /// @dev As forge reads it: FuzzSelector.
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = _handler();
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        targets = new Selectors[](1);
        targets[0] = Selectors(_handler(), actions());
    }

    function _handler() internal view virtual returns (address);

    function actions() internal pure virtual returns (bytes4[] memory);
}
