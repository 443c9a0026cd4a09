// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../../contracts/government/Council.sol";
import {Government} from "../../../contracts/government/Government.sol";
import {Timelock} from "../../../contracts/government/Timelock.sol";
import {ICouncil} from "../../../contracts/interfaces/ICouncil.sol";
import {IGovernment} from "../../../contracts/interfaces/IGovernment.sol";
import {IMemberStakes} from "../../../contracts/interfaces/IMemberStakes.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {IBeacons} from "../../../contracts/interfaces/IBeacons.sol";
import {HookToken} from "../government/BadTokens.sol";
import {AuditedMarket} from "../market/AuditedMarket.sol";
import {MarketParts} from "../market/MarketParts.sol";
import {PoolHandler} from "../nodes/PoolHandler.sol";
import {PoolNetwork} from "../nodes/PoolNetwork.sol";
import {Intruder} from "./Intruder.sol";

/// @notice Every contract of the economy beside the others, as in a deployment: market and micro-pools, pools that are fed by
/// them, staking, council and government with n = 1, requesters. ANKR calls back whoever has code. Two governors
/// are invited, one has its seat; an intruder has money everywhere. Committee and drand are taken at their word.
abstract contract EconomyNetwork is PoolHandler, AuditedMarket {
    uint96 internal constant SEAT_MIN = 100 ether;
    uint256 internal constant PEOPLE = 4;
    /// @dev Of each provider: a sidecar that a micro-pool holds takes no job.
    uint32 internal constant SIDECARS_EACH = 3;

    Council internal council;
    Government internal government;
    Timelock internal timelock;
    Intruder internal intruder;

    function setUp() public virtual override(PoolNetwork, AuditedMarket) {
        super.setUp();
        bytes memory asked = abi.encodePacked(IBeacons.requireRandomness.selector);
        vm.mockCall(address(beacons), asked, abi.encode(keccak256("pick")));
        vm.etch(address(token), address(new HookToken()).code);
        council = new Council(councilParams());
        IGovernment.Params memory p;
        (p.council, p.timelock) = (address(council), 2 days);
        p.policy = IGovernment.Policy(1 hours, 3 days, 5_000);
        p.bounds = IGovernment.Bounds(7 days, 1 days, 14 days, 1 days, 30 days, 14 days);
        government = new Government(p);
        council.install(address(government));
        timelock = Timelock(payable(government.timelock()));
        IRewardPool.Sources memory s;
        (s.authority, s.council) = (address(timelock), address(council));
        (s.providers, s.requesters) = (address(dividends), address(requesters));
        (s.staking, s.nodes) = (address(staking), address(nodes));
        rewardPool.install(s);
        for (uint32 id = PROVIDERS_FIRST + 1; id <= PROVIDERS_FIRST * SIDECARS_EACH; ++id) {
            uint32 i = 1 + ((id - 1) % PROVIDERS_FIRST);
            registerAs(ownerAt(i), id);
            providers.enrol(i, id);
        }
        intruder = new Intruder();
        for (uint256 i = 0; i < PEOPLE; ++i) fund(person(i));
        fund(REQUESTER);
        vm.prank(person(0));
        council.deposit(SEAT_MIN);
        vm.prank(person(0));
        council.acceptSeat();
        vm.warp(block.timestamp + 1);
    }

    function installOthers() internal override(MarketParts, PoolNetwork) {}

    /// @dev The last of the people is the intruder.
    function person(uint256 seed) internal view returns (address) {
        uint256 i = seed % PEOPLE;
        return i + 1 == PEOPLE ? address(intruder) : address(uint160(0xE000 + i));
    }

    function fund(address who) private {
        vm.deal(who, 1_000 ether);
        token.mint(who, 1_000_000 ether);
        address[5] memory spenders = [
            address(staking),
            address(council),
            address(requesters),
            address(market),
            address(projects)
        ];
        for (uint256 i = 0; i < spenders.length; ++i) {
            vm.prank(who);
            token.approve(spenders[i], type(uint256).max);
        }
    }

    function councilParams() private view returns (ICouncil.Params memory p) {
        (p.token, p.votes) = (address(token), address(staking));
        (p.insurancePool, p.rewardPool) = (address(insurancePool), address(rewardPool));
        p.installer = address(this);
        p.transitionAt = uint48(block.timestamp) + 10 days;
        p.invited = new address[](2);
        for (uint256 i = 0; i < 2; ++i) p.invited[i] = address(uint160(0xE000 + i));
        p.policy = IMemberStakes.Policy(1, SEAT_MIN, 3_000, 30 days, 7 days);
        p.bounds = IMemberStakes.Bounds(10 ether, 1_000 ether, 1 days, 365 days, 1 days, 30 days);
    }
}
