// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Beacon block roots for a network that has no beacon chain
/// @notice Answers as EIP-4788's contract does, from what anybody set: put its code at the system address. Never for a
/// public network.
contract BeaconRoots {
    mapping(uint256 timestamp => bytes32) private _roots;

    event RootSet(uint256 indexed timestamp, bytes32 root);

    /// @notice Sets the root of the parent of the block of a time.
    function set(uint256 timestamp, bytes32 root) external {
        _roots[timestamp] = root;
        emit RootSet(timestamp, root);
    }

    /// @notice 32 bytes of a timestamp are answered with 32 bytes of a root; everything else reverts.
    fallback(bytes calldata question) external returns (bytes memory) {
        bytes32 root = question.length == 32 ? _roots[uint256(bytes32(question))] : bytes32(0);
        require(root != 0);
        return bytes.concat(root);
    }
}
