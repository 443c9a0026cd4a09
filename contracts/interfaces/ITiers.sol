// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Tiers: how far a provider is trusted with a validator
/// @notice Of the 32 ETH of a validator an untrusted provider stakes 16, a semi-trusted one what the authority says, a
/// trusted one nothing; requesters or micro-investors stake the rest (white paper 3.1.2; P3). Who was never spoken of
/// is untrusted. A change counts for what begins after it.
interface ITiers {
    enum Tier {
        Untrusted,
        SemiTrusted,
        Trusted
    }

    /// @param stake What the provider stakes of a validator from now on, wei.
    event TierSet(uint32 indexed id, Tier tier, uint256 stake);

    error ProvidersMissing();
    /// @notice A semi-trusted provider stakes more than nothing and at most 16 ETH; the other tiers say the stake
    /// themselves and are given zero.
    error StakeOutOfBounds(Tier tier, uint256 stake);

    /// @notice Puts a provider into a tier. Authority only.
    /// @param stake k in wei for `SemiTrusted`, zero for the others.
    function setTier(uint32 id, Tier tier, uint256 stake) external;

    function tierOf(uint32 id) external view returns (Tier);
    /// @notice What the provider has to stake of a validator's 32 ETH, in wei: 0 to 16 ETH.
    function stakeRequired(uint32 id) external view returns (uint256);
}
