// A provider's reputation score, the weight of its bids in a draw (white paper 3.2; economy P4): stake, settled prices,
// running time and uptime, each as basis points of what governors call full marks, weighed by them. Integers, rounded
// down, as on chain. It never sees a running auction's bid: a score that did would reward bidding something untrue.

import { invariant } from '../core/errors.ts'

const BPS = 10_000n

/** Basis points that add up to 10,000. */
export interface ScoreWeights {
  readonly stake: number
  readonly price: number
  readonly runningTime: number
  readonly uptime: number
}

/** What earns full marks. */
export interface ScoreScale {
  /** P_max, ANKR base units. */
  readonly fullStake: bigint
  readonly fullRunningSeconds: number
}

/** Totals as the registry keeps them, so that a new job or period is one addition. */
export interface TrackRecord {
  /** ANKR base units. */
  readonly stake: bigint
  readonly settledJobs: number
  /** Sum over settled jobs of (reserve − price) / reserve in basis points. */
  readonly discountBpsSum: number
  /** Nodes that ran, and their running time together. */
  readonly nodes: number
  readonly runningSecondsSum: number
  readonly periodsObserved: number
  /** Sum over observed periods of the uptime in basis points. */
  readonly uptimeBpsSum: number
}

/** Nobody is below one: a score of zero would make a sole bidder impossible to draw. */
export const SCORE_MIN = 1
export const SCORE_MAX = 10_000

/** What one settled job adds to `discountBpsSum`. */
export const discountBps = (reserve: bigint, price: bigint): number => {
  invariant(price >= 0n && price <= reserve, 'settled prices are within the reserve')
  return reserve === 0n ? 0 : Number(((reserve - price) * BPS) / reserve)
}

/** Parts of `full` in basis points, capped; a history of nothing earns nothing. */
function share(amount: bigint, full: bigint): bigint {
  if (full === 0n) return 0n
  return amount >= full ? BPS : (amount * BPS) / full
}

/** Marks for each part, 0 … 10,000: what consoles show beside the score. */
export function marksOf(record: TrackRecord, scale: ScoreScale): Readonly<Record<keyof ScoreWeights, number>> {
  const perNode = scale.fullRunningSeconds * record.nodes
  return {
    stake: Number(share(record.stake, scale.fullStake)),
    price: Number(share(BigInt(record.discountBpsSum), BigInt(record.settledJobs) * BPS)),
    runningTime: Number(share(BigInt(record.runningSecondsSum), BigInt(perNode))),
    uptime: Number(share(BigInt(record.uptimeBpsSum), BigInt(record.periodsObserved) * BPS)),
  }
}

/** SCORE_MIN … SCORE_MAX. */
export function scoreOf(record: TrackRecord, weights: ScoreWeights, scale: ScoreScale): number {
  const { stake, price, runningTime, uptime } = weights
  const sum = stake + price + runningTime + uptime
  invariant(sum === SCORE_MAX && Math.min(stake, price, runningTime, uptime) >= 0, 'score weights add up to 10,000')
  const marks = marksOf(record, scale)
  const weighed = marks.stake * stake + marks.price * price + marks.runningTime * runningTime + marks.uptime * uptime
  return Math.max(SCORE_MIN, Math.floor(weighed / SCORE_MAX))
}
