import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { admissionContent, admit, decodeStatement, entryOf, statementOf } from '../../src/auction/admission.ts'
import type { AdmittedBid } from '../../src/auction/admission.ts'
import { AuctionStatementBody, SealedBidBody } from '../../src/auction/codec.ts'
import type { AdmittedEntry } from '../../src/auction/codec.ts'
import { BIDS_MAX } from '../../src/auction/job.ts'
import { toHex } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import type { Hex, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { bid, bidders, bodyOf } from './bids.ts'
import { SEED } from './random.ts'

const test = suite('auction/admission')

const committee = { faulty: 1, quorum: 3 }
/** Admission from what each of some members saw; everybody's records are at hand. */
const admission = (views: readonly (readonly SignedRecord[])[], records: readonly SignedRecord[] = views.flat()) => {
  const named = new Map(records.map((record) => [nameOf(record), record]))
  const statements = views.map((view) => statementOf(view.map(nameOf).toSorted()))
  return admit({ committee, bidders, statements, onChain: [], byName: (name) => named.get(name) })
}
const providersOf = (result: ReturnType<typeof admit>) =>
  result.complete ? result.bids.map((one) => one.provider) : []

test('admitted: what f+1 statements list; the highest sequence of each bidder, in provider order', () => {
  const [a, b, c] = [bid(11), bid(12), bid(13)]
  assert.equal(providersOf(admission([[a, b, c], [c, b, a], [b]])), [1, 2, 3])
  assert.equal(providersOf(admission([[a, b], [b], [b, c]])), [2], 'one listing is not enough')
  const replaced = admission([
    [a, bid(11, 1, 50)],
    [a, bid(11, 1, 50)],
    [a, bid(11, 3, 51)],
  ])
  assert.is(replaced.complete && replaced.bids[0]?.record?.sequence, 1)
})

test('a bidder that contradicts itself among the admitted is left out; one variant alone is not', () => {
  const [x, y] = [bid(11, 0, 60), bid(11, 0, 61)]
  const both = admission([[x, y, bid(12)], [x, bid(12)], [y]])
  assert.ok(both.complete)
  assert.equal([both.bids.map((one) => one.provider), both.contradicted], [[2], [1]])
  assert.equal(providersOf(admission([[x], [x], [y]])), [1])
})

test('what stands on chain is admitted whatever statements say, instead of the gossiped bid', () => {
  const onChain = [2, 1, 9].map((provider) => ({ provider, bid: SealedBidBody.deserialize(bodyOf(200 + provider)) }))
  const statements = [[bid(11)], [bid(11)], []].map((view) => statementOf(view.map(nameOf)))
  const result = admit({ committee, bidders, statements, onChain, byName: () => bid(11) })
  assert.ok(result.complete)
  assert.equal(
    result.bids.map((one) => [one.provider, one.record]),
    [
      [1, undefined],
      [2, undefined],
      [9, undefined],
    ],
    'also that of a provider who qualified after the announcement: the contract insists on it',
  )
})

test('records that are listed but not here are asked for; too few statements are no admission', () => {
  const missing = admission([[bid(11)], [bid(11)], []], [])
  assert.equal(missing, { complete: false, missing: [nameOf(bid(11))] })
  assert.throws(
    () => admission([[], []]),
    (error: unknown) => error instanceof Fault && error.code === 'admission-quorum',
  )
})

test('property: whatever f members state, what all honest saw is in and what none saw is out', () => {
  const records = bidders.flatMap(({ author }) =>
    [0, 1].map((sequence) => bid(author, sequence, author * 10 + sequence)),
  )
  const view = fc.subarray(records)
  const property = fc.property(view, view, view, view, (first, second, third, faulty) => {
    const result = admission([first, second, third, faulty], records)
    assert.ok(result.complete)
    const honest = [first, second, third]
    for (const { provider, author } of bidders) {
      const own = records.filter((record) => record.author === author)
      const certain = own.filter((record) => honest.every((seen) => seen.includes(record))).at(-1)
      const live = result.bids.find((one) => one.provider === provider)?.record
      if (certain) assert.ok(live && live.sequence >= certain.sequence, `provider ${provider}: seen by all honest`)
      if (live)
        assert.ok(
          honest.some((seen) => seen.includes(live)),
          `provider ${provider}: seen by an honest one`,
        )
    }
  })
  fc.assert(property, { seed: SEED, numRuns: 300 })
})

test('statements are strictly increasing lists of names', () => {
  const names = [bid(11), bid(12), bid(13)].map(nameOf).toSorted()
  const encode = (list: readonly Hex[]) => AuctionStatementBody.serialize(statementOf(list))
  assert.equal(decodeStatement(encode(names)).seen.map(toHex), names)
  const [first, second] = names as [Hex, Hex, Hex]
  const cases: readonly [string, Uint8Array][] = [
    ['statement-order', encode([second, first])],
    ['statement-order', encode([first, first])],
    ['bad-encoding', encode(names).subarray(1)],
    ['oversized', new Uint8Array(AuctionStatementBody.maxSize + 1)],
  ]
  for (const [code, bytes] of cases)
    assert.throws(
      () => decodeStatement(bytes),
      (error: unknown) => error instanceof Fault && error.code === code,
      code,
    )
})

test('more than can be settled: what is on chain stays, of the gossiped the first in provider order', () => {
  const many = Array.from({ length: BIDS_MAX }, (_, i) => ({ provider: i + 1, author: 1000 + i }))
  const records = many.map(({ author }) => bid(author))
  const named = new Map(records.map((record) => [nameOf(record), record]))
  const statements = [0, 1, 2].map(() => statementOf(records.map(nameOf).toSorted()))
  const onChain = [500, 501].map((provider) => ({ provider, bid: SealedBidBody.deserialize(bodyOf(provider)) }))
  const result = admit({ committee, bidders: many, statements, onChain, byName: (name) => named.get(name) })
  assert.ok(result.complete)
  assert.is(result.bids.length, BIDS_MAX)
  assert.equal(
    result.bids.slice(-3).map(({ provider }) => provider),
    [BIDS_MAX - 2, 500, 501],
  )
})

test('content: one bid more, less, other, elsewhere or of another job is another content', () => {
  const bids = [bid(11), bid(12)].map((record, i) => ({
    provider: i + 1,
    bid: SealedBidBody.deserialize(record.body),
    record,
  }))
  const [one, two] = bids.map(entryOf) as [AdmittedEntry, AdmittedEntry]
  const [first] = bids as [AdmittedBid]
  const contents = [
    admissionContent(5, [one, two]),
    admissionContent(6, [one, two]),
    admissionContent(5, [one]),
    admissionContent(5, [two, one]),
    admissionContent(5, [{ ...one, provider: 7 }, two]),
    admissionContent(5, [{ ...one, author: 7 }, two]),
    admissionContent(5, [entryOf({ ...first, record: undefined }), two]),
    admissionContent(5, [entryOf({ ...first, record: bid(11, 1) }), two]),
  ]
  assert.is(new Set(contents.map(toHex)).size, contents.length)
})

test.run()
