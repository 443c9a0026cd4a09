// Decisions and the council as people read them.

import type { ReadCall } from '../chain/call-codec.ts'
import type { CouncilView, Member, Seat } from '../chain/council-desk.ts'
import { ABSENCES } from '../chain/council-desk.ts'
import type { SeatBallot } from '../chain/decision-desk.ts'
import type { DecisionView } from '../chain/decisions.ts'
import { printable, printableLines } from './printable.ts'
import { amountText, spanText } from './units.ts'

/** From here on a number is read more easily in units of 10^18, too. */
const LARGE = 10n ** 15n

function valueText(value: unknown): string {
  if (typeof value === 'bigint') return value < LARGE ? String(value) : `${value} (${amountText(value)}e18)`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, item]) => `${name}: ${valueText(item)}`)
      .join(', ')}}`
  return typeof value === 'string' && !value.startsWith('0x')
    ? JSON.stringify(printable(value))
    : printable(String(value))
}

/** `Quotes.setRates(rates_: {cpuUsd: …})`; what cannot be read is shown as it is. */
export function callText({ to, data, value, ...call }: ReadCall): string {
  const paid = value === 0n ? '' : ` with ${amountText(value)} ETH`
  if (call.function === undefined) return `${call.contract ?? 'unknown contract'} ${to} with data ${data}${paid}`
  const args = Object.entries(call.args).map(([name, item]) => `${name}: ${valueText(item)}`)
  return `${call.contract}.${call.function}(${args.join(', ')})${paid}`
}

/** What is waited for. `now` in Unix seconds. */
function nextText(view: DecisionView, now: number): string {
  const { state, opensAt, closesAt, executableAt = 0, expiresAt = 0 } = view
  const left = (at: number): string => spanText(at - now)
  if (state === 'pending') return `vote opens in ${left(opensAt)}`
  if (state === 'active') return `vote closes in ${left(closesAt)}`
  if (state === 'succeeded') return `to be queued within ${left(expiresAt)}`
  if (state !== 'queued') return ''
  return executableAt > now ? `executable in ${left(executableAt)}` : `to be executed within ${left(expiresAt)}`
}

const votesText = ({ votes, quorum }: DecisionView): string =>
  `${votes.for} for, ${votes.against} against, ${votes.abstain} abstained; quorum ${votes.for + votes.abstain} of ${quorum}`

const firstLine = (text: string): string => {
  const [line = ''] = printableLines(text)
  return line.length > 72 ? `${line.slice(0, 71)}…` : line
}

/** One line of a list. */
export const decisionSummary = (view: DecisionView, now: number): string =>
  [
    String(view.number).padStart(4),
    view.state.padEnd(9),
    votesText(view),
    ...[nextText(view, now)].filter(Boolean),
    firstLine(view.text),
  ].join('  ')

type Line = readonly [name: string, text: string]

const asLines = (lines: readonly Line[]): readonly string[] =>
  lines.map(([name, text]) => `${name.padEnd(10)} ${text}`.trimEnd())

export const dateText = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z')

export function decisionLines(view: DecisionView, ballots: readonly SeatBallot[], now: number): readonly string[] {
  const { number, state, proposal, proposer, tx, seats, opensAt, closesAt, executableAt } = view
  const waiting = ballots.filter(({ voted }) => !voted).map(({ account }) => account)
  return asLines([
    ['decision', `${number}  ${state}  ${nextText(view, now)}`],
    ['proposal', `${proposal}`],
    ['by', `${proposer} in ${tx}`],
    ['vote', `${dateText(opensAt)} to ${dateText(closesAt)}`],
    ['votes', `${votesText(view)} of ${seats} seats`],
    ...(waiting.length === 0 ? [] : [['not voted', waiting.join(' ')] as const]),
    ...(executableAt === undefined ? [] : [['executable', `from ${dateText(executableAt)} on`] as const]),
    ...view.calls.map((call, i): Line => [`call ${i + 1}`, callText(call)]),
    ...printableLines(view.text).map((line, i): Line => [i === 0 ? 'text' : '', line]),
  ])
}

const memberText = ({ account, stake, votes, candidacy }: Member): string =>
  `${account}  stake ${amountText(stake)}, votes ${amountText(votes)}` +
  (candidacy === undefined ? '' : `, candidacy ${candidacy}`)

function missedText({ missed, stake }: Seat, { policy }: CouncilView): string {
  if (missed === 0) return ''
  if (missed < ABSENCES) return `  missed the last ${missed === 1 ? 'vote' : `${missed} votes`}`
  const cost = amountText((stake * BigInt(policy.slashBps) + 9_999n) / 10_000n)
  return `  missed ${missed} votes in a row: stkr gov punish takes ${cost} ANKR`
}

function electionText({ due, electionAt, electing }: CouncilView, now: number): string {
  if (due) return `due since ${dateText(electionAt)}, ${electing} seats: stkr gov elect`
  return `${dateText(electionAt)}, in ${spanText(electionAt - now)}, ${electing} seats`
}

export function councilLines(view: CouncilView, now: number): readonly string[] {
  const { phase, size, seats, candidates, policy } = view
  const taken =
    phase === 'initialization'
      ? `${seats.length} of ${policy.n + 1} invited have accepted`
      : `${seats.length} of ${size} seats taken`
  return asLines([
    ['phase', `${phase}: ${taken}`],
    ['election', electionText(view, now)],
    [
      'stake',
      `at least ${amountText(policy.minStake)} ANKR, bound ${spanText(policy.unbondingSeconds)} after it is asked back`,
    ],
    [
      'absence',
      `${ABSENCES} votes missed in a row cost ${policy.slashBps / 100} % of the stake, and below the least the seat`,
    ],
    ...seats.map((seat): Line => ['seat', `${memberText(seat)}${missedText(seat, view)}`]),
    ...candidates.map((member): Line => ['candidate', memberText(member)]),
  ])
}
