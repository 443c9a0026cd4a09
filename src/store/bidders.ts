// Lists of who may bid, as bytes: a store's own encoding, not what sidecars say to each other.

import { ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '@chainsafe/ssz'
import { fromHex, toHex } from '../core/bytes.ts'
import type { QualifiedBidder } from '../core/types.ts'

/** As many as the chain may list for one auction. */
const BIDDERS_MAX = 128

const u32 = new UintNumberType(4)
const bidder = new ContainerType({ provider: u32, author: u32, signer: new ByteVectorType(20) })
const list = new ListCompositeType(bidder, BIDDERS_MAX)

export const encodeBidders = (bidders: readonly QualifiedBidder[]): Uint8Array =>
  list.serialize(bidders.map((one) => ({ ...one, signer: fromHex(one.signer, 20) })))

/** Throws on bytes that are no such list. */
export const decodeBidders = (bytes: Uint8Array): readonly QualifiedBidder[] =>
  list.deserialize(bytes).map((one) => ({ ...one, signer: toHex(one.signer) }))
