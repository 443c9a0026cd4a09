// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {ITiers} from "../../../contracts/interfaces/ITiers.sol";
import {Tiers} from "../../../contracts/market/Tiers.sol";
import {OwnProviders} from "./OwnProviders.sol";

/// @notice P3: 16 ETH unless the authority says otherwise, nothing only in full trust.
contract TiersTest is OwnProviders {
    Tiers internal tiers;

    function setUp() public override {
        super.setUp();
        tiers = new Tiers(address(own), GOVERNMENT);
    }

    function test_construct_checksItsParts() external {
        vm.expectRevert(ITiers.ProvidersMissing.selector);
        new Tiers(address(0x1234), GOVERNMENT);
        vm.expectRevert(IAuthority.AuthorityMissing.selector);
        new Tiers(address(own), address(0));
    }

    function test_untrustedUntilSpokenOf() external view {
        equal(uint256(tiers.tierOf(1)), uint256(ITiers.Tier.Untrusted), "untrusted");
        equal(tiers.stakeRequired(1), 16 ether, "half of a validator");
        equal(tiers.stakeRequired(99), 16 ether, "nobody is trusted by mistake");
    }

    function test_setTier_throughAllTiers() external {
        set(ITiers.Tier.Trusted, 0, 0);
        set(ITiers.Tier.SemiTrusted, 1, 1);
        set(ITiers.Tier.SemiTrusted, 16 ether, 16 ether);
        set(ITiers.Tier.Untrusted, 0, 16 ether);
    }

    function set(ITiers.Tier tier, uint256 stake, uint256 required) private {
        vm.expectEmit(address(tiers));
        emit ITiers.TierSet(1, tier, required);
        vm.prank(GOVERNMENT);
        tiers.setTier(1, tier, stake);
        equal(uint256(tiers.tierOf(1)), uint256(tier), "tier");
        equal(tiers.stakeRequired(1), required, "stake");
    }

    function test_setTier_refuses() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        tiers.setTier(1, ITiers.Tier.Trusted, 0);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 2));
        tiers.setTier(2, ITiers.Tier.Trusted, 0);
        refuses(ITiers.Tier.SemiTrusted, 0);
        refuses(ITiers.Tier.SemiTrusted, 16 ether + 1);
        refuses(ITiers.Tier.SemiTrusted, type(uint256).max);
        refuses(ITiers.Tier.Trusted, 1);
        refuses(ITiers.Tier.Untrusted, 16 ether);
    }

    function refuses(ITiers.Tier tier, uint256 stake) private {
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(ITiers.StakeOutOfBounds.selector, tier, stake));
        tiers.setTier(1, tier, stake);
    }

    function test_fuzz_stakeIsBounded(uint8 which, uint256 stake) external {
        ITiers.Tier tier = ITiers.Tier(which % 3);
        vm.prank(GOVERNMENT);
        try tiers.setTier(1, tier, stake) {} catch {}
        uint256 required = tiers.stakeRequired(1);
        isTrue(required <= 16 ether, "above 16 ETH");
        isTrue(required != 0 || tiers.tierOf(1) == ITiers.Tier.Trusted, "nothing without trust");
    }
}
