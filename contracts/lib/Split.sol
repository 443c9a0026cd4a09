// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title How one amount becomes several that add up to it
/// @notice Pure, and for every input proven to add up, by `scripts/prove.ts`. Rates are basis points; rates that add up to more than
/// 10,000 are the caller's mistake and revert.
library Split {
    uint256 internal constant BPS = 10_000;

    /// @notice A job's money at completion (R1). Pools' shares are rounded down, the requester gets all the rest.
    /// @param all Fixed price and profit; `price` what the provider bid, at most what the rates leave.
    function completion(
        uint256 all,
        uint256 price,
        uint256 rewardBps,
        uint256 insuranceBps
    ) internal pure returns (uint256 reward, uint256 insurance, uint256 rest) {
        reward = (all * rewardBps) / BPS;
        insurance = (all * insuranceBps) / BPS;
        rest = all - price - reward - insurance;
    }

    /// @notice What is released from the Reward Pool (R6). All shares but the stakers' are rounded down; of the stakers' share
    /// a part is for those who vote.
    function released(
        uint256 all,
        uint256 governorsBps,
        uint256 operatorsBps,
        uint256 developmentBps,
        uint256 votersBps
    )
        internal
        pure
        returns (uint256 governors, uint256 operators, uint256 stakers, uint256 voters, uint256 development)
    {
        governors = (all * governorsBps) / BPS;
        operators = (all * operatorsBps) / BPS;
        development = (all * developmentBps) / BPS;
        stakers = all - governors - operators - development;
        voters = (stakers * votersBps) / BPS;
        stakers -= voters;
    }

    /// @notice What leaves with `part` of `whole`, rounded up: never more than `amount`.
    function leaving(uint256 amount, uint256 part, uint256 whole) internal pure returns (uint256) {
        return (amount * part + whole - 1) / whole;
    }
}
