// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInsurancePool} from "../interfaces/IInsurancePool.sol";
import {Pool} from "./Pool.sol";

/// @title Insurance Pool: covers what slashed validators cost their users
contract InsurancePool is Pool, IInsurancePool {
    constructor(address token_) Pool(token_) {}
}
