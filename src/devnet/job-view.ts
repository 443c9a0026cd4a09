// Auctions as text: one line for each, with the countdown to close, open and pick while it runs, and afterwards who won,
// what is paid and what the odds were. Also the row that the final JSON has of each.

import pc from 'picocolors'
import type { JobReport } from '../job-report.ts'

const TOKEN = 10n ** 18n
/** Amounts are shown to the thousandth; the JSON has every base unit. */
const SHOWN_DECIMALS = 3

/** "70", "70.125": base units as ANKR. */
export function ankr(amount: bigint): string {
  const part = (amount % TOKEN).toString().padStart(18, '0').slice(0, SHOWN_DECIMALS).replace(/0+$/, '')
  return part === '' ? String(amount / TOKEN) : `${amount / TOKEN}.${part}`
}

/** "0xa2980154…58bc". */
export const short = (hex: string): string => `${hex.slice(0, 10)}…${hex.slice(-4)}`

/** "provider 2: 40 %, provider 5: 60 %". */
export function oddsText(odds: JobReport['odds']): string {
  const sum = odds.reduce((total, { weight }) => total + weight, 0)
  return odds.map(({ provider, weight }) => `provider ${provider}: ${Math.round((weight / sum) * 100)} %`).join(', ')
}

const voids = (bids: NonNullable<JobReport['bids']>): number => bids.filter(({ valid }) => !valid).length

const bidsText = ({ bids }: JobReport): string => {
  if (!bids) return ''
  const prices = bids.flatMap(({ price, valid }) => (valid && price !== undefined ? [ankr(price)] : []))
  return `${bids.length} bids (${prices.join(' ')}${voids(bids) > 0 ? `; ${voids(bids)} void` : ''})`
}

const resultText = (report: JobReport): string => {
  const { job, odds, gasUsed } = report
  const won = job.winner === 0 ? 'nobody won' : `provider ${job.winner} is paid ${ankr(job.price)}`
  const drawn = odds.length === 0 ? '' : `odds ${oddsText(odds)}`
  const gas = gasUsed === undefined ? '' : `gas ${gasUsed.toLocaleString('en-US')}`
  return [job.state, bidsText(report), won, drawn, gas].filter((part) => part !== '').join('  ')
}

/** One line of plain text. */
export function jobLine(report: JobReport): string {
  const { job } = report
  const asks = `FP ${ankr(job.fixedPrice)} reserve ${ankr(job.rules.reserve)}`
  if (job.state === 'announced') {
    const rounds = `close ${job.closeRound} open ${job.openRound} pick ${job.pickRound}`
    return `job ${job.id} announced: ${job.kind}  ${asks}  rounds ${rounds}`
  }
  if (job.state === 'certified') return `job ${job.id} openings certified`
  return `job ${job.id} ${resultText(report)}`
}

/** The same in colour, with what comes next and in how many rounds. */
export function jobPicture(report: JobReport, round: number | undefined): string {
  const { job } = report
  const head = `job ${job.id}  FP ${ankr(job.fixedPrice)}  reserve ${ankr(job.rules.reserve)}`
  if (job.state !== 'announced' && job.state !== 'certified')
    return `${head}  ${(job.winner === 0 ? pc.yellow : pc.green)(resultText(report))}`
  const next = (['close', 'open', 'pick'] as const).find((name) => (round ?? 0) < job[`${name}Round`])
  const countdown = next ? `${next} in ${job[`${next}Round`] - (round ?? 0)} rounds` : 'settling'
  return `${head}  ${pc.cyan(countdown)}  ${pc.dim(job.state)}`
}

/** What `--json` says of a job. */
export const jobRow = ({ job, bids, odds, tx, gasUsed }: JobReport) => ({
  job: job.id,
  state: job.state,
  bids: bids?.length ?? 0,
  void: bids ? voids(bids) : 0,
  winner: job.winner === 0 ? null : job.winner,
  price: job.price,
  odds,
  tx: tx ?? null,
  gasUsed: gasUsed === undefined ? null : Number(gasUsed),
})
