// Closing statements: bitmaps of the envelopes a member had seen in time, and the rule that turns at least q of them into
// one admitted set. f+1 listings contain an honest one, so nothing nobody saw gets in; q statements contain at least
// f+1 honest ones, so nothing that every honest member saw stays out.

import { BitArray } from '@chainsafe/ssz'
import type { Committee } from './committee.ts'

/** Bitmap over `slots` slots. */
export function seenBits(slots: number, seen: Iterable<number>): BitArray {
  const bits = BitArray.fromBitLen(slots)
  for (const slot of seen) bits.set(slot, true)
  return bits
}

/** Slots listed by at least f+1 of `statements`, increasing. The caller has made sure that there are at least q. */
export function admitted(committee: Committee, slots: number, statements: readonly BitArray[]): readonly number[] {
  const listings = new Uint16Array(slots)
  for (const bits of statements) for (const slot of bits.getTrueBitIndexes()) listings[slot] = (listings[slot] ?? 0) + 1
  return Array.from(listings.keys()).filter((slot) => (listings[slot] ?? 0) > committee.faulty)
}
