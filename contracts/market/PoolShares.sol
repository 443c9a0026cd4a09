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

    bytes32 private constant COMPLETION = "completion";

    IERC20 internal immutable TOKEN;
    IPool internal immutable REWARD_POOL;
    IPool internal immutable INSURANCE_POOL;

    /// @dev What a pool is owed, and one more of each: a word that was zero would cost a completion as much as a new one.
    mapping(IPool pool => IPool.Amounts) private _owedAndOne;

    constructor(Params memory p) {
        bool there = p.sidecars.code.length != 0 && p.rewardPool.code.length != 0 && p.insurancePool.code.length != 0;
        if (!there) revert AddressMissing();
        TOKEN = IERC20(ISidecars(p.sidecars).params().token);
        REWARD_POOL = IPool(p.rewardPool);
        INSURANCE_POOL = IPool(p.insurancePool);
        _owedAndOne[REWARD_POOL] = IPool.Amounts(1, 1);
        _owedAndOne[INSURANCE_POOL] = IPool.Amounts(1, 1);
    }

    /// @inheritdoc IProjects
    function forward(IPool pool) external {
        IPool.Amounts memory owed = owedTo(pool);
        if (owed.ankr | owed.eth == 0) revert NothingToPay();
        _owedAndOne[pool] = IPool.Amounts(1, 1);
        emit Forwarded(pool, owed);
        if (owed.ankr != 0) {
            TOKEN.forceApprove(address(pool), owed.ankr);
            pool.contribute(COMPLETION, owed.ankr);
        }
        if (owed.eth != 0) pool.contributeEth{value: owed.eth}(COMPLETION);
    }

    /// @inheritdoc IProjects
    function owedTo(IPool pool) public view returns (IPool.Amounts memory owed) {
        owed = _owedAndOne[pool];
        if (owed.ankr != 0) (owed.ankr, owed.eth) = (owed.ankr - 1, owed.eth - 1);
    }

    function _bring(IPool.Amounts memory reward, IPool.Amounts memory insurance) internal {
        _owe(REWARD_POOL, reward);
        _owe(INSURANCE_POOL, insurance);
    }

    function _owe(IPool pool, IPool.Amounts memory more) private {
        if (more.ankr | more.eth == 0) return;
        IPool.Amounts memory owed = owedTo(pool);
        _owedAndOne[pool] = IPool.Amounts(owed.ankr + more.ankr + 1, owed.eth + more.eth + 1);
    }
}
