import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkFeed, costOf, MONTH_SECONDS, quote } from '../../src/auction/quote.ts'
import { Fault } from '../../src/core/errors.ts'
import { SEED } from './random.ts'

const test = suite('auction/quote')
const USD = 10n ** 18n
const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'none'
  } catch (error) {
    return error instanceof Fault ? error.code : String(error)
  }
}

/** The paper's project: 4 GHz, 128 GB storage, 16 GB RAM for two months costs 100 USD. */
const project = {
  cpuMilliGhz: 4000,
  memoryMilliGb: 16_000,
  storageMilliGb: 128_000,
  durationSeconds: 2 * Number(MONTH_SECONDS),
}
const rates = { cpu: 5n * USD, memory: (1075n * USD) / 1000n, storage: USD / 10n }
const parity = { usd: 10n ** 8n, decimals: 8 }

test('the paper’s project costs 100 USD, in ANKR at the feed’s price', () => {
  assert.is(quote(project, rates, parity), 100n * USD)
  assert.is(quote(project, rates, { usd: 25n * 10n ** 6n, decimals: 8 }), 400n * USD, 'at 0.25 USD')
  assert.is(quote(project, rates, { usd: 25n, decimals: 2 }), 400n * USD, 'the same with two decimals')
  assert.is(quote(project, rates, { usd: 3n, decimals: 0 }), (100n * USD) / 3n + 1n, 'rounded up')
})

test('a fixed monthly part is charged for time alone', () => {
  const nothing = { ...project, cpuMilliGhz: 0, memoryMilliGb: 0, storageMilliGb: 0 }
  assert.is(costOf(nothing, rates, parity, 7n * USD), 14n * USD)
})

test('property: a quote grows with every part, and two halves never cost less than the whole', () => {
  const part = fc.integer({ min: 1, max: 2 ** 31 - 1 })
  const arbitrary = fc.record({ cpuMilliGhz: part, memoryMilliGb: part, storageMilliGb: part, durationSeconds: part })
  const property = fc.property(arbitrary, fc.bigInt(1n, 10n ** 12n), (needs, usd) => {
    const price = { usd, decimals: 8 }
    const whole = costOf(needs, rates, price)
    for (const key of ['cpuMilliGhz', 'memoryMilliGb', 'storageMilliGb', 'durationSeconds'] as const)
      assert.ok(costOf({ ...needs, [key]: needs[key] + 1 }, rates, price) >= whole, key)
    const half = costOf({ ...needs, durationSeconds: Math.ceil(needs.durationSeconds / 2) }, rates, price)
    assert.ok(2n * half >= whole)
  })
  fc.assert(property, { seed: SEED })
})

test('requirements, totals and feeds out of range are refused', () => {
  const cases: readonly [string, () => unknown][] = [
    ['quote-requirements', () => quote({ ...project, cpuMilliGhz: -1 }, rates, parity)],
    ['quote-requirements', () => quote({ ...project, memoryMilliGb: 1.5 }, rates, parity)],
    ['quote-requirements', () => quote({ ...project, storageMilliGb: 2 ** 32 }, rates, parity)],
    ['quote-requirements', () => quote({ ...project, durationSeconds: 0 }, rates, parity)],
    ['quote-requirements', () => quote({ ...project, durationSeconds: Number.NaN }, rates, parity)],
    ['quote-zero', () => quote(project, { cpu: 0n, memory: 0n, storage: 0n }, parity)],
    ['quote-too-large', () => quote(project, { ...rates, cpu: 10n ** 40n }, parity)],
    ['feed-answer', () => checkFeed({ answer: 0n, decimals: 8, updatedAt: 90 }, 100, 60)],
    ['feed-answer', () => checkFeed({ answer: -5n, decimals: 8, updatedAt: 90 }, 100, 60)],
    ['feed-decimals', () => checkFeed({ answer: 5n, decimals: 19, updatedAt: 90 }, 100, 60)],
    ['feed-stale', () => checkFeed({ answer: 5n, decimals: 8, updatedAt: 39 }, 100, 60)],
    ['feed-stale', () => checkFeed({ answer: 5n, decimals: 8, updatedAt: 0 }, 100, 60)],
    ['feed-future', () => checkFeed({ answer: 5n, decimals: 8, updatedAt: 101 }, 100, 60)],
  ]
  for (const [code, attempt] of cases) assert.is(codeOf(attempt), code, attempt.toString())
  assert.equal(checkFeed({ answer: 5n, decimals: 8, updatedAt: 40 }, 100, 60), { usd: 5n, decimals: 8 })
})

test.run()
