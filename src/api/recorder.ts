// What happened, kept for those who ask later: the newest events in a ring, and of the newest periods what we found about
// our targets. Bounded whatever happens; it only ever listens.

import type { Clock, MeshEvent } from '../core/ports.ts'
import { plain } from './plain.ts'

export const RING = 1024
export const PERIODS_KEPT = 32
const TARGETS_KEPT = 256
const REASONS_KEPT = 64

export interface Noted {
  /** Counts from 1 in each run of the sidecar. */
  readonly id: number
  /** Unix ms. */
  readonly at: number
  /** A MeshEvent in its plain form. */
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string }
}

/** Probes of one target in one period: how many by outcome and by reason. */
export interface Verdict {
  readonly target: number
  readonly outcomes: Record<string, number>
  readonly reasons: Record<string, number>
}

export interface PeriodSeen {
  readonly period: number
  readonly startedAt: number
  readonly members: number
  readonly targets: readonly number[]
  readonly verdicts: Verdict[]
  certified: { readonly root: string; readonly signers: number; readonly absent: readonly number[] } | undefined
  posted: { readonly tx: string | undefined; readonly ours: boolean } | undefined
  stuck: { readonly step: string; readonly code: string } | undefined
}

export interface Recorder {
  note(event: MeshEvent): void
  /** Kept events after `id`, oldest first, at most `limit` of them. */
  after(id: number, limit: number): readonly Noted[]
  /** Of the newest event; 0 before the first. */
  newest(): number
  /** Called with each event from now on; returns the unsubscriber. */
  listen(listener: (noted: Noted) => void): () => void
  /** Newest first. */
  periods(): readonly PeriodSeen[]
  period(period: number): PeriodSeen | undefined
  /** Unix ms at which the newest certificate of a period came, or at which this began to listen. */
  certifiedAt(): number
}

function increment(counts: Record<string, number>, name: string): void {
  const key = name in counts || Object.keys(counts).length < REASONS_KEPT ? name : 'other'
  counts[key] = (counts[key] ?? 0) + 1
}

function probed(seen: PeriodSeen, event: Extract<MeshEvent, { type: 'probed' }>): void {
  let verdict = seen.verdicts.find(({ target }) => target === event.target)
  if (!verdict) {
    if (seen.verdicts.length === TARGETS_KEPT) return
    verdict = { target: event.target, outcomes: {}, reasons: {} }
    seen.verdicts.push(verdict)
  }
  increment(verdict.outcomes, event.outcome)
  if (event.reason !== 'none') increment(verdict.reasons, event.reason)
}

export function createRecorder(clock: Clock): Recorder {
  const ring: Noted[] = []
  const seen = new Map<number, PeriodSeen>()
  const listeners = new Set<(noted: Noted) => void>()
  let newest = 0
  let certifiedAt = clock.now()

  function periodOf(period: number, event?: Extract<MeshEvent, { type: 'period-started' }>): PeriodSeen {
    const known = seen.get(period)
    if (known) return known
    const { members = 0, targets = [] } = event ?? {}
    const blank = { period, startedAt: clock.now(), members, targets, verdicts: [] }
    const made: PeriodSeen = { ...blank, certified: undefined, posted: undefined, stuck: undefined }
    seen.set(period, made)
    const oldest = Math.min(...seen.keys())
    if (seen.size > PERIODS_KEPT) seen.delete(oldest)
    return made
  }

  function follow(event: MeshEvent): void {
    switch (event.type) {
      case 'period-started':
        periodOf(event.period, event)
        break
      case 'probed':
        probed(periodOf(event.period), event)
        break
      case 'certified':
        certifiedAt = clock.now()
        periodOf(event.period).certified = { root: event.root, signers: event.signers, absent: event.absent }
        break
      case 'posted':
        periodOf(event.period).posted = { tx: event.tx, ours: event.ours }
        break
      case 'stuck':
        periodOf(event.period).stuck = { step: event.step, code: event.code }
        break
      default:
        break
    }
  }

  return {
    note(event) {
      follow(event)
      const noted: Noted = { id: ++newest, at: clock.now(), event: plain(event) as Noted['event'] }
      ring.push(noted)
      if (ring.length > RING) ring.shift()
      for (const listener of listeners) listener(noted)
    },
    after(id, limit) {
      const first = newest - ring.length
      return ring.slice(Math.max(0, id - first)).slice(0, limit)
    },
    newest: () => newest,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    periods: () => [...seen.values()].toSorted((a, b) => b.period - a.period),
    period: (period) => seen.get(period),
    certifiedAt: () => certifiedAt,
  }
}
