// From admitted reports to leaves: a pure function of reports, ring and base, computed by every member and by everybody
// who checks. Medians make single lies harmless: while fewer than half of a target's *conclusive* auditors lie, the
// result lies between two honest values. (Auditors who say nothing do not vote; that is why a quorum is needed at all.)

import { UNOBSERVED } from '../core/types.ts'
import type { Leaf, Roster, TargetReport } from '../core/types.ts'
import { auditorsOf, observersNeeded, targetsOf } from './assignment.ts'
import type { Assignment } from './assignment.ts'

/**
 * How far an auditor's uptime may be from the median and still count as diligent. A third of the scale: of three probes at
 * different moments, one may honestly differ from those of the others.
 */
export const TOLERANCE_BPS = 3_400

const FULL_BPS = 10_000

export interface Reduction {
  readonly roster: Roster
  readonly assignment: Assignment
  /** Admitted reports by auditor's slot. */
  readonly reports: ReadonlyMap<number, readonly TargetReport[]>
  /** Leaves of the base by sidecar id: where running totals continue. */
  readonly base: ReadonlyMap<number, Leaf>
}

/** Uptime one auditor measured, in bps; undefined when all its probes were inconclusive. */
export function uptimeOf({ attempts, inconclusive, up }: TargetReport): number | undefined {
  const conclusive = attempts - inconclusive
  return conclusive > 0 ? Math.floor((up * FULL_BPS) / conclusive) : undefined
}

/** Lower median; undefined of nothing. Lower, so that a tie never flatters. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

interface Measured {
  readonly uptimeBps: number
  readonly latencyMs: number
  readonly observers: number
  readonly blockNumber: number
}

function measure({ assignment, reports }: Reduction, target: number): Measured {
  const found = auditorsOf(assignment, target).flatMap(
    (auditor) => reports.get(auditor)?.find(({ slot }) => slot === target) ?? [],
  )
  const conclusive = found.filter((report) => uptimeOf(report) !== undefined)
  const observers = conclusive.length
  if (observers === 0 || observers < observersNeeded(assignment))
    return { uptimeBps: UNOBSERVED, latencyMs: 0, observers, blockNumber: 0 }
  const answered = conclusive.filter(({ up }) => up > 0)
  return {
    uptimeBps: median(conclusive.map((report) => uptimeOf(report) ?? 0)) ?? 0,
    latencyMs: median(answered.map(({ latencyP50Ms }) => latencyP50Ms)) ?? 0,
    observers,
    blockNumber: median(answered.map(({ blockNumber }) => blockNumber)) ?? 0,
  }
}

/**
 * Share of its targets, in bps, that an auditor judged, in time, within tolerance of the median; a target nobody else could
 * judge counts for it. Inconclusive counts against it: blame for nobody, but no pay either.
 */
function diligence({ assignment, reports }: Reduction, auditor: number, measured: readonly Measured[]): number {
  const report = reports.get(auditor)
  const targets = targetsOf(assignment, auditor)
  if (!report || targets.length === 0) return 0
  const good = report.filter((entry) => {
    const uptime = uptimeOf(entry)
    const common = measured[entry.slot]?.uptimeBps
    if (uptime === undefined || common === undefined) return false
    return common === UNOBSERVED || Math.abs(uptime - common) <= TOLERANCE_BPS
  })
  return Math.floor((good.length * FULL_BPS) / targets.length)
}

/** One leaf per slot, in slot order. */
export function reduce(reduction: Reduction): readonly Leaf[] {
  const { roster, base } = reduction
  const measured = roster.members.map(({ slot }) => measure(reduction, slot))
  return roster.members.map(({ id, slot }, i) => {
    const { uptimeBps, latencyMs, observers, blockNumber } = measured[i] ?? measure(reduction, slot)
    const before = base.get(id)
    const observed = uptimeBps !== UNOBSERVED
    return {
      id,
      slot,
      uptimeBps,
      latencyMs,
      observers,
      blockNumber,
      periodsObserved: (before?.periodsObserved ?? 0) + (observed ? 1 : 0),
      uptimeSum: (before?.uptimeSum ?? 0) + (observed ? uptimeBps : 0),
      diligenceSum: (before?.diligenceSum ?? 0) + diligence(reduction, slot, measured),
    }
  })
}
