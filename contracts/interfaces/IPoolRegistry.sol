// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which contracts are micro-pools
/// @notice Whoever pays or lends to pools asks here, so that a new one need not be told to each of them.
interface IPoolRegistry {
    function isPool(address account) external view returns (bool);
}
