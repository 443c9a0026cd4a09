// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRewardPool} from "../interfaces/IRewardPool.sol";
import {Pool} from "./Pool.sol";

/// @title Reward Pool: pays those who keep the system running
contract RewardPool is Pool, IRewardPool {
    constructor(address token_) Pool(token_) {}
}
