// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IRequesters} from "../../../contracts/interfaces/IRequesters.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";

/// @notice Pools by the white paper's shares, with the caller's contract as installer.
library PoolRules {
    address internal constant DEVELOPMENT = address(0xDE7);

    function shares() internal pure returns (IRewardPool.Policy memory) {
        return IRewardPool.Policy(3_000, 4_000, 2_000, 1_000, 2_500, 30 days);
    }

    function thresholds() internal pure returns (IInsurancePool.Policy memory) {
        return IInsurancePool.Policy(1_000 ether, 64 ether);
    }

    function reward(address token) internal view returns (IRewardPool.Params memory) {
        return IRewardPool.Params(token, address(this), DEVELOPMENT, shares());
    }

    function insurance(address token, address rewardPool) internal view returns (IInsurancePool.Params memory) {
        IInsurancePool.Policy memory least = IInsurancePool.Policy(100 ether, 32 ether);
        return IInsurancePool.Params(token, address(this), rewardPool, thresholds(), least);
    }

    function requesters(address token, address rewardPool) internal view returns (IRequesters.Params memory) {
        return IRequesters.Params(token, rewardPool, address(this), 7 days);
    }
}
