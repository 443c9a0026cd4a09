// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../interfaces/IProviders.sol";
import {ITiers} from "../interfaces/ITiers.sol";
import {Authority} from "./Authority.sol";

/// @title Tiers: how far a provider is trusted with a validator
contract Tiers is ITiers, Authority {
    /// @dev One word.
    struct Trust {
        Tier tier;
        uint96 stake;
    }

    uint256 private constant MOST = 16 ether;

    IProviders private immutable PROVIDERS;
    mapping(uint32 id => Trust) private _trusts;

    constructor(address providers, address authority_) Authority(authority_) {
        if (providers.code.length == 0) revert ProvidersMissing();
        PROVIDERS = IProviders(providers);
    }

    /// @inheritdoc ITiers
    function setTier(uint32 id, Tier tier, uint256 stake) external onlyAuthority {
        bool bounded = tier == Tier.SemiTrusted ? stake != 0 && stake <= MOST : stake == 0;
        if (!bounded) revert StakeOutOfBounds(tier, stake);
        PROVIDERS.ownerOf(id);
        _trusts[id] = Trust(tier, uint96(stake));
        emit TierSet(id, tier, stakeRequired(id));
    }

    /// @inheritdoc ITiers
    function tierOf(uint32 id) external view returns (Tier) {
        return _trusts[id].tier;
    }

    /// @inheritdoc ITiers
    function stakeRequired(uint32 id) public view returns (uint256) {
        Trust memory trust = _trusts[id];
        return trust.tier == Tier.Untrusted ? MOST : trust.stake;
    }
}
