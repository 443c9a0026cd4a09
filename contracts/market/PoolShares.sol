// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPool} from "../interfaces/IPool.sol";
import {IProjects} from "../interfaces/IProjects.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";

/// @title What completed jobs brought the pools, until somebody sends it on
abstract contract PoolShares is IProjects {
    using SafeERC20 for IERC20;

    /// @dev In one money, ever. Totals only grow: a word that goes back to zero would cost the next completion as much as a
    /// new one.
    struct Brought {
        uint128 reward;
        uint128 insurance;
    }

    bytes32 private constant COMPLETION = "completion";

    IERC20 internal immutable TOKEN;
    IPool internal immutable REWARD_POOL;
    IPool internal immutable INSURANCE_POOL;

    Brought private _ankr;
    Brought private _eth;
    /// @dev Of these, what the pools have.
    Brought private _ankrSent;
    Brought private _ethSent;

    constructor(Params memory p) {
        bool there = p.sidecars.code.length != 0 && p.rewardPool.code.length != 0 && p.insurancePool.code.length != 0;
        if (!there) revert AddressMissing();
        TOKEN = IERC20(ISidecars(p.sidecars).params().token);
        REWARD_POOL = IPool(p.rewardPool);
        INSURANCE_POOL = IPool(p.insurancePool);
    }

    /// @inheritdoc IProjects
    function forward() external {
        (IPool.Amounts memory toReward, IPool.Amounts memory toInsurance) = owedToPools();
        if (toReward.ankr | toReward.eth | toInsurance.ankr | toInsurance.eth == 0) revert NothingToPay();
        (_ankrSent, _ethSent) = (_ankr, _eth);
        emit Forwarded(toReward, toInsurance);
        _contribute(REWARD_POOL, toReward);
        _contribute(INSURANCE_POOL, toInsurance);
    }

    /// @inheritdoc IProjects
    function owedToPools() public view returns (IPool.Amounts memory toReward, IPool.Amounts memory toInsurance) {
        toReward = IPool.Amounts(_ankr.reward - _ankrSent.reward, _eth.reward - _ethSent.reward);
        toInsurance = IPool.Amounts(_ankr.insurance - _ankrSent.insurance, _eth.insurance - _ethSent.insurance);
    }

    function _bring(IPool.Amounts memory reward, IPool.Amounts memory insurance) internal {
        _add(_ankr, reward.ankr, insurance.ankr);
        _add(_eth, reward.eth, insurance.eth);
    }

    function _add(Brought storage brought, uint128 reward, uint128 insurance) private {
        if (reward | insurance == 0) return;
        brought.reward += reward;
        brought.insurance += insurance;
    }

    function _contribute(IPool pool, IPool.Amounts memory amounts) private {
        if (amounts.ankr != 0) {
            TOKEN.forceApprove(address(pool), amounts.ankr);
            pool.contribute(COMPLETION, amounts.ankr);
        }
        if (amounts.eth != 0) pool.contributeEth{value: amounts.eth}(COMPLETION);
    }
}
