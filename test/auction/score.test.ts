import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { discountBps, marksOf, SCORE_MAX, SCORE_MIN, scoreOf } from '../../src/auction/score.ts'
import type { TrackRecord } from '../../src/auction/score.ts'
import { SEED } from './random.ts'

const test = suite('auction/score')
const scale = { fullStake: 1000n, fullRunningSeconds: 10_000 }
const weights = { stake: 2500, price: 2500, runningTime: 2500, uptime: 2500 }
const newcomer: TrackRecord = {
  stake: 0n,
  settledJobs: 0,
  discountBpsSum: 0,
  nodes: 0,
  runningSecondsSum: 0,
  periodsObserved: 0,
  uptimeBpsSum: 0,
}
const veteran: TrackRecord = {
  stake: 500n,
  settledJobs: 2,
  discountBpsSum: 2500 + 1500,
  nodes: 4,
  runningSecondsSum: 30_000,
  periodsObserved: 3,
  uptimeBpsSum: 10_000 + 10_000 + 9_400,
}

test('marks are shares of full marks, the score their weighted sum', () => {
  assert.equal(marksOf(veteran, scale), { stake: 5000, price: 2000, runningTime: 7500, uptime: 9800 })
  assert.is(scoreOf(veteran, weights, scale), 6075)
  assert.is(scoreOf(veteran, { stake: 10_000, price: 0, runningTime: 0, uptime: 0 }, scale), 5000)
  assert.is(scoreOf(veteran, { stake: 0, price: 0, runningTime: 1, uptime: 9999 }, scale), 9799, 'rounded down')
})

test('a newcomer has the least score there is, and can still be drawn', () => {
  assert.is(scoreOf(newcomer, weights, scale), SCORE_MIN)
})

test('more than full marks is full marks', () => {
  const giant = {
    ...veteran,
    stake: 10n ** 30n,
    runningSecondsSum: 10 ** 9,
    discountBpsSum: 20_000,
    uptimeBpsSum: 30_000,
  }
  assert.is(scoreOf(giant, weights, scale), SCORE_MAX)
})

test('property: better in any respect is never a lower score', () => {
  const arbitrary = fc.record({
    stake: fc.bigInt(0n, 2000n),
    settledJobs: fc.nat(50),
    discountBpsSum: fc.nat(500_000),
    nodes: fc.nat(20),
    runningSecondsSum: fc.nat(300_000),
    periodsObserved: fc.nat(1000),
    uptimeBpsSum: fc.nat(10_000_000),
  })
  const property = fc.property(arbitrary, (record) => {
    const score = scoreOf(record, weights, scale)
    assert.ok(Number.isInteger(score) && score >= SCORE_MIN && score <= SCORE_MAX)
    const better = [
      { ...record, stake: record.stake + 100n },
      { ...record, discountBpsSum: record.discountBpsSum + 100 },
      { ...record, runningSecondsSum: record.runningSecondsSum + 100 },
      { ...record, uptimeBpsSum: record.uptimeBpsSum + 100 },
    ]
    better.forEach((other, i) => assert.ok(scoreOf(other, weights, scale) >= score, `better in ${i}`))
  })
  fc.assert(property, { seed: SEED })
})

test('a settled price counts by how far below the reserve it was', () => {
  const cases = [
    [80n, 80n, 0],
    [80n, 60n, 2500],
    [80n, 0n, 10_000],
    [3n, 2n, 3333],
    [0n, 0n, 0],
  ] as const
  for (const [reserve, price, bps] of cases) assert.is(discountBps(reserve, price), bps, `${price} of ${reserve}`)
  assert.throws(() => discountBps(80n, 81n), /bug: /)
})

test('weights that do not add up are a bug', () => {
  assert.throws(() => scoreOf(veteran, { ...weights, stake: 2501 }, scale), /bug: /)
  assert.throws(() => scoreOf(veteran, { stake: -1, price: 1, runningTime: 0, uptime: 10_000 }, scale), /bug: /)
})

test.run()
