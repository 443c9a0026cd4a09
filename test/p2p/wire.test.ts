// The wire table: what each topic carries, what it refuses, and that no bytes whatever get through it unless they are the
// one encoding of a record it carries.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import { RecordType, SealBody } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import {
  BEACON_BYTES,
  MESSAGE_MAX_BYTES,
  RECORD_OVERHEAD_BYTES,
  TOPICS,
  decodeBeacon,
  decodeRecord,
  encodeBeacon,
  encodeRecord,
  networkName,
  topicName,
  topicNames,
} from '../../src/p2p/wire.ts'
import { record } from '../support/p2p.ts'

const test = suite('wire table')
const RECORD_TOPICS = TOPICS.filter((topic) => topic !== 'beacon')

function codeOf(task: () => unknown): string {
  try {
    task()
    return 'ok'
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return `${error.verdict} ${error.code}`
  }
}

test('each topic carries its kinds and no other', () => {
  const carried = RECORD_TOPICS.map((topic) => [
    topic,
    Object.entries(RECORD_KINDS)
      .filter(([, kind]) => codeOf(() => encodeRecord(topic, record({ kind, body: new Uint8Array() }))) === 'ok')
      .map(([name]) => name),
  ])
  assert.equal(Object.fromEntries(carried), {
    seal: ['seal', 'bid'],
    reveal: ['reveal'],
    statement: ['statement', 'auctionStatement'],
    certificate: ['proposal', 'vote', 'auctionProposal', 'auctionVote', 'certificate', 'auctionCertificate'],
  })
})

test('sizes are checked both ways', () => {
  const fits = record({ kind: RECORD_KINDS.bid, body: new Uint8Array(192) })
  const large = record({ body: new Uint8Array(SealBody.maxSize + 1) })
  assert.is(encodeRecord('seal', fits).length, MESSAGE_MAX_BYTES.seal)
  assert.is(
    codeOf(() => encodeRecord('seal', large)),
    'reject oversized',
  )
  assert.is(
    codeOf(() => decodeRecord('seal', RecordType.serialize(large))),
    'reject oversized',
  )
  assert.is(RECORD_OVERHEAD_BYTES, RecordType.serialize(record({ body: new Uint8Array() })).length)
  // A vote is small although proposals of the same topic are large.
  const vote = record({ kind: RECORD_KINDS.vote, body: new Uint8Array(1000) })
  assert.is(
    codeOf(() => decodeRecord('certificate', RecordType.serialize(vote))),
    'reject oversized',
  )
})

test('records and beacons survive the trip', () => {
  const sent = record()
  assert.equal(decodeRecord('seal', encodeRecord('seal', sent)), sent)
  const beacon = { round: 7, signature: new Uint8Array(48).fill(9) }
  assert.is(encodeBeacon(beacon).length, BEACON_BYTES)
  assert.equal(decodeBeacon(encodeBeacon(beacon)), beacon)
})

test('a record on the wrong topic is refused', () => {
  assert.is(
    codeOf(() => decodeRecord('reveal', encodeRecord('seal', record()))),
    'reject wrong-topic',
  )
})

test('random bytes are refused with a code, everywhere', () => {
  fc.assert(
    fc.property(fc.constantFrom(...TOPICS), fc.uint8Array({ maxLength: 700 }), (topic, bytes) => {
      const code = codeOf(() => (topic === 'beacon' ? decodeBeacon(bytes) : decodeRecord(topic, bytes)))
      // 56 random bytes are a beacon in form, unless the round is beyond what a number holds.
      if (topic === 'beacon' && bytes.length === BEACON_BYTES) return
      assert.match(code, /^reject (oversized|bad-encoding|wrong-topic)$/, `${topic} took ${bytes.length} random bytes`)
    }),
    { numRuns: 500 },
  )
})

test('a changed byte is refused or is a record that encodes to just these bytes', () => {
  const bytes = encodeRecord('seal', record())
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ flip
      try {
        assert.equal(RecordType.serialize(decodeRecord('seal', changed)), changed, `byte ${at} changed by ${flip}`)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
      }
    }),
    { numRuns: 500 },
  )
})

test('network names differ by chain and by contract', () => {
  const names = new Set([
    networkName(1n, '0x00000000000000000000000000000000000000aa'),
    networkName(2n, '0x00000000000000000000000000000000000000aa'),
    networkName(1n, '0x00000000000000000000000000000000000000ab'),
  ])
  assert.is(names.size, 3)
  for (const name of names) assert.match(name, /^[0-9a-f]{16}$/, name)
  assert.is(topicName('abc', 'seal'), '/stkr/abc/seal')
  assert.equal([...topicNames('abc').values()], [...TOPICS])
})

test.run()
