import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkBidders, createBook, FETCHED_MAX } from '../../src/auction/book.ts'
import { BIDS_MAX, BIDS_PER_BIDDER_MAX } from '../../src/auction/job.ts'
import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { nobleRecordSigner, nobleRecordVerifier } from '../../src/core/signature.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { nameOf, signRecord } from '../../src/round/record.ts'
import { bid, bidders, bodyOf, deps, job, separator } from './bids.ts'

const test = suite('auction/book')

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

test.run()
