// What a target reads of a period: each auditor's numbers and reason, who was silent, and one sentence for each point lost.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { auditorsOf, targetsOf } from '../../src/audit/assignment.ts'
import { REASONS } from '../../src/audit/reasons.ts'
import { reduce } from '../../src/audit/reduce.ts'
import { openReveal } from '../../src/audit/bodies.ts'
import { verdictsOn } from '../../src/audit/verdicts.ts'
import type { SignedRecord, TargetReport } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { testPeriod } from '../support/audit.ts'

const verdicts = suite('audit: verdicts')
const SIZE = 5
const { context, reveal } = testPeriod(SIZE, 3)
const TARGET = 2
const auditors = auditorsOf(context.assignment, TARGET)
const ID = TARGET + 1

/** The period in which auditor `slot` found `change` about each target that `about` names. */
function read(changes: ReadonlyMap<number, (entry: TargetReport) => TargetReport>, absent: readonly number[] = []) {
  const reveals = Array.from({ length: SIZE }, (_, slot) => slot)
    .filter((slot) => !absent.includes(slot))
    .map((slot): SignedRecord => reveal(slot, changes.get(slot)))
  const reports = new Map(reveals.map((record) => [record.author - 1, openReveal(record).report]))
  const leaves = reduce({ roster: context.roster, assignment: context.assignment, reports, base: new Map() })
  const found = verdictsOn(context, { reveals }, leaves, ID)
  if (!found) throw new Error('a member has verdicts')
  return { found, reveals }
}

const onTarget =
  (change: Partial<TargetReport>) =>
  (entry: TargetReport): TargetReport =>
    entry.slot === TARGET ? { ...entry, ...change } : entry

verdicts('all is well: everybody is heard, nothing is lost', () => {
  const { found, reveals } = read(new Map())
  assert.equal(
    found.on.map(({ auditor, uptimeBps, down, agrees }) => [auditor, uptimeBps, down, agrees]),
    auditors.map((slot) => [slot + 1, 10_000, 0, true]),
  )
  assert.is(
    found.on[0]?.evidence,
    nameOf(reveals.find(({ author }) => author === found.on[0]?.auditor) as SignedRecord),
  )
  assert.equal([found.silent, found.lost, found.diligenceBps], [[], [], 10_000])
  assert.is(found.by?.length, targetsOf(context.assignment, TARGET).length)
})

verdicts('everybody saw one probe fail: the reason is named', () => {
  const { code } = REASONS.lagging
  const { found } = read(new Map(auditors.map((slot) => [slot, onTarget({ up: 2, degraded: 1, reason: code })])))
  assert.equal(
    found.on.map(({ up, degraded, reason }) => [up, degraded, reason]),
    auditors.map(() => [2, 1, 'lagging']),
  )
  assert.match(found.lost.join(), /uptime 66\.66 %.*lagging/)
})

verdicts('one liar: its verdict disagrees, nothing is lost', () => {
  const liar = auditors[0] ?? 0
  const { found } = read(new Map([[liar, onTarget({ up: 0, reason: REASONS.timeout.code })]]))
  assert.equal(
    found.on.map(({ agrees, down }) => [agrees, down]),
    auditors.map((slot) => (slot === liar ? [false, 3] : [true, 0])),
  )
  assert.equal(found.lost, [])
})

verdicts('inconclusive counts neither way, silence is told', () => {
  const [first = 0, second = 0] = auditors
  const { code } = REASONS['own-network']
  const { found } = read(new Map([[first, onTarget({ up: 0, inconclusive: 3, reason: code })]]), [second])
  assert.equal(found.on.find(({ auditor }) => auditor === first + 1)?.uptimeBps, undefined)
  assert.equal(found.silent, [second + 1])
})

verdicts('its own report did not count', () => {
  const { found } = read(new Map(), [TARGET])
  assert.equal([found.by, found.diligenceBps], [undefined, 0])
  assert.match(found.lost.join(), /diligence 0 %/)
})

verdicts('no member, no verdicts', () => {
  assert.is(verdictsOn(context, { reveals: [] }, [], ID), undefined)
})

verdicts.run()
