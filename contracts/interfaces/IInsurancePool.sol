// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "./IAuthority.sol";
import {IInstallable} from "./IInstallable.sol";
import {IPool} from "./IPool.sol";

/// @title Insurance Pool: covers what slashed validators cost their users
/// @notice Receives its share of every completed job and all that is forfeited, and says from where. Micro-pools report
/// what is left of a loss after the provider's own stake (white paper 3.4.6; R5). The pool pays what it has; the rest it
/// owes, and whatever comes in later pays all that is owed in proportion. Only when nothing is owed is there a surplus: what
/// is above the threshold may by decision go to the Reward Pool or buy and burn ANKR.
/// @dev Claimants pull. ETH buys ANKR in a falling-price sale, open to anybody, that needs neither an exchange nor a price
/// feed; burnt is what is sent to 0x…dEaD, since `burn` is no part of ERC-20.
interface IInsurancePool is IPool, IAuthority, IInstallable {
    enum Asset {
        Ankr,
        Eth
    }

    /// @notice What must stay in the pool before there is a surplus.
    struct Policy {
        uint128 ankrThreshold;
        uint128 ethThreshold;
    }

    /// @param installer Names authority and micro-pools once, and sets policy until then.
    /// @param least What no vote can lower the thresholds below.
    struct Params {
        address token;
        address installer;
        address rewardPool;
        Policy policy;
        Policy least;
    }

    /// @notice A loss that was reported. `paid` is collected by the claimant.
    /// @param shares Of all that is owed in the asset.
    struct Claim {
        address claimant;
        Asset asset;
        uint32 round;
        uint128 loss;
        uint128 paid;
        uint256 shares;
    }

    /// @notice ETH of the surplus for sale, for ANKR that is burnt. The price falls evenly from the first to the last.
    /// @param remaining Wei not sold yet.
    /// @param firstPrice ANKR base units for one ETH when it begins.
    struct Sale {
        uint128 remaining;
        uint48 beginsAt;
        uint48 endsAt;
        uint128 firstPrice;
        uint128 lastPrice;
    }

    event PolicyChanged(Policy policy);
    event Claimed(uint256 indexed claim, address indexed claimant, Asset asset, uint256 loss, uint256 owed);
    event Collected(uint256 indexed claim, uint256 amount);
    event SurplusMoved(Asset asset, uint256 amount);
    event SaleOpened(Sale sale);
    event Sold(address indexed buyer, uint256 eth, uint256 ankr);
    event Burnt(uint256 ankr);

    error RewardPoolMissing();
    error PolicyOutOfBounds();
    error MicroPoolsMissing();
    error NotPool(address caller);
    error NotClaimant(uint256 claim, address caller);
    /// @notice One validator's ETH is the most that one claim may be for.
    error LossTooLarge(uint256 loss, uint256 most);
    error NothingToCollect(uint256 claim);
    error SurplusTooSmall(Asset asset, uint256 surplus, uint256 asked);
    error SaleInvalid();
    error SaleClosed();
    error SaleTooSmall(uint256 remaining, uint256 asked);
    error PriceTooHigh(uint256 ankr, uint256 most);

    /// @notice Reports a loss that the provider's stake did not cover. Micro-pools only; `collect` pays.
    function cover(Asset asset, uint256 loss) external returns (uint256 claim);
    /// @notice Pays the caller what its claim is due by now. The claim's claimant only; it must take plain ETH.
    function collect(uint256 claim) external returns (uint256 amount);

    /// @notice Gives surplus to the Reward Pool. Authority only.
    function moveSurplus(Asset asset, uint256 amount) external;
    /// @notice Burns ANKR of the surplus. Authority only.
    function burnSurplus(uint256 amount) external;
    /// @notice Offers ETH of the surplus from now on, in place of what was on offer before. Authority only.
    /// @param lasts Seconds, one hour to 30 days.
    function openSale(uint128 eth, uint128 firstPrice, uint128 lastPrice, uint32 lasts) external;
    /// @notice Buys `eth` wei for ANKR at the price of now, at most `mostAnkr`; the ANKR is burnt. Open to anybody.
    function buy(uint256 eth, uint256 mostAnkr, address payable to) external returns (uint256 ankr);

    /// @notice Names the authority and the registry of micro-pools, once. Installer only.
    function install(address authority, address microPools) external;
    function setPolicy(Policy calldata policy) external;

    function policy() external view returns (Policy memory);
    /// @notice Says who may report losses (`IPoolRegistry`).
    function microPools() external view returns (address);
    /// @notice What the pool holds that is promised to nobody.
    function free(Asset asset) external view returns (uint256);
    /// @notice What the pool has yet to receive before its claims are paid.
    function owed(Asset asset) external view returns (uint256);
    /// @notice Free above the threshold; nothing while anything is owed.
    function surplus(Asset asset) external view returns (uint256);
    function claimOf(uint256 claim) external view returns (Claim memory);
    /// @notice What `collect` would pay now.
    function dueOf(uint256 claim) external view returns (uint256);
    function sale() external view returns (Sale memory);
    /// @notice ANKR base units for `eth` wei, now; rounded up.
    function costOf(uint256 eth) external view returns (uint256 ankr);
}
