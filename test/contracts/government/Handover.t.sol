// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevPriceFeed} from "../../../contracts/dev/DevPriceFeed.sol";
import {IAuthority} from "../../../contracts/interfaces/IAuthority.sol";
import {IQuotes} from "../../../contracts/interfaces/IQuotes.sol";
import {Quotes} from "../../../contracts/market/Quotes.sol";
import {GovernmentNetwork} from "./GovernmentNetwork.sol";

/// @notice A temporary authority hands over to the timelock in two steps, several contracts in one decision.
contract HandoverTest is GovernmentNetwork {
    address private constant TEAM = address(0x7EA);
    Quotes[2] private quotes;

    function setUp() public override {
        super.setUp();
        seatInvited();
        for (uint256 i = 0; i < 2; ++i) quotes[i] = new Quotes(TEAM, rates(5), new DevPriceFeed(8, 1e8), 1 hours);
    }

    function rates(uint80 cpu) private pure returns (IQuotes.Rates memory) {
        return IQuotes.Rates(cpu, 1, 1);
    }

    function test_theTimelockTakesOver() external {
        address[] memory targets = new address[](3);
        bytes[] memory datas = new bytes[](3);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(TEAM);
            quotes[i].proposeAuthority(address(timelock));
            targets[i] = address(quotes[i]);
            datas[i] = abi.encodeCall(IAuthority.acceptAuthority, ());
        }
        targets[2] = address(quotes[0]);
        datas[2] = abi.encodeCall(IQuotes.setRates, (rates(7)));
        vm.prank(member(1));
        uint256 id = government.propose(targets, new uint256[](3), datas, TEXT);
        openVote(id);
        vote(2, id, 1);
        vote(3, id, 1);
        closeVote(id);
        government.queue(targets, new uint256[](3), datas, keccak256(bytes(TEXT)));
        vm.warp(government.proposalEta(id));
        equal(quotes[0].authority(), TEAM, "until then the team");
        government.execute(targets, new uint256[](3), datas, keccak256(bytes(TEXT)));
        for (uint256 i = 0; i < 2; ++i) {
            equal(quotes[i].authority(), address(timelock), "then the timelock");
            vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, TEAM));
            vm.prank(TEAM);
            quotes[i].setRates(rates(6));
        }
        equal(quotes[0].rates().cpuUsd, 7, "and decides");
        for (uint256 i = 0; i < 2; ++i) {
            address governor = i == 0 ? member(1) : address(government);
            vm.expectRevert(abi.encodeWithSelector(IAuthority.NotAuthority.selector, governor));
            vm.prank(governor);
            quotes[0].setRates(rates(6));
        }
    }
}
