// SSZ bodies of the auction's records, decoded through `decode` of core/records.ts like all others. Sizes are fixed or
// bounded by the limits of one auction; a bid's body is commitment ‖ ciphertext, which a contract can hash as it is.

import { ByteVectorType, ContainerType, ListCompositeType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { TIMELOCK_BYTES } from '../core/timelock.ts'
import { BIDS_MAX, BIDS_PER_BIDDER_MAX } from './job.ts'

const bytes32 = new ByteVectorType(32)

/** Body of a `bid` record; its unit is the job, its sequence counts replacements from 0. */
export const SealedBidBody = new ContainerType({
  commitment: bytes32,
  ciphertext: new ByteVectorType(TIMELOCK_BYTES),
})

/** Body of an `auctionStatement`: names of all bid records seen in time, strictly increasing. */
export const AuctionStatementBody = new ContainerType({
  seen: new ListCompositeType(bytes32, BIDS_MAX * BIDS_PER_BIDDER_MAX),
})

export type AuctionStatement = Readonly<ValueOf<typeof AuctionStatementBody>>
