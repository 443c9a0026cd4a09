// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Custody} from "../../../contracts/custody/Custody.sol";
import {TestAnkr} from "../../../contracts/dev/TestAnkr.sol";
import {ICustody} from "../../../contracts/interfaces/ICustody.sol";
import {ExactPull} from "../../../contracts/lib/ExactPull.sol";
import {FeeToken, HookToken, SilentToken} from "../government/BadTokens.sol";
import {CustodyNetwork} from "./CustodyNetwork.sol";

/// @notice Delegates, and is paid; does the same again, and takes back, while it is being paid.
contract Greedy {
    Custody private immutable CUSTODY;
    ICustody.Move private _move;
    bytes private _byProvider;
    bytes private _bySystem;
    uint256 public tried;
    uint256 public gained;

    constructor(Custody custody, TestAnkr token) payable {
        CUSTODY = custody;
        token.approve(address(custody), type(uint256).max);
    }

    function delegate(uint128 ankr, uint256 eth) external {
        if (ankr != 0) CUSTODY.delegateAnkr(1, 1 days, 1, 1, ankr);
        if (eth != 0) CUSTODY.delegateEth{value: eth}(1, 1 days, 1, 1);
    }

    function move(ICustody.Move calldata m, bytes calldata p, bytes calldata s) external {
        (_move, _byProvider, _bySystem) = (m, p, s);
        CUSTODY.move(m, p, s);
    }

    function takeBack(uint64 id) external {
        _move.delegation = id;
        CUSTODY.takeBack(id, payable(this));
    }

    function onTokens() public {
        if (_move.delegation == 0) return;
        ++tried;
        try CUSTODY.move(_move, _byProvider, _bySystem) {
            ++gained;
        } catch {}
        try CUSTODY.takeBack(_move.delegation, payable(this)) {
            ++gained;
        } catch {}
    }

    receive() external payable {
        onTokens();
    }
}

/// @notice Tokens and receivers that call back, take a fee, or answer nothing.
contract CustodyTokensTest is CustodyNetwork {
    function newToken() internal override returns (TestAnkr) {
        return new HookToken();
    }

    function test_reentrancyPaysOnce() external {
        // Others' money is there to be taken.
        delegateEth(100 ether);
        delegateAnkr(100 ether);
        grab(10 ether, 0);
        grab(0, 10 ether);
        equal(address(custody).balance, 100 ether, "others' ETH");
        equal(token.balanceOf(address(custody)), 100 ether, "others' ANKR");
    }

    function grab(uint128 ankr, uint128 eth) private {
        Greedy greedy = new Greedy{value: eth}(custody, token);
        token.mint(address(greedy), ankr);
        greedy.delegate(ankr, eth);
        uint64 id = custody.total();
        ICustody.Move memory m = moveOf(id, address(greedy), 4 ether);
        greedy.move(m, byProvider(m), bySystem(m));
        equal(custody.delegationOf(id).amount, 6 ether, "one move");
        vm.warp(custody.delegationOf(id).endsAt);
        greedy.takeBack(id);
        equal(custody.delegationOf(id).amount, 0, "all taken back");
        equal(greedy.tried(), 2, "it tried each time");
        equal(greedy.gained(), 0, "for nothing");
        equal(address(greedy).balance, eth, "its ETH");
        equal(token.balanceOf(address(greedy)), ankr, "its ANKR");
    }

    function other(address token_) private returns (Custody made) {
        made = new Custody(ICustody.Params(token_, address(owners), GOVERNMENT));
        custody = made;
        setProviderKey(BY_PROVIDER);
        setSystemKey(BY_SYSTEM);
    }

    function test_badTokens() external {
        FeeToken fee = new FeeToken();
        other(address(fee));
        fee.mint(ANN, 1_000);
        vm.prank(ANN);
        fee.approve(address(custody), 1_000);
        vm.expectRevert(abi.encodeWithSelector(ExactPull.TransferInexact.selector, 1_000, 990));
        vm.prank(ANN);
        custody.delegateAnkr(ID, 30 days, 1, 1, 1_000);
        equal(custody.total(), 0, "nothing delegated");
        SilentToken silent = new SilentToken();
        other(address(silent));
        silent.mint(ANN, 1_000);
        uint64 id = delegateAnkr(1_000);
        send(moveOf(id, BOB, 600));
        equal(silent.balanceOf(BOB), 600, "moved");
    }
}
