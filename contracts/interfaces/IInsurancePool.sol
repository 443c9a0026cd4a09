// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "./IPool.sol";

/// @title Insurance Pool: covers what slashed validators cost their users
/// @notice Receives its share of every completed job and all that bidders forfeit, and says from where. It pays nothing out:
/// what covers losses (white paper, R5) is an issue of its own.
interface IInsurancePool is IPool {}
