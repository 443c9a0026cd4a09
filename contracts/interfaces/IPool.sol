// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A pool of ANKR and ETH that keeps account of where its money came from
interface IPool {
    /// @notice Base units of the token, and wei.
    struct Amounts {
        uint128 ankr;
        uint128 eth;
    }

    /// @param reason Why it came, in ASCII: "completion", "forfeit".
    event Contributed(address indexed from, bytes32 indexed reason, uint256 amount, uint256 total);
    event EthContributed(address indexed from, bytes32 indexed reason, uint256 amount, uint256 total);

    error TokenMissing();
    error AmountZero();
    error NothingToGather();
    /// @notice The receiver does not take ETH; name another.
    error EthRefused(address to);

    /// @notice Pulls `amount` from the caller. Open to anybody.
    function contribute(bytes32 reason, uint256 amount) external;
    /// @notice Takes the ETH sent along. Open to anybody.
    function contributeEth(bytes32 reason) external payable;

    /// @notice Counts ANKR that was sent without `contribute`, as slashed stake of sidecars is, as contributed by the pool
    /// itself with the reason "sent". Open to anybody.
    function gather() external returns (uint256 amount);

    function token() external view returns (address);
    /// @notice All ANKR that was contributed; what is sent without `contribute` counts once it is gathered.
    function total() external view returns (uint256);
    /// @notice All wei that was contributed.
    function totalEth() external view returns (uint256);
    function contributed(address from, bytes32 reason) external view returns (uint256);
    function contributedEth(address from, bytes32 reason) external view returns (uint256);
}
