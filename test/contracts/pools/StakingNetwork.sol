// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../../contracts/government/Staking.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {PoolRules} from "./PoolRules.sol";
import {Anything, Candidates, Runs} from "./Stubs.sol";

/// @notice Staking with the pool it reports to, beside candidates and projects that are set at will.
library StakingNetwork {
    address internal constant GOVERNMENT = address(0x6073);

    struct Parts {
        RewardPool pool;
        Staking staking;
        Candidates candidates;
        Runs runs;
    }

    function create(address token, address registry) internal returns (Parts memory p) {
        p.pool = new RewardPool(PoolRules.reward(token));
        p.staking = new Staking(token, registry, address(p.pool));
        (p.candidates, p.runs) = (new Candidates(), new Runs());
        IRewardPool.Sources memory s;
        s.authority = GOVERNMENT;
        s.council = address(p.candidates);
        (s.providers, s.requesters) = (address(new Anything()), address(new Anything()));
        (s.staking, s.nodes) = (address(p.staking), address(p.runs));
        p.pool.install(s);
    }
}
