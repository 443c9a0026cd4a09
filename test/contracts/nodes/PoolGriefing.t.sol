// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMicroPool} from "../../../contracts/interfaces/IMicroPool.sol";
import {IPoolTypes} from "../../../contracts/interfaces/IPoolTypes.sol";
import {PoolNetwork} from "./PoolNetwork.sol";

/// @notice Calls back into the pool from within every payment.
contract Greedy {
    IMicroPool private immutable POOL;
    bytes private _again;
    bytes4 public answer;

    constructor(IMicroPool pool) {
        POOL = pool;
    }

    receive() external payable {
        if (_again.length == 0) return;
        (, bytes memory data) = address(POOL).call(_again);
        answer = bytes4(data);
    }

    function set(bytes calldata again) external {
        (_again, answer) = (again, 0);
    }

    function act(address to, uint256 value, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory said) = to.call{value: value}(data);
        if (done) return said;
        assembly {
            revert(add(said, 0x20), mload(said))
        }
    }
}

/// @notice Takes no ETH and no for an answer.
contract Stubborn {
    function act(address to, uint256 value, bytes calldata data) external {
        (bool done, bytes memory answer) = to.call{value: value}(data);
        if (done) return;
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

contract PoolGriefingTest is PoolNetwork {
    Greedy private greedy;

    function setUp() public override {
        super.setUp();
        greedy = new Greedy(pool);
        vm.deal(address(greedy), 100 ether);
        give(address(greedy), address(pool));
    }

    function quietly(uint256 value, bytes memory data) private {
        greedy.set("");
        greedy.act(address(pool), value, data);
    }

    function refusesBack(bytes memory inner, uint256 value, bytes memory outer) private {
        greedy.set(inner);
        greedy.act(address(pool), value, outer);
        equal(greedy.answer(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "called back in vain");
    }

    function test_reentrancy_changesNothing() external {
        bytes memory joining = abi.encodeCall(pool.join, ());
        bytes memory leaving = abi.encodeCall(pool.leaveWith, (1 ether));
        quietly(4 ether, joining);
        refusesBack(leaving, 0, leaving);
        equal(pool.positionOf(address(greedy)).eth, 3 ether, "one was taken, once");
        refusesBack(leaving, 40 ether, joining);
        equal(pool.positionOf(address(greedy)).eth, 28 ether, "filled");
        equal(address(pool).balance, 32 ether, "held");
        predeposit(pool);
        prove(pool);
        pool.start();
        finish(34 ether);
        bytes memory claiming = abi.encodeCall(pool.claim, (payable(address(greedy))));
        refusesBack(claiming, 0, claiming);
        equal(pool.claimable(address(greedy)), 0, "rewards taken once");
        bytes memory redeeming = abi.encodeCall(pool.redeem, (1 ether, payable(address(greedy))));
        refusesBack(redeeming, 0, redeeming);
        equal(pool.positionOf(address(greedy)).redeemed, 1 ether, "redeemed once");
        equal(aEth.totalSupply(), 27 ether, "burnt once");
    }

    function test_aReceiverThatRefuses_hurtsItselfAlone() external {
        Stubborn stubborn = new Stubborn();
        vm.deal(address(stubborn), 100 ether);
        give(address(stubborn), address(pool));
        bytes memory refused = abi.encodeWithSelector(IPoolTypes.EthRefused.selector, address(stubborn));
        vm.expectRevert(refused);
        stubborn.act(address(pool), 40 ether, abi.encodeCall(pool.join, ()));
        stubborn.act(address(pool), 4 ether, abi.encodeCall(pool.join, ()));
        vm.expectRevert(refused);
        stubborn.act(address(pool), 0, abi.encodeCall(pool.leaveWith, (1 ether)));
        predeposit(pool);
        prove(pool);
        join(BOB, 24 ether);
        pool.start();
        finish(34 ether);
        equal(claim(BOB), 1.2 ether, "others are paid");
        vm.expectRevert(refused);
        stubborn.act(address(pool), 0, abi.encodeCall(pool.claim, (payable(address(stubborn)))));
        uint256 before = KIM.balance;
        stubborn.act(address(pool), 0, abi.encodeCall(pool.claim, (payable(KIM))));
        equal(KIM.balance - before, 0.2 ether, "it may name another");
    }

    function test_ethForcedIn_changesNoSum() external {
        withdrawTo(pool, 5 ether);
        join(ANN, 4 ether);
        equal(pool.room(), 24 ether, "room is by what was put in");
        leaves(ANN, 4 ether);
        fill();
        equal(address(deposits).balance, 32 ether, "exactly 32 are deposited");
        equal(address(pool).balance, 5 ether, "what was forced in stays");
        finish(32 ether);
        equal(pool.result().rewards, 4 ether, "and is shared out like rewards");
    }

    /// @notice 32 ETH sent by a stranger end the pool early; the validator's own come later, to the same people.
    function test_aStrangersThirtyTwoEth_areAGift() external {
        fill();
        withdrawTo(pool, 32 ether);
        pool.complete();
        equal(redeem(BOB, 24 ether), 24 ether, "users are whole");
        vm.prank(KIM);
        pool.exit{value: 1}();
        withdrawTo(pool, 32 ether);
        pool.distribute();
        equal(claim(BOB), (25.6 ether * 24) / 32, "the validator's ETH is theirs as well");
    }

    function test_dust_isAJoinLikeAnother() external {
        predeposit(pool);
        prove(pool);
        for (uint256 i = 0; i < 20; ++i) join(ANN, 1);
        equal(pool.positionOf(ANN).paid, 63, "20 * 3.125, rounded up once");
        join(BOB, 28 ether - 21);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filling), "a wei is missing");
        join(KIM, 1);
        equal(stateOf(pool), uint256(IPoolTypes.State.Filled), "and anybody gives it");
        pool.start();
        finish(32 ether + 10);
        equal(pool.claimable(KIM), 0, "nothing to share for a wei");
        equal(redeem(KIM, 1), 1, "but it is its own");
    }
}
