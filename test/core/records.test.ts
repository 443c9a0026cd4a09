import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, toHex, utf8ToBytes, word, wordOf } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import * as records from '../../src/core/records.ts'
import type { Codec } from '../../src/core/records.ts'

const test = suite('core/records')

/** Decodes and encodes again, or the code of the refusal. */
const roundTrip =
  <V>(type: Codec<V>) =>
  (bytes: Uint8Array): { code: string } | { bytes: Uint8Array } => {
    try {
      return { bytes: type.serialize(records.decode(type, bytes, 'input')) }
    } catch (error) {
      assert.instance(error, Fault, 'a decoder throws nothing but Faults')
      return { code: (error as Fault).code }
    }
  }

const decoders = {
  beacon: roundTrip(records.BeaconType),
  record: roundTrip(records.RecordType),
  seal: roundTrip(records.SealBody),
  reveal: roundTrip(records.RevealBody),
  statement: roundTrip(records.StatementBody),
  proposal: roundTrip(records.ProposalBody),
  vote: roundTrip(records.VoteBody),
  certificate: roundTrip(records.CertificateBody),
  probeRequest: roundTrip(records.ProbeRequestType),
  answer: roundTrip(records.AnswerBody),
  workloadRequest: roundTrip(records.WorkloadRequestType),
  workloadAnswer: roundTrip(records.WorkloadAnswerBody),
}

const record = {
  kind: 1,
  author: 7,
  unit: 12,
  sequence: 0,
  body: records.SealBody.serialize({ commitment: keccak256(utf8ToBytes('report')) }),
  signature: new Uint8Array(64).fill(9),
}

const codeOfDecode = <V>(type: Codec<V>, bytes: Uint8Array): string | undefined => {
  const result = roundTrip(type)(bytes)
  return 'code' in result ? result.code : undefined
}

test('every codec refuses random bytes by code or decodes them to their one encoding', () => {
  for (const [name, decoder] of Object.entries(decoders))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const result = decoder(bytes)
        if ('bytes' in result) assert.equal(result.bytes, bytes, name)
        else assert.ok(['bad-encoding', 'oversized'].includes(result.code), `${name}: ${result.code}`)
      }),
      { numRuns: 300 },
    )
})

test('a record survives the wire and any changed byte changes its name', () => {
  const bytes = records.RecordType.serialize(record)
  const name = records.recordHash(record)
  assert.is(records.recordHash(records.decode(records.RecordType, bytes, 'record')), name)
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice()
    changed[i] = (changed[i] ?? 0) ^ 1
    const code = codeOfDecode(records.RecordType, changed)
    if (code === undefined)
      assert.is.not(records.recordHash(records.decode(records.RecordType, changed, 'record')), name, `byte ${i}`)
  }
})

test('integers above 2^53 are refused because they do not re-encode', () => {
  const bytes = records.RecordType.serialize(record)
  bytes.set([255, 255, 255, 255, 255, 255, 255, 254], 5)
  assert.is(codeOfDecode(records.RecordType, bytes), 'bad-encoding')
})

test('bytes above the largest encoding are refused before they are read', () => {
  assert.is(codeOfDecode(records.SealBody, new Uint8Array(33)), 'oversized')
})

test('a proposal of the largest network fits into a record', () => {
  assert.ok(records.ProposalBody.maxSize <= records.BODY_MAX_BYTES)
})

test('record digest is EIP-712: type hash, words, separator', () => {
  const separator = keccak256(utf8ToBytes('separator'))
  const bodyHash = keccak256(record.body)
  const typeHash = keccak256(
    utf8ToBytes('Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)'),
  )
  const struct = keccak256(typeHash, word(1), word(7), word(12), word(0), bodyHash)
  assert.equal(
    records.recordDigest(separator, record, bodyHash),
    keccak256(Uint8Array.of(0x19, 0x01), separator, struct),
  )
  for (const field of ['kind', 'author', 'unit', 'sequence'] as const)
    assert.not.equal(
      records.recordDigest(separator, { ...record, [field]: record[field] + 1 }, bodyHash),
      records.recordDigest(separator, record, bodyHash),
      field,
    )
})

test('words pad to the left and refuse what does not fit', () => {
  assert.is(toHex(word(258)).slice(-4), '0102')
  assert.is(toHex(wordOf('0xff')), `0x${'00'.repeat(31)}ff`)
  assert.throws(() => wordOf(`0x${'11'.repeat(33)}`), /32 bytes/)
})

test.run()
