// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "./IPool.sol";

/// @title Reward Pool: pays those who keep the system running
/// @notice Receives its share of every completed job, and says from where. It pays nothing out:
/// what shares it out (white paper, R6) is an issue of its own.
interface IRewardPool is IPool {}
