// What a requester may expect: by hand, with the paper's figures, and for any job the split's own bounds.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expectedPrice, expectedReturn } from '../../src/auction/returns.ts'

const test = suite('auction/returns')
const ONE = 10n ** 18n
const RATES = { rewardBps: 1000, insuranceBps: 1000 }
const YEAR = 365 * 24 * 3_600

test('the paper’s example: FP 100, X 300, a price of 60 brings 260', () => {
  const job = { ...RATES, fixedPrice: 100n * ONE, reserve: 80n * ONE, durationSeconds: 60 * 24 * 3_600 }
  const { requester, cost } = expectedReturn(job, { stakedWei: 0n, aprBps: 300, profit: 300n * ONE }, 60n * ONE)
  assert.equal([requester.ankr, requester.eth, cost], [260n * ONE, 0n, -160n * ONE])
})

test('a validator for a year at 3 %: 0.96 ETH, four fifths of it the requester’s', () => {
  const job = { ...RATES, fixedPrice: 100n * ONE, reserve: 80n * ONE, durationSeconds: YEAR }
  const found = expectedReturn(job, { stakedWei: 32n * ONE, aprBps: 300, profit: 0n }, 80n * ONE)
  assert.equal([found.profitEth, found.requester.eth, found.aprBps], [(96n * ONE) / 100n, (768n * ONE) / 1000n, 240])
  assert.equal([found.requester.ankr, found.cost], [0n, 100n * ONE], 'the reserve leaves nothing of FP')
})

test('a provider is expected to be paid as before, within its ceiling', () => {
  assert.is(expectedPrice(80n, 100n, { settledJobs: 0, discountBpsSum: 0 }), 80n, 'nothing settled yet: the reserve')
  assert.is(expectedPrice(80n, 50n, { settledJobs: 0, discountBpsSum: 0 }), 50n)
  assert.is(expectedPrice(80n, 100n, { settledJobs: 2, discountBpsSum: 5000 }), 60n, 'a quarter below, on average')
})

test('property: prices stay within reserve and ceiling, money within what there is, more profit is never less', () => {
  const job = fc.record({
    rewardBps: fc.nat(2000),
    insuranceBps: fc.nat(2000),
    fixedPrice: fc.bigInt(0n, 10n ** 27n),
    durationSeconds: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  })
  const assumed = fc.record({
    stakedWei: fc.bigInt(0n, 10n ** 24n),
    aprBps: fc.nat(100_000),
    profit: fc.bigInt(0n, 10n ** 27n),
  })
  const record = fc
    .tuple(fc.nat(1000), fc.nat(10_000))
    .map(([settledJobs, discount]) => ({ settledJobs, discountBpsSum: settledJobs * discount }))
  fc.assert(
    fc.property(
      job,
      assumed,
      record,
      fc.bigInt(0n, 10n ** 27n),
      fc.bigInt(0n, 10n ** 20n),
      (terms, with_, past, ceiling, more) => {
        const { fixedPrice, rewardBps, insuranceBps } = terms
        const reserve = (fixedPrice * BigInt(10_000 - rewardBps - insuranceBps)) / 10_000n
        const price = expectedPrice(reserve, ceiling, past)
        assert.ok(price >= 0n && price <= reserve && price <= ceiling)
        const found = expectedReturn({ ...terms, reserve }, with_, price)
        assert.ok(found.requester.ankr >= 0n && found.requester.ankr <= fixedPrice + with_.profit - price)
        assert.ok(found.requester.eth >= 0n && found.requester.eth <= found.profitEth)
        const richer = expectedReturn({ ...terms, reserve }, { ...with_, profit: with_.profit + more }, price)
        assert.ok(richer.cost <= found.cost)
      },
    ),
  )
})

test.run()
