import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../src/core/bytes.ts'
import { drawRing, placeOf, slotAt } from '../../src/round/permutation.ts'
import { contractVectors } from '../support/contract-vectors.ts'

const test = suite('round: permutation')
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('the contracts draw the same rings', () => {
  for (const { n, seed, slots, places } of contractVectors.rings)
    for (const [i, slot] of slots.entries()) {
      assert.is(placeOf(fromHex(seed), n, slot), places[i], `place of slot ${slot} of ${n}`)
      assert.is(slotAt(fromHex(seed), n, places[i] ?? -1), slot, `slot at place ${places[i]} of ${n}`)
    }
})

test('a bijection: every place once, and the two directions undo each other', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 700 }), (seed, size) => {
      const { places, slots } = drawRing(seed, size)
      assert.is(new Set(places).size, size, `${size} different places`)
      for (let slot = 0; slot < size; slot++) assert.is(slots[places[slot] ?? -1], slot, `slot ${slot} of ${size}`)
    }),
    { numRuns: 60 },
  )
})

test('one index at a time gives what the whole ring gives', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 600 }), fc.nat(), (seed, size, pick) => {
      const slot = pick % size
      const { places, slots } = drawRing(seed, size)
      assert.is(placeOf(seed, size, slot), places[slot])
      assert.is(slotAt(seed, size, slot), slots[slot])
    }),
    { numRuns: 40 },
  )
})

test('every slot is as likely at every place', () => {
  const size = 7
  const draws = 3_000
  const counts = new Uint32Array(size)
  for (let i = 0; i < draws; i++) {
    const seed = new Uint8Array(32)
    new DataView(seed.buffer).setUint32(0, i)
    const place = placeOf(seed, size, 3)
    counts[place] = (counts[place] ?? 0) + 1
  }
  // Chi-squared with 6 degrees of freedom: 30 would happen once in 25,000 fair draws; the seeds are fixed.
  const expected = draws / size
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  assert.ok(chi < 30, `chi-squared ${chi}`)
})

test('an index outside the ring is a bug of the caller', () => {
  for (const slot of [-1, 5, 1.5, Number.NaN]) {
    assert.throws(() => placeOf(new Uint8Array(32), 5, slot), /bug/, `place of ${slot}`)
    assert.throws(() => slotAt(new Uint8Array(32), 5, slot), /bug/, `slot at ${slot}`)
  }
})

test.run()
