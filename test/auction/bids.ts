// Bid records for the tests of this folder, signed by a stand-in that is fast enough for thousands of them, and the job
// and bidders they belong to.

import { SealedBidBody } from '../../src/auction/codec.ts'
import type { Bidder, Job } from '../../src/core/types.ts'
import { equalBytes, keccak256, utf8ToBytes, word } from '../../src/core/bytes.ts'
import type { RecordVerifier } from '../../src/core/ports.ts'
import type { RecordHeader } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Hex, SignedRecord } from '../../src/core/types.ts'
import { signRecord } from '../../src/round/record.ts'
import { rulesOf } from './random.ts'

export const separator = keccak256(utf8ToBytes('book test'))
export const job: Job = { id: 5, rules: rulesOf(1, 80), closeRound: 10, openRound: 12, pickRound: 14 }
export const bidders: Bidder[] = [1, 2, 3].map((provider) => ({ provider, author: 10 + provider }))

/** Stands for a signature where many are needed: keccak of address and digest, twice. The first test uses a real one. */
export const addressOf = (author: number): Hex => `0x${author.toString(16).padStart(40, '0')}`
const markOf = (address: Hex, digest: Uint8Array) => {
  const half = keccak256(utf8ToBytes(address), digest)
  return Uint8Array.from([...half, ...half])
}
export const verifier: RecordVerifier = { verify: (address, digest, mark) => equalBytes(mark, markOf(address, digest)) }
export const deps = { separator, verifier, memberOf: (author: number) => ({ signer: addressOf(author) }) }

/** `variant` makes bodies differ. */
export const bodyOf = (variant: number) =>
  SealedBidBody.serialize({
    commitment: keccak256(word(variant)),
    ciphertext: new Uint8Array(160).fill(variant & 0xff),
  })
export const bid = (
  author: number,
  sequence = 0,
  variant = author,
  changes: Partial<RecordHeader> = {},
): SignedRecord => {
  const header = { kind: RECORD_KINDS.bid, author, unit: job.id, sequence, ...changes }
  const sign = (digest: Uint8Array) => markOf(addressOf(author), digest)
  return signRecord({ address: addressOf(author), sign }, separator, header, bodyOf(variant))
}
