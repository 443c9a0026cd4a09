// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../interfaces/IProviders.sol";

/// @title Reputation score: the weight of a provider's bids in a draw
/// @notice Stake, settled prices, running time and uptime, each as basis points of full marks, weighed by the policy
/// (white paper 3.2; P4). Rounded down, to the unit as `src/auction/score.ts`. It never sees a running auction's bid.
library Score {
    uint256 internal constant BPS = 10_000;

    /// @return 1 to 10,000: a score of zero would make a sole bidder impossible to draw.
    function scoreOf(
        IProviders.Track memory track,
        uint256 stake,
        IProviders.Policy memory policy
    ) internal pure returns (uint16) {
        uint256 sum = share(stake, policy.maxCollateral) * policy.stakeWeight;
        sum += share(track.discountBpsSum, uint256(track.settledJobs) * BPS) * policy.priceWeight;
        uint256 fullTime = uint256(policy.fullRunningSeconds) * track.nodes;
        sum += share(track.runningSecondsSum, fullTime) * policy.runningTimeWeight;
        sum += share(track.uptimeBpsSum, uint256(track.periodsObserved) * BPS) * policy.uptimeWeight;
        return sum < BPS ? 1 : uint16(sum / BPS);
    }

    /// @notice What one completed job adds to the discounts.
    function discountBps(uint256 reserve, uint256 price) internal pure returns (uint256) {
        return reserve == 0 ? 0 : ((reserve - price) * BPS) / reserve;
    }

    /// @dev Parts of `full` in basis points, capped; a history of nothing earns nothing.
    function share(uint256 amount, uint256 full) private pure returns (uint256) {
        if (full == 0) return 0;
        return amount >= full ? BPS : (amount * BPS) / full;
    }
}
