// Bodies of auction records, decoded strictly and once per record object: records are immutable and judged in several
// places (door, admission, tally).

import { VoteBody, decode } from '../core/records.ts'
import type { VoteValue } from '../core/records.ts'
import type { SealedBid, SignedRecord } from '../core/types.ts'
import { decodeStatement } from './admission.ts'
import { AuctionCertificateBody, AuctionProposalBody, SealedBidBody } from './codec.ts'
import type { AuctionCertificate, AuctionProposal, AuctionStatement } from './codec.ts'

function opener<V>(open: (body: Uint8Array) => V): (record: SignedRecord) => V {
  const memo = new WeakMap<SignedRecord, { readonly value: V }>()
  return (record) => {
    const known = memo.get(record)
    if (known) return known.value
    const value = open(record.body)
    memo.set(record, { value })
    return value
  }
}

export const openSealedBid: (record: SignedRecord) => SealedBid = opener((body) =>
  decode(SealedBidBody, body, 'a sealed bid'),
)
export const openStatement: (record: SignedRecord) => AuctionStatement = opener(decodeStatement)
export const openProposal: (record: SignedRecord) => AuctionProposal = opener((body) =>
  decode(AuctionProposalBody, body, 'an auction proposal'),
)
export const openVote: (record: SignedRecord) => VoteValue = opener((body) => decode(VoteBody, body, 'a vote'))
export const openCertificate: (record: SignedRecord) => AuctionCertificate = opener((body) =>
  decode(AuctionCertificateBody, body, 'an auction certificate'),
)
