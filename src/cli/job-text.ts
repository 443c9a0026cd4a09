// A job as lines for people and as JSON for programs: what it asks, where its auction stands with a countdown, and, once
// bids are public, bids, odds, winner, price and transaction. Pure.

import { roundDueAt } from '../core/clock.ts'
import type { DrandChain, MarketJob } from '../core/types.ts'
import { ankr, oddsText } from '../devnet/job-view.ts'
import type { JobReport } from '../job-report.ts'
import { spanText, thousandths } from './units.ts'

export interface Moment {
  readonly round: number
  /** Unix milliseconds. */
  readonly at: number
  readonly clock: Pick<DrandChain, 'genesisTime' | 'periodSeconds'>
}

const PHASES = ['close', 'open', 'pick'] as const

/** "close in 12 rounds", or what is waited for. */
function nextOf(job: MarketJob, round: number): string {
  if (job.state === 'awarded') return 'waiting for the winner to start'
  if (job.state === 'reported') return 'said to run, waiting for an audit to confirm it'
  if (job.state !== 'announced' && job.state !== 'certified') return ''
  const next = PHASES.find((name) => round < job[`${name}Round`])
  return next ? `${next} in ${job[`${next}Round`] - round} rounds` : 'waiting to be settled'
}

/** One line. */
export function jobSummary(job: MarketJob, round: number): string {
  const outcome = job.winner === 0 ? nextOf(job, round) : `provider ${job.winner} for ${ankr(job.price)}`
  return [
    String(job.id).padStart(5),
    job.state.padEnd(9),
    job.kind.padEnd(16),
    `FP ${ankr(job.fixedPrice)}`.padEnd(12),
    `reserve ${ankr(job.rules.reserve)}`.padEnd(14),
    outcome,
  ]
    .join('  ')
    .trimEnd()
}

const roundLine = (job: MarketJob, { at, clock }: Moment): string =>
  PHASES.map((name) => {
    const round = job[`${name}Round`]
    const left = (roundDueAt(clock, round) - at) / 1000
    return `${name} ${round} (${left > 0 ? `in ${spanText(left)}` : 'over'})`
  }).join(', ')

function bidsText({ bids }: JobReport): string {
  if (!bids) return 'sealed or not settled: nobody can read them before the open round'
  return bids
    .map(({ provider, price, valid }) => {
      const said = price === undefined ? 'did not open' : ankr(price)
      return `provider ${provider}: ${said}${valid ? '' : ' (void)'}`
    })
    .join(', ')
}

/** One fact a line, name first. */
export function jobLines(report: JobReport, moment: Moment): readonly string[] {
  const { job, odds, tx, gasUsed } = report
  const { cpuMilliGhz, memoryMilliGb, storageMilliGb, durationSeconds } = job.requirements
  const size = `${thousandths(cpuMilliGhz)} GHz, ${thousandths(memoryMilliGb)} GB memory, ${thousandths(storageMilliGb)} GB storage`
  const { pricing, shortlist, reserve } = job.rules
  const facts: readonly (readonly [string, string])[] = [
    ['job', `${job.id}  ${job.state}  ${nextOf(job, moment.round)}`.trimEnd()],
    ['asks', `${job.kind}: ${size}, for ${spanText(durationSeconds)}`],
    ['requester', job.requester],
    ['price', `FP ${ankr(job.fixedPrice)}, reserve ${ankr(reserve)} ANKR; ${pricing}, shortlist of ${shortlist}`],
    ['rounds', roundLine(job, moment)],
    ['bids', bidsText(report)],
    ['odds', oddsText(odds)],
    ['winner', job.winner === 0 ? '' : `provider ${job.winner}, paid ${ankr(job.price)} ANKR`],
    ['settled', tx === undefined ? '' : `${tx}, gas ${(gasUsed ?? 0n).toLocaleString('en-US')}`],
  ]
  return facts.filter(([, text]) => text !== '').map(([name, text]) => `${name.padEnd(10)} ${text}`)
}

export const jobJson = ({ job, bids, odds, tx, gasUsed }: JobReport, { round }: Moment) => ({
  ...{ job, round, next: nextOf(job, round) },
  ...{ bids: bids ?? null, odds, tx: tx ?? null, gasUsed: gasUsed === undefined ? null : Number(gasUsed) },
})
