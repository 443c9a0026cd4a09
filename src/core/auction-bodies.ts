// Largest bodies of an auction's records, in bytes. The codecs are the auction's own; whoever only carries records (the wire
// table) needs no more of them than this. test/auction/codec.test.ts holds both to be the same.

import { RECORD_KINDS } from './types.ts'

/** By record kind. */
export const AUCTION_BODY_BYTES: ReadonlyMap<number, number> = new Map([
  // Commitment and timelock.
  [RECORD_KINDS.bid, 192],
  // Names of 512 bids and an offset.
  [RECORD_KINDS.auctionStatement, 16_388],
  // Content, an offset, names of 128 statements.
  [RECORD_KINDS.auctionProposal, 4_132],
  // Content and a BLS signature.
  [RECORD_KINDS.auctionVote, 128],
  // 128 admitted bids of 40 bytes, 128 absentees, and what is signed.
  [RECORD_KINDS.auctionCertificate, 5_393],
])
