// What a job costs: the fixed price FP from cpu, memory, storage and duration at unit rates in USD, turned into ANKR at a
// price feed (white paper 3.5; economy E2). Integers throughout, one division, rounded up: the same steps as on chain.
// It trusts no feed answer that is old, not positive, or from the future, and it fetches nothing.

import { reject, ignore } from '../core/errors.ts'
import type { Requirements, TokenPrice } from '../core/types.ts'
import { PRICE_MAX } from './job.ts'

/** A month of 30 days: the time unit of all rates. */
export const MONTH_SECONDS = 2_592_000n

const FEED_DECIMALS_MAX = 18
const UINT32_MAX = 0xffff_ffff

/** USD with 18 decimals, each for one GHz or GB and one month. */
export interface UnitRates {
  readonly cpu: bigint
  readonly memory: bigint
  readonly storage: bigint
}

/** Newest round of a Chainlink-style aggregator: USD for one ANKR. */
export interface FeedAnswer {
  readonly answer: bigint
  readonly decimals: number
  /** Unix seconds. */
  readonly updatedAt: number
}

/**
 * @throws Fault `feed-answer` not positive · `feed-decimals` not 0 … 18 · `feed-stale` older than `maxAgeSeconds` ·
 * `feed-future` updated after `nowSeconds`, the newest block's time.
 */
export function checkFeed(
  { answer, decimals, updatedAt }: FeedAnswer,
  nowSeconds: number,
  maxAgeSeconds: number,
): TokenPrice {
  if (answer <= 0n) throw ignore('feed-answer', 'the price feed answers no positive price', { answer })
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > FEED_DECIMALS_MAX)
    throw ignore('feed-decimals', `the price feed has more than ${FEED_DECIMALS_MAX} decimals`, { decimals })
  if (updatedAt > nowSeconds)
    throw ignore('feed-future', 'the price feed is ahead of the chain', { updatedAt, nowSeconds })
  if (nowSeconds - updatedAt > maxAgeSeconds)
    throw ignore('feed-stale', 'the price feed was not updated for too long', { updatedAt, nowSeconds, maxAgeSeconds })
  return { usd: answer, decimals }
}

/** @throws Fault `quote-requirements` unless all four are uint32 and the duration is not zero. */
export function checkRequirements(requirements: Requirements): void {
  const { cpuMilliGhz, memoryMilliGb, storageMilliGb, durationSeconds } = requirements
  const fits = [cpuMilliGhz, memoryMilliGb, storageMilliGb, durationSeconds].every(
    (value) => Number.isInteger(value) && value >= 0 && value <= UINT32_MAX,
  )
  if (!fits || durationSeconds === 0)
    throw reject('quote-requirements', 'a job states what it needs in whole numbers and for some time', {
      ...requirements,
    })
}

/** ⌈a / b⌉ of non-negative integers. */
const divideUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/**
 * ANKR base units for `requirements` at `rates`, plus `fixed` USD a month whatever the size, rounded up.
 * With uint96 rates the product stays below 2^230: no step overflows on chain.
 */
export function costOf(requirements: Requirements, rates: UnitRates, price: TokenPrice, fixed = 0n): bigint {
  checkRequirements(requirements)
  const monthly =
    rates.cpu * BigInt(requirements.cpuMilliGhz) +
    rates.memory * BigInt(requirements.memoryMilliGb) +
    rates.storage * BigInt(requirements.storageMilliGb) +
    fixed * 1000n
  const tokensPerUsd = 10n ** BigInt(price.decimals)
  return divideUp(monthly * BigInt(requirements.durationSeconds) * tokensPerUsd, 1000n * MONTH_SECONDS * price.usd)
}

/** FP in ANKR base units. @throws Fault `quote-requirements`, `quote-zero` free of charge, `quote-too-large` over 96 bits. */
export function quote(requirements: Requirements, rates: UnitRates, price: TokenPrice): bigint {
  const fixedPrice = costOf(requirements, rates, price)
  if (fixedPrice === 0n) throw reject('quote-zero', 'a job that asks for nothing has no price')
  if (fixedPrice > PRICE_MAX) throw reject('quote-too-large', 'the price of a job does not fit 96 bits', { fixedPrice })
  return fixedPrice
}
