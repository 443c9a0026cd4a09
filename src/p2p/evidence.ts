// /stkr/evidence/1: records by hash, the bundle of a period or of a job as opaque bytes, the answers an auditor kept. Open to
// anybody within the rate limits, because whoever verifies comes as a stranger. Records that were not asked for are
// dropped here; whether a record or a bundle is true is for the asker to check.

import { ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import type { Connection } from '@libp2p/interface'
import { concatBytes, fromHex, toHex } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'
import { RecordType, decode, recordHash } from '../core/records.ts'
import type { Hex, SignedRecord } from '../core/types.ts'
import type { Library } from './options.ts'
import { absent, ask, serve } from './streams.ts'
import type { Admission, Protocol, ServerDeps } from './streams.ts'

/** Records in one request; the asker comes back for more. */
export const HASHES_MAX = 64
/** Answers of one auditor in one period: 32 targets, a few probes each. */
export const ANSWERS_MAX = 512
/** Every seal, reveal and statement of a full network of 4096 with k = 32, and room. */
export const BUNDLE_MAX_BYTES = 32 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

const WHAT = { records: 1, bundle: 2, answers: 3, jobBundle: 4 } as const

export const EvidenceRequestType = new ContainerType({
  what: new UintNumberType(1),
  /** Period of a bundle or of answers, number of a job; 0 for records. */
  unit: new UintNumberType(8),
  hashes: new ListCompositeType(new ByteVectorType(32), HASHES_MAX),
})
type EvidenceRequest = ValueOf<typeof EvidenceRequestType>

const REQUEST_BYTES = EvidenceRequestType.maxSize
export const EVIDENCE: Protocol = {
  id: '/stkr/evidence/1',
  request: { frameMaxBytes: REQUEST_BYTES, totalMaxBytes: REQUEST_BYTES + 16 },
  answer: { frameMaxBytes: RecordType.maxSize, totalMaxBytes: BUNDLE_MAX_BYTES + 1024 * 1024 },
  limitMs: 60_000,
  relayed: true,
}

/** A bundle may be tens of megabytes: few at a time, and not the same ones over and over. */
const ADMISSION: Admission = { rate: { perSecond: 2, burst: 40 }, perPeerMax: 2, inAllMax: 16 }

async function* recordsOf(library: Library, hashes: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const hash of hashes) {
    const record = await library.record(toHex(hash))
    if (record !== undefined) yield RecordType.serialize(record)
  }
}

async function* bundleOf(bundle: Uint8Array | undefined, of: string): AsyncGenerator<Uint8Array> {
  if (bundle === undefined || bundle.length > BUNDLE_MAX_BYTES) throw absent(`a bundle of ${of}`)
  for (let at = 0; at < bundle.length; at += CHUNK_BYTES) yield bundle.subarray(at, at + CHUNK_BYTES)
}

async function* answersOf(library: Library, period: number): AsyncGenerator<Uint8Array> {
  const answers = await library.answers(period)
  for (const record of answers.slice(0, ANSWERS_MAX)) yield RecordType.serialize(record)
}

export async function serveEvidence(server: ServerDeps, library: Library): Promise<void> {
  await serve(
    EVIDENCE,
    ADMISSION,
    server,
    () => true,
    async function* (bytes) {
      const { what, unit, hashes } = decode(EvidenceRequestType, bytes, 'evidence request')
      if (what === WHAT.records) yield* recordsOf(library, hashes)
      else if (what === WHAT.bundle) yield* bundleOf(await library.bundle(unit), `period ${unit}`)
      else if (what === WHAT.answers) yield* answersOf(library, unit)
      else if (what === WHAT.jobBundle) yield* bundleOf(await library.jobBundle(unit), `job ${unit}`)
      else throw reject('unknown-request', `evidence request ${what} is not one of 1, 2, 3, 4`)
    },
  )
}

const send = (connection: Connection, request: EvidenceRequest, signal: AbortSignal) =>
  ask(connection, EVIDENCE, EvidenceRequestType.serialize(request), signal)

/** Those of `hashes` that the peer has, at most HASHES_MAX. Faults: see `ask`. */
export async function askRecords(
  connection: Connection,
  hashes: readonly Hex[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Hex, SignedRecord>> {
  const wanted = new Set(hashes.slice(0, HASHES_MAX))
  const request = { what: WHAT.records, unit: 0, hashes: [...wanted].map((hash) => fromHex(hash, 32)) }
  const found = new Map<Hex, SignedRecord>()
  for await (const frame of send(connection, request, signal)) {
    const record = decode(RecordType, frame, 'evidence record')
    const hash = recordHash(record)
    if (!wanted.has(hash)) throw reject('unasked', 'a record came that was not asked for')
    found.set(hash, record)
    if (found.size === wanted.size) break
  }
  return found
}

/** Bundle of a period or of a job, at most BUNDLE_MAX_BYTES. Faults: `absent` and the others of `ask`. */
export async function askBundle(
  connection: Connection,
  of: 'bundle' | 'jobBundle',
  unit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of send(connection, { what: WHAT[of], unit, hashes: [] }, signal))
    // A copy: a frame is a window into the buffer it came in, which would stay alive with it.
    chunks.push(chunk.slice())
  return concatBytes(...chunks)
}

/** Answers the peer kept of a period, at most ANSWERS_MAX. Faults: see `ask`. */
export async function askAnswers(
  connection: Connection,
  period: number,
  signal: AbortSignal,
): Promise<readonly SignedRecord[]> {
  const records: SignedRecord[] = []
  for await (const frame of send(connection, { what: WHAT.answers, unit: period, hashes: [] }, signal)) {
    records.push(decode(RecordType, frame, 'answer record'))
    if (records.length === ANSWERS_MAX) break
  }
  return records
}
