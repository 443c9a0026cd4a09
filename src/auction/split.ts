// Where the money of a finished job goes (white paper 3.5, single requester; economy R1 and M3). Token by token: ANKR with
// the price paid from FP, ETH with no price. Integer division rounds the pools down and the remainder goes to the
// requester, so the four parts always add up to what came in.

import { reject } from '../core/errors.ts'

const BPS = 10_000n

/** Governor-set rates; together below 10,000. */
export interface PoolRates {
  readonly rewardBps: number
  readonly insuranceBps: number
}

/** What there is to split in one token, in base units. */
export interface Proceeds {
  /** FP; zero in a token nobody paid it in. */
  readonly fixedPrice: bigint
  /** X, zero or more. */
  readonly profit: bigint
  /** What the provider is owed: the auction's price, paid from FP. */
  readonly price: bigint
}

export interface Split {
  readonly provider: bigint
  readonly rewardPool: bigint
  readonly insurancePool: bigint
  readonly requester: bigint
}

function checkRates({ rewardBps, insuranceBps }: PoolRates): void {
  const whole = [rewardBps, insuranceBps].every((bps) => Number.isInteger(bps) && bps >= 0)
  if (!whole || rewardBps + insuranceBps >= Number(BPS))
    throw reject('split-rates', 'pool rates are whole basis points below 100 % together', { rewardBps, insuranceBps })
}

/** Highest price an auction may settle at: with it and no profit at all, every part below can still be paid. */
export function reserveOf(fixedPrice: bigint, rates: PoolRates): bigint {
  checkRates(rates)
  return (fixedPrice * (BPS - BigInt(rates.rewardBps) - BigInt(rates.insuranceBps))) / BPS
}

/** @throws Fault `split-rates` · `split-amount` a negative amount · `split-price` a price above the reserve. */
export function split({ fixedPrice, profit, price }: Proceeds, rates: PoolRates): Split {
  if (fixedPrice < 0n || profit < 0n || price < 0n)
    throw reject('split-amount', 'amounts to split are not negative', { fixedPrice, profit, price })
  const reserve = reserveOf(fixedPrice, rates)
  if (price > reserve)
    throw reject('split-price', 'a price above the reserve cannot be paid from FP', { price, reserve })
  const total = fixedPrice + profit
  const rewardPool = (total * BigInt(rates.rewardBps)) / BPS
  const insurancePool = (total * BigInt(rates.insuranceBps)) / BPS
  return { provider: price, rewardPool, insurancePool, requester: total - price - rewardPool - insurancePool }
}
