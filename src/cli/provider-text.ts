// Providers as people read them: one line in a list, all there is to know of one.

import { marksOf, scoreOf } from '../auction/score.ts'
import type { ScoreScale, ScoreWeights } from '../auction/score.ts'
import type { ProviderPolicy } from '../chain/deploy-options.ts'
import type { ProviderView } from '../chain/provider-view.ts'
import type { Capacity } from '../core/types.ts'
import { ankr } from '../devnet/job-view.ts'
import { printable } from './printable.ts'
import { amountText, spanText, thousandths } from './units.ts'

export interface ScoreParts {
  /** Basis points of full marks. */
  readonly marks: Readonly<Record<keyof ScoreWeights, number>>
  readonly weights: ScoreWeights
  /** What the score is once it is brought up to date. */
  readonly current: number
  /** Average over all observed periods, in basis points; undefined without one. */
  readonly uptimeBps: number | undefined
}

export function scoreParts({ record, collateral }: ProviderView, policy: ProviderPolicy): ScoreParts {
  const weights: ScoreWeights = {
    stake: policy.stakeWeight,
    price: policy.priceWeight,
    runningTime: policy.runningTimeWeight,
    uptime: policy.uptimeWeight,
  }
  const scale: ScoreScale = { fullStake: policy.maxCollateral, fullRunningSeconds: policy.fullRunningSeconds }
  const track = { stake: collateral, ...record }
  const { periodsObserved, uptimeBpsSum } = record
  return {
    marks: marksOf(track, scale),
    weights,
    current: collateral < policy.minCollateral ? 0 : scoreOf(track, weights, scale),
    uptimeBps: periodsObserved === 0 ? undefined : Math.floor(uptimeBpsSum / periodsObserved),
  }
}

const percent = (bps: number): string => `${bps / 100} %`

export const sizeText = ({ cpuMilliGhz, memoryMilliGb, storageMilliGb }: Capacity): string =>
  `${thousandths(cpuMilliGhz)} GHz, ${thousandths(memoryMilliGb)} GB memory, ${thousandths(storageMilliGb)} GB storage`

/** One line of a list. */
export function providerSummary(view: ProviderView, policy: ProviderPolicy): string {
  const { id, status, tier, score, collateral, lien, free, ceiling, jobs, brand } = view
  const { uptimeBps } = scoreParts(view, policy)
  return [
    String(id).padStart(4),
    status.padEnd(12),
    tier.padEnd(9),
    `score ${score}`.padEnd(11),
    `uptime ${uptimeBps === undefined ? '–' : percent(uptimeBps)}`.padEnd(14),
    `collateral ${ankr(collateral)} (${ankr(lien)} bound)`,
    `ceiling ${ankr(ceiling)} ANKR`,
    `free ${sizeText(free)}`,
    `jobs ${jobs.delivered} delivered, ${jobs.running} running, ${jobs.failed} failed`,
    printable(brand),
  ].join('  ')
}

type Line = readonly [name: string, text: string]

function standingLines(
  { status, applies, suspendedUntil, probationUntil }: ProviderView,
  now: number,
): readonly Line[] {
  const over = suspendedUntil <= now ? 'over: stkr provider refresh' : `ends in ${spanText(suspendedUntil - now)}`
  return [
    ...(applies ? [['applies', 'for something the governors have not decided on'] as const] : []),
    ...(status === 'suspended' ? [['suspension', over] as const] : []),
    ...(probationUntil > now ? [['probation', `for ${spanText(probationUntil - now)}`] as const] : []),
  ]
}

/** `now` in Unix seconds. */
export function providerLines(view: ProviderView, policy: ProviderPolicy, now: number): readonly string[] {
  const { id, brand, status, owner, tier, validatorStake, score, capacity, free, jobs, sidecars } = view
  const { marks, weights, current } = scoreParts(view, policy)
  const parts = (['stake', 'price', 'runningTime', 'uptime'] as const).map(
    (name) => `${name === 'runningTime' ? 'running time' : name} ${percent(marks[name])} × ${percent(weights[name])}`,
  )
  const asked = view.withdrawing === 0n ? '' : `, ${ankr(view.withdrawing)} asked back`
  const lines: readonly Line[] = [
    ['provider', `${id} ${printable(brand)}  ${status}, score ${score}`],
    ['owner', owner],
    ...standingLines(view, now),
    ['tier', `${tier}: stakes ${amountText(validatorStake)} of a validator's 32 ETH`],
    ['score', `${parts.join(' + ')} = ${current}${current === score ? '' : ': stkr provider refresh'}`],
    ['free', `${sizeText(free)} of ${sizeText(capacity)}`],
    ['collateral', `${ankr(view.collateral)} ANKR, ${ankr(view.lien)} bound by ${jobs.running} jobs${asked}`],
    ['ceiling', `${ankr(view.ceiling)} ANKR`],
    ['jobs', `${jobs.delivered} delivered, ${jobs.running} running, ${jobs.failed} failed`],
    ['sidecars', sidecars.join(' ') || 'none: stkr provider enrol <sidecar>'],
  ]
  return lines.map(([name, text]) => `${name.padEnd(10)} ${text}`)
}
