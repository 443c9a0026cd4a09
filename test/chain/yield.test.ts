// What stake earned, against a second way to count it: a pool that shares a pot second by second among who is there.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { YEAR_SECONDS, areaOf, expectedYield, yieldOf } from '../../src/chain/yield.ts'
import type { ClosedPeriod, StakeChange } from '../../src/chain/yield.ts'

const test = suite('chain/yield')
const ONE = 10n ** 18n

const changesIn = (length: number): fc.Arbitrary<readonly StakeChange[]> =>
  fc
    .array(fc.record({ at: fc.integer({ min: 1, max: length }), staked: fc.bigInt(0n, 10n ** 24n) }), { maxLength: 8 })
    .map((changes) => [{ at: 0, staked: 5n * ONE }, ...changes.toSorted((a, b) => a.at - b.at)])

/** The last change of a second counts. */
const stakeAt = (changes: readonly StakeChange[], second: number): bigint =>
  changes.findLast(({ at }) => at <= second)?.staked ?? 0n

test('property: area is what is there in each second', () => {
  fc.assert(
    fc.property(changesIn(60), fc.nat(60), fc.nat(60), (changes, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      let area = 0n
      for (let second = from; second < to; second++) area += stakeAt(changes, second)
      assert.is(areaOf(changes, from, to), area)
    }),
  )
})

const closedIn: fc.Arbitrary<readonly ClosedPeriod[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.bigInt(0n, 10n ** 22n), fc.bigInt(0n, 10n ** 20n)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) => {
    let at = 0
    return all.map(([lasted, ankr, eth], i) => {
      const startedAt = at
      at += lasted
      return { number: i + 2, startedAt, endedAt: at, came: { ankr, eth } }
    })
  })

test('property: nothing is earned twice, and all but roundings is earned where somebody is', () => {
  fc.assert(
    fc.property(closedIn, changesIn(80), (closed, changes) => {
      const { periods } = yieldOf(closed, changes)
      let kept = 0n
      for (const [i, period] of periods.entries()) {
        const came = closed[i]?.came.ankr ?? 0n
        assert.is(period.pot.ankr, kept + came)
        const all = (period.perAnkr.ankr * period.averageStake) / ONE
        assert.ok(all <= period.pot.ankr, 'not more than there was')
        const isEmpty =
          areaOf(changes, period.startedAt, period.endedAt) < BigInt(period.endedAt - period.startedAt) * ONE
        if (!isEmpty)
          assert.ok(
            period.pot.ankr - all <= (period.averageStake + period.perAnkr.ankr) / ONE + 2n,
            'roundings: one for each ANKR, and the average’s',
          )
        kept = isEmpty ? period.pot.ankr : 0n
      }
    }),
  )
})

test('property: more for the same stake is never a lower yield, more stake for the same never a higher one', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10n ** 24n),
      fc.bigInt(0n, 10n ** 24n),
      fc.bigInt(1n, 10n ** 26n),
      fc.integer({ min: 1, max: 10 ** 7 }),
      (pot, more, staked, lasts) => {
        const of = (ankr: bigint, stake: bigint) => expectedYield({ ankr, eth: 0n }, stake, lasts).ankr
        assert.ok(of(pot + more, staked) >= of(pot, staked))
        if (staked >= ONE) assert.ok(of(pot, staked + more) <= of(pot, staked))
      },
    ),
  )
})

test('by hand: 1,000 ANKR share 10 in a day, then 2,000 share 10 in two', () => {
  const day = 24 * 3_600
  const came = { ankr: 10n * ONE, eth: ONE / 100n }
  const closed = [
    { number: 2, startedAt: 0, endedAt: day, came },
    { number: 3, startedAt: day, endedAt: 3 * day, came },
  ]
  const { periods, annual } = yieldOf(closed, [
    { at: 0, staked: 1_000n * ONE },
    { at: day, staked: 2_000n * ONE },
  ])
  assert.equal(
    periods.map(({ perAnkr }) => perAnkr.ankr),
    [ONE / 100n, ONE / 200n],
  )
  // 0.015 in three days.
  assert.is(annual?.ankr, (15n * ONE * 365n) / 3_000n)
  assert.is(annual?.eth, (15n * ONE * 365n) / 3_000_000n)
})

test('nobody there: the pot is for the next period; nothing closed: no yield', () => {
  const came = { ankr: ONE, eth: 0n }
  const closed = [
    { number: 2, startedAt: 0, endedAt: 10, came },
    { number: 3, startedAt: 10, endedAt: 20, came },
  ]
  const { periods } = yieldOf(closed, [
    { at: 0, staked: ONE - 1n },
    { at: 10, staked: 2n * ONE },
  ])
  assert.equal(
    periods.map(({ perAnkr }) => perAnkr.ankr),
    [0n, ONE],
  )
  assert.is(yieldOf([], [{ at: 0, staked: ONE }]).annual, undefined)
  assert.equal(expectedYield({ ankr: ONE, eth: 0n }, 0n, 10), { ankr: 0n, eth: 0n })
  assert.is(expectedYield({ ankr: ONE, eth: 0n }, ONE, YEAR_SECONDS).ankr, ONE)
})

test.run()
