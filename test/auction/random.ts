// Seeded randomness and random auctions for the tests of this folder: small ranges on purpose, so that ties, voids, lone
// bids and empty auctions are all common.

import { keccak256, utf8ToBytes, word } from '../../src/core/bytes.ts'
import type { AuctionRules } from '../../src/core/types.ts'
import type { ValidBid } from '../../src/auction/outcome.ts'

export const SEED = 0x5374

export interface Dice {
  /** 0 … below − 1 */
  readonly roll: (below: number) => number
  readonly bytes: (length: number) => Uint8Array
}

/** mulberry32: enough for choosing cases, fast enough for ten thousand of them. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const roll = (below: number): number => Math.floor((next() / 2 ** 32) * below)
  return { roll, bytes: (length) => Uint8Array.from({ length }, () => roll(256)) }
}

export const seedOf = (name: string, index: number): Uint8Array => keccak256(utf8ToBytes(name), word(index))

/** Providers increase by one to three; prices tie often. */
export function randomBids(dice: Dice, count: number, reserve: number): ValidBid[] {
  let provider = 0
  return Array.from({ length: count }, () => {
    provider += 1 + dice.roll(3)
    const weight = dice.roll(10) === 0 ? 0 : 1 + dice.roll(10_000)
    return { provider, price: BigInt(dice.roll(reserve + 1)), weight }
  })
}

export const rulesOf = (
  shortlist: number,
  reserve: number,
  pricing: AuctionRules['pricing'] = 'vickrey',
): AuctionRules => ({
  shortlist,
  pricing,
  reserve: BigInt(reserve),
})
