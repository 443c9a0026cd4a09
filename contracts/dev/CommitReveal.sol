// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A sealed second-price auction the usual way: commit on chain, reveal on chain
/// @notice What one would build without timelocks and certificates: two transactions for each bidder. Bare on purpose, no
/// bonds and no payments, so that the comparison flatters it. Only measured, never part of a network.
contract CommitReveal {
    struct Best {
        uint96 lowest;
        uint96 second;
        uint32 bidder;
        uint32 bids;
    }

    mapping(uint256 job => mapping(uint32 bidder => bytes32)) public commitmentOf;
    mapping(uint256 job => Best) public bestOf;

    error CommitmentTaken(uint32 bidder);
    error NotTheCommitment(uint32 bidder);

    function commit(uint256 job, uint32 bidder, bytes32 commitment) external {
        if (commitmentOf[job][bidder] != 0) revert CommitmentTaken(bidder);
        commitmentOf[job][bidder] = commitment;
    }

    function reveal(uint256 job, uint32 bidder, uint96 price, bytes20 salt) external {
        if (commitmentOf[job][bidder] != keccak256(abi.encode(job, bidder, price, salt)))
            revert NotTheCommitment(bidder);
        delete commitmentOf[job][bidder];
        Best memory best = bestOf[job];
        if (best.bids == 0 || price < best.lowest) {
            (best.second, best.lowest, best.bidder) = (best.bids == 0 ? type(uint96).max : best.lowest, price, bidder);
        } else if (price < best.second) {
            best.second = price;
        }
        best.bids += 1;
        bestOf[job] = best;
    }
}
