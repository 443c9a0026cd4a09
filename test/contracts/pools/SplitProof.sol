// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Split} from "../../../contracts/lib/Split.sol";

/// @notice What `scripts/prove.ts` proves of every input: parts add up to the whole, and none is more than its share. Amounts
/// are at most 128 bits, as everywhere in the pools.
contract SplitProof {
    function completion(uint128 all, uint256 price, uint16 rewardBps, uint16 insuranceBps) external pure {
        require(uint256(rewardBps) + insuranceBps <= Split.BPS);
        uint256 reserve = (uint256(all) * (Split.BPS - rewardBps - insuranceBps)) / Split.BPS;
        require(price <= reserve);
        (uint256 reward, uint256 insurance, uint256 rest) = Split.completion(all, price, rewardBps, insuranceBps);
        assert(price + reward + insurance + rest == all);
    }

    function released(
        uint128 all,
        uint16 governorsBps,
        uint16 operatorsBps,
        uint16 developmentBps,
        uint16 votersBps
    ) external pure {
        require(uint256(governorsBps) + operatorsBps + developmentBps <= Split.BPS);
        require(votersBps <= Split.BPS);
        (uint256 governors, uint256 operators, uint256 stakers, uint256 voters, uint256 development) = Split.released(
            all,
            governorsBps,
            operatorsBps,
            developmentBps,
            votersBps
        );
        assert(governors + operators + stakers + voters + development == all);
    }

    function leaving(uint128 amount, uint96 part, uint96 whole) external pure {
        require(whole != 0 && part <= whole);
        assert(Split.leaving(amount, part, whole) <= amount);
    }
}
