// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IInstallable} from "../../../contracts/interfaces/IInstallable.sol";
import {IPool} from "../../../contracts/interfaces/IPool.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {PoolRules} from "./PoolRules.sol";
import {RewardNetwork} from "./RewardNetwork.sol";
import {StakingNetwork} from "./StakingNetwork.sol";

/// @notice Who may do what, and within which bounds.
contract RewardRulesTest is RewardNetwork {
    function test_constructorRefuses() external {
        IRewardPool.Params memory p = PoolRules.reward(address(token));
        p.token = ANN;
        refused(p, IPool.TokenMissing.selector);
        p = PoolRules.reward(address(token));
        p.installer = address(0);
        refused(p, IAuthority.AuthorityMissing.selector);
        p = PoolRules.reward(address(token));
        p.development = address(0);
        refused(p, IRewardPool.DevelopmentMissing.selector);
        for (uint256 i = 0; i < 9; ++i) {
            p = PoolRules.reward(address(token));
            p.policy = outOfBounds(i);
            refused(p, IRewardPool.PolicyOutOfBounds.selector);
        }
    }

    function refused(IRewardPool.Params memory p, bytes4 reason) private {
        vm.expectRevert(reason);
        new RewardPool(p);
    }

    function outOfBounds(uint256 i) private pure returns (IRewardPool.Policy memory p) {
        p = PoolRules.shares();
        if (i == 0) p.governorsBps += 1;
        if (i == 1) (p.governorsBps, p.operatorsBps) = (4_001, 2_999);
        if (i == 2) (p.operatorsBps, p.stakersBps) = (1_999, 4_001);
        if (i == 3) (p.stakersBps, p.operatorsBps) = (999, 5_001);
        if (i == 4) (p.developmentBps, p.operatorsBps) = (2_001, 2_999);
        if (i == 5) p.votersBps = 5_001;
        if (i == 6) p.periodSeconds = 1 days - 1;
        if (i == 7) p.periodSeconds = 90 days + 1;
        if (i == 8) p.developmentBps -= 1;
    }

    function test_installRefuses() external {
        RewardPool fresh = new RewardPool(PoolRules.reward(address(token)));
        isTrue(!fresh.installed(), "not yet");
        vm.expectRevert(abi.encodeWithSelector(IInstallable.NotInstaller.selector, ANN));
        vm.prank(ANN);
        fresh.install(sources);
        for (uint256 i = 0; i < 5; ++i) {
            IRewardPool.Sources memory s = pool.sources();
            if (i == 0) s.council = ANN;
            if (i == 1) s.providers = ANN;
            if (i == 2) s.requesters = ANN;
            if (i == 3) s.staking = ANN;
            if (i == 4) s.nodes = ANN;
            vm.expectRevert(IRewardPool.SourceMissing.selector);
            fresh.install(s);
        }
        IRewardPool.Sources memory nobody = pool.sources();
        nobody.authority = address(0);
        vm.expectRevert(IAuthority.AuthorityMissing.selector);
        fresh.install(nobody);
        vm.expectRevert(IInstallable.AlreadyInstalled.selector);
        pool.install(sources);
        equal(pool.authority(), StakingNetwork.GOVERNMENT, "authority handed over");
    }

    function test_onlyTheAuthoritySetsPolicy() external {
        IRewardPool.Policy memory p = PoolRules.shares();
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.setPolicy(p);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        pool.setDevelopment(ANN);
        for (uint256 i = 0; i < 9; ++i) {
            vm.expectRevert(IRewardPool.PolicyOutOfBounds.selector);
            vm.prank(StakingNetwork.GOVERNMENT);
            pool.setPolicy(outOfBounds(i));
        }
        vm.expectRevert(IRewardPool.DevelopmentMissing.selector);
        vm.prank(StakingNetwork.GOVERNMENT);
        pool.setDevelopment(address(0));
        (p.governorsBps, p.operatorsBps) = (4_000, 3_000);
        vm.prank(StakingNetwork.GOVERNMENT);
        pool.setPolicy(p);
        vm.prank(StakingNetwork.GOVERNMENT);
        pool.setDevelopment(ANN);
        give(100 ether);
        release();
        equal(pool.potOf(IRewardPool.Group.Governors).ankr, 40 ether, "by the new policy");
        equal(pool.creditOf(ANN).eth, 10 ether, "to the new address");
    }

    function test_onlySourcesReport() external {
        address[4] memory callers = [sources.council, sources.providers, sources.staking, address(this)];
        for (uint256 c = 0; c < 4; ++c) {
            for (uint256 g = 0; g < 4; ++g) {
                if (c < 2 && g == c) continue;
                IRewardPool.Group group = IRewardPool.Group(g);
                vm.expectRevert(abi.encodeWithSelector(IRewardPool.NotSource.selector, group, callers[c]));
                vm.prank(callers[c]);
                pool.sync(group, ANN, 1);
            }
        }
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.NotSource.selector, IRewardPool.Group.Stakers, ANN));
        vm.prank(ANN);
        pool.syncStake(ANN, 1, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardPool.NotSource.selector, IRewardPool.Group.Voters, ANN));
        vm.prank(ANN);
        pool.syncVote(ANN, KIM, 1);
    }
}
