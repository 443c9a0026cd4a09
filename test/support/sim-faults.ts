// How simulated sidecars misbehave: wrappers around the ports of an honest auditor, as an attacker would build them. Every
// forged record carries its author's valid signature: what is wrong is what it says, when, or to whom.

import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import type { Prober, RecordSigner } from '../../src/core/ports.ts'
import { ProposalBody, StatementBody, VoteBody, isKind, recordDigest } from '../../src/core/records.ts'
import type { SignedRecord } from '../../src/core/types.ts'

export type Fault =
  'late' | 'silent' | 'lying' | 'lazy' | 'dropping' | 'early' | 'equivocating' | 'stopped' | 'lagging' | 'isolated'

/** The same place in the protocol with another body, as well signed as the first. */
export function resign(
  record: SignedRecord,
  body: Uint8Array,
  signer: RecordSigner,
  separator: Uint8Array,
): SignedRecord {
  return { ...record, body, signature: signer.sign(recordDigest(separator, record, keccak256(body))) }
}

/** What a lying member says instead: the opposite bitmap, a result that is not one, a share that is not a signature. */
export function lie(record: SignedRecord, signer: RecordSigner, separator: Uint8Array): SignedRecord {
  if (isKind(record, 'statement')) {
    const { seen } = StatementBody.deserialize(record.body)
    for (let i = 0; i < seen.bitLen; i++) seen.set(i, !seen.get(i))
    return resign(record, StatementBody.serialize({ seen }), signer, separator)
  }
  if (isKind(record, 'proposal')) {
    const value = ProposalBody.deserialize(record.body)
    return resign(record, ProposalBody.serialize({ ...value, root: keccak256(value.root) }), signer, separator)
  }
  if (isKind(record, 'vote')) {
    const value = VoteBody.deserialize(record.body)
    const signature = new Uint8Array(96).fill(0x55)
    return resign(record, VoteBody.serialize({ ...value, signature }), signer, separator)
  }
  return record
}

/** A second, different record for the same place; undefined for kinds where this equivocator stays honest. */
export function contradiction(
  record: SignedRecord,
  signer: RecordSigner,
  separator: Uint8Array,
): SignedRecord | undefined {
  if (isKind(record, 'seal')) return resign(record, keccak256(utf8ToBytes('another'), record.body), signer, separator)
  if (isKind(record, 'statement')) return lie(record, signer, separator)
  if (isKind(record, 'vote')) {
    const value = VoteBody.deserialize(record.body)
    return resign(record, VoteBody.serialize({ ...value, digest: keccak256(value.digest) }), signer, separator)
  }
  return undefined
}

/** Says of every target that it is down, and lets no self-check spoil the lie. */
export const slanderer: Prober = {
  probe: async () => ({ ok: false, reason: 'unreachable' }),
  reachable: async () => true,
}
