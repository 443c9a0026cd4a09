// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Takes part like anybody, and when ETH or a token that calls back reaches it, makes the same call again, and others'
/// calls, too.
contract Intruder {
    address private _target;
    bytes private _data;
    bool private _inside;
    uint256 public attempts;
    uint256 public successes;

    function act(address target, uint256 eth, bytes calldata data) external returns (bool ok) {
        (_target, _data) = (target, data);
        (ok, ) = target.call{value: eth}(data);
        (_target, _inside) = (address(0), false);
    }

    function onTokens() external {
        again();
    }

    receive() external payable {
        again();
    }

    function again() private {
        if (_target == address(0) || _inside) return;
        _inside = true;
        ++attempts;
        (bool ok, ) = _target.call(_data);
        if (ok) ++successes;
        _inside = false;
    }
}
