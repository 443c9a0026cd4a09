// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOpenings} from "./IOpenings.sol";
import {IProviders} from "./IProviders.sol";

/// @title Referee: from certified openings to a winner
/// @notice Recomputes an auction from what is shown: commitments, the hash the committee certified, who is eligible, the
/// shortlist, the draw, the price (`lib/Auction.sol`), and whose word has to be there. Keeps nothing and moves nothing:
/// the marketplace asks and acts. Anybody may ask the same.
interface IReferee is IOpenings {
    /// @notice What is to be judged.
    /// @param certified The hash that the bids shown must come to.
    /// @param randomness Of the job's pick round.
    /// @param takesOver False: the first award, among all that can take the job now. True: a later one, in the line of
    /// the bids in `eligible`, from rank `least` on.
    struct Case {
        uint64 job;
        uint8 shortlist;
        bool payAsBid;
        IProviders.Need need;
        bytes32 certified;
        bytes32 randomness;
        bool takesOver;
        uint128 eligible;
        uint8 least;
    }

    /// @notice The outcome. Bitmaps are over positions in the list of bids.
    /// @param voids Did not open, or above the reserve.
    /// @param eligible Took part in the draw.
    /// @param found Is there a winner?
    /// @param setter Provider whose price is paid; zero: the reserve, or the winner's own.
    struct Verdict {
        uint128 voids;
        uint128 eligible;
        bool found;
        uint32 winner;
        uint32 setter;
        uint96 price;
        uint8 rank;
    }

    error ProvidersMissing();
    /// @notice The providers' contract did not answer as it always does: too little gas.
    error ScreenFailed();

    /// @dev The caller is asked for commitments on chain (IMarketplace.commitmentOf).
    function judge(
        Case calldata c,
        Bid[] calldata bids,
        Proof[] calldata proofs
    ) external view returns (Verdict memory);

    /// @notice keccak256 over 64 bytes for each bid: abi.encode(provider * 256 + (opened ? 1 : 0), commitment).
    function openingsHashOf(uint64 job, Bid[] calldata bids) external view returns (bytes32);

    /// @notice The same, after checking that the list has all of the caller's `committed` commitments on chain.
    function requireCommitted(uint64 job, uint256 committed, Bid[] calldata bids) external view returns (bytes32);
}
