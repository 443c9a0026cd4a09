// The local network as text: a live picture for a terminal, plain lines for everything else. Both are pure functions of
// the state, of a report and of the moment; who prints them, and where, is the command's business.

import pc from 'picocolors'
import { periodOf, phaseRounds, roundAt } from '../core/clock.ts'
import type { DrandChain } from '../core/types.ts'
import { jobLine, jobPicture, short } from './job-view.ts'
import { STEPS } from './progress.ts'
import type { NetworkState, NodeState, Posting, Report } from './progress.ts'

const POSTINGS_SHOWN = 5
const JOBS_SHOWN = 4
const BAR_CELLS = 36
const SPINNER = ['◐', '◓', '◑', '◒']

const listed = (ids: readonly number[]): string => (ids.length === 0 ? 'nobody' : ids.join(' '))

/** "period 3 on chain: root 0x… tx 0x… gas 250,000 signers 7 absent 3". */
export const postingLine = ({ period, root, tx, gasUsed, signers, absent, by }: Posting): string =>
  [
    `period ${period} on chain:`,
    `root ${short(root)}`,
    `tx ${short(tx)}`,
    `gas ${gasUsed.toLocaleString('en-US')}`,
    `signers ${signers}`,
    `absent ${listed(absent)}`,
    `by ${by ?? 'somebody else'}`,
  ].join('  ')

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`

/** One line for a report worth telling, or nothing. */
export function plainLine(report: Report, state: NetworkState, sinceStartMs: number): string | undefined {
  const told = ((): string | undefined => {
    switch (report.type) {
      case 'step':
        return report.detail === undefined ? `${report.step} …` : `${report.step}: ${report.detail}`
      case 'posted':
        return postingLine(report.posting)
      case 'job':
        return jobLine(report.report)
      case 'note':
        return report.text
      case 'process':
        return report.state === 'ended' ? `node ${report.id} ended: ${report.words ?? ''}` : undefined
      case 'sidecar':
        return sidecarLine(report, state)
      case 'schedule':
        return undefined
    }
  })()
  return told === undefined ? undefined : `${seconds(sinceStartMs)}  ${told}`
}

function sidecarLine({ id, message }: Extract<Report, { type: 'sidecar' }>, state: NetworkState): string | undefined {
  if (message.type === 'ready') {
    const up = state.nodes.filter((node) => node.process === 'up').length
    const where = message.api === undefined ? '' : `, API at ${message.api}`
    return `node ${id} is up (${up} of ${state.nodes.length})${where}`
  }
  if (message.type === 'failed') return `node ${id} failed: ${message.code}: ${message.why}`
  if (message.type !== 'event' || message.event.type !== 'stuck') return undefined
  const { period, step, code } = message.event
  // Before genesis rosters are not fixed yet: that is the order of things, no trouble.
  if (period < 0) return undefined
  return `node ${id} stuck in period ${period}: ${step}: ${code}`
}

function probesText(probes: NodeState['probes']): string {
  const paint: Readonly<Record<string, (text: string) => string>> = { up: pc.green, down: pc.red, degraded: pc.yellow }
  const parts = Object.entries(probes).map(([outcome, count]) => (paint[outcome] ?? pc.dim)(`${count} ${outcome}`))
  return parts.join(' ')
}

const PROCESS_MARK: Readonly<Record<NodeState['process'], string>> = {
  planned: pc.dim('·'),
  starting: pc.yellow('◌'),
  up: pc.green('●'),
  ended: pc.red('✗'),
}

function nodeLine(node: NodeState, fault: string | undefined): string {
  const column = (text: string, width: number): string => text.padEnd(width).slice(0, width)
  const trouble = node.stuck && node.stuck.period >= 0 ? pc.yellow(`${node.stuck.step}: ${node.stuck.code}`) : node.last
  return [
    `${PROCESS_MARK[node.process]} node ${String(node.id).padStart(2)}`,
    column(node.slot === undefined ? '' : `slot ${node.slot}`, 7),
    column(node.process === 'up' ? node.phase : node.process, 8),
    column(node.peers === 0 ? '' : `${node.peers} peers`, 8),
    fault === undefined ? '' : pc.magenta(fault),
    node.words === '' ? trouble : pc.red(node.words),
    probesText(node.probes),
  ]
    .filter((part) => part !== '')
    .join('  ')
}

/** Where the running period stands: a cell for each part of its rounds, the phase by name. */
function periodBar(state: NetworkState, drand: DrandChain | undefined, nowAt: number): string {
  const { schedule } = state
  if (!schedule || !drand) return ''
  const round = roundAt(drand, nowAt)
  const period = periodOf(schedule, round)
  if (period < 0) return pc.dim(`period 0 begins in ${schedule.genesisRound - round} rounds`)
  const starts = phaseRounds(schedule, period)
  const phase = Object.entries(starts).findLast(([, from]) => round >= from)?.[0] ?? ''
  const done = Math.round(((round - starts.probe) / schedule.periodRounds) * BAR_CELLS)
  const bar = pc.cyan('━'.repeat(done)) + pc.dim('─'.repeat(BAR_CELLS - done))
  return `period ${period}  ${bar}  ${phase}, round ${round}`
}

function stepLine({ step, detail }: NetworkState, nowAt: number): string {
  const at = STEPS.indexOf(step)
  const spinner = SPINNER[Math.floor(nowAt / 250) % SPINNER.length] ?? ''
  return STEPS.slice(0, -1)
    .map((name, i) => {
      if (i < at) return pc.green(`✓ ${name}`)
      return i === at ? pc.cyan(`${spinner} ${name}${detail === '' ? '' : ` ${detail}`}`) : pc.dim(`· ${name}`)
    })
    .join('  ')
}

export interface Scene {
  readonly drand: DrandChain | undefined
  readonly nowAt: number
  /** Faults by node, as given. */
  readonly faults: ReadonlyMap<number, string>
  readonly rows: number
}

/** The whole picture, at most `rows` lines. */
export function render(state: NetworkState, { drand, nowAt, faults, rows }: Scene): string {
  const head = [stepLine(state, nowAt), periodBar(state, drand, nowAt)]
  const postings = state.postings.slice(-POSTINGS_SHOWN).map((posting) => pc.green(postingLine(posting)))
  const jobs = state.jobs.slice(-JOBS_SHOWN).map((report) => jobPicture(report, drand && roundAt(drand, nowAt)))
  const notes = state.notes.slice(-POSTINGS_SHOWN).map((note) => pc.magenta(note))
  // Small windows lose nodes first: results and notes are what one waits for.
  const room = Math.max(1, rows - head.length - postings.length - jobs.length - notes.length - 3)
  const nodes = state.nodes.slice(0, room).map((node) => nodeLine(node, faults.get(node.id)))
  const hidden = state.nodes.length - nodes.length
  const more = hidden > 0 ? [pc.dim(`and ${hidden} more`)] : []
  return [...head, '', ...nodes, ...more, '', ...jobs, ...postings, ...notes].join('\n')
}
