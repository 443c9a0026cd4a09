import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { awardOf } from '../../src/auction/outcome.ts'
import { reserveOf, split } from '../../src/auction/split.ts'
import { Fault } from '../../src/core/errors.ts'
import { SEED, seedOf } from './random.ts'

const test = suite('auction/split')
const ANKR = 10n ** 18n
const tenPercent = { rewardBps: 1000, insuranceBps: 1000 }

test('the paper’s example to the base unit: bids 60, 70, 75, FP 100, X 300, 10 %', () => {
  const bids = [60n, 70n, 75n].map((price, i) => ({ provider: i + 1, price: price * ANKR, weight: 1 }))
  const reserve = reserveOf(100n * ANKR, tenPercent)
  assert.is(reserve, 80n * ANKR)
  const cases = [
    ['vickrey', 70n, 250n],
    ['payAsBid', 60n, 260n],
  ] as const
  for (const [pricing, provider, requester] of cases) {
    const award = awardOf(bids, { shortlist: 1, pricing, reserve }, seedOf('paper', 0))
    const parts = split({ fixedPrice: 100n * ANKR, profit: 300n * ANKR, price: award?.price ?? 0n }, tenPercent)
    const expected = { provider: provider * ANKR, rewardPool: 40n * ANKR, insurancePool: 40n * ANKR }
    assert.equal(parts, { ...expected, requester: requester * ANKR }, pricing)
  }
})

test('property: nothing is lost, nothing is made, nobody pays in', () => {
  const bps = fc.integer({ min: 0, max: 4999 })
  const amount = fc.bigInt(0n, 2n ** 96n - 1n)
  const property = fc.property(
    bps,
    bps,
    amount,
    amount,
    fc.nat({ max: 1000 }),
    (rewardBps, insuranceBps, fixedPrice, profit, part) => {
      const rates = { rewardBps, insuranceBps }
      const price = (reserveOf(fixedPrice, rates) * BigInt(part)) / 1000n
      const { provider, rewardPool, insurancePool, requester } = split({ fixedPrice, profit, price }, rates)
      assert.is(provider + rewardPool + insurancePool + requester, fixedPrice + profit)
      assert.is(provider, price)
      assert.ok(rewardPool >= 0n && insurancePool >= 0n && requester >= 0n)
    },
  )
  fc.assert(property, { seed: SEED, numRuns: 1000 })
})

test('the remainder of the division is the requester’s', () => {
  const parts = split({ fixedPrice: 0n, profit: 19n, price: 0n }, tenPercent)
  assert.equal(parts, { provider: 0n, rewardPool: 1n, insurancePool: 1n, requester: 17n })
})

test('at the reserve and without profit every part can still be paid, one unit above it not', () => {
  const proceeds = { fixedPrice: 101n, profit: 0n, price: 80n }
  assert.equal(split(proceeds, tenPercent), { provider: 80n, rewardPool: 10n, insurancePool: 10n, requester: 1n })
  const cases: readonly [string, () => unknown][] = [
    ['split-price', () => split({ ...proceeds, price: 81n }, tenPercent)],
    ['split-amount', () => split({ ...proceeds, profit: -1n }, tenPercent)],
    ['split-amount', () => split({ ...proceeds, price: -1n }, tenPercent)],
    ['split-rates', () => reserveOf(1n, { rewardBps: 5000, insuranceBps: 5000 })],
    ['split-rates', () => reserveOf(1n, { rewardBps: -1, insuranceBps: 5000 })],
    ['split-rates', () => reserveOf(1n, { rewardBps: 0.5, insuranceBps: 5000 })],
  ]
  for (const [code, attempt] of cases) {
    try {
      attempt()
      assert.unreachable(attempt.toString())
    } catch (error) {
      assert.is(error instanceof Fault && error.code, code, attempt.toString())
    }
  }
})

test.run()
