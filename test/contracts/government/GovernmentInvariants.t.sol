// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IGovernment} from "../../../contracts/interfaces/IGovernment.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {IStaking} from "../../../contracts/interfaces/IStaking.sol";
import {Campaign} from "../support/Campaign.sol";
import {GovernmentHandler} from "./GovernmentHandler.sol";

/// @notice What must hold after any sequence of calls: money, seats, votes, slashes.
contract GovernmentInvariantsTest is Campaign {
    GovernmentHandler private handler;

    function setUp() public {
        handler = new GovernmentHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](14);
        list[0] = GovernmentHandler.pass.selector;
        list[1] = GovernmentHandler.deposit.selector;
        list[2] = GovernmentHandler.askBack.selector;
        list[3] = GovernmentHandler.withdraw.selector;
        list[4] = GovernmentHandler.stand.selector;
        list[5] = GovernmentHandler.leave.selector;
        list[6] = GovernmentHandler.elect.selector;
        list[7] = GovernmentHandler.stake.selector;
        list[8] = GovernmentHandler.unstake.selector;
        list[9] = GovernmentHandler.name.selector;
        list[10] = GovernmentHandler.propose.selector;
        list[11] = GovernmentHandler.vote.selector;
        list[12] = GovernmentHandler.punish.selector;
        list[13] = GovernmentHandler.handOver.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function invariant_moneySeatsVotes() external view {
        handler.check();
    }

    /// @dev A campaign in which nothing ever goes through would hold any invariant.
    function test_everyActionIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 600; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes memory words = abi.encode(seed >> 8, (seed >> 16) % 2);
            (bool ok, ) = address(handler).call(bytes.concat(list[seed % list.length], words));
            isTrue(ok, "an action fails");
        }
        handler.check();
        bytes4[15] memory reached = [
            ICouncil.stand.selector,
            ICouncil.standDown.selector,
            ICouncil.resign.selector,
            ICouncil.elect.selector,
            IMemberStakes.deposit.selector,
            IMemberStakes.requestWithdrawal.selector,
            IMemberStakes.withdraw.selector,
            IMemberStakes.handOver.selector,
            IStaking.stake.selector,
            IStaking.unstake.selector,
            IStaking.move.selector,
            bytes4(keccak256("delegate(address)")),
            bytes4(keccak256("propose(address[],uint256[],bytes[],string)")),
            bytes4(keccak256("castVote(uint256,uint8)")),
            IGovernment.punishAbsence.selector
        ];
        for (uint256 i = 0; i < reached.length; ++i) {
            if (handler.done(reached[i]) == 0) revert NotEqual("never went through", i, uint32(reached[i]));
        }
    }
}
