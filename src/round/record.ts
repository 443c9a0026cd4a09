// Making and checking signed records. Own records of sign-once kinds go through the journal before anybody sees them, so
// a restart or a second attempt publishes the same bytes again instead of contradicting itself. Hashes and digests are
// computed once per record object: records are immutable.

import { equalBytes, keccak256 } from '../core/bytes.ts'
import type { Journal, RecordSigner, RecordVerifier } from '../core/ports.ts'
import { isSignOnce, recordDigest, recordHash } from '../core/records.ts'
import type { RecordHeader } from '../core/records.ts'
import type { Hex, Member, SignedRecord } from '../core/types.ts'

const names = new WeakMap<SignedRecord, Hex>()
const bodyHashes = new WeakMap<SignedRecord, Uint8Array>()
const digests = new WeakMap<SignedRecord, { readonly separator: Uint8Array; readonly digest: Uint8Array }>()

function once<K extends object, V>(memo: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = memo.get(key)
  if (known !== undefined) return known
  const made = make(key)
  memo.set(key, made)
  return made
}

/** keccak256 of the record's whole encoding: how proposals and stores name it. */
export const nameOf = (record: SignedRecord): Hex => once(names, record, recordHash)

export const bodyHashOf = (record: SignedRecord): Uint8Array => once(bodyHashes, record, ({ body }) => keccak256(body))

/** Signs without remembering: for kinds that may be said twice (answers, certificates). */
export function signRecord(
  signer: RecordSigner,
  separator: Uint8Array,
  header: RecordHeader,
  body: Uint8Array,
): SignedRecord {
  const { kind, author, unit, sequence } = header
  const signature = signer.sign(recordDigest(separator, header, keccak256(body)))
  return { kind, author, unit, sequence, body, signature }
}

/**
 * Signs a sign-once record, or returns what was signed earlier under the same kind, unit and sequence.
 * The record is durable in the journal when this resolves. `body` is made only when nothing was signed before: a second
 * body, and a second BLS share inside it, never come to be.
 */
export async function signOnce(
  journal: Journal,
  signer: RecordSigner,
  separator: Uint8Array,
  header: RecordHeader,
  body: () => Uint8Array,
): Promise<SignedRecord> {
  const earlier = await journal.signed(header.kind, header.unit, header.sequence)
  return earlier ?? (await journal.signOnce(signRecord(signer, separator, header, body())))
}

function digestOf(separator: Uint8Array, record: SignedRecord): Uint8Array {
  const known = digests.get(record)
  if (known?.separator === separator) return known.digest
  const digest = recordDigest(separator, record, bodyHashOf(record))
  digests.set(record, { separator, digest })
  return digest
}

/** Did `member` sign this record? */
export const isSignedBy = (
  verifier: RecordVerifier,
  separator: Uint8Array,
  member: Pick<Member, 'signer'>,
  record: SignedRecord,
): boolean => verifier.verify(member.signer, digestOf(separator, record), record.signature)

/** Two records that their author may be slashed for: same place, different body, a kind that is signed once. */
export const contradicts = (a: SignedRecord, b: SignedRecord): boolean =>
  isSignOnce(a.kind) &&
  a.kind === b.kind &&
  a.author === b.author &&
  a.unit === b.unit &&
  a.sequence === b.sequence &&
  !equalBytes(bodyHashOf(a), bodyHashOf(b))
