// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../../contracts/government/Staking.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {Campaign} from "../support/Campaign.sol";
import {RewardHandler} from "./RewardHandler.sol";
import {Runs} from "./Stubs.sol";

/// @notice After any sequence of calls: what is owed is held, and everybody gets what stake and time say.
contract RewardInvariantsTest is Campaign {
    RewardHandler private handler;

    function setUp() public {
        handler = new RewardHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](10);
        list[0] = RewardHandler.pass.selector;
        list[1] = RewardHandler.give.selector;
        list[2] = RewardHandler.release.selector;
        list[3] = RewardHandler.syncOf.selector;
        list[4] = RewardHandler.stake.selector;
        list[5] = RewardHandler.unstake.selector;
        list[6] = RewardHandler.name.selector;
        list[7] = RewardHandler.candidacy.selector;
        list[8] = RewardHandler.project.selector;
        list[9] = RewardHandler.claim.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    function invariant_owedIsHeldAndFair() external view {
        handler.check();
    }

    /// @dev A campaign in which nothing ever goes through would hold any invariant.
    function test_everyActionIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 600; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes memory words = abi.encode(seed >> 8, (seed >> 16) % 2, (seed >> 24) % 2, (seed >> 32) % 2);
            (bool ok, bytes memory reason) = address(handler).call(bytes.concat(list[seed % list.length], words));
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(reason, 0x20), mload(reason))
                }
            }
            handler.check();
        }
        bytes4[12] memory reached = [
            IPool.contribute.selector,
            IPool.contributeEth.selector,
            IRewardPool.release.selector,
            IRewardPool.sync.selector,
            IRewardPool.syncStake.selector,
            IRewardPool.syncVote.selector,
            IRewardPool.recount.selector,
            IRewardPool.claim.selector,
            Staking.stake.selector,
            Staking.unstake.selector,
            Staking.move.selector,
            Runs.end.selector
        ];
        for (uint256 i = 0; i < reached.length; ++i) {
            if (handler.done(reached[i]) == 0) revert NotEqual("never went through", i, uint32(reached[i]));
        }
    }
}
