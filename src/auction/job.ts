// The nouns of an auction: a job as its contract announced it, who may bid, and the limits that bound every book, bitmap
// and loop. Plain data. Prices and other money are ANKR base units (18 decimals), rounds are drand rounds.

import { taggedHash, word } from '../core/bytes.ts'

/** Most bids one auction settles: the settlement of more would not fit its gas budget (economy, Loops are bounded). */
export const BIDS_MAX = 128
/** A first bid and three corrections: sequences 0 … 3. Bounds what one bidder can make everybody store. */
export const BIDS_PER_BIDDER_MAX = 4
/** Largest m. */
export const SHORTLIST_MAX = 16
/** Prices have 96 bits so that price and salt fill one timelock block. */
export const PRICE_MAX = (1n << 96n) - 1n

/** `vickrey`: the winner is paid the lowest price that did not make the shortlist; `payAsBid`: its own. */
export type Pricing = 'vickrey' | 'payAsBid'

/** What decides an auction once the bids are open; fixed when the job is announced. */
export interface AuctionRules {
  /** m, 1 … SHORTLIST_MAX. */
  readonly shortlist: number
  readonly pricing: Pricing
  /** Highest price that can be paid, at most PRICE_MAX. */
  readonly reserve: bigint
}

/** A provider that may bid on a job and the one sidecar that bids for it. */
export interface Bidder {
  /** Permanent number of the provider, from 1. */
  readonly provider: number
  /** Sidecar id: author of its bid records. */
  readonly author: number
}

export interface Job {
  readonly id: number
  readonly rules: AuctionRules
  /** First round in which a bid is late. */
  readonly closeRound: number
  /** Its beacon opens the bids. */
  readonly openRound: number
  /** Its beacon draws the winner; nobody knew it when the bids were opened. */
  readonly pickRound: number
}

/** Seed of the draw, 32 bytes. `randomness` is that of the job's pick round. */
export const pickSeed = (separator: Uint8Array, job: number, randomness: Uint8Array): Uint8Array =>
  taggedHash('stkr.pick', separator, word(job), randomness)

/** Reputation as a weight in the draw: nobody has less than one, so that no set of bidders is impossible to draw from. */
export const WEIGHT_MAX = 0xffff_ffff
