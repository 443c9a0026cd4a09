import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MONTH_SECONDS } from '../../src/auction/quote.ts'
import { acceptPrice, decideBid } from '../../src/auction/strategy.ts'
import type { Offer, Strategy } from '../../src/auction/strategy.ts'
import type { ProviderStanding } from '../../src/core/types.ts'
import { SEED } from './random.ts'

const test = suite('auction/strategy')
const USD = 10n ** 18n
const strategy: Strategy = {
  costs: { cpu: 3n * USD, memory: USD, storage: USD / 10n, time: 2n * USD },
  marginBps: 1000,
  heldBack: { cpuMilliGhz: 1000, memoryMilliGb: 0, storageMilliGb: 0 },
  floor: 20n * USD,
  ceiling: 90n * USD,
  kinds: ['ethereum-validator'],
}
const offer: Offer = {
  kind: 'ethereum-validator',
  requirements: {
    cpuMilliGhz: 4000,
    memoryMilliGb: 16_000,
    storageMilliGb: 128_000,
    durationSeconds: Number(MONTH_SECONDS),
  },
  reserve: 80n * USD,
}
const standing: ProviderStanding = {
  ceiling: 1000n * USD,
  free: { cpuMilliGhz: 5000, memoryMilliGb: 16_000, storageMilliGb: 128_000 },
  freeCollateral: 80n * USD,
  tokenPrice: { usd: 1n, decimals: 0 },
}

test('cost plus margin', () => {
  // 4 · 3 + 16 · 1 + 128 · 0.1 + 2 = 42.8 USD, and a tenth.
  assert.equal(decideBid(offer, strategy, standing), { bid: true, price: (4708n * USD) / 100n })
})

test('a cost below the floor bids the floor', () => {
  assert.equal(decideBid(offer, { ...strategy, floor: 50n * USD }, standing), { bid: true, price: 50n * USD })
})

test('every reason for not bidding has its code', () => {
  const free = standing.free
  const cases: readonly [string, Offer, Strategy, ProviderStanding][] = [
    ['no-bid-kind', { ...offer, kind: 'other' }, strategy, standing],
    ['no-bid-capacity', offer, strategy, { ...standing, free: { ...free, cpuMilliGhz: 4999 } }],
    ['no-bid-capacity', offer, strategy, { ...standing, free: { ...free, memoryMilliGb: 15_999 } }],
    ['no-bid-capacity', offer, strategy, { ...standing, free: { ...free, storageMilliGb: 0 } }],
    ['no-bid-collateral', offer, strategy, { ...standing, freeCollateral: 80n * USD - 1n }],
    ['no-bid-above-ceiling', offer, { ...strategy, ceiling: 47n * USD }, standing],
    ['no-bid-above-reserve', { ...offer, reserve: 47n * USD }, strategy, standing],
    ['no-bid-above-ceiling', offer, { ...strategy, floor: 95n * USD }, standing],
    ['no-bid-price', offer, { ...strategy, floor: 2n ** 96n, ceiling: 2n ** 97n }, standing],
  ]
  for (const [code, job, config, state] of cases) {
    const decision = decideBid(job, config, state)
    assert.is(decision.bid ? 'bid' : decision.code, code)
    assert.ok(!decision.bid && decision.detail.length > 10, `${code} says more`)
  }
})

test('a proposed price is held to the same limits', () => {
  const cases: readonly [string, bigint][] = [
    ['no-bid-price', -1n],
    ['no-bid-below-floor', 20n * USD - 1n],
    ['bid', 20n * USD],
    ['bid', 80n * USD],
    ['no-bid-above-reserve', 80n * USD + 1n],
    ['no-bid-above-ceiling', 90n * USD + 1n],
  ]
  for (const [code, price] of cases) {
    const decision = acceptPrice(price, offer, strategy, standing)
    assert.is(decision.bid ? 'bid' : decision.code, code, `price ${price}`)
  }
  assert.is(acceptPrice(50n * USD, { ...offer, kind: 'other' }, strategy, standing).bid, false)
})

test('property: a bid is never above ceiling or reserve, below the floor, or beyond capacity', () => {
  const units = fc.nat(200_000)
  const money = fc.bigInt(0n, 200n * USD)
  const arbitrary = fc.tuple(units, units, units, fc.integer({ min: 1, max: 10 ** 7 }), units, money, money, money)
  const property = fc.property(
    arbitrary,
    ([cpu, memory, storage, durationSeconds, available, floor, ceiling, reserve]) => {
      const requirements = { cpuMilliGhz: cpu, memoryMilliGb: memory, storageMilliGb: storage, durationSeconds }
      const free = { cpuMilliGhz: available, memoryMilliGb: 100_000, storageMilliGb: 100_000 }
      const state = { ...standing, free, freeCollateral: 100n * USD }
      const decision = decideBid({ ...offer, requirements, reserve }, { ...strategy, floor, ceiling }, state)
      if (!decision.bid) return
      assert.ok(decision.price >= floor && decision.price <= ceiling && decision.price <= reserve)
      assert.ok(cpu <= available - 1000 && memory <= 100_000 && storage <= 100_000 && reserve <= 100n * USD)
    },
  )
  fc.assert(property, { seed: SEED, numRuns: 500 })
})

test.run()
