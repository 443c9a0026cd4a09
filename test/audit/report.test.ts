import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { commitmentOf, decodeSecret, encodeSecret, reportFlaw, reportOf, reportOn } from '../../src/audit/report.ts'
import type { ProbeResult } from '../../src/audit/report.ts'
import { REASONS } from '../../src/audit/reasons.ts'
import type { ReasonName } from '../../src/audit/reasons.ts'
import { testPeriod } from '../support/audit.ts'

const test = suite('audit: report')
const answer = testPeriod(3).seal(0) // any record will do as evidence

const result = (reason: ReasonName, more: Partial<ProbeResult> = {}): ProbeResult => {
  const { outcome } = REASONS[reason]
  return {
    target: 1,
    outcome: outcome === 'any' ? 'up' : outcome,
    reason,
    latencyMs: undefined,
    height: undefined,
    answer: undefined,
    ...more,
  }
}
const up = (latencyMs: number, height: number): ProbeResult => result('none', { latencyMs, height, answer })

test('counts, quantiles, the most frequent reason, the last block', () => {
  const results = [
    up(30, 500),
    up(10, 700),
    up(20, 600),
    up(90, 400),
    result('timeout'),
    result('timeout'),
    result('lagging', { answer }),
    result('own-network'),
  ]
  const { answersRoot, ...report } = reportOn(1, results)
  assert.equal(report, {
    slot: 1,
    attempts: 8,
    up: 4,
    degraded: 1,
    inconclusive: 1,
    reason: REASONS.timeout.code,
    latencyP50Ms: 20,
    latencyP95Ms: 90,
    blockNumber: 700,
  })
  assert.ok(answersRoot.some((byte) => byte !== 0))
})

test('a target nobody asked has an empty entry, in ring order', () => {
  const report = reportOf([4, 1], [up(10, 5)])
  assert.equal(
    report.map(({ slot, attempts }) => [slot, attempts]),
    [
      [4, 0],
      [1, 1],
    ],
  )
  assert.is(report[0]?.reason, 0)
})

test('what no honest auditor writes', () => {
  const good = reportOn(1, [up(10, 5)])
  assert.is(reportFlaw(good), undefined)
  assert.is(reportFlaw({ ...good, attempts: 0 }), 'bad-counts')
  assert.is(reportFlaw({ ...good, answersRoot: new Uint8Array(32) }), 'no-evidence')
})

test('the secret survives the disk; the commitment binds author, period, report and salt', () => {
  const secret = { salt: new Uint8Array(32).fill(3), report: reportOf([1], [up(10, 5)]) }
  assert.equal(decodeSecret(encodeSecret(secret)), secret)
  const separator = new Uint8Array(32)
  const commitments = [
    commitmentOf(separator, 1, 2, secret),
    commitmentOf(separator, 2, 2, secret),
    commitmentOf(separator, 1, 3, secret),
    commitmentOf(separator, 1, 2, { ...secret, salt: new Uint8Array(32) }),
    commitmentOf(separator, 1, 2, { ...secret, report: [] }),
    commitmentOf(new Uint8Array(32).fill(1), 1, 2, secret),
  ].map(toHex)
  assert.is(new Set(commitments).size, commitments.length)
})

test('random bytes are no secret: a coded refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeSecret(bytes)
      } catch (error) {
        assert.ok(['bad-encoding', 'oversized'].includes(codeOf(error)), String(error))
      }
    }),
  )
})

test.run()
