import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { awardOf, shortlistOf, weightOf } from '../../src/auction/outcome.ts'
import { pickSeed, SHORTLIST_MAX } from '../../src/auction/job.ts'
import type { AuctionRules } from '../../src/core/types.ts'
import type { ValidBid } from '../../src/auction/outcome.ts'
import { toHex, ZERO_32 } from '../../src/core/bytes.ts'
import { createDice, randomBids, rulesOf, SEED, seedOf } from './random.ts'

const test = suite('auction/outcome')

const bidsAt = (...prices: readonly number[]): ValidBid[] =>
  prices.map((price, i) => ({ provider: i + 1, price: BigInt(price), weight: 1 }))
const seed = seedOf('pick', 0)

test('the paper’s bids: the lowest wins, vickrey pays the second, payAsBid its own', () => {
  const bids = bidsAt(60, 70, 75)
  const vickrey = awardOf(bids, rulesOf(1, 80), seed)
  assert.is(vickrey?.winner.provider, 1)
  assert.is(vickrey?.price, 70n)
  assert.is(vickrey?.setter?.provider, 2)
  const asBid = awardOf(bids, rulesOf(1, 80, 'payAsBid'), seed)
  assert.is(asBid?.winner.provider, 1)
  assert.is(asBid?.price, 60n)
  assert.is(asBid?.setter, undefined)
})

test('one bid is paid the reserve, no bid is no award', () => {
  const lone = awardOf(bidsAt(10), rulesOf(1, 80), seed)
  assert.is(lone?.price, 80n)
  assert.is(lone?.setter, undefined)
  assert.is(awardOf([], rulesOf(1, 80), seed), undefined)
})

test('the shortlist: m lowest, ties at the boundary, priced by the (m+1)-th', () => {
  const cases: readonly [string, number[], number, number[], number, number | undefined][] = [
    ['one of three', [60, 70, 75], 1, [1], 70, 2],
    ['two of three', [75, 60, 70], 2, [2, 3], 75, 1],
    ['all of three', [75, 60, 70], 3, [1, 2, 3], 80, undefined],
    ['more room than bids', [75], 3, [1], 80, undefined],
    ['tie for one place', [60, 60, 75], 1, [1, 2], 60, 2],
    ['tie across the boundary', [50, 60, 60, 60], 2, [1, 2, 3, 4], 60, 3],
    ['tie inside the boundary', [50, 50, 60], 2, [1, 2], 60, 3],
    ['tie outside the boundary', [50, 60, 60], 1, [1], 60, 2],
    ['all alike', [60, 60, 60], 2, [1, 2, 3], 60, 3],
    ['tie at the reserve', [80, 80], 1, [1, 2], 80, 2],
  ]
  for (const [name, prices, m, eligible, price, setter] of cases) {
    const shortlist = shortlistOf(bidsAt(...prices), rulesOf(m, 80))
    assert.equal(
      shortlist?.eligible.map((bid) => bid.provider),
      eligible,
      name,
    )
    assert.is(shortlist?.price, BigInt(price), name)
    assert.is(shortlist?.setter?.bid.provider, setter, name)
  }
})

test('whoever sets the price is another than the winner, and bid that price', () => {
  const dice = createDice(SEED)
  for (let i = 0; i < 500; i++) {
    const award = awardOf(randomBids(dice, 2 + dice.roll(6), 5), rulesOf(1 + dice.roll(3), 5), seedOf('setter', i))
    assert.ok(award, `auction ${i}`)
    if (!award.setter) continue
    assert.is.not(award.setter.provider, award.winner.provider, `auction ${i}`)
    assert.is(award.setter.price, award.price, `auction ${i}`)
  }
})

/** Expected profit times the sum of weights, exactly: what a bidder with `cost` gains in the first draw. */
function profitOf(bids: readonly ValidBid[], rules: AuctionRules, provider: number, cost: bigint) {
  const shortlist = shortlistOf(bids, rules)
  const own = shortlist?.eligible.find((bid) => bid.provider === provider)
  if (!shortlist || !own) return { gain: 0n, total: 1n }
  const total = shortlist.eligible.reduce((sum, bid) => sum + weightOf(bid), 0n)
  return { gain: weightOf(own) * (shortlist.price - cost), total }
}

/** Tries every price worth trying: around each rival's bid and around the reserve. Returns a gain, if there is one. */
function profitableLie(bids: readonly ValidBid[], rules: AuctionRules, liar: ValidBid): bigint | undefined {
  const others = bids.filter((bid) => bid !== liar)
  const bidding = (price: bigint) => {
    const changed = bids.map((bid) => (bid === liar ? { ...bid, price } : bid))
    return profitOf(price <= rules.reserve ? changed : others, rules, liar.provider, liar.price)
  }
  const honest = bidding(liar.price)
  const edges = [...others.map((bid) => bid.price), rules.reserve, 0n]
  const candidates = edges.flatMap((price) => [price - 1n, price, price + 1n]).filter((price) => price >= 0n)
  return candidates.find((price) => {
    const lie = bidding(price)
    return lie.gain * honest.total > honest.gain * lie.total
  })
}

test('m = 1: no bidder gains by bidding other than its cost, in 10,000 random auctions', () => {
  const dice = createDice(SEED)
  for (let i = 0; i < 10_000; i++) {
    const range = dice.roll(2) === 0 ? 6 : 1000
    const bids = randomBids(dice, 1 + dice.roll(7), range)
    const liar = bids[dice.roll(bids.length)]
    assert.ok(liar)
    const lie = profitableLie(bids, rulesOf(1, range), liar)
    if (lie !== undefined) assert.unreachable(`seed ${SEED}, auction ${i}: cost ${liar.price}, bid ${lie} gains`)
  }
})

test('the same holds for every longer shortlist', () => {
  const dice = createDice(SEED + 1)
  for (let i = 0; i < 3_000; i++) {
    const bids = randomBids(dice, 1 + dice.roll(8), 6)
    const liar = bids[dice.roll(bids.length)]
    assert.ok(liar)
    const m = 2 + dice.roll(4)
    assert.is(profitableLie(bids, rulesOf(m, 6), liar), undefined, `seed ${SEED + 1}, auction ${i}, m ${m}`)
  }
})

test('under payAsBid a bidder does gain by overbidding: the property above can fail', () => {
  const bids = bidsAt(60, 70, 75)
  const profit = (price: bigint) => {
    const award = awardOf(
      bids.map((bid, i) => (i === 0 ? { ...bid, price } : bid)),
      rulesOf(1, 80, 'payAsBid'),
      seed,
    )
    return award?.winner.provider === 1 ? award.price - 60n : 0n
  }
  assert.is(profit(60n), 0n)
  assert.is(profit(69n), 9n)
})

test('draw frequencies match the scores: chi-square over 100,000 draws', () => {
  const weights = [1, 250, 1200, 4000, 10_000]
  const bids = weights.map((weight, i) => ({ provider: i + 1, price: 10n, weight }))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const draws = 100_000
  const counts = weights.map(() => 0)
  for (let i = 0; i < draws; i++) {
    const winner = awardOf(bids, rulesOf(5, 20), seedOf('chi', i))?.winner.provider ?? 0
    counts[winner - 1] = (counts[winner - 1] ?? 0) + 1
  }
  const statistic = weights.reduce((sum, weight, i) => {
    const expected = (draws * weight) / total
    return sum + ((counts[i] ?? 0) - expected) ** 2 / expected
  }, 0)
  // 99.9 % quantile of chi-square with 4 degrees of freedom.
  assert.ok(statistic < 18.467, `chi-square ${statistic}, counts ${counts.join(' ')}`)
})

test('a score of zero draws like a score of one', () => {
  const of = (weight: number) => [0, 1, 2].map((i) => ({ provider: i + 1, price: 1n, weight }))
  for (let i = 0; i < 50; i++) {
    const [zero, one] = [0, 1].map((weight) => awardOf(of(weight), rulesOf(3, 5), seedOf('zero', i))?.winner.provider)
    assert.is(zero, one, `seed ${i}`)
  }
})

test('next in line: everybody once, the same shortlist first and at its price, then the rest', () => {
  const dice = createDice(SEED + 2)
  for (let i = 0; i < 300; i++) {
    const bids = randomBids(dice, 1 + dice.roll(7), 8)
    const rules = rulesOf(1 + dice.roll(3), 8)
    const first = shortlistOf(bids, rules)
    assert.ok(first, `auction ${i}`)
    const line = bids.map((_, rank) => awardOf(bids, rules, seedOf('line', i), rank))
    assert.is(new Set(line.map((award) => award?.winner.provider)).size, bids.length, `auction ${i}: a permutation`)
    assert.is(awardOf(bids, rules, seedOf('line', i), bids.length), undefined, `auction ${i}: the line ends`)
    line.forEach((award, rank) => {
      assert.ok(award && award.price <= rules.reserve, `auction ${i}, rank ${rank}: within the reserve`)
      assert.ok(award.price >= award.winner.price, `auction ${i}, rank ${rank}: nobody is paid less than its bid`)
      if (rank < first.eligible.length) {
        assert.ok(first.eligible.includes(award.winner), `auction ${i}, rank ${rank}: from the first shortlist`)
        assert.is(award.price, first.price, `auction ${i}, rank ${rank}: at its price`)
      }
    })
  }
  const line = [0, 1, 2].map((rank) => awardOf(bidsAt(60, 70, 75), rulesOf(1, 80), seed, rank))
  assert.equal(
    line.map((award) => [award?.winner.provider, award?.price]),
    [
      [1, 70n],
      [2, 75n],
      [3, 80n],
    ],
  )
})

test('input that a settlement would refuse is a bug here', () => {
  const bid = (provider: number, price = 1n, weight = 1): ValidBid => ({ provider, price, weight })
  const cases: readonly [string, ValidBid[], AuctionRules][] = [
    ['two bids of one provider', [bid(1), bid(1)], rulesOf(1, 5)],
    ['out of order', [bid(2), bid(1)], rulesOf(1, 5)],
    ['provider zero', [bid(0)], rulesOf(1, 5)],
    ['above the reserve', [bid(1, 6n)], rulesOf(1, 5)],
    ['negative price', [bid(1, -1n)], rulesOf(1, 5)],
    ['weight too large', [bid(1, 1n, 2 ** 32)], rulesOf(1, 5)],
    ['shortlist of none', [bid(1)], rulesOf(0, 5)],
    ['shortlist too long', [bid(1)], rulesOf(SHORTLIST_MAX + 1, 5)],
    ['too many bids', Array.from({ length: 129 }, (_, i) => bid(i + 1)), rulesOf(1, 5)],
  ]
  for (const [name, bids, rules] of cases) assert.throws(() => awardOf(bids, rules, seed), /bug: /, name)
})

test('the pick seed is bound to network, job and randomness', () => {
  const other = ZERO_32.with(0, 1)
  const seeds = [
    pickSeed(ZERO_32, 1, ZERO_32),
    pickSeed(other, 1, ZERO_32),
    pickSeed(ZERO_32, 2, ZERO_32),
    pickSeed(ZERO_32, 1, other),
  ]
  assert.is(new Set(seeds.map(toHex)).size, 4)
})

test.run()
