// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInsurancePool} from "../../../contracts/interfaces/IInsurancePool.sol";
import {IPoolRegistry} from "../../../contracts/interfaces/IPoolRegistry.sol";

/// @notice Knows as micro-pools what it is told.
contract Registry is IPoolRegistry {
    /// @inheritdoc IPoolRegistry
    mapping(address account => bool) public isPool;

    function know(address account) external {
        isPool[account] = true;
    }
}

/// @notice Claims at anybody's word; refuses ETH, or collects again while it is paid, when told to.
contract Claimant {
    IInsurancePool private immutable POOL;
    bool private _refuses;
    bool private _grabs;
    uint256 private _claim;
    uint256 public grabbed;

    constructor(IInsurancePool pool) {
        POOL = pool;
    }

    function cover(IInsurancePool.Asset asset, uint256 loss) external returns (uint256) {
        return POOL.cover(asset, loss);
    }

    function collect(uint256 claim) external returns (uint256) {
        return POOL.collect(claim);
    }

    function refuse(bool refuses) external {
        _refuses = refuses;
    }

    function grab(uint256 claim) external {
        (_grabs, _claim) = (true, claim);
    }

    function again() private {
        if (!_grabs) return;
        try POOL.gather() returns (uint256 amount) {
            grabbed += amount;
        } catch {}
        try POOL.collect(_claim) returns (uint256 amount) {
            grabbed += amount;
        } catch {}
    }

    function onTokens() external {
        again();
    }

    receive() external payable {
        require(!_refuses, "refused");
        again();
    }
}
