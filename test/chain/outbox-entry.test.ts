// What the outbox keeps of a transaction: there and back, and nothing else is taken for one.
import { Transaction } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSender, decodeEntry, encodeEntry, newestAttempt } from '../../src/chain/outbox-entry.ts'
import { outbid } from '../../src/chain/fees.ts'
import { utf8ToBytes } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { codeThrown } from '../support/faults.ts'

const test = suite('chain/outbox-entry')
const sender = createSender(new Uint8Array(32).fill(1), 31337n)
const blank = { nonce: 3, to: `0x${'22'.repeat(20)}`, data: '0xabcd', gas: 50_000n, attempts: [] } as const
const once = sender.sign(blank, { max: 30n, tip: 2n })

test('every attempt is kept, in the order of signing', () => {
  const twice = sender.sign(once, { max: 40n, tip: 3n }, 'pointless')
  assert.is(twice.attempts.length, 2)
  assert.is(newestAttempt(twice).givenUp, 'pointless')
  assert.not.equal(twice.attempts[0]?.hash, twice.attempts[1]?.hash)
  assert.equal(decodeEntry('key', encodeEntry(twice), sender.address), twice)
  const { to: _, ...creation } = once
  assert.equal(decodeEntry('key', encodeEntry(creation), sender.address), creation, 'a contract creation')
})

test('ETH is sent along by every attempt but the one that gives up', () => {
  const paying = sender.sign({ ...blank, value: 5n }, { max: 30n, tip: 2n })
  const over = sender.sign(paying, { max: 40n, tip: 3n }, 'pointless')
  const values = over.attempts.map(({ raw }) => Transaction.from(raw).value)
  assert.equal(values, [5n, 0n])
  assert.equal(decodeEntry('key', encodeEntry(paying), sender.address), paying, 'kept')
})

const altered = (change: object): Uint8Array => {
  const text = new TextDecoder().decode(encodeEntry(once))
  return utf8ToBytes(JSON.stringify({ ...(JSON.parse(text) as object), ...change }))
}
const WRONG: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['nothing', new Uint8Array()],
  ['no text', new Uint8Array([0xff, 0xfe])],
  ['null', utf8ToBytes('null')],
  ['no attempts', altered({ attempts: [] })],
  ['attempts that are none', altered({ attempts: [{}] })],
  ['a fractional nonce', altered({ nonce: 1.5 })],
  ['a value that is no integer', altered({ value: 7 })],
  ['gas that is no integer', altered({ gas: 7 })],
  ['bytes that are no transaction', altered({ attempts: [{ hash: '0x', raw: '0x02ff', max: '1n', tip: '1n' }] })],
]
for (const [what, bytes] of WRONG)
  test(`${what}: refused by name`, () => {
    assert.is(
      codeThrown(() => decodeEntry('key', bytes, sender.address)),
      'outbox-corrupt',
    )
  })

test('an entry of another sender is not ours to finish', () => {
  const other = createSender(new Uint8Array(32).fill(2), 31337n)
  assert.is(
    codeThrown(() => decodeEntry('key', encodeEntry(once), other.address)),
    'outbox-corrupt',
  )
})

test('random and mutated bytes are an entry or refused by code', () => {
  const seed = Date.now()
  const good = encodeEntry(once)
  const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => good.with(at, byte))
  const property = fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
    try {
      decodeEntry('key', bytes, sender.address)
    } catch (error) {
      assert.is(codeOf(error), 'outbox-corrupt', `seed ${seed}`)
    }
  })
  fc.assert(property, { seed, numRuns: 300 })
})

test('a replacement offers a tenth more of both and never passes the ceiling', () => {
  const seed = Date.now()
  const wei = fc.bigInt({ min: 1n, max: 10n ** 13n })
  const fees = fc.tuple(wei, wei).map(([a, b]) => (a > b ? { max: a, tip: b } : { max: b, tip: a }))
  const property = fc.property(fees, fees, wei, (previous, market, ceiling) => {
    const next = outbid(previous, market, ceiling)
    if (!next) return assert.ok(previous.max * 9n >= (ceiling - 1n) * 8n - 8n, `seed ${seed}: could have been raised`)
    assert.ok(next.max <= ceiling && next.tip <= next.max, `seed ${seed}: above`)
    assert.ok(next.max * 10n >= previous.max * 11n, `seed ${seed}: max fee too close`)
    assert.ok(next.tip * 10n >= previous.tip * 11n, `seed ${seed}: tip too close`)
  })
  fc.assert(property, { seed, numRuns: 300 })
})

test.run()
