// What the wire table is told of an auction's bodies is what the codecs say.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  AuctionCertificateBody,
  AuctionProposalBody,
  AuctionStatementBody,
  SealedBidBody,
} from '../../src/auction/codec.ts'
import { AUCTION_BODY_BYTES } from '../../src/core/auction-bodies.ts'
import { BODY_MAX_BYTES, VoteBody } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'

const test = suite('auction/codec')

test('the largest body of each kind is its codec’s', () => {
  assert.equal(
    [...AUCTION_BODY_BYTES],
    [
      [RECORD_KINDS.bid, SealedBidBody.maxSize],
      [RECORD_KINDS.auctionStatement, AuctionStatementBody.maxSize],
      [RECORD_KINDS.auctionProposal, AuctionProposalBody.maxSize],
      [RECORD_KINDS.auctionVote, VoteBody.maxSize],
      [RECORD_KINDS.auctionCertificate, AuctionCertificateBody.maxSize],
    ],
  )
  assert.ok(Math.max(...AUCTION_BODY_BYTES.values()) <= BODY_MAX_BYTES, 'a record can hold each')
})

test.run()
