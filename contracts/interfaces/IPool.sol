// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A pool of ANKR that keeps account of where its money came from
interface IPool {
    /// @param reason Why it came, in ASCII: "completion", "forfeit".
    event Contributed(address indexed from, bytes32 indexed reason, uint256 amount, uint256 total);

    error TokenMissing();
    error AmountZero();

    /// @notice Pulls `amount` from the caller. Open to anybody.
    function contribute(bytes32 reason, uint256 amount) external;

    function token() external view returns (address);
    /// @notice All that was contributed; what is sent without `contribute` is held but not counted.
    function total() external view returns (uint256);
    function contributed(address from, bytes32 reason) external view returns (uint256);
}
