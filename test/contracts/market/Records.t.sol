// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {IProviders} from "../../../contracts/interfaces/IProviders.sol";
import {History} from "../../../contracts/lib/History.sol";
import {Terms} from "../../../contracts/lib/Terms.sol";
import {MarketNetwork} from "./MarketNetwork.sol";

/// @notice Words that are read by hand say what the compiler says of them; what was is found by its time.
contract RecordsTest is MarketNetwork {
    using History for mapping(uint256 place => uint256);
    using Terms for uint256[4];

    IMarketplace.Job private kept;
    mapping(uint256 place => uint256) private entries;

    function isJob(IMarketplace.Job memory j, uint256[4] memory words) private pure {
        equal(words.requester(), j.requester, "requester");
        equal(words.fixedPrice(), j.fixedPrice, "fixed price");
        equal(words.reserve(), j.reserve, "reserve");
        IProviders.Capacity memory c = words.capacity();
        equal(c.cpuMilliGhz, j.cpuMilliGhz, "cpu");
        equal(c.memoryMilliGb, j.memoryMilliGb, "memory");
        equal(c.storageMilliGb, j.storageMilliGb, "storage");
        equal(words.winner(), j.winner, "winner");
        equal(words.price(), j.price, "price");
        equal(words.durationSeconds(), j.durationSeconds, "duration");
        equal(words.rewardBps(), j.rewardBps, "reward rate");
        equal(words.insuranceBps(), j.insuranceBps, "insurance rate");
        equal(words.serviceBps(), j.serviceBps, "service level");
        equal(words.leastPeriods(), j.leastPeriods, "least periods");
        equal(words.lossBps(), j.lossBps, "loss");
    }

    /// @dev Any four words, as the compiler takes them apart: only enumerations and booleans cannot be anything.
    function testFuzz_terms_areTheFieldsOfTheRecord(uint256[4] memory words) external {
        words[2] &= ~((uint256(0xff) << 8) | (uint256(0xff) << 56));
        IMarketplace.Job storage job = kept;
        assembly {
            for {
                let i := 0
            } lt(i, 4) {
                i := add(i, 1)
            } {
                sstore(add(job.slot, i), mload(add(words, shl(5, i))))
            }
        }
        isJob(kept, words);
    }

    function test_wordsOf_isTheRecordOfAJob() external {
        uint64 job = announce();
        settled(job, paperBids(job));
        isJob(market.jobOf(job), market.wordsOf(job));
        isTrue(market.wordsOf(job).price() != 0, "an awarded one");
        equal(market.wordsOf(job + 1)[0], 0, "nothing of a job that is none");
    }

    function testFuzz_history_findsTheNewestBefore(uint256 count, uint256 seed, uint256 asked) external {
        count = bound(count, 0, 40);
        uint256 time = 0;
        for (uint256 i = 0; i < count; ++i) {
            time += 1 + (uint256(keccak256(abi.encode(seed, i))) % 4);
            entries[i] = (time << 64) | (i + 1);
        }
        asked = bound(asked, 0, time + 3);
        uint256 wanted = 0;
        for (uint256 i = 0; i < count; ++i) if (entries[i] >> 64 < asked) wanted = entries[i];
        equal(entries.latestBefore(count, asked), wanted, "the newest before");
    }
}
