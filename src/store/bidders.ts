// Lists of who may bid, as bytes: a store's own encoding, not what sidecars say to each other.

import { ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '@chainsafe/ssz'
import { fromHex, toHex } from '../core/bytes.ts'
import { decode } from '../core/records.ts'
import { BIDDERS_MAX } from '../core/types.ts'
import type { QualifiedBidder } from '../core/types.ts'
import { corrupt } from './database.ts'

const u32 = new UintNumberType(4)
const bidder = new ContainerType({ provider: u32, author: u32, signer: new ByteVectorType(20) })
const list = new ListCompositeType(bidder, BIDDERS_MAX)

export const encodeBidders = (bidders: readonly QualifiedBidder[]): Uint8Array =>
  list.serialize(bidders.map((one) => ({ ...one, signer: fromHex(one.signer, 20) })))

/** What is stored under `key`. Fault `store-corrupt`. */
export function decodeBidders(key: Uint8Array, bytes: Uint8Array): readonly QualifiedBidder[] {
  try {
    return decode(list, bytes, 'a stored list of bidders').map((one) => ({ ...one, signer: toHex(one.signer) }))
  } catch {
    throw corrupt('bidders', key, 'encoding')
  }
}
