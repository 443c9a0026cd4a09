// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevPriceFeed} from "../../../contracts/dev/DevPriceFeed.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IDividends} from "../../../contracts/interfaces/IDividends.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IProjects} from "../../../contracts/interfaces/IProjects.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {Discipline} from "../../../contracts/market/Discipline.sol";
import {Dividends} from "../../../contracts/market/Dividends.sol";
import {Marketplace} from "../../../contracts/market/Marketplace.sol";
import {Projects} from "../../../contracts/market/Projects.sol";
import {Providers} from "../../../contracts/market/Providers.sol";
import {Quotes} from "../../../contracts/market/Quotes.sol";
import {Requesters} from "../../../contracts/pools/Requesters.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {Staking} from "../../../contracts/government/Staking.sol";
import {Nodes} from "../../../contracts/nodes/Nodes.sol";
import {PoolRules} from "../pools/PoolRules.sol";
import {Network} from "../support/Network.sol";

/// @notice A market on the test network, in its epoch 0: four qualified providers with 1,000 ANKR of collateral each.
/// Provider i (from 1) has owner ownerAt(i), sidecar i and record key 999 + i.
abstract contract MarketParts is Network {
    uint32 internal constant PROVIDERS_FIRST = 4;
    uint32 internal constant DELAY = 1 hours;
    uint96 internal constant COLLATERAL = 1_000 ether;
    uint32 internal constant START_SECONDS = 60;
    uint32 internal constant CONFIRM_SECONDS = 5 * PERIOD;
    uint32 internal constant CHALLENGE_SECONDS = 2 * PERIOD;
    uint32 internal constant RULING_SECONDS = 30 days;
    uint256 internal constant SETTLE_SPAN = 20 * ROUND;
    address internal constant GOVERNMENT = address(0x60C);
    address internal constant REQUESTER = address(0xCAFE);
    address internal constant ANYBODY = address(0xABCD);
    bytes32 internal constant KIND = "ethereum";
    bytes32 internal constant SPEC = keccak256("spec");

    DevPriceFeed internal feed;
    Quotes internal quotes;
    RewardPool internal rewardPool;
    InsurancePool internal insurancePool;
    Providers internal providers;
    Discipline internal discipline;
    Dividends internal dividends;
    Requesters internal requesters;
    Staking internal staking;
    Nodes internal nodes;
    Projects internal projects;
    Marketplace internal market;
    uint64 internal lastPeriod = NONE;

    function setUp() public virtual override {
        super.setUp();
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) registerFor(i);
        feed = new DevPriceFeed(8, 1e8);
        quotes = new Quotes(GOVERNMENT, defaultRates(), feed, 1 hours);
        rewardPool = new RewardPool(PoolRules.reward(address(token)));
        insurancePool = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        providers = new Providers(providerParams());
        requesters = new Requesters(PoolRules.requesters(address(token), address(rewardPool)));
        staking = new Staking(address(token), address(sidecars), address(rewardPool));
        nodes = new Nodes(address(sidecars), address(staking), address(this));
        projects = new Projects(projectParams());
        market = new Marketplace(marketParams());
        projects.install(address(market));
        discipline = new Discipline(disciplineParams(address(providers)));
        dividends = new Dividends(dividendsParams(address(providers)));
        providers.install(address(market), address(discipline), address(dividends));
        installOthers();
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) onboard(i);
        give(REQUESTER, address(market));
        give(REQUESTER, address(projects));
        vm.deal(REQUESTER, 1_000 ether);
        vm.warp(START + 30);
    }

    /// @dev Nobody governs, and there are no micro-pools: the sidecars' registry stands for what has no part in it.
    function installOthers() internal virtual {
        nodes.installWriters(address(projects), address(sidecars));
        rewardPool.install(sources());
    }

    function ownerAt(uint32 i) internal pure returns (address) {
        return address(uint160(0xB000 + i));
    }

    function defaultRates() internal pure returns (IQuotes.Rates memory) {
        return IQuotes.Rates(5 ether, 1.075 ether, 0.1 ether);
    }

    /// @notice The paper's project: 100 USD.
    function paperProject() internal pure returns (IQuotes.Requirements memory) {
        return IQuotes.Requirements(4_000, 16_000, 128_000, 60 days);
    }

    function defaultCapacity() internal pure returns (IProviders.Capacity memory) {
        return IProviders.Capacity(8_000, 32_000, 256_000);
    }

    function needed() internal pure returns (IProviders.Capacity memory) {
        return IProviders.Capacity(4_000, 16_000, 128_000);
    }

    function scoring() internal pure returns (IProviders.Policy memory) {
        return IProviders.Policy(100 ether, 10_000 ether, 4_000, 2_000, 2_000, 2_000, 365 days);
    }

    function providerParams() internal view returns (IProviders.Params memory p) {
        p.token = address(token);
        p.sidecars = address(sidecars);
        p.ledger = address(ledger);
        p.insurancePool = address(insurancePool);
        p.authority = GOVERNMENT;
        p.installer = address(this);
        p.withdrawalDelay = DELAY;
        p.policy = scoring();
    }

    function rulesOfConduct() internal pure returns (IDiscipline.Policy memory) {
        return IDiscipline.Policy(300, 10, 2, 7 days, 30 days, 9_000, 10, 1_000, 2_500);
    }

    function disciplineParams(address registry) internal view returns (IDiscipline.Params memory) {
        return IDiscipline.Params(address(sidecars), address(ledger), registry, GOVERNMENT, rulesOfConduct());
    }

    function dividendsParams(address registry) internal view returns (IDividends.Params memory) {
        IDividends.Policy memory p = IDividends.Policy(10, 30);
        return IDividends.Params(address(sidecars), address(ledger), registry, address(rewardPool), GOVERNMENT, p);
    }

    function rulesOfMarket() internal pure virtual returns (IMarketplace.Policy memory) {
        return
            IMarketplace.Policy(1_000, 1_000, 5_000, 2_500, 1, false, START_SECONDS, CONFIRM_SECONDS, 9_000, 3, 5_000);
    }

    function projectParams() internal view returns (IProjects.Params memory p) {
        p.sidecars = address(sidecars);
        p.ledger = address(ledger);
        p.providers = address(providers);
        p.nodes = address(nodes);
        p.requesters = address(requesters);
        p.rewardPool = address(rewardPool);
        p.insurancePool = address(insurancePool);
        p.authority = GOVERNMENT;
        p.installer = address(this);
        p.timing = IProjects.Timing(CHALLENGE_SECONDS, RULING_SECONDS);
    }

    function sources() internal view returns (IRewardPool.Sources memory s) {
        s.authority = GOVERNMENT;
        s.council = address(sidecars);
        s.providers = address(dividends);
        s.requesters = address(requesters);
        s.staking = address(sidecars);
        s.nodes = address(nodes);
    }

    function marketParams() internal view returns (IMarketplace.Params memory p) {
        p.sidecars = address(sidecars);
        p.beacons = address(beacons);
        p.committee = address(committee);
        p.providers = address(providers);
        p.quotes = address(quotes);
        p.projects = address(projects);
        p.authority = GOVERNMENT;
        p.timing = IMarketplace.Timing(2, 2, 1, 100, 20);
        p.policy = rulesOfMarket();
    }

    function give(address who, address spender) internal {
        token.mint(who, 100_000 ether);
        vm.prank(who);
        token.approve(spender, type(uint256).max);
    }

    function registerFor(uint32 i) internal {
        address owner = ownerAt(i);
        give(owner, address(sidecars));
        ISidecars.Application memory a = application(owner, i - 1);
        vm.prank(owner);
        sidecars.register(a);
    }

    function applyFor(uint32 i) internal returns (uint32) {
        vm.prank(ownerAt(i));
        return providers.applyAs("brand", defaultCapacity(), 500 ether);
    }

    function qualify(uint32 i) internal {
        vm.prank(GOVERNMENT);
        providers.qualify(i, "brand", defaultCapacity(), 500 ether);
    }

    function onboard(uint32 i) internal {
        applyFor(i);
        qualify(i);
        providers.enrol(i, i);
        give(ownerAt(i), address(providers));
        vm.prank(ownerAt(i));
        providers.deposit(i, COLLATERAL);
    }
}
