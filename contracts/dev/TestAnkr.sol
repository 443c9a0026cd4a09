// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Stand-in for ANKR on a local network
/// @notice Same decimals as ANKR (18). Anybody mints to anybody: worthless on purpose, never for a public network.
contract TestAnkr is ERC20 {
    constructor() ERC20("Test ANKR", "tANKR") {}

    /// @notice Creates `amount` base units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
