// An auction read back from its settlement: the bids as the transaction showed them, the draw they took part in, and each
// one's odds. Pure; for views. What was certified and whether it was right is verify.ts's.

import { fromHex } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'
import type { AuctionRules, Hex, Screened } from '../core/types.ts'
import { priceIn } from './bid.ts'
import { awardOf, weightOf } from './outcome.ts'

/** A bid of the list, as on chain. */
export interface ShownBid {
  readonly provider: number
  readonly opened: boolean
  readonly content: Hex
}

export interface SettledBid {
  readonly provider: number
  /** Undefined: it did not open. */
  readonly price: bigint | undefined
  readonly valid: boolean
}

export const settledBids = (shown: readonly ShownBid[], reserve: bigint): readonly SettledBid[] =>
  shown.map(({ provider, opened, content }) => {
    const price = opened ? priceIn(fromHex(content, 32)) : undefined
    return { provider, price, valid: price !== undefined && price <= reserve }
  })

/** Who was in the draw of rank `rank`, each with its weight; `took`: positions of the bids that took part. */
export function settledOdds(
  bids: readonly SettledBid[],
  took: readonly number[],
  screened: readonly Screened[],
  rules: AuctionRules,
  pickSeed: Uint8Array,
  rank: number,
): readonly { readonly provider: number; readonly weight: number }[] {
  const weights = new Map(screened.map(({ provider, weight }) => [provider, weight]))
  const valid = bids.flatMap(({ provider, price, valid }, position) => {
    if (!valid || price === undefined || !took.includes(position)) return []
    const weight = weights.get(provider)
    invariant(weight !== undefined, 'every valid bid is weighed')
    return [{ provider, price, weight }]
  })
  const award = awardOf(valid, rules, pickSeed, rank)
  return (award?.drawn ?? []).map((bid) => ({ provider: bid.provider, weight: Number(weightOf(bid)) }))
}
