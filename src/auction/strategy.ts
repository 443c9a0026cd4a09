// A provider's pricing: from its own costs to a bid, or to the reason why it does not bid. It promises that no bid is
// above ceiling or reserve, below the floor, or beyond what is free, whoever proposed the price: an external command's
// answer goes through the same guard. It bids the cost plus margin and nothing cleverer: the auction rewards just that.

import type { Capacity, ProviderStanding, Requirements } from '../core/types.ts'
import { checkRequirements, costOf } from './quote.ts'
import type { UnitRates } from './quote.ts'
import { PRICE_MAX } from './job.ts'

export interface Strategy {
  /** Own cost in USD with 18 decimals: for a GHz or GB and month, and for a month of any job. */
  readonly costs: UnitRates & { readonly time: bigint }
  readonly marginBps: number
  /** Never offered to any job. */
  readonly heldBack: Capacity
  /** ANKR base units; a cost below the floor bids the floor. */
  readonly floor: bigint
  readonly ceiling: bigint
  /** Workload kinds, as jobs name them. */
  readonly kinds: readonly string[]
}

export interface Offer {
  readonly kind: string
  readonly requirements: Requirements
  readonly reserve: bigint
}

export type NoBidCode =
  | 'no-bid-kind'
  | 'no-bid-capacity'
  | 'no-bid-collateral'
  | 'no-bid-above-ceiling'
  | 'no-bid-above-reserve'
  | 'no-bid-below-floor'
  | 'no-bid-price'
  | 'no-bid-pricer'
  | 'no-bid-node-busy'
  | 'no-bid-template'

export type BidDecision =
  | { readonly bid: true; readonly price: bigint }
  | { readonly bid: false; readonly code: NoBidCode; readonly detail: string }

const BPS = 10_000n
const refuse = (code: NoBidCode, detail: string): BidDecision => ({ bid: false, code, detail })

const PARTS = ['cpuMilliGhz', 'memoryMilliGb', 'storageMilliGb'] as const

/** Whether to consider the job at all; undefined when nothing speaks against it. */
function obstacle(offer: Offer, strategy: Strategy, standing: ProviderStanding): BidDecision | undefined {
  if (!strategy.kinds.includes(offer.kind)) return refuse('no-bid-kind', `kind ${offer.kind} is not accepted`)
  for (const part of PARTS) {
    const available = standing.free[part] - strategy.heldBack[part]
    if (offer.requirements[part] > available)
      return refuse('no-bid-capacity', `${part}: ${offer.requirements[part]} needed, ${Math.max(0, available)} free`)
  }
  if (standing.freeCollateral < offer.reserve)
    return refuse('no-bid-collateral', `a lien of ${offer.reserve} needed, ${standing.freeCollateral} free`)
  return undefined
}

function guard(price: bigint, offer: Offer, strategy: Strategy, standing: ProviderStanding): BidDecision {
  const ceiling = standing.ceiling < strategy.ceiling ? standing.ceiling : strategy.ceiling
  if (price < 0n || price > PRICE_MAX) return refuse('no-bid-price', `${price} is not a price of 96 bits`)
  if (price < strategy.floor) return refuse('no-bid-below-floor', `${price} is below the floor ${strategy.floor}`)
  if (price > ceiling) return refuse('no-bid-above-ceiling', `${price} is above the ceiling ${ceiling}`)
  if (price > offer.reserve) return refuse('no-bid-above-reserve', `${price} is above the reserve ${offer.reserve}`)
  return { bid: true, price }
}

/** An external pricer said that it does not want the job. */
export const declinedByPricer: BidDecision = {
  bid: false,
  code: 'no-bid-pricer',
  detail: 'the external pricer declines',
}

/** A price somebody else proposed, held to the same limits; a wrong one is not mended but refused. */
export const acceptPrice = (price: bigint, offer: Offer, strategy: Strategy, standing: ProviderStanding): BidDecision =>
  obstacle(offer, strategy, standing) ?? guard(price, offer, strategy, standing)

/** Cost and margin, at least the floor. @throws Fault `quote-requirements` for a job that is not well-formed. */
export function decideBid(offer: Offer, strategy: Strategy, standing: ProviderStanding): BidDecision {
  checkRequirements(offer.requirements)
  const { costs, marginBps, floor } = strategy
  const cost = costOf(offer.requirements, costs, standing.tokenPrice, costs.time)
  const wanted = (cost * (BPS + BigInt(marginBps)) + BPS - 1n) / BPS
  return acceptPrice(wanted < floor ? floor : wanted, offer, strategy, standing)
}
