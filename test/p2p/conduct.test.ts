// Points, bans and buckets on a clock of our own: they add up, heal, end, and never take more than their bounded memory.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BAN_MS, BAN_POINTS, PEERS_MAX, createConduct } from '../../src/p2p/conduct.ts'
import type { Offence } from '../../src/p2p/conduct.ts'
import { createBuckets, createTally } from '../../src/p2p/limits.ts'

const test = suite('conduct')

function setup() {
  let at = 1_000_000
  const bans: string[] = []
  const conduct = createConduct({ now: () => at, onBan: (peer, offence) => bans.push(`${peer} ${offence}`) })
  return { conduct, bans, pass: (ms: number) => (at += ms), now: () => at }
}

/** How many in a row end it. */
const ends: readonly (readonly [Offence, number])[] = [
  ['oversized', 1],
  ['flood', 1],
  ['undecodable', 4],
  ['rejected', 5],
  ['unknown-topic', 20],
  ['impatient', 50],
  ['unknown-subscription', 100],
  ['replay', 100],
]
for (const [offence, count] of ends)
  test(`${count} × ${offence} is the end`, () => {
    const { conduct, bans } = setup()
    for (let n = 1; n < count; n++) assert.not(conduct.offend('p', offence), `number ${n}`)
    assert.ok(conduct.offend('p', offence))
    assert.ok(conduct.isBanned('p'))
    assert.equal(bans, [`p ${offence}`])
  })

test('points heal and bans end', () => {
  const { conduct, bans, pass } = setup()
  conduct.offend('p', 'rejected')
  assert.is(conduct.points('p'), 20)
  pass(5_000)
  assert.is(conduct.points('p'), 15)
  pass(60_000)
  assert.is(conduct.points('p'), 0)
  conduct.offend('p', 'flood')
  assert.is(conduct.points('p'), BAN_POINTS)
  conduct.offend('p', 'flood')
  assert.is(bans.length, 1, 'cut off once')
  pass(BAN_MS)
  assert.not(conduct.isBanned('p'))
  assert.is(conduct.points('p'), 0)
})

test('neither map outgrows its bound', () => {
  const { conduct } = setup()
  for (let n = 0; n < PEERS_MAX + 500; n++) {
    conduct.offend(`watched ${n}`, 'replay')
    conduct.offend(`banned ${n}`, 'flood')
  }
  assert.equal(conduct.size(), { watched: PEERS_MAX, banned: PEERS_MAX })
  assert.is(conduct.points('watched 0'), 0, 'the oldest is forgotten')
  assert.is(conduct.points(`watched ${PEERS_MAX + 499}`), 1)
})

test('a bucket empties, refills and is bounded', () => {
  const { pass, now } = setup()
  const buckets = createBuckets({ perSecond: 2, burst: 4 }, now, 10)
  assert.equal(
    Array.from({ length: 6 }, () => buckets.take('p')),
    [true, true, true, true, false, false],
  )
  assert.ok(buckets.take('other'))
  pass(1000)
  assert.not(buckets.take('p', 3), 'two came back')
  assert.ok(buckets.take('p', 2))
  pass(60_000)
  assert.not(buckets.take('p', 5), 'never more than the burst')
  assert.ok(buckets.take('p', 4))
  for (let n = 0; n < 100; n++) buckets.take(`peer ${n}`)
  assert.is(buckets.size(), 10)
})

test('a tally counts by code', () => {
  const tally = createTally()
  for (const code of ['a', 'b', 'a']) tally.count(code)
  assert.equal(tally.read(), { a: 2, b: 1 })
})

test.run()
