// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {Providers} from "../../../contracts/market/Providers.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice A second registry of providers, whose marketplace, projects, discipline and dividends the test plays itself: provider 1 is in it.
abstract contract OwnProviders is MarketNetwork {
    Providers internal own;
    uint256 internal weighed;

    /// @dev The contract under test takes this test for its other parts.
    function setUp() public virtual override {
        super.setUp();
        own = new Providers(providerParams());
        own.install(address(this), address(this), address(this));
        vm.mockCall(address(this), abi.encodePacked(IMarketplace.projects.selector), abi.encode(address(this)));
        vm.prank(ownerAt(1));
        own.applyAs("brand", defaultCapacity(), 500 ether);
        vm.prank(GOVERNMENT);
        own.qualify(1, "brand", defaultCapacity(), 500 ether);
        for (uint32 i = 1; i < 3; ++i) {
            vm.prank(ownerAt(i));
            token.approve(address(own), type(uint256).max);
        }
        vm.prank(ownerAt(1));
        own.deposit(1, COLLATERAL);
    }

    /// @dev Called in place of the dividends.
    function collateralChanged(uint32 id, uint256 collateral) external {
        equal(msg.sender, address(own), "told by the registry");
        equal(own.provider(id).collateral, collateral, "as it is now");
        weighed = collateral;
    }
}
