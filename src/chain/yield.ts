// What staked ANKR earned, out of what happened: pots that periods shared out, stake that came and went. Promises the
// Reward Pool's own arithmetic (Shares.sol), in fractions instead of sums. Pure.

/** ANKR in base units and ETH in wei. */
export interface Amounts {
  readonly ankr: bigint
  readonly eth: bigint
}

export const isSome = ({ ankr, eth }: Amounts): boolean => ankr > 0n || eth > 0n

/** All stake of a group from a moment on. Unix seconds. */
export interface StakeChange {
  readonly at: number
  readonly staked: bigint
}

export interface RewardPeriod {
  readonly number: number
  /** Unix seconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** What stakers had to share. */
  readonly pot: Amounts
  /** Stake times time, over the time. */
  readonly averageStake: bigint
  /** What one ANKR, staked all the time, earned: 10^-18 ANKR, and 10^-18 ETH. */
  readonly perAnkr: Amounts
}

export interface StakeYield {
  /** Oldest first. */
  readonly periods: readonly RewardPeriod[]
  /** What one ANKR earns in a year at the pace of these periods, not compounded; undefined without one. */
  readonly annual: Amounts | undefined
}

/** A closed period before its stake is known. */
export type ClosedPeriod = Pick<RewardPeriod, 'number' | 'startedAt' | 'endedAt'> & {
  /** What came for it: the stakers' share of what was released at its start, and what was forfeited during it. */
  readonly came: Amounts
}

const ONE = 10n ** 18n
export const YEAR_SECONDS = 365 * 24 * 3_600
const NONE: Amounts = { ankr: 0n, eth: 0n }

const sum = (a: Amounts, b: Amounts): Amounts => ({ ankr: a.ankr + b.ankr, eth: a.eth + b.eth })
const part = ({ ankr, eth }: Amounts, by: bigint, of: bigint): Amounts => ({
  ankr: (ankr * by) / of,
  eth: (eth * by) / of,
})

/** Stake times seconds between two moments; `changes` in order, the first not after `from`. */
export function areaOf(changes: readonly StakeChange[], from: number, to: number): bigint {
  return changes.reduce((area, { at, staked }, i) => {
    const end = Math.min(to, changes[i + 1]?.at ?? to)
    const lasted = end - Math.max(from, at)
    return lasted > 0 ? area + staked * BigInt(lasted) : area
  }, 0n)
}

/** `changes` reach back to the first period's start. A group with less than one ANKR on average keeps its pot for the next. */
export function yieldOf(closed: readonly ClosedPeriod[], changes: readonly StakeChange[]): StakeYield {
  let kept = NONE
  const periods = closed.map(({ number, startedAt, endedAt, came }): RewardPeriod => {
    const lasted = BigInt(endedAt - startedAt)
    const area = areaOf(changes, startedAt, endedAt)
    const pot = sum(kept, came)
    const isEmpty = lasted === 0n || area < lasted * ONE
    kept = isEmpty ? pot : NONE
    const perAnkr = isEmpty ? NONE : part(pot, lasted * ONE, area)
    return { number, startedAt, endedAt, pot, averageStake: lasted === 0n ? 0n : area / lasted, perAnkr }
  })
  const seconds = periods.reduce((all, { startedAt, endedAt }) => all + endedAt - startedAt, 0)
  const earned = periods.reduce((all, { perAnkr }) => sum(all, perAnkr), NONE)
  return { periods, annual: seconds === 0 ? undefined : part(earned, BigInt(YEAR_SECONDS), BigInt(seconds)) }
}

/** The same of an open period, if it ended after `lasts` seconds with the stake of now. */
export function expectedYield(pot: Amounts, staked: bigint, lasts: number): Amounts {
  if (staked < ONE || lasts <= 0) return NONE
  return part(part(pot, ONE, staked), BigInt(YEAR_SECONDS), BigInt(lasts))
}
