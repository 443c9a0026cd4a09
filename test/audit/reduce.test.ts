import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UNOBSERVED } from '../../src/core/types.ts'
import type { Leaf, TargetReport } from '../../src/core/types.ts'
import { assign, auditorsOf, targetsOf } from '../../src/audit/assignment.ts'
import { median, reduce, uptimeOf } from '../../src/audit/reduce.ts'
import { testPeriod } from '../support/audit.ts'

const test = suite('audit: reduce')
const SLOTS = 9
const { roster } = testPeriod(SLOTS)

const entry = (slot: number, up: number, inconclusive = 0, more: Partial<TargetReport> = {}): TargetReport => ({
  slot,
  attempts: 10,
  up,
  degraded: 0,
  inconclusive,
  reason: 0,
  latencyP50Ms: 50,
  latencyP95Ms: 90,
  blockNumber: 1_000,
  answersRoot: new Uint8Array(32).fill(1),
  ...more,
})

/** Reports where auditor a says `said(a, t)` of each of its targets. */
function run(said: (auditor: number, target: number) => TargetReport | undefined, base: readonly Leaf[] = [], k = 4) {
  const assignment = assign(new Uint8Array(32).fill(7), SLOTS, k)
  const reports = new Map<number, TargetReport[]>()
  for (const { slot } of roster.members) {
    const entries = targetsOf(assignment, slot).flatMap((target) => said(slot, target) ?? [])
    if (entries.length > 0) reports.set(slot, entries)
  }
  const leaves = reduce({ roster, assignment, reports, base: new Map(base.map((leaf) => [leaf.id, leaf])) })
  return { leaves, assignment }
}

test('lower median', () => {
  for (const [values, expected] of [
    [[], undefined],
    [[5], 5],
    [[9, 1], 1],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2],
  ] as const)
    assert.is(median(values), expected, String(values))
})

test('uptime is up of what was conclusive', () => {
  for (const [up, inconclusive, expected] of [
    [10, 0, 10_000],
    [5, 0, 5_000],
    [5, 5, 10_000],
    [1, 7, 3_333],
    [0, 10, undefined],
  ] as const)
    assert.is(uptimeOf(entry(0, up, inconclusive)), expected, `${up} up, ${inconclusive} inconclusive`)
})

test('fewer than half of the conclusive auditors lie: the result is within the honest range', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10), { minLength: 4, maxLength: 4 }), fc.nat(10), fc.nat(3), (honest, lie, liar) => {
      const { leaves, assignment } = run((auditor, target) => {
        const i = auditorsOf(assignment_(), target).indexOf(auditor)
        return entry(target, i === liar ? lie : (honest[i] ?? 0))
      })
      assert.equal(assignment.degree, 4)
      const truths = honest.filter((_, i) => i !== liar).map((up) => up * 1_000)
      for (const { slot, uptimeBps } of leaves) {
        assert.ok(uptimeBps >= Math.min(...truths) && uptimeBps <= Math.max(...truths), `slot ${slot}: ${uptimeBps}`)
      }
    }),
  )
})
const assignment_ = () => assign(new Uint8Array(32).fill(7), SLOTS, 4)

test('without a quorum of conclusive auditors: unobserved, totals unchanged', () => {
  const before = run((_, target) => entry(target, 10)).leaves
  const { leaves, assignment } = run(
    (auditor, target) =>
      auditorsOf(assignment_(), target).indexOf(auditor) < 2 ? entry(target, 0) : entry(target, 0, 10),
    before,
  )
  assert.is(assignment.degree, 4)
  for (const leaf of leaves) {
    assert.is(leaf.uptimeBps, UNOBSERVED, `slot ${leaf.slot}`)
    assert.is(leaf.observers, 2, `slot ${leaf.slot}`)
    assert.is(leaf.periodsObserved, 1, `slot ${leaf.slot}`)
    assert.is(leaf.uptimeSum, 10_000, `slot ${leaf.slot}`)
  }
})

test('diligence: in time and near the median; inconclusive and absent earn nothing', () => {
  const { leaves } = run((auditor, target) => {
    if (auditor === 0) return undefined // no report
    if (auditor === 1) return entry(target, 0) // far from the others
    if (auditor === 2) return entry(target, 0, 10) // judged nobody
    if (auditor === 3) return entry(target, 7) // within tolerance
    return entry(target, 10)
  })
  assert.equal(
    leaves.map(({ diligenceSum }) => diligenceSum),
    [0, 0, 0, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000],
  )
})

test('totals follow the id, not the slot', () => {
  const before = run((_, target) => entry(target, 10)).leaves
  const moved = before.map((leaf) => ({ ...leaf, slot: SLOTS - 1 - leaf.slot, uptimeSum: leaf.id }))
  for (const { id, uptimeSum } of run((_, target) => entry(target, 10), moved).leaves)
    assert.is(uptimeSum, id + 10_000, `sidecar ${id}`)
})

test('latency and block number: medians over those that got answers', () => {
  const { leaves } = run((auditor, target) => {
    const i = auditorsOf(assignment_(), target).indexOf(auditor)
    return i === 0
      ? entry(target, 0, 0, { latencyP50Ms: 0, blockNumber: 0 })
      : entry(target, 10, 0, { latencyP50Ms: 10 * i, blockNumber: i === 3 ? 999_999 : 500 + i })
  })
  for (const { slot, latencyMs, blockNumber } of leaves)
    assert.equal([latencyMs, blockNumber], [20, 502], `slot ${slot}`)
})

test.run()
