// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeaconChain} from "./IBeaconChain.sol";
import {IPoolFunding} from "./IPoolFunding.sol";
import {IPoolTypes} from "./IPoolTypes.sol";

/// @title What a micro-pool pays: fees once it has started, what came back once it has ended
/// @notice Read `IMicroPool` first.
interface IPoolPayout is IPoolTypes {
    /// @notice Sends the users' ANKR where it belongs, after the start. Open to anybody.
    function payFee() external;

    /// @notice Takes a proof of what the running validator is worth, so that aETH counts a loss at once. Open to anybody.
    function valueBy(IBeaconChain.Proof calldata proof) external;

    /// @notice Ends a validator of which at least 32 ETH came back. Open to anybody.
    function complete() external;

    /// @notice Ends a validator that is proven empty, whatever came back. Open to anybody.
    function completeBy(IBeaconChain.Proof calldata proof) external;

    /// @notice Pays users from what the Insurance Pool owes for them. Open to anybody.
    function collect() external;

    /// @notice Shares out ETH that came after the end. Open to anybody.
    function distribute() external;

    /// @notice Sends both pools their shares. Open to anybody.
    function forward() external;

    /// @notice Pays the caller's rewards, and the provider its stake, to `to`.
    function claim(address payable to) external returns (uint256 amount);

    /// @notice Burns the caller's aETH for its own principal, as long as that is set aside.
    function redeem(uint72 amount, address payable to) external returns (uint256 paid);

    /// @notice 30 days after it was closed, gives what users left in it to all holders of aETH. Open to anybody.
    function abandon() external;

    /// @notice Moves all users to `to`. Factory only.
    function migrate(IPoolFunding to) external;

    function result() external view returns (Result memory);

    /// @notice What `claim` would pay an account now.
    function claimable(address account) external view returns (uint256);
}
