// An auditor's report: what its probes of one period come to, how it is sealed and how the seal is opened. The secret (salt
// and report) is one durable value, written before the seal is signed: whoever has it can always reveal.

import { ByteVectorType, ContainerType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { keccak256, taggedHash, word } from '../core/bytes.ts'
import { ReportType, decode } from '../core/records.ts'
import type { Outcome, SignedRecord, TargetReport } from '../core/types.ts'
import { nameOf } from '../round/record.ts'
import { REASONS } from './reasons.ts'
import type { ReasonName } from './reasons.ts'
import { answersRoot } from './tree.ts'

/** Outcome of one probe as the auditor keeps it. */
export interface ProbeResult {
  /** Slot of the target. */
  readonly target: number
  readonly outcome: Outcome
  readonly reason: ReasonName
  /** Round trip; only of probes that were answered. */
  readonly latencyMs: number | undefined
  /** Height whose hash the answer gave rightly. */
  readonly height: number | undefined
  readonly answer: SignedRecord | undefined
}

const SecretType = new ContainerType({ salt: new ByteVectorType(32), report: ReportType })
export type Secret = ValueOf<typeof SecretType>

export const encodeSecret = (secret: Secret): Uint8Array => SecretType.serialize(secret)
export const decodeSecret = (bytes: Uint8Array): Secret => decode(SecretType, bytes, 'the stored secret')

/** H("stkr.report", SEP, period, author id, keccak256(report), salt). */
export const commitmentOf = (
  separator: Uint8Array,
  period: number,
  author: number,
  { salt, report }: Pick<Secret, 'salt' | 'report'>,
): Uint8Array =>
  taggedHash('stkr.report', separator, word(period), word(author), keccak256(ReportType.serialize(report)), salt)

/** Nearest-rank quantile of sorted values; 0 of none. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** Most frequent reason; the smaller code wins a tie, so that equal probes make equal reports. */
function commonReason(results: readonly ProbeResult[]): number {
  const counts = new Map<number, number>()
  for (const { outcome, reason } of results) {
    if (outcome === 'up') continue
    const { code } = REASONS[reason]
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([codeA, a], [codeB, b]) => b - a || codeA - codeB)
  return most?.[0] ?? REASONS.none.code
}

const LATENCY_MAX_MS = 0xffff_ffff

/** One entry of the report. */
export function reportOn(slot: number, results: readonly ProbeResult[]): TargetReport {
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length
  const latencies = results
    .flatMap(({ outcome, latencyMs }) => (outcome === 'up' && latencyMs !== undefined ? [latencyMs] : []))
    .map((latency) => Math.min(LATENCY_MAX_MS, Math.round(latency)))
    .sort((a, b) => a - b)
  return {
    slot,
    attempts: results.length,
    up: count('up'),
    degraded: count('degraded'),
    inconclusive: count('inconclusive'),
    reason: commonReason(results),
    latencyP50Ms: quantile(latencies, 0.5),
    latencyP95Ms: quantile(latencies, 0.95),
    blockNumber: Math.max(0, ...results.map(({ height }) => height ?? 0)),
    answersRoot: answersRoot(results.flatMap(({ answer }) => (answer ? [nameOf(answer)] : []))),
  }
}

/** The whole report: one entry per target in ring order. */
export const reportOf = (targets: readonly number[], results: readonly ProbeResult[]): TargetReport[] =>
  targets.map((slot) =>
    reportOn(
      slot,
      results.filter(({ target }) => target === slot),
    ),
  )

/** What no honest auditor can have written about a target; undefined when the numbers are possible. */
export function reportFlaw(report: TargetReport): 'bad-counts' | 'no-evidence' | undefined {
  if (report.up + report.degraded + report.inconclusive > report.attempts) return 'bad-counts'
  // Every `up` rests on a signed answer; a lazy auditor that never asked has none to put under its root.
  if (report.up > 0 && report.answersRoot.every((byte) => byte === 0)) return 'no-evidence'
  return undefined
}
