// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IDividends} from "../../../contracts/interfaces/IDividends.sol";
import {IRewardPool} from "../../../contracts/interfaces/IRewardPool.sol";
import {ISidecars} from "../../../contracts/interfaces/ISidecars.sol";
import {Dividends} from "../../../contracts/market/Dividends.sol";
import {AuditedMarket} from "./AuditedMarket.sol";

/// @notice P2 and S4: collateral earns as far as its provider's sidecars audit.
contract DividendsTest is AuditedMarket {
    function weightOf(uint32 i) private view returns (uint256) {
        return rewardPool.weightOf(IRewardPool.Group.Operators, ownerAt(i), 0);
    }

    function measured(uint64 period, uint64 diligenceSum) private {
        prove(period, leafOf(1, period, 0, diligenceSum));
        dividends.measure(1);
    }

    function test_construct_checksItsParts() external {
        for (uint256 i = 0; i < 4; ++i) {
            IDividends.Params memory p = dividendsParams(address(providers));
            if (i == 0) p.sidecars = address(1);
            if (i == 1) p.ledger = address(1);
            if (i == 2) p.providers = address(1);
            if (i == 3) p.rewardPool = address(1);
            vm.expectRevert(IDividends.PartMissing.selector);
            new Dividends(p);
        }
    }

    function test_policy_isBoundedAndTheAuthoritys() external {
        vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, address(this)));
        dividends.setPolicy(IDividends.Policy(1, 2));
        IDividends.Policy[4] memory refused = [
            IDividends.Policy(0, 10),
            IDividends.Policy(10_001, 50_000),
            IDividends.Policy(10, 19),
            IDividends.Policy(10, 100_001)
        ];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(GOVERNMENT);
            vm.expectRevert(IDividends.PolicyOutOfBounds.selector);
            dividends.setPolicy(refused[i]);
        }
        vm.prank(GOVERNMENT);
        dividends.setPolicy(IDividends.Policy(1, 2));
        equal(dividends.policy().lapsePeriods, 2, "kept");
    }

    function test_measure_weighsCollateralByDiligence() external {
        vm.expectRevert(abi.encodeWithSelector(IDividends.SidecarNotEnrolled.selector, 9));
        dividends.measure(9);
        vm.expectRevert(abi.encodeWithSelector(IDividends.LeafNotProven.selector, 1));
        dividends.measure(1);
        measured(1, 7_000);
        equal(weightOf(1), 0, "no window is complete");
        vm.expectRevert(abi.encodeWithSelector(IDividends.WindowTooShort.selector, 1, 1, 11));
        dividends.measure(1);
        prove(10, leafOf(1, 10, 0, 70_000));
        vm.expectRevert(abi.encodeWithSelector(IDividends.WindowTooShort.selector, 1, 10, 11));
        dividends.measure(1);
        measured(11, 7_000 + 80_000);
        equal(weightOf(1), 800 ether, "80 % diligent");
        measured(21, 87_000);
        equal(weightOf(1), 0, "did not audit: earns nothing");
        measured(31, 187_000);
        equal(weightOf(1), 1_000 ether, "all of it");
        equal(dividends.markOf(1).rateBps, 10_000, "rate");
    }

    function test_weight_followsCollateral() external {
        measured(1, 0);
        measured(11, 50_000);
        vm.prank(ownerAt(1));
        providers.deposit(1, 1_000 ether);
        equal(weightOf(1), 1_000 ether, "deposit");
        vm.prank(ownerAt(1));
        providers.requestWithdrawal(1, 600 ether);
        equal(weightOf(1), 700 ether, "asked back earns nothing");
        vm.prank(address(discipline));
        providers.slash(1, 5_000, 0);
        equal(weightOf(1), 700 ether, "a penalty does not wait for the pool");
        vm.prank(ANYBODY);
        dividends.synchronise(1);
        equal(weightOf(1), 200 ether, "slashed");
        vm.prank(address(market));
        providers.forfeit(1, 100 ether);
        equal(weightOf(1), 200 ether, "a settlement does not wait for the pool");
        vm.prank(ANYBODY);
        dividends.synchronise(1);
        equal(weightOf(1), 150 ether, "by anybody's call");
        equal(dividends.weightOf(1), 150 ether, "as foretold");
    }

    function test_idle_lapses() external {
        measured(1, 0);
        measured(11, 100_000);
        post(41, leafOf(1, 41, 0, 100_000));
        vm.expectRevert(abi.encodeWithSelector(IDividends.WindowTooShort.selector, 1, 11, 21));
        dividends.measure(1);
        post(42, leafOf(1, 42, 0, 100_000));
        vm.expectEmit(address(dividends));
        emit IDividends.Lapsed(1, 1);
        dividends.measure(1);
        equal(weightOf(1), 0, "nothing shown for too long");
        measured(62, 200_000);
        equal(weightOf(1), (uint256(1_000 ether) * 1_960) / 10_000, "back, for what it did since");
    }

    function test_standstillOfTheLedgerIsNobodysIdleness() external {
        measured(1, 0);
        measured(11, 100_000);
        vm.warp(block.timestamp + 100 days);
        vm.expectRevert(abi.encodeWithSelector(IDividends.WindowTooShort.selector, 1, 11, 21));
        dividends.measure(1);
    }

    function test_leaving_isForEver() external {
        measured(1, 0);
        measured(11, 100_000);
        vm.prank(ownerAt(1));
        sidecars.requestExit(1);
        vm.warp(block.timestamp + 3 * EPOCH);
        dividends.measure(1);
        equal(weightOf(1), 0, "no sidecar, no dividends");
        (uint16 rate, uint32 count) = dividends.diligenceOf(1);
        equal(uint256(rate) + count, 0, "none counted");
        vm.expectRevert(abi.encodeWithSelector(IDividends.SidecarLeft.selector, 1));
        dividends.measure(1);
    }

    function test_severalSidecarsCountOnAverage() external {
        address any = ownerAt(1);
        ISidecars.Application memory a = application(any, 7);
        vm.prank(any);
        uint32 second = sidecars.register(a);
        providers.enrol(1, second);
        measured(1, 0);
        measured(11, 100_000);
        equal(weightOf(1), 1_000 ether, "one, diligent");
        prove(12, leafOf(second, 1, 0, 0));
        dividends.measure(second);
        equal(weightOf(1), 1_000 ether, "nobody loses by what is not known yet");
        prove(22, leafOf(second, 11, 0, 20_000));
        dividends.measure(second);
        equal(weightOf(1), 600 ether, "average of 100 % and 20 %");
    }

    function test_collateralChanged_onlyByProviders() external {
        vm.expectRevert(abi.encodeWithSelector(IDividends.NotProviders.selector, address(this)));
        dividends.collateralChanged(1, 1);
    }

    /// @notice Whatever totals a committee certifies: nobody weighs more than its collateral.
    function test_fuzz_weightWithinCollateral(uint64[6] memory sums, uint8[6] memory gaps) external {
        uint64 period = 1;
        for (uint256 i = 0; i < 6; ++i) {
            period += uint64(bound(gaps[i], 1, 40));
            prove(period, leafOf(1, period, 0, sums[i]));
            try dividends.measure(1) {} catch {}
            isTrue(weightOf(1) <= COLLATERAL, "more than the collateral");
            equal(weightOf(1), dividends.weightOf(1), "told as computed");
        }
    }
}
