// Who wins and what is paid: a pure function of the valid bids, the rules and the pick seed, recomputed to the base unit
// by `Auction.sol`. Shortlist = the m lowest prices with ties at the boundary; the winner is drawn among them by weight.
// It does not open, admit or void bids, and it knows no money but prices.

import { keccak256, word } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'
import type { AuctionRules } from '../core/types.ts'
import { BIDS_MAX, PRICE_MAX, SHORTLIST_MAX, WEIGHT_MAX } from './job.ts'

export interface ValidBid {
  readonly provider: number
  /** At most the reserve. */
  readonly price: bigint
  /** Reputation score, 0 … WEIGHT_MAX; 0 counts as 1. */
  readonly weight: number
}

/** Those among whom one draw is made, and what a vickrey winner among them is paid. */
export interface Shortlist {
  /** In provider order. */
  readonly eligible: readonly ValidBid[]
  readonly price: bigint
  /** The bid that sets the price, and the one that does when it wins itself; undefined: the reserve does. */
  readonly setter: { readonly bid: ValidBid; readonly deputy: ValidBid } | undefined
}

export interface Award {
  readonly winner: ValidBid
  readonly price: bigint
  /** Another's bid whose price the winner is paid; its signature matters as much as the winner's. */
  readonly setter: ValidBid | undefined
  /** The draw that made the winner: each bid's chance is its weight (at least 1) in the sum. */
  readonly drawn: readonly ValidBid[]
}

export const weightOf = (bid: ValidBid): bigint => BigInt(Math.max(1, bid.weight))

function checkInput(bids: readonly ValidBid[], rules: AuctionRules): void {
  invariant(bids.length <= BIDS_MAX, 'an auction settles at most BIDS_MAX bids')
  invariant(rules.shortlist >= 1 && rules.shortlist <= SHORTLIST_MAX, 'the shortlist is 1 to SHORTLIST_MAX long')
  invariant(rules.reserve <= PRICE_MAX, 'the reserve has 96 bits')
  bids.forEach(({ provider, price, weight }, i) => {
    invariant(provider > (bids[i - 1]?.provider ?? 0), 'one bid a provider, in provider order')
    invariant(price >= 0n && price <= rules.reserve, 'valid bids are within the reserve')
    invariant(Number.isSafeInteger(weight) && weight >= 0 && weight <= WEIGHT_MAX, 'weights have 32 bits')
  })
}

/**
 * The shortlist of `bids` (in provider order); undefined when there are none.
 * The price is the (m+1)-th lowest, counted with ties. The lowest price *outside* the eligible set would be the same but
 * for ties, where it invites them: against 60 and 75 a bidder with cost 50 would bid 60, be paid 75 when drawn, and gain.
 */
export function shortlistOf(bids: readonly ValidBid[], rules: AuctionRules): Shortlist | undefined {
  const byPrice = bids.toSorted((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.provider - b.provider))
  const boundary = byPrice[Math.min(rules.shortlist, byPrice.length) - 1]
  if (!boundary) return undefined
  const next = byPrice[rules.shortlist]
  return {
    eligible: bids.filter((bid) => bid.price <= boundary.price),
    price: next?.price ?? rules.reserve,
    setter: next && { bid: next, deputy: boundary },
  }
}

/**
 * Weighted draw number `rank`: keccak256(abi.encode(pickSeed, rank)) modulo the sum of weights, walked in provider order.
 * The sum is below 2^39, so the modulus favours nobody by more than 2^-217.
 */
function draw(eligible: readonly ValidBid[], pickSeed: Uint8Array, rank: number): ValidBid {
  const total = eligible.reduce((sum, bid) => sum + weightOf(bid), 0n)
  const hash = keccak256(pickSeed, word(rank))
  let left = hash.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) % total
  for (const bid of eligible) {
    if (left < weightOf(bid)) return bid
    left -= weightOf(bid)
  }
  throw new Error('bug: a draw below the sum of weights names a bid')
}

const priceFor = (
  winner: ValidBid,
  { price, setter }: Shortlist,
  drawn: readonly ValidBid[],
  rules: AuctionRules,
): Award =>
  rules.pricing === 'payAsBid'
    ? { winner, price: winner.price, setter: undefined, drawn }
    : { winner, price, setter: setter?.bid === winner ? setter.deputy : setter?.bid, drawn }

/**
 * The award of rank 0 and, when a winner does not start, of rank 1, 2, …: the next drawn of the same shortlist at the same
 * price; when that is used up, a shortlist of the bids that are left. Undefined when no bid is left at that rank.
 */
export function awardOf(
  bids: readonly ValidBid[],
  rules: AuctionRules,
  pickSeed: Uint8Array,
  rank = 0,
): Award | undefined {
  checkInput(bids, rules)
  let left = bids
  let shortlist: Shortlist | undefined
  let eligible: readonly ValidBid[] = []
  for (let turn = 0; ; turn++) {
    if (eligible.length === 0) {
      shortlist = shortlistOf(left, rules)
      eligible = shortlist?.eligible ?? []
    }
    if (!shortlist) return undefined
    const winner = draw(eligible, pickSeed, turn)
    if (turn === rank) return priceFor(winner, shortlist, eligible, rules)
    left = left.filter((bid) => bid !== winner)
    eligible = eligible.filter((bid) => bid !== winner)
  }
}
