// What holders say on the wire: every message comes back as it was, any other bytes are refused by code, and the largest
// message fits.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CustodyAnswerType,
  CustodyRequestType,
  DkgPackageType,
  DkgResultType,
  DkgShareType,
  DkgTranscriptType,
  HOLDERS_MAX,
  NonceCommitmentType,
  SigningPackageType,
} from '../../src/core/custody-wire.ts'
import { Fault } from '../../src/core/errors.ts'
import { decode } from '../../src/core/records.ts'
import type { Codec } from '../../src/core/records.ts'

const test = suite('core/custody-wire')
const SEED = 0x0c1
const TYPES: Readonly<Record<string, Codec<unknown>>> = {
  request: CustodyRequestType,
  answer: CustodyAnswerType,
  package: DkgPackageType,
  transcript: DkgTranscriptType,
  share: DkgShareType,
  result: DkgResultType,
  commitment: NonceCommitmentType,
  chosen: SigningPackageType,
}

for (const [name, type] of Object.entries(TYPES))
  test(`${name}: any bytes are a value that encodes to them, or a fault`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: type.maxSize + 8 }), (bytes) => {
        try {
          assert.equal(type.serialize(decode(type, bytes, name)), bytes)
        } catch (error) {
          assert.ok(error instanceof Fault, String(error))
          assert.match(error.code, /^(?:bad-encoding|oversized)$/)
        }
      }),
      { numRuns: 300, seed: SEED },
    )
  })

test('a request and an answer come back as they were; the largest body fits', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const request = fc.record({
    step: fc.integer({ min: 0, max: 255 }),
    group: bytes(32),
    subject: bytes(32),
    body: fc.uint8Array({ maxLength: SigningPackageType.maxSize }),
  })
  fc.assert(
    fc.property(request, (value) => {
      const back = decode(CustodyRequestType, CustodyRequestType.serialize(value), 'request')
      assert.equal([back.step, [...back.body]], [value.step, [...value.body]])
    }),
    { numRuns: 100, seed: SEED },
  )
  const entry = { digest: new Uint8Array(32), signature: new Uint8Array(64) }
  const body = DkgTranscriptType.serialize(Array.from({ length: HOLDERS_MAX }, () => entry))
  const answer = { state: 0, nonce: new Uint8Array(32), session: new Uint8Array(32), body }
  const back = decode(CustodyAnswerType, CustodyAnswerType.serialize(answer), 'answer')
  assert.is(DkgTranscriptType.deserialize(back.body).length, HOLDERS_MAX)
})

test.run()
