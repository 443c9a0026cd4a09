// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IDividends} from "../../../contracts/interfaces/IDividends.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IRequesters} from "../../../contracts/interfaces/IRequesters.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {IStaking} from "../../../contracts/interfaces/IStaking.sol";
import {PoolHandler} from "../nodes/PoolHandler.sol";
import {Campaign} from "../support/Campaign.sol";
import {EconomyHandler} from "./EconomyHandler.sol";

/// @notice The seven properties that must hold always, of the whole economy at once.
contract EconomyInvariantsTest is Campaign {
    error Refused(bytes4 action, bytes why);

    EconomyHandler private handler;

    function setUp() public {
        handler = new EconomyHandler();
        handler.prepare();
    }

    function actions() internal pure override returns (bytes4[] memory list) {
        list = new bytes4[](30);
        list[0] = EconomyHandler.announceJob.selector;
        list[1] = EconomyHandler.work.selector;
        list[2] = EconomyHandler.collateral.selector;
        list[3] = EconomyHandler.audit.selector;
        list[4] = EconomyHandler.report.selector;
        list[5] = EconomyHandler.stakeAnkr.selector;
        list[6] = EconomyHandler.request.selector;
        list[7] = EconomyHandler.reward.selector;
        list[8] = EconomyHandler.sit.selector;
        list[9] = EconomyHandler.decide.selector;
        list[10] = EconomyHandler.payOut.selector;
        list[11] = EconomyHandler.redeemInside.selector;
        list[12] = EconomyHandler.intrude.selector;
        // A job has many steps.
        list[13] = EconomyHandler.work.selector;
        list[14] = EconomyHandler.work.selector;
        list[15] = EconomyHandler.stakeAnkr.selector;
        list[16] = PoolHandler.pass.selector;
        list[17] = PoolHandler.open.selector;
        list[18] = PoolHandler.put.selector;
        list[19] = PoolHandler.takeOut.selector;
        list[20] = PoolHandler.first.selector;
        list[21] = PoolHandler.end.selector;
        list[22] = PoolHandler.late.selector;
        list[23] = PoolHandler.pay.selector;
        list[24] = PoolHandler.take.selector;
        list[25] = PoolHandler.swap.selector;
        list[26] = PoolHandler.go.selector;
        list[27] = PoolHandler.insureMore.selector;
        list[28] = PoolHandler.addMore.selector;
        list[29] = EconomyHandler.fillPool.selector;
    }

    function _handler() internal view override returns (address) {
        return address(handler);
    }

    /// @dev Everything is read for every check, so most calls go unchecked until the next one, or the end of the run.
    function invariant_sevenProperties() external {
        if (handler.calls() % 16 == 0) handler.checkEconomy();
    }

    function afterInvariant() external {
        handler.checkEconomy();
    }

    /// @dev A campaign in which nothing ever goes through would hold any invariant.
    function test_everyRoleIsReached() external {
        uint256 seed = 0x5374;
        bytes4[] memory list = actions();
        for (uint256 i = 0; i < 1_200; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes memory words = abi.encode(seed >> 8, seed >> 24, (seed >> 40) % 2, (seed >> 56) % 2);
            (bool ok, bytes memory why) = address(handler).call(bytes.concat(list[seed % list.length], words));
            if (!ok) revert Refused(list[seed % list.length], why);
        }
        handler.checkEconomy();
        bytes4[20] memory reached = [
            IMarketplace.announce.selector,
            IMarketplace.settle.selector,
            IProjects.confirm.selector,
            IProjects.depositEth.selector,
            IProjects.complete.selector,
            IProjects.concede.selector,
            IProjects.withdraw.selector,
            IMarketplace.refund.selector,
            IMarketplace.withdrawCredit.selector,
            IDiscipline.report.selector,
            IDividends.measure.selector,
            IStaking.stake.selector,
            IStaking.unstake.selector,
            IRequesters.withdraw.selector,
            IRewardPool.release.selector,
            IRewardPool.claim.selector,
            bytes4(keccak256("execute(address[],uint256[],bytes[],bytes32)")),
            ICouncil.stand.selector,
            ICouncil.elect.selector,
            bytes4(keccak256("castVote(uint256,uint8)"))
        ];
        for (uint256 i = 0; i < reached.length; ++i) {
            if (handler.done(reached[i]) == 0) revert NotEqual("never went through", i, uint32(reached[i]));
        }
        isTrue(handler.starts() != 0 && handler.ends() != 0, "no validator ran");
    }
}
