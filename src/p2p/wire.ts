// The wire table: which topic carries which record kinds, and how large each may be. The one place where sizes and kinds
// are checked, both when sending and when receiving. It looks at form only: signatures, membership and time belong to
// the domain.

import { keccak256, toHex, utf8ToBytes, word, wordOf } from '../core/bytes.ts'
import { AUCTION_BODY_BYTES } from '../core/auction-bodies.ts'
import { invariant, reject } from '../core/errors.ts'
import {
  BODY_MAX_BYTES,
  BeaconType,
  CertificateBody,
  ProposalBody,
  RecordType,
  RevealBody,
  SealBody,
  StatementBody,
  VoteBody,
  decode,
} from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Topic } from '../core/ports.ts'
import type { Hex, RecordKind, SignedRecord } from '../core/types.ts'
import type { OfferedBeacon } from './options.ts'

export type RecordTopic = Exclude<Topic, 'beacon'>

export const TOPICS = ['beacon', 'seal', 'reveal', 'statement', 'certificate'] as const satisfies readonly Topic[]

/** Encoded size of a record around its body: fixed fields, the body's offset and the signature. */
export const RECORD_OVERHEAD_BYTES = RecordType.maxSize - BODY_MAX_BYTES
export const BEACON_BYTES = BeaconType.maxSize

/** Largest body of each record kind a topic carries. A kind that is not listed is not gossiped there. */
const BODY_BYTES: Readonly<Record<RecordTopic, ReadonlyMap<number, number>>> = {
  seal: new Map([[RECORD_KINDS.seal, SealBody.maxSize], auctionBody('bid')]),
  reveal: new Map([[RECORD_KINDS.reveal, RevealBody.maxSize]]),
  statement: new Map([[RECORD_KINDS.statement, StatementBody.maxSize], auctionBody('auctionStatement')]),
  certificate: new Map([
    [RECORD_KINDS.proposal, Math.min(ProposalBody.maxSize, BODY_MAX_BYTES)],
    [RECORD_KINDS.vote, VoteBody.maxSize],
    [RECORD_KINDS.certificate, CertificateBody.maxSize],
    auctionBody('auctionProposal'),
    auctionBody('auctionVote'),
    auctionBody('auctionCertificate'),
  ]),
}

/** Largest message of each topic. */
export const MESSAGE_MAX_BYTES: Readonly<Record<Topic, number>> = {
  beacon: BEACON_BYTES,
  seal: largest('seal'),
  reveal: largest('reveal'),
  statement: largest('statement'),
  certificate: largest('certificate'),
}

function auctionBody(name: RecordKind): readonly [kind: number, bytes: number] {
  const bytes = AUCTION_BODY_BYTES.get(RECORD_KINDS[name])
  invariant(bytes, `the largest body of ${name} is known`)
  return [RECORD_KINDS[name], bytes]
}

function largest(topic: RecordTopic): number {
  return RECORD_OVERHEAD_BYTES + Math.max(...BODY_BYTES[topic].values())
}

/** Short id of a network: 16 hex digits over chain id and registry, which no two networks share. */
export const networkName = (chainId: bigint, sidecars: Hex): string =>
  toHex(keccak256(utf8ToBytes('stkr.network'), word(chainId), wordOf(sidecars))).slice(2, 18)

export const topicName = (network: string, topic: Topic): string => `/stkr/${network}/${topic}`

/** Every topic's full name, and back. */
export function topicNames(network: string): ReadonlyMap<string, Topic> {
  return new Map(TOPICS.map((topic) => [topicName(network, topic), topic]))
}

function checkRecord(topic: RecordTopic, record: SignedRecord): void {
  const { kind } = record
  const limit = BODY_BYTES[topic].get(kind)
  if (limit === undefined) throw reject('wrong-topic', `kind ${kind} is not carried by topic ${topic}`, { topic, kind })
  if (record.body.length > limit)
    throw reject('oversized', `body of kind ${kind} has ${record.body.length} bytes, at most ${limit} are allowed`)
}

function checkSize(topic: Topic, bytes: number): void {
  const limit = MESSAGE_MAX_BYTES[topic]
  if (bytes > limit) throw reject('oversized', `${topic} message has ${bytes} bytes, at most ${limit} are allowed`)
}

/** Bytes to publish. Faults: `oversized`, `wrong-topic`. */
export function encodeRecord(topic: RecordTopic, record: SignedRecord): Uint8Array {
  checkRecord(topic, record)
  return RecordType.serialize(record)
}

/** Strict. Faults, all `reject`: `oversized`, `bad-encoding`, `wrong-topic`. */
export function decodeRecord(topic: RecordTopic, bytes: Uint8Array): SignedRecord {
  checkSize(topic, bytes.length)
  const record = decode(RecordType, bytes, `${topic} record`)
  checkRecord(topic, record)
  return record
}

/** Bytes to publish. */
export const encodeBeacon = (beacon: OfferedBeacon): Uint8Array =>
  BeaconType.serialize({ round: beacon.round, signature: beacon.signature })

/** Strict. Faults, all `reject`: `oversized`, `bad-encoding`. */
export function decodeBeacon(bytes: Uint8Array): OfferedBeacon {
  checkSize('beacon', bytes.length)
  return decode(BeaconType, bytes, 'beacon')
}
