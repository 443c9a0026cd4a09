// What a requester may expect of a job before anybody bid (white paper 3.5; economy E2): the split of R1 with an assumed
// price and profit. Profit is what its node earns meanwhile: ANKR as given, ETH from a stake at a yearly rate. Pure; nothing
// here is a promise.

import { split } from './split.ts'
import type { PoolRates } from './split.ts'

const BPS = 10_000n
const YEAR_SECONDS = 365n * 24n * 3_600n

export interface Assumptions {
  /** What the node stakes, in wei. */
  readonly stakedWei: bigint
  /** What that earns in a year, in basis points. */
  readonly aprBps: number
  /** X in ANKR, base units. */
  readonly profit: bigint
}

export interface QuotedJob extends PoolRates {
  readonly fixedPrice: bigint
  readonly reserve: bigint
  readonly durationSeconds: number
}

/** ANKR in base units, ETH in wei. */
export interface ExpectedReturn {
  /** What the winner is assumed to be paid. */
  readonly price: bigint
  /** What comes back: in ANKR of FP and profit, in ETH of what is earned. */
  readonly requester: { readonly ankr: bigint; readonly eth: bigint }
  /** Earned in ETH before the pools' shares. */
  readonly profitEth: bigint
  /** What the job costs in ANKR after all: below zero for a gain. */
  readonly cost: bigint
  /** The requester's ETH for a year, in basis points of what is staked, rounded. */
  readonly aprBps: number
}

/** What a provider has settled at so far, of reserves: totals as the registry keeps them. */
export interface PriceRecord {
  readonly settledJobs: number
  readonly discountBpsSum: number
}

/** Of a provider: its average discount on the reserve, and never above its ceiling. */
export function expectedPrice(reserve: bigint, ceiling: bigint, { settledJobs, discountBpsSum }: PriceRecord): bigint {
  const jobs = BigInt(settledJobs)
  const price = jobs === 0n ? reserve : (reserve * (BPS * jobs - BigInt(discountBpsSum))) / (BPS * jobs)
  return price < ceiling ? price : ceiling
}

/** @throws Faults of `split`: a price above the reserve, rates of 100 %. */
export function expectedReturn(
  job: QuotedJob,
  { stakedWei, aprBps, profit }: Assumptions,
  price: bigint,
): ExpectedReturn {
  const { fixedPrice, durationSeconds } = job
  const profitEth = (stakedWei * BigInt(aprBps) * BigInt(durationSeconds)) / (BPS * YEAR_SECONDS)
  const { requester: ankr } = split({ fixedPrice, profit, price }, job)
  const { requester: eth } = split({ fixedPrice: 0n, profit: profitEth, price: 0n }, job)
  const area = stakedWei * BigInt(durationSeconds)
  const yearly = area === 0n ? 0 : Number((eth * BPS * YEAR_SECONDS + area / 2n) / area)
  return { price, requester: { ankr, eth }, profitEth, cost: fixedPrice - ankr, aprBps: yearly }
}
