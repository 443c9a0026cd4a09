// The limits that bound every book, bitmap and loop of an auction, and the seeds of its two draws: who leads, who wins.
// The nouns are in core/types.ts. Prices and other money are ANKR base units (18 decimals), rounds are drand rounds.

import { taggedHash, word } from '../core/bytes.ts'

/** Most bids one auction settles: the settlement of more would not fit its gas budget (economy, Loops are bounded). */
export const BIDS_MAX = 128
/** A first bid and three corrections: sequences 0 … 3. Bounds what one bidder can make everybody store. */
export const BIDS_PER_BIDDER_MAX = 4
/** Largest m. */
export const SHORTLIST_MAX = 16
/** Prices have 96 bits so that price and salt fill one timelock block. */
export const PRICE_MAX = (1n << 96n) - 1n

/** Seed of the draw, 32 bytes. `randomness` is that of the job's pick round. */
export const pickSeed = (separator: Uint8Array, job: number, randomness: Uint8Array): Uint8Array =>
  taggedHash('stkr.pick', separator, word(job), randomness)

/** Reputation as a weight in the draw: nobody has less than one, so that no set of bidders is impossible to draw from. */
export const WEIGHT_MAX = 0xffff_ffff
