// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBeaconChain} from "./IBeaconChain.sol";
import {IPoolTypes} from "./IPoolTypes.sol";

/// @title A micro-pool until its validator ends: who puts what in, takes it out, starts and stops
/// @notice Read `IMicroPool` first.
interface IPoolFunding is IPoolTypes {
    /// @notice Adds to the provider's stake; what exceeds 32 ETH is refunded. Provider only, before the start.
    function add() external payable;

    /// @notice Deposits the provider's first ETH for the validator, with this contract as where it withdraws to. Provider
    /// only, once.
    /// @param signature Of the deposit of 1 ETH with `credentials`, 96 bytes.
    /// @param depositDataRoot Its SSZ root, compared with the one computed here.
    function predeposit(bytes calldata pubkey, bytes calldata signature, bytes32 depositDataRoot) external;

    /// @notice Takes a proof that the validator withdraws to this contract. Open to anybody.
    function prove(IBeaconChain.Proof calldata proof) external;

    /// @notice Starts the validator of a pool that is full and proven: deposits the other 31 ETH. Open to anybody.
    function start() external;

    /// @notice Stakes the ETH sent along, as far as there is room, pays its fee and mints aETH; the rest is refunded. When
    /// the pool is full and proven nobody joins or leaves any more.
    function join() external payable returns (uint72 eth, uint96 fee);

    /// @notice Takes `amount` and its fee back and burns as much aETH. Before the start, and after an end without one.
    function leaveWith(uint72 amount) external;

    /// @notice Asks the beacon chain for the validator. The fee is EIP-7002's (`exitFee`); the rest is refunded. Can be
    /// repeated: the beacon chain ignores requests that come too early.
    function exit() external payable;

    /// @notice Ends a pool that has not started: anybody after its end time, the provider while it has no users.
    function close() external;

    /// @notice Agrees to take over the users of another pool. Provider only.
    function accept(address predecessor) external;

    /// @notice Takes over an account's position from a pool that migrated here. Open to anybody.
    function bring(IPoolFunding predecessor, address account) external;

    /// @notice Takes over the users of a pool as one. That pool only.
    function adopt(uint96 fees) external payable;

    /// @notice Gives up a position to the pool that adopted it. That pool only.
    function handOver(address account) external returns (uint72 eth, uint96 fee);

    function factory() external view returns (address);

    function pool() external view returns (Pool memory);

    function positionOf(address account) external view returns (Position memory);

    /// @notice ETH that still fits in, wei.
    function room() external view returns (uint256);

    /// @notice ANKR that joining with `eth` more costs an account.
    function feeFor(address account, uint72 eth) external view returns (uint96);

    /// @notice Withdrawal credentials of the validator: 0x01 and this contract.
    function credentials() external view returns (bytes32);

    /// @notice What EIP-7002 asks for an exit now, wei.
    function exitFee() external view returns (uint256);
}
