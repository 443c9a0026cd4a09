import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { admissionContent, admit, decodeStatement, openingsContent, statementOf } from '../../src/auction/admission.ts'
import { checkBidders, createBook, FETCHED_MAX } from '../../src/auction/book.ts'
import { AuctionStatementBody, SealedBidBody } from '../../src/auction/codec.ts'
import { BIDS_MAX, BIDS_PER_BIDDER_MAX } from '../../src/auction/job.ts'
import type { Bidder, Job } from '../../src/auction/job.ts'
import { equalBytes, keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import type { RecordVerifier } from '../../src/core/ports.ts'
import type { RecordHeader } from '../../src/core/records.ts'
import { nobleRecordSigner, nobleRecordVerifier } from '../../src/core/signature.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Hex, SignedRecord } from '../../src/core/types.ts'
import { nameOf, signRecord } from '../../src/round/record.ts'
import { rulesOf, SEED } from './random.ts'

const test = suite('auction/book')
const separator = keccak256(utf8ToBytes('book test'))
const job: Job = { id: 5, rules: rulesOf(1, 80), closeRound: 10, openRound: 12, pickRound: 14 }
const bidders: Bidder[] = [1, 2, 3].map((provider) => ({ provider, author: 10 + provider }))

/** Stands for a signature where many are needed: keccak of address and digest, twice. The first test uses a real one. */
const addressOf = (author: number): Hex => `0x${author.toString(16).padStart(40, '0')}`
const markOf = (address: Hex, digest: Uint8Array) => {
  const half = keccak256(utf8ToBytes(address), digest)
  return Uint8Array.from([...half, ...half])
}
const verifier: RecordVerifier = { verify: (address, digest, mark) => equalBytes(mark, markOf(address, digest)) }
const deps = { separator, verifier, memberOf: (author: number) => ({ signer: addressOf(author) }) }

/** `variant` makes bodies differ. */
const bodyOf = (variant: number) =>
  SealedBidBody.serialize({
    commitment: keccak256(word(variant)),
    ciphertext: new Uint8Array(160).fill(variant & 0xff),
  })
const bid = (author: number, sequence = 0, variant = author, changes: Partial<RecordHeader> = {}): SignedRecord => {
  const header = { kind: RECORD_KINDS.bid, author, unit: job.id, sequence, ...changes }
  const sign = (digest: Uint8Array) => markOf(addressOf(author), digest)
  return signRecord({ address: addressOf(author), sign }, separator, header, bodyOf(variant))
}
const newBook = () => createBook({ job, bidders }, deps)
const codeOf = (verdict: ReturnType<ReturnType<typeof newBook>['offer']>) =>
  verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict} ${verdict.code}`

test('a bid in time is accepted under its author’s real signature', () => {
  const signer = nobleRecordSigner(keccak256(utf8ToBytes('bidder')))
  const real = { ...deps, verifier: nobleRecordVerifier, memberOf: () => ({ signer: signer.address }) }
  const book = createBook({ job, bidders }, real)
  const header = { kind: RECORD_KINDS.bid, author: 11, unit: job.id, sequence: 0 }
  const record = signRecord(signer, separator, header, bodyOf(1))
  assert.is(codeOf(book.offer({ ...record, sequence: 1 }, 9)), 'reject bid-signature')
  assert.is(codeOf(book.offer(record, 9)), 'accept')
  assert.equal(book.seen(), [nameOf(record)])
})

test('every refusal has its verdict and code', () => {
  const good = bid(11)
  const book = newBook()
  const cases: readonly [string, SignedRecord, number][] = [
    ['reject bid-kind', bid(11, 0, 1, { kind: RECORD_KINDS.seal }), 9],
    ['ignore bid-other-job', bid(11, 0, 1, { unit: 6 }), 9],
    ['reject bid-sequence', bid(11, BIDS_PER_BIDDER_MAX), 9],
    ['ignore bid-not-qualified', bid(14), 9],
    ['ignore bid-late', good, 10],
    ['ignore bid-late', good, 11],
    ['reject bad-encoding', { ...good, body: good.body.subarray(1) }, 9],
    ['reject oversized', { ...good, body: new Uint8Array(193) }, 9],
    ['reject bid-signature', { ...good, signature: new Uint8Array(64) }, 9],
    ['reject bid-signature', { ...good, author: 12 }, 9],
    ['accept', good, 9],
    ['ignore bid-known', good, 9],
    ['accept', bid(11, 0, 77), 9],
    ['ignore bid-spent', bid(11, 0, 78), 9],
  ]
  cases.forEach(([code, record, round], i) => assert.is(codeOf(book.offer(record, round)), code, `case ${i}: ${code}`))
  assert.equal(book.seen(), [nameOf(good)], 'what is seen is the one good bid')
  assert.equal([...book.equivocations().keys()], [11], 'and the contradiction is kept as evidence')
  const stranger = createBook({ job, bidders }, { ...deps, memberOf: () => undefined })
  assert.is(codeOf(stranger.offer(good, 9)), 'ignore bid-not-qualified')
})

test('memory is bounded: replacements by sequence, fetched ones by what could be listed', () => {
  const book = newBook()
  for (const { author } of bidders)
    for (let sequence = 0; sequence < 10; sequence++)
      for (let variant = 0; variant < 10; variant++) book.offer(bid(author, sequence, variant), 9)
  assert.is(book.seen().length, bidders.length * BIDS_PER_BIDDER_MAX)
  let fetched = 0
  for (let variant = 100; variant < 100 + FETCHED_MAX + 5; variant++)
    if (book.fetch(bid(11, 0, variant)).verdict === 'accept') fetched++
  assert.is(fetched, FETCHED_MAX)
  assert.is(codeOf(book.fetch(bid(12, 0, 999_999))), 'ignore bid-fetched-enough')
})

test('a fetched bid is known but was not seen in time', () => {
  const book = newBook()
  assert.is(codeOf(book.offer(bid(11), 10)), 'ignore bid-late')
  assert.is(codeOf(book.fetch(bid(11))), 'accept')
  assert.is(codeOf(book.fetch(bid(11))), 'ignore bid-known')
  assert.is(codeOf(book.fetch({ ...bid(12), signature: new Uint8Array(64) })), 'reject bid-signature')
  assert.equal(book.seen(), [])
  assert.equal(book.byName(nameOf(bid(11))), bid(11))
})

test('bidders: at most BIDS_MAX, each provider and sidecar once', () => {
  const many = Array.from({ length: BIDS_MAX + 1 }, (_, i) => ({ provider: i + 1, author: i + 1 }))
  checkBidders(many.slice(1))
  const wrong = [many, [...bidders, { provider: 9, author: 11 }], [...bidders, { provider: 1, author: 99 }]]
  for (const list of wrong)
    assert.throws(
      () => checkBidders(list),
      (error: unknown) => error instanceof Fault && error.code === 'auction-bidders',
    )
})

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
    ],
    'a stranger’s is not',
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

test('contents: one bid or opening more, less or other is another content', () => {
  const bids = [bid(11), bid(12)].map((record, i) => ({ provider: i + 1, bid: SealedBidBody.deserialize(record.body) }))
  const [one, two] = bids as [(typeof bids)[0], (typeof bids)[0]]
  const base = admissionContent(5, bids)
  const openings = [keccak256(word(1)), keccak256(word(2))]
  const contents = [
    base,
    admissionContent(6, bids),
    admissionContent(5, [one]),
    admissionContent(5, [two, one]),
    admissionContent(5, [{ ...one, provider: 7 }, two]),
    openingsContent(5, base, openings),
    openingsContent(6, base, openings),
    openingsContent(5, base, openings.slice(1)),
    openingsContent(5, base, openings.toReversed()),
    openingsContent(5, admissionContent(5, [one]), openings),
  ]
  assert.is(new Set(contents.map(toHex)).size, contents.length)
})

test.run()
