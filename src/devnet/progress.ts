// What a local network is doing, as one plain state that reports are folded into: the terminal view, the plain lines, the
// final JSON and the watchdog's "who is stuck" all read this. Pure: no clock, no I/O. It judges nothing but readiness.

import type { SidecarMessage } from './parent.ts'
import type { MeshEvent } from '../core/ports.ts'
import type { Hex, JobState, Schedule } from '../core/types.ts'
import type { JobReport } from '../job-report.ts'
import type { SidecarStatus } from '../sidecar.ts'

export const STEPS = ['chains', 'code', 'contracts', 'registration', 'mesh', 'periods'] as const
export type Step = (typeof STEPS)[number]

/** A period as the chain has it; nobody's claim. */
export interface Posting {
  readonly period: number
  readonly root: Hex
  readonly tx: Hex
  readonly gasUsed: number
  readonly signers: number
  /** Sidecar ids of seats that did not sign. */
  readonly absent: readonly number[]
  /** Sidecar id of the poster; undefined for somebody else. */
  readonly by: number | undefined
}

export interface Stuck {
  readonly period: number
  readonly step: string
  readonly code: string
}

export type Report =
  | { readonly type: 'step'; readonly step: Step; readonly detail?: string }
  | { readonly type: 'schedule'; readonly schedule: Schedule }
  | { readonly type: 'sidecar'; readonly id: number; readonly message: SidecarMessage }
  | { readonly type: 'process'; readonly id: number; readonly state: 'starting' | 'ended'; readonly words?: string }
  | { readonly type: 'posted'; readonly posting: Posting }
  | { readonly type: 'job'; readonly report: JobReport }
  | { readonly type: 'note'; readonly text: string }

export interface NodeState {
  readonly id: number
  process: 'planned' | 'starting' | 'up' | 'ended'
  slot: number | undefined
  phase: string
  period: number
  peers: number
  meshed: boolean
  /** Probes of the running period by outcome. */
  probes: Record<string, number>
  /** What it did last in the running period. */
  last: string
  stuck: Stuck | undefined
  /** Why it ended or could not start. */
  words: string
}

export interface NetworkState {
  readonly nodes: readonly NodeState[]
  readonly postings: readonly Posting[]
  /** As the chain has them, oldest first. */
  readonly jobs: readonly JobReport[]
  readonly step: Step
  readonly detail: string
  readonly schedule: Schedule | undefined
  readonly notes: readonly string[]
  /** Reports that moved the network forward so far: steps, nodes that came up, postings. */
  readonly moves: number
}

export interface Progress {
  apply(report: Report): void
  state(): NetworkState
}

const NOTES_KEPT = 6
/** Topics on which a sidecar must have mesh neighbours before it can take part. */
const TOPICS = ['seal', 'reveal', 'statement', 'certificate'] as const

const isMeshed = ({ mesh }: SidecarStatus, nodes: number): boolean =>
  mesh.peers >= Math.min(3, nodes - 1) && TOPICS.every((topic) => mesh.mesh[topic] > 0)

const planned = (id: number): NodeState => ({
  id,
  process: 'planned',
  slot: undefined,
  phase: '',
  period: -1,
  peers: 0,
  meshed: false,
  probes: {},
  last: '',
  stuck: undefined,
  words: '',
})

/** One line's worth of what an event says, or nothing for events that are counted instead. */
function summary(event: MeshEvent): string | undefined {
  switch (event.type) {
    case 'certified':
      return `certified by ${event.signers}`
    case 'posted':
      return event.ours ? 'posted it' : 'on chain'
    case 'stated':
      return event.phase === 0 ? `saw ${event.seen} seals` : `saw ${event.seen} reveals`
    case 'equivocation':
      return `caught sidecar ${event.id} equivocating`
    case 'sealed':
    case 'revealed':
    case 'proposed':
    case 'voted':
      return event.type
    case 'period-started':
    case 'probed':
    case 'stuck':
      return undefined
    // Auctions are shown apart from the audit of their sidecar.
    default:
      return undefined
  }
}

function applyEvent(node: NodeState, event: MeshEvent): void {
  if (event.type === 'stuck') {
    node.stuck = { period: event.period, step: event.step, code: event.code }
    return
  }
  if (event.type === 'period-started') {
    node.probes = {}
    node.last = ''
    // A new period is a new chance: what was stuck before is no longer what is wrong now.
    if (node.stuck && node.stuck.period < event.period) node.stuck = undefined
  }
  if (event.type === 'probed') node.probes[event.outcome] = (node.probes[event.outcome] ?? 0) + 1
  node.last = summary(event) ?? node.last
}

function applyMessage(node: NodeState, message: SidecarMessage, nodes: number): void {
  switch (message.type) {
    case 'ready':
      node.process = 'up'
      break
    case 'failed':
      node.words = `${message.code}: ${message.why}`
      break
    case 'status': {
      const { audit, mesh } = message.status
      Object.assign(node, { slot: audit.slot, phase: audit.phase, period: audit.period, peers: mesh.peers })
      node.meshed = isMeshed(message.status, nodes)
      break
    }
    case 'event':
      applyEvent(node, message.event)
  }
}

export function createProgress(count: number): Progress {
  const nodes = Array.from({ length: count }, (_, i) => planned(i + 1))
  const postings: Posting[] = []
  const jobs = new Map<number, JobReport>()
  let step: Step = STEPS[0]
  let detail = ''
  let schedule: Schedule | undefined
  let notes: readonly string[] = []
  let moves = 0

  function apply(report: Report): void {
    switch (report.type) {
      case 'step':
        step = report.step
        detail = report.detail ?? ''
        moves++
        break
      case 'schedule':
        schedule = report.schedule
        break
      case 'posted':
        postings.push(report.posting)
        moves++
        break
      case 'job':
        jobs.set(report.report.job.id, report.report)
        moves++
        break
      case 'note':
        notes = [...notes, report.text].slice(-NOTES_KEPT)
        break
      case 'process': {
        const node = nodes[report.id - 1]
        if (!node) break
        node.process = report.state
        node.meshed = false
        node.words = report.words ?? ''
        break
      }
      case 'sidecar': {
        const node = nodes[report.id - 1]
        if (!node) break
        const before = node.process
        applyMessage(node, report.message, count)
        if (node.process !== before) moves++
      }
    }
  }

  return { apply, state: () => ({ nodes, postings, jobs: [...jobs.values()], step, detail, schedule, notes, moves }) }
}

/** Its auction is over: somebody won, or nobody did. */
export const isSettled = ({ job }: JobReport): boolean => job.state !== 'announced' && job.state !== 'certified'

const OVER: readonly JobState[] = ['completed', 'failed', 'unsold', 'refunded', 'relisted']

/** Nobody is bound by it any more. */
export const isOver = ({ job }: JobReport): boolean => OVER.includes(job.state)

/** Which nodes hold the network up, in which step and why: the most frequent complaint of the newest period. */
export function whoIsStuck({ nodes, step, detail }: NetworkState): {
  readonly step: string
  readonly who: readonly number[]
  readonly code: string
} {
  const newest = Math.max(...nodes.map(({ stuck }) => stuck?.period ?? -1))
  const groups = new Map<string, { step: string; code: string; who: number[] }>()
  for (const { id, stuck } of nodes) {
    if (stuck?.period !== newest) continue
    const name = `${stuck.step} ${stuck.code}`
    const group = groups.get(name) ?? { step: stuck.step, code: stuck.code, who: [] }
    group.who.push(id)
    groups.set(name, group)
  }
  const [worst] = [...groups.values()].sort((a, b) => b.who.length - a.who.length)
  if (worst) return worst
  const missing = nodes.filter((node) => node.process !== 'up' || !node.meshed).map(({ id }) => id)
  return {
    step: detail === '' ? step : `${step} (${detail})`,
    who: missing,
    code: missing.length > 0 ? 'not-ready' : 'no-event',
  }
}
