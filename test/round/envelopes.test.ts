import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SignedRecord } from '../../src/core/types.ts'
import { createEnvelopes } from '../../src/round/envelopes.ts'
import { contradicts, nameOf } from '../../src/round/record.ts'

const test = suite('round: envelopes')

const record = (body: number, more: Partial<SignedRecord> = {}): SignedRecord => ({
  kind: 1,
  author: 1,
  unit: 5,
  sequence: 0,
  body: new Uint8Array([body]),
  signature: new Uint8Array(64),
  ...more,
})

test('first, then known; a contradiction once; then spent', () => {
  const envelopes = createEnvelopes()
  const cases: readonly [SignedRecord, string][] = [
    [record(1), 'first'],
    [record(1), 'known'],
    [record(1, { signature: new Uint8Array(64).fill(1) }), 'known'],
    [record(2), 'contradiction'],
    [record(2), 'spent'],
    [record(3), 'spent'],
    [record(1), 'known'],
    [record(2, { author: 2 }), 'first'],
    [record(2, { sequence: 1 }), 'first'],
    [record(2, { kind: 3 }), 'first'],
  ]
  for (const [i, [one, expected]] of cases.entries()) {
    assert.is(envelopes.judge(one).outcome, expected, `case ${i}: judged`)
    assert.is(envelopes.insert(one).outcome, expected, `case ${i}: inserted`)
  }
  assert.equal([...envelopes.equivocations().keys()], [1])
  const pair = envelopes.equivocations().get(1)
  assert.ok(pair && contradicts(...pair), 'the pair is the evidence')
})

test('kinds that may be said twice never contradict', () => {
  const envelopes = createEnvelopes()
  envelopes.insert(record(1, { kind: 129 }))
  assert.is(envelopes.insert(record(2, { kind: 129 })).outcome, 'known')
  assert.is(envelopes.equivocations().size, 0)
})

test('both records of a contradiction can be found by name, nothing else is kept', () => {
  const envelopes = createEnvelopes()
  const [a, b, c] = [record(1), record(2), record(3)]
  for (const one of [a, b, c]) envelopes.insert(one)
  assert.is(envelopes.byName(nameOf(a)), a)
  assert.is(envelopes.byName(nameOf(b)), b)
  assert.is(envelopes.byName(nameOf(c)), undefined)
})

test('memory: at most two records for each place, whatever arrives', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(1), fc.nat(9))), (said) => {
      const envelopes = createEnvelopes()
      for (const [author, sequence, body] of said) envelopes.insert(record(body, { author, sequence }))
      const places = new Set(said.map(([author, sequence]) => `${author}/${sequence}`))
      assert.ok(envelopes.size <= 2 * places.size, `${envelopes.size} records for ${places.size} places`)
    }),
  )
})

test.run()
