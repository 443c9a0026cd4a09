// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevPriceFeed} from "../../../contracts/dev/DevPriceFeed.sol";
import {IDiscipline} from "../../../contracts/interfaces/IDiscipline.sol";
import {IDividends} from "../../../contracts/interfaces/IDividends.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IOpenings} from "../../../contracts/interfaces/IOpenings.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {Auction} from "../../../contracts/lib/Auction.sol";
import {InsurancePool} from "../../../contracts/pools/InsurancePool.sol";
import {Discipline} from "../../../contracts/market/Discipline.sol";
import {Dividends} from "../../../contracts/market/Dividends.sol";
import {Marketplace} from "../../../contracts/market/Marketplace.sol";
import {Providers} from "../../../contracts/market/Providers.sol";
import {Quotes} from "../../../contracts/market/Quotes.sol";
import {RewardPool} from "../../../contracts/pools/RewardPool.sol";
import {PoolRules} from "../pools/PoolRules.sol";
import {Network} from "../support/Network.sol";
import {Sign} from "../support/Sign.sol";

/// @notice A market on the test network, in its epoch 0: four qualified providers with 1,000 ANKR of collateral each.
/// Provider i (from 1) has owner ownerAt(i), sidecar i and record key 999 + i. A bid of a price is sealed with salt
/// saltOf(job, i) and a ciphertext of cipherOf(job, i).
abstract contract MarketNetwork is Network {
    uint32 internal constant PROVIDERS_FIRST = 4;
    uint32 internal constant DELAY = 1 hours;
    uint96 internal constant COLLATERAL = 1_000 ether;
    uint32 internal constant START_SECONDS = 60;
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
    Marketplace internal market;

    function setUp() public virtual override {
        super.setUp();
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) registerFor(i);
        feed = new DevPriceFeed(8, 1e8);
        quotes = new Quotes(GOVERNMENT, defaultRates(), feed, 1 hours);
        rewardPool = new RewardPool(PoolRules.reward(address(token)));
        insurancePool = new InsurancePool(PoolRules.insurance(address(token), address(rewardPool)));
        providers = new Providers(providerParams());
        market = new Marketplace(marketParams());
        discipline = new Discipline(disciplineParams(address(providers)));
        dividends = new Dividends(dividendsParams(address(providers)));
        providers.install(address(market), address(discipline), address(dividends));
        for (uint32 i = 1; i <= PROVIDERS_FIRST; ++i) onboard(i);
        give(REQUESTER, address(market));
        vm.warp(START + 30);
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
        return
            IDiscipline.Params(
                address(token),
                address(sidecars),
                address(ledger),
                registry,
                GOVERNMENT,
                rulesOfConduct()
            );
    }

    function dividendsParams(address registry) internal view returns (IDividends.Params memory) {
        IDividends.Policy memory p = IDividends.Policy(10, 30);
        return IDividends.Params(address(sidecars), address(ledger), registry, address(rewardPool), GOVERNMENT, p);
    }

    function rulesOfMarket() internal pure virtual returns (IMarketplace.Policy memory) {
        return IMarketplace.Policy(1_000, 1_000, 5_000, 2_500, 1, false, START_SECONDS);
    }

    function marketParams() internal view returns (IMarketplace.Params memory p) {
        p.sidecars = address(sidecars);
        p.beacons = address(beacons);
        p.committee = address(committee);
        p.providers = address(providers);
        p.quotes = address(quotes);
        p.rewardPool = address(rewardPool);
        p.insurancePool = address(insurancePool);
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

    /// @notice Announces the paper's project with the shortest rounds.
    function announce() internal returns (uint64) {
        IMarketplace.Announcement memory a = announcement();
        vm.prank(REQUESTER);
        return market.announce(a);
    }

    function announcement() internal view returns (IMarketplace.Announcement memory) {
        return IMarketplace.Announcement(paperProject(), KIND, SPEC, soon(), 100 ether);
    }

    function soon() internal view returns (IMarketplace.Rounds memory) {
        uint32 current = uint32(sidecars.roundAt(uint64(block.timestamp)));
        return IMarketplace.Rounds(current + 2, current + 4, current + 5);
    }

    function saltOf(uint64 job, uint32 provider) internal pure returns (uint160) {
        return uint160(uint256(keccak256(abi.encode("salt", job, provider))) | 1);
    }

    function openingOf(uint64 job, uint32 provider, uint256 price) internal pure returns (bytes32) {
        return bytes32((price << 160) | saltOf(job, provider));
    }

    function commitment(uint64 job, uint32 provider, bytes32 opening) internal view returns (bytes32) {
        return Auction.commitmentOf(sidecars.domainSeparator(), job, provider, opening);
    }

    function cipherOf(uint64 job, uint32 provider) internal pure returns (bytes memory text) {
        bytes32 seed = keccak256(abi.encode("cipher", job, provider));
        return abi.encodePacked(seed, seed, seed, seed, seed);
    }

    /// @notice Opened bids of providers 1, 2, … at these prices.
    function bidsAt(uint64 job, uint256[] memory prices) internal pure returns (IOpenings.Bid[] memory bids) {
        bids = new IOpenings.Bid[](prices.length);
        for (uint32 i = 0; i < prices.length; ++i) {
            bids[i] = IOpenings.Bid(i + 1, true, openingOf(job, i + 1, prices[i]));
        }
    }

    function paperBids(uint64 job) internal pure returns (IOpenings.Bid[] memory) {
        return bidsAt(job, three(60 ether, 70 ether, 75 ether));
    }

    function three(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    /// @notice The record of the bid at a position, signed by the sidecar of its provider.
    function proofOf(
        uint64 job,
        IOpenings.Bid memory bid,
        uint8 position
    ) internal view returns (IOpenings.Proof memory p) {
        bytes32 sealed_ = bid.opened ? commitment(job, bid.provider, bid.content) : bid.content;
        p.position = position;
        p.sidecar = bid.provider;
        p.sequence = 1;
        p.ciphertext = cipherOf(job, bid.provider);
        sign(job, p, sealed_, 999 + bid.provider);
    }

    function sign(uint64 job, IOpenings.Proof memory p, bytes32 sealed_, uint256 key) internal view {
        bytes32 structType = keccak256("Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)");
        bytes32 bodyHash = keccak256(bytes.concat(sealed_, p.ciphertext));
        bytes32 hash = typed(keccak256(abi.encode(structType, 8, p.sidecar, job, p.sequence, bodyHash)));
        (p.v, p.r, p.s) = vm.sign(key, hash);
    }

    /// @notice Proofs for every bid of the list.
    function proofsOf(uint64 job, IOpenings.Bid[] memory bids) internal view returns (IOpenings.Proof[] memory list) {
        list = new IOpenings.Proof[](bids.length);
        for (uint8 i = 0; i < bids.length; ++i) list[i] = proofOf(job, bids[i], i);
    }

    function openingsHash(uint64 job, IOpenings.Bid[] memory bids) internal view returns (bytes32) {
        bytes memory all;
        for (uint256 i = 0; i < bids.length; ++i) {
            IOpenings.Bid memory b = bids[i];
            bytes32 sealed_ = b.opened ? commitment(job, b.provider, b.content) : b.content;
            all = abi.encodePacked(all, uint256(b.provider) * 256 + (b.opened ? 1 : 0), sealed_);
        }
        return keccak256(all);
    }

    function certificateOf(uint64 job, bytes32 hash) internal returns (bytes memory) {
        uint64 epoch = sidecars.epochOf((market.jobOf(job).closeRound - GENESIS_ROUND) / 20);
        if (committee.committeeHash(epoch) == 0) seat(epoch);
        return certificate(epoch, committee.digest(3, job, epoch, hash), nobody());
    }

    /// @notice Warps to the open round and stores the certified hash of these bids.
    function certify(uint64 job, IOpenings.Bid[] memory bids) internal {
        vm.warp(sidecars.timeOfRound(market.jobOf(job).openRound));
        bytes32 hash = openingsHash(job, bids);
        bytes memory signed = certificateOf(job, hash);
        market.certifyOpenings(job, hash, bids, signed);
    }

    /// @notice Warps to the pick round and proves it.
    function pick(uint64 job) internal {
        uint32 round = market.jobOf(job).pickRound;
        vm.warp(sidecars.timeOfRound(round));
        beacons.proveRound(round, Sign.round(DRAND, round));
    }

    /// @notice From announcement to settlement.
    function settled(uint64 job, IOpenings.Bid[] memory bids) internal {
        certify(job, bids);
        pick(job);
        IOpenings.Proof[] memory proofs = proofsOf(job, bids);
        vm.prank(ANYBODY);
        market.settle(job, bids, proofs);
    }

    function started(uint64 job) internal {
        uint32 winner = market.jobOf(job).winner;
        vm.prank(ownerAt(winner));
        market.reportStarted(job, winner);
    }

    function stateOf(uint64 job) internal view returns (uint256) {
        return uint256(market.jobOf(job).state);
    }

    function isState(uint64 job, IMarketplace.State wanted, string memory what) internal view {
        equal(stateOf(job), uint256(wanted), what);
    }
}
