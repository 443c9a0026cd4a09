import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { assign, auditSeed, auditorsOf, audits, observersNeeded, targetsOf } from '../../src/audit/assignment.ts'
import { contractVectors } from '../support/contract-vectors.ts'

const test = suite('audit: assignment')
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('the seed is that of the contracts', () => {
  const { separator, beacon, auditSeed: expected } = contractVectors
  assert.is(toHex(auditSeed(fromHex(separator), 0, fromHex(beacon.randomness))), expected)
})

test('exactly k in, exactly k out, nobody itself, nobody twice', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 12 }), (seed, slots, k) => {
      const assignment = assign(seed, slots, k)
      const degree = Math.min(k, slots - 1)
      for (let slot = 0; slot < slots; slot++) {
        const targets = targetsOf(assignment, slot)
        const auditors = auditorsOf(assignment, slot)
        assert.is(new Set(targets).size, degree, `${slot} of ${slots}: different targets`)
        assert.is(new Set(auditors).size, degree, `${slot} of ${slots}: different auditors`)
        assert.not(targets.includes(slot), `${slot} does not audit itself`)
        for (const target of targets) {
          assert.ok(auditorsOf(assignment, target).includes(slot), `${slot} is an auditor of ${target}`)
          assert.ok(audits(assignment, slot, target), `${slot} audits ${target}`)
          if (slots > 2 * k) assert.not(audits(assignment, target, slot), `${slot} and ${target} are not mutual`)
        }
      }
      const edges = Array.from({ length: slots }, (_, a) => a).flatMap((a) =>
        Array.from({ length: slots }, (_, t) => audits(assignment, a, t)),
      )
      assert.is(edges.filter(Boolean).length, slots * degree, 'and no other edge')
    }),
    { numRuns: 40 },
  )
})

test('a quorum of observers outvotes a minority', () => {
  for (const [k, needed] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [8, 5],
  ] as const)
    assert.is(observersNeeded(assign(new Uint8Array(32), 50, k)), needed, `k ${k}`)
})

test.run()
