// What a period says of one sidecar, person by person: every auditor's verdict on it, its own verdicts on others, and where
// points were lost. A pure reading of a checked bundle; nothing here decides anything.

import { toHex } from '../core/bytes.ts'
import type { Hex, Leaf, SignedRecord, TargetReport } from '../core/types.ts'
import { UNOBSERVED } from '../core/types.ts'
import { nameOf } from '../round/record.ts'
import { auditorsOf, observersNeeded, targetsOf } from './assignment.ts'
import { openReveal } from './bodies.ts'
import type { Bundle } from './bundle.ts'
import type { PeriodContext } from './context.ts'
import { reasonName } from './reasons.ts'
import { TOLERANCE_BPS, uptimeOf } from './reduce.ts'

/** One auditor about one target. */
export interface Verdict {
  /** Sidecar ids. */
  readonly auditor: number
  readonly target: number
  readonly attempts: number
  readonly up: number
  readonly degraded: number
  readonly down: number
  readonly inconclusive: number
  /** Undefined: all its probes were inconclusive. */
  readonly uptimeBps: number | undefined
  /** Commonest reason of probes that were not up. */
  readonly reason: string
  readonly latencyP50Ms: number
  readonly latencyP95Ms: number
  readonly blockNumber: number
  /** Name of the reveal that says so: what /stkr/evidence/1 is asked for. */
  readonly evidence: Hex
  /** Root of the signed answers that it rests on. */
  readonly answersRoot: Hex
  /** Whether it agrees with the median, which is what diligence counts. */
  readonly agrees: boolean
}

export interface Verdicts {
  readonly period: number
  readonly id: number
  readonly leaf: Leaf
  /** By its auditors, in ring order. */
  readonly on: readonly Verdict[]
  /** Auditors whose report did not count: none, late, or left out for equivocation. */
  readonly silent: readonly number[]
  /** What it said itself, in ring order; undefined when its own report did not count. */
  readonly by: readonly Verdict[] | undefined
  /** Share of its own verdicts that agree, bps. */
  readonly diligenceBps: number
  /** One sentence for each point lost. */
  readonly lost: readonly string[]
}

interface Reading {
  readonly context: PeriodContext
  readonly leaves: readonly Leaf[]
  readonly reports: ReadonlyMap<number, { readonly record: SignedRecord; readonly report: readonly TargetReport[] }>
}

function verdictOf({ leaves, reports }: Reading, auditor: number, target: number): Verdict | undefined {
  const found = reports.get(auditor)
  const entry = found?.report.find(({ slot }) => slot === target)
  if (!found || !entry) return undefined
  const { attempts, up, degraded, inconclusive, reason, latencyP50Ms, latencyP95Ms, blockNumber, answersRoot } = entry
  const uptimeBps = uptimeOf(entry)
  const common = leaves[target]?.uptimeBps ?? UNOBSERVED
  return {
    auditor: found.record.author,
    target: leaves[target]?.id ?? 0,
    ...{ attempts, up, degraded, down: attempts - up - degraded - inconclusive, inconclusive },
    uptimeBps,
    reason: reasonName(reason) ?? `unknown ${reason}`,
    ...{ latencyP50Ms, latencyP95Ms, blockNumber },
    evidence: nameOf(found.record),
    answersRoot: toHex(answersRoot),
    agrees: uptimeBps !== undefined && (common === UNOBSERVED || Math.abs(uptimeBps - common) <= TOLERANCE_BPS),
  }
}

const percent = (bps: number): string => `${bps / 100} %`

function uptimeLost({ context }: Reading, leaf: Leaf, on: readonly Verdict[]): readonly string[] {
  if (leaf.uptimeBps === UNOBSERVED) {
    const needed = observersNeeded(context.assignment)
    return [`uptime not counted: ${leaf.observers} auditors could judge, ${needed} are needed`]
  }
  if (leaf.uptimeBps === 10_000) return []
  const reasons = [...new Set(on.flatMap(({ up, attempts, reason }) => (up < attempts ? [reason] : [])))]
  return [`uptime ${percent(leaf.uptimeBps)}, the median of ${leaf.observers} auditors: ${reasons.join(', ')}`]
}

function diligenceLost(by: readonly Verdict[] | undefined, targets: number): readonly string[] {
  if (targets === 0) return []
  if (!by) return ['diligence 0 %: its own report did not count (none, late, or left out)']
  return by
    .filter(({ agrees }) => !agrees)
    .map(({ target, uptimeBps, reason }) =>
      uptimeBps === undefined
        ? `diligence: its probes of ${target} were all inconclusive (${reason})`
        : `diligence: it saw ${target} ${percent(uptimeBps)} up, others differ by more than ${percent(TOLERANCE_BPS)} (${reason})`,
    )
}

/** What a checked period says of sidecar `id`; undefined when it was no member. `leaves` are the period's, by slot. */
export function verdictsOn(
  context: PeriodContext,
  bundle: Pick<Bundle, 'reveals'>,
  leaves: readonly Leaf[],
  id: number,
): Verdicts | undefined {
  const leaf = leaves.find((one) => one.id === id)
  if (!leaf) return undefined
  const reports = new Map(
    bundle.reveals.map((record) => [
      context.member(record.author)?.slot ?? -1,
      { record, report: openReveal(record).report },
    ]),
  )
  const reading = { context, leaves, reports }
  const auditors = auditorsOf(context.assignment, leaf.slot)
  const targets = targetsOf(context.assignment, leaf.slot)
  const on = auditors.flatMap((auditor) => verdictOf(reading, auditor, leaf.slot) ?? [])
  const heard = new Set(on.map(({ auditor }) => auditor))
  const silent = auditors.flatMap((slot) => leaves[slot]?.id ?? []).filter((auditor) => !heard.has(auditor))
  const by = reports.has(leaf.slot) ? targets.flatMap((slot) => verdictOf(reading, leaf.slot, slot) ?? []) : undefined
  const good = by?.filter(({ agrees }) => agrees).length ?? 0
  return {
    ...{ period: context.period, id, leaf, on, silent, by },
    diligenceBps: targets.length === 0 ? 0 : Math.floor((good * 10_000) / targets.length),
    lost: [...uptimeLost(reading, leaf, on), ...diligenceLost(by, targets.length)],
  }
}
