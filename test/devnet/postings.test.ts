// What a posted certificate says of who signed: read from its bytes, refused when they cannot be one.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { codeOf } from '../../src/core/errors.ts'
import { readAbsentees } from '../../src/devnet/postings.ts'

const postings = suite('postings')

/** ICommittee's layout: aggregate key 128, seats 1, signature 256, then 129 for each absentee. */
function certificate(seats: number, absent: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(128 + 1 + 256 + absent.length * 129)
  bytes[128] = seats
  absent.forEach((index, i) => (bytes[385 + i * 129] = index))
  return bytes
}

postings('seats and absentees come back as they were put in', () => {
  const indices = fc.uniqueArray(fc.nat(127), { maxLength: 42 }).map((found) => found.sort((a, b) => a - b))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 128 }), indices, (seats, absent) => {
      assert.equal(readAbsentees(certificate(seats, absent)), { seats, absent })
    }),
  )
})

postings('bytes that are no certificate are refused', () => {
  for (const length of [0, 128, 129, 384, 386, 385 + 128, 385 + 130])
    assert.throws(
      () => readAbsentees(new Uint8Array(length)),
      (error: unknown) => codeOf(error) === 'certificate-malformed',
      `${length} bytes`,
    )
})

postings.run()
