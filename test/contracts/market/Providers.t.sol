// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {Providers} from "../../../contracts/market/Providers.sol";
import {OwnProviders} from "./OwnProviders.sol";

/// @notice Applications, collateral, liens: each on its own.
contract ProvidersTest is OwnProviders {
    /// @dev Asked by lowerLien in place of a marketplace.
    function engagementOf(uint64 job) external pure returns (uint32, uint96) {
        return job < 10 ? (1, uint96(job) * 10 ether) : (2, 0);
    }

    function test_apply_isOnePerOwnerAndBounded() external {
        IProviders.Capacity memory none;
        vm.expectRevert(abi.encodeWithSelector(IProviders.BrandLength.selector, 0));
        own.applyAs("", defaultCapacity(), 1);
        string memory brand = "0123456789012345678901234567890123456789012345678901234567890123";
        vm.expectRevert(abi.encodeWithSelector(IProviders.BrandLength.selector, 65));
        own.applyAs(string.concat(brand, "4"), defaultCapacity(), 1);
        vm.expectRevert(IProviders.CapacityZero.selector);
        own.applyAs("brand", none, 1);
        vm.expectEmit(address(own));
        emit IProviders.Applied(2, address(this), brand, defaultCapacity(), 1);
        equal(own.applyAs(brand, defaultCapacity(), 1), 2, "second provider");
        equal(own.applyAs("other", IProviders.Capacity(0, 0, 1), 2), 2, "the same again");
        equal(own.idOfOwner(address(this)), 2, "by owner");
        equal(own.total(), 2, "two");
        IProviders.Provider memory p = own.provider(2);
        equal(uint256(p.status), uint256(IProviders.Status.Applied), "applied");
        equal(p.free.storageMilliGb, 0, "not in force");
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 3));
        own.provider(3);
    }

    function test_qualify_namesTheApplicationInFull() external {
        own.applyAs("new", defaultCapacity(), 0.0079 ether);
        bytes32 asked = keccak256(abi.encode("new", defaultCapacity(), uint96(0.0079 ether)));
        equal(own.provider(2).application, asked, "asked");
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        own.qualify(2, "new", defaultCapacity(), 0.0079 ether);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.ApplicationMismatch.selector, 2, asked));
        own.qualify(2, "new", defaultCapacity(), 0.008 ether);
        vm.prank(GOVERNMENT);
        own.qualify(2, "new", defaultCapacity(), 0.0079 ether);
        equal(own.provider(2).ceiling, 0.007 ether, "in force, in whole thousandths");
        equal(bytes(own.provider(2).brand), "new", "brand");
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.ApplicationMismatch.selector, 2, bytes32(0)));
        own.qualify(2, "new", defaultCapacity(), 7);
    }

    function test_qualify_keepsWhatIsInUse() external {
        own.take(1, needed(), 80 ether);
        vm.prank(ownerAt(1));
        own.applyAs("small", IProviders.Capacity(4_000, 16_000, 127_999), 1);
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.CapacityInUse.selector, 1));
        own.qualify(1, "small", IProviders.Capacity(4_000, 16_000, 127_999), 1);
        vm.prank(ownerAt(1));
        own.applyAs("small", IProviders.Capacity(4_000, 16_001, 128_000), 1);
        vm.prank(GOVERNMENT);
        own.qualify(1, "small", IProviders.Capacity(4_000, 16_001, 128_000), 1);
        equal(own.provider(1).free.memoryMilliGb, 1, "the rest is free");
        own.complete(1, needed(), 80 ether, 80 ether, 1);
        equal(own.provider(1).free.memoryMilliGb, 16_001, "all is free");
    }

    function test_disqualify_onlyTheQualified() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        own.disqualify(1);
        vm.prank(GOVERNMENT);
        own.disqualify(1);
        equal(uint256(own.provider(1).status), uint256(IProviders.Status.Disqualified), "disqualified");
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        own.disqualify(1);
    }

    function test_enrol_onlyOwnSidecarsOnce() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.UnknownProvider.selector, 9));
        own.enrol(9, 1);
        vm.expectRevert(abi.encodeWithSelector(ISidecars.UnknownSidecar.selector, 9));
        own.enrol(1, 9);
        vm.expectRevert(abi.encodeWithSelector(IProviders.SidecarNotOwned.selector, 1, 2));
        own.enrol(1, 2);
        own.enrol(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.AlreadyEnrolled.selector, 1));
        own.enrol(1, 1);
        (uint32 id, address signer) = own.bidderOf(1);
        equal(id, 1, "provider");
        equal(signer, vm.addr(1_000), "record key");
        equal(own.provider(1).sidecars[0], 1, "listed");
    }

    function test_enrol_isBounded() external {
        bytes memory any = abi.encode(ownerAt(1), vm.addr(1_000));
        for (uint32 i = 100; i < 357; ++i) {
            vm.mockCall(address(sidecars), abi.encodeCall(ISidecars.holderOf, (i)), any);
            if (i == 356) vm.expectRevert(abi.encodeWithSelector(IProviders.TooManySidecars.selector, 1));
            own.enrol(1, i);
        }
        vm.clearMockedCalls();
    }

    function test_deposit_byOwnerUpToTheMost() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotOwner.selector, 1, address(this)));
        own.deposit(1, 1);
        vm.prank(ownerAt(1));
        vm.expectRevert(IProviders.AmountZero.selector);
        own.deposit(1, 0);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.CollateralTooHigh.selector, 10_000 ether + 1, 10_000 ether));
        own.deposit(1, 9_000 ether + 1);
        vm.prank(ownerAt(1));
        own.deposit(1, 9_000 ether);
        equal(own.provider(1).score, 4_000, "full marks for stake");
        equal(token.balanceOf(address(own)), 10_000 ether, "held");
    }

    function test_withdraw_afterTheDelayOnly() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotOwner.selector, 1, address(this)));
        own.requestWithdrawal(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotOwner.selector, 1, address(this)));
        own.withdraw(1);
        vm.prank(ownerAt(1));
        vm.expectRevert(IProviders.AmountZero.selector);
        own.requestWithdrawal(1, 0);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.NothingWithdrawing.selector, 1));
        own.withdraw(1);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.CollateralBound.selector, 1, COLLATERAL, 0));
        own.requestWithdrawal(1, COLLATERAL + 1);

        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 300 ether);
        vm.warp(block.timestamp + DELAY / 2);
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 100 ether);
        uint40 due = uint40(block.timestamp) + DELAY;
        equal(own.provider(1).withdrawing, 400 ether, "asked back together");
        equal(own.provider(1).withdrawableAt, due, "the delay began again");
        vm.warp(due - 1);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.StillBound.selector, 1, due));
        own.withdraw(1);
        vm.warp(due);
        uint256 before = token.balanceOf(ownerAt(1));
        vm.prank(ownerAt(1));
        own.withdraw(1);
        equal(token.balanceOf(ownerAt(1)) - before, 400 ether, "paid");
        equal(own.provider(1).collateral, 600 ether, "left");
    }

    function test_lien_isTheLargestOfTheRunning() external {
        own.take(1, needed(), 30 ether);
        own.take(1, needed(), 10 ether);
        equal(own.provider(1).lien, 30 ether, "not the sum");
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.CollateralBound.selector, 1, COLLATERAL, 30 ether));
        own.requestWithdrawal(1, COLLATERAL - 30 ether + 1);
        own.complete(1, needed(), 30 ether, 20 ether, 5);
        equal(own.provider(1).lien, 30 ether, "grows only by itself");
        uint64[] memory jobs = new uint64[](1);
        jobs[0] = 1;
        vm.expectEmit(address(own));
        emit IProviders.LienLowered(1, 10 ether);
        own.lowerLien(1, jobs);
        jobs[0] = 5;
        own.lowerLien(1, jobs);
        equal(own.provider(1).lien, 10 ether, "never raised");
        own.complete(1, needed(), 10 ether, 10 ether, 5);
        equal(own.provider(1).lien, 0, "nothing runs");
    }

    function test_take_onlyWhatIsFreeOfTheQualified() external {
        IProviders.Capacity memory c = defaultCapacity();
        c.memoryMilliGb += 1;
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        own.take(1, c, 1);
        own.take(1, defaultCapacity(), 1);
        equal(own.provider(1).free.cpuMilliGhz, 0, "nothing left");
        equal(own.provider(1).free.memoryMilliGb, 0, "nor memory");
        equal(own.provider(1).free.storageMilliGb, 0, "nor storage");
        equal(own.provider(1).ceiling, 500 ether, "nothing else touched");
        equal(own.provider(1).running, 1, "running");
    }

    function test_lowerLien_needsAllRunningJobs() external {
        own.take(1, needed(), 30 ether);
        own.take(1, needed(), 10 ether);
        refusesJobs(new uint64[](1));
        uint64[] memory jobs = new uint64[](2);
        (jobs[0], jobs[1]) = (3, 3);
        refusesJobs(jobs);
        (jobs[0], jobs[1]) = (3, 1);
        refusesJobs(jobs);
        (jobs[0], jobs[1]) = (3, 11);
        refusesJobs(jobs);
    }

    function refusesJobs(uint64[] memory jobs) private {
        vm.expectRevert(abi.encodeWithSelector(IProviders.EngagementsIncomplete.selector, 1));
        own.lowerLien(1, jobs);
    }

    function test_forfeit_takesWhatThereIs() external {
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, 400 ether);
        own.take(1, needed(), 600 ether);
        equal(own.forfeit(1, 500 ether), 500 ether, "from the collateral");
        equal(own.provider(1).collateral, 100 ether, "collateral first");
        equal(own.provider(1).lien, 500 ether, "a lien is never above what is held");
        equal(own.forfeit(1, 300 ether), 300 ether, "then from what was asked back");
        equal(own.provider(1).withdrawing, 200 ether, "left");
        equal(own.provider(1).lien, 200 ether, "lien");
        vm.warp(block.timestamp + DELAY);
        vm.prank(ownerAt(1));
        vm.expectRevert(abi.encodeWithSelector(IProviders.CollateralBound.selector, 1, 200 ether, 200 ether));
        own.withdraw(1);
        equal(own.forfeit(1, 1_000 ether), 200 ether, "no more than there is");
        equal(own.forfeit(1, 1), 0, "nothing left");
        equal(own.forfeited(), COLLATERAL, "all of it");
        own.handOver();
        equal(insurancePool.contributed(address(own), "forfeit"), COLLATERAL, "handed over");
        vm.expectRevert(IProviders.NothingForfeited.selector);
        own.handOver();
    }

    function test_marketplaceOnly() external {
        vm.expectRevert(abi.encodeWithSelector(IProviders.AlreadyInstalled.selector, address(this)));
        own.install(address(market), address(market), address(market));
        IProviders.Capacity memory c = needed();
        bytes memory refusal = abi.encodeWithSelector(IProviders.NotMarketplace.selector, ANYBODY);
        vm.prank(ANYBODY);
        vm.expectRevert(refusal);
        own.take(1, c, 1);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotProjects.selector, ANYBODY));
        own.complete(1, c, 1, 1, 1);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotProjects.selector, ANYBODY));
        own.compensate(1, c, 1);
        Providers fresh = new Providers(providerParams());
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotProjects.selector, ANYBODY));
        fresh.complete(1, c, 1, 1, 1);
        vm.prank(ANYBODY);
        vm.expectRevert(refusal);
        own.penalise(1, c, 1);
        vm.prank(ANYBODY);
        vm.expectRevert(refusal);
        own.forfeit(1, 1);
    }

    function test_microPoolsOnly_holdAndRestore() external {
        Providers fresh = new Providers(providerParams());
        IProviders.Capacity memory c = needed();
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotMicroPools.selector, address(this)));
        fresh.hold(1, c);
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotInstaller.selector, ANYBODY));
        fresh.installMicroPools(address(this));
        vm.expectRevert(IProviders.PartMissing.selector);
        fresh.installMicroPools(ANYBODY);
        vm.expectEmit(address(fresh));
        emit IProviders.MicroPoolsInstalled(address(this));
        fresh.installMicroPools(address(this));
        vm.expectRevert(abi.encodeWithSelector(IProviders.AlreadyInstalled.selector, address(this)));
        fresh.installMicroPools(address(this));
        vm.prank(ANYBODY);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotMicroPools.selector, ANYBODY));
        fresh.restore(1, c);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotQualified.selector, 1));
        fresh.hold(1, c);
    }

    function test_construct_checksItsParts() external {
        IProviders.Params memory p = providerParams();
        p.token = address(0x1234);
        vm.expectRevert(IProviders.TokenMissing.selector);
        new Providers(p);
        p = providerParams();
        p.insurancePool = address(0);
        vm.expectRevert(IProviders.InsurancePoolMissing.selector);
        new Providers(p);
        p = providerParams();
        p.installer = address(0);
        vm.expectRevert(IProviders.InstallerMissing.selector);
        new Providers(p);
        Providers fresh = new Providers(providerParams());
        vm.prank(GOVERNMENT);
        vm.expectRevert(abi.encodeWithSelector(IProviders.NotInstaller.selector, GOVERNMENT));
        fresh.install(address(this), address(this), address(this));
        for (uint256 i = 0; i < 3; ++i) {
            address[3] memory parts = [address(this), address(this), address(this)];
            parts[i] = address(0x1234);
            vm.expectRevert(IProviders.PartMissing.selector);
            fresh.install(parts[0], parts[1], parts[2]);
        }
        equal(fresh.token(), address(token), "token");
        equal(fresh.withdrawalDelay(), DELAY, "delay");
        equal(fresh.marketplace(), address(0), "not installed");
    }

    /// @notice Whatever is deposited, asked back and forfeited: liens and debts stay covered, past ones too.
    function test_fuzz_moneyIsCovered(uint96 a, uint96 b, uint96 c, uint96 lien) external {
        a = uint96(bound(a, 1, 9_000 ether));
        vm.prank(ownerAt(1));
        own.deposit(1, a);
        b = uint96(bound(b, 1, uint256(COLLATERAL) + a));
        vm.prank(ownerAt(1));
        own.requestWithdrawal(1, b);
        own.take(1, needed(), uint96(bound(lien, 0, uint256(COLLATERAL) + a)));
        uint256 taken = own.forfeit(1, c);
        vm.warp(block.timestamp + DELAY);
        vm.prank(ownerAt(1));
        try own.withdraw(1) {} catch {}
        IProviders.Provider memory p = own.provider(1);
        isTrue(p.lien <= uint256(p.collateral) + p.withdrawing, "lien above collateral");
        equal(uint256(p.collateral) + p.withdrawing + own.forfeited(), token.balanceOf(address(own)), "owed is held");
        equal(own.forfeited(), taken, "forfeited");
    }
}
