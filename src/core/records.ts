// The one codec: SSZ types of everything sidecars say to each other, with the limits that bound them, and the EIP-712
// digest a record's author signs. Decoding is strict: bytes that do not re-encode to themselves are refused, so one
// message has exactly one encoding and its hash is its name.
// SSZ because it is the field's standard, has fixed layouts and per-type maximum sizes (ethereum/consensus-specs, SSZ).

import {
  BitListType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
} from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { equalBytes, keccak256, toHex, utf8ToBytes, word } from './bytes.ts'
import { reject } from './errors.ts'
import { RECORD_KINDS } from './types.ts'
import type { Hex, SignedRecord } from './types.ts'

const u8 = new UintNumberType(1)
const u16 = new UintNumberType(2)
const u32 = new UintNumberType(4)
const u64 = new UintNumberType(8)
const bytes32 = new ByteVectorType(32)
const signature64 = new ByteVectorType(64)
const signature96 = new ByteVectorType(96)

/** Largest network of protocol version 1: bounds every bitmap and list over slots. */
export const SLOTS_MAX = 4096
/** Largest committee a contract can seat in one transaction. */
export const SEATS_MAX = 128
/** Largest k. */
export const AUDITS_MAX = 32
/** Largest record body: a proposal of a full network (SLOTS_MAX reveal hashes, two statement lists and a header). */
export const BODY_MAX_BYTES = 160 * 1024

export const BeaconType = new ContainerType({ round: u64, signature: new ByteVectorType(48) })

export const RecordType = new ContainerType({
  kind: u8,
  author: u32,
  unit: u64,
  sequence: u32,
  body: new ByteListType(BODY_MAX_BYTES),
  signature: signature64,
})

export const SealBody = new ContainerType({ commitment: bytes32 })

export const TargetReportType = new ContainerType({
  slot: u32,
  attempts: u16,
  up: u16,
  degraded: u16,
  inconclusive: u16,
  reason: u8,
  latencyP50Ms: u32,
  latencyP95Ms: u32,
  blockNumber: u64,
  answersRoot: bytes32,
})
/** One entry per target in ring order. */
export const ReportType = new ListCompositeType(TargetReportType, AUDITS_MAX)
/**
 * What the seal hid, with the seal's signature: the commitment follows from salt and report, so a reveal alone proves what
 * its author had sealed, and nobody who lacks the seal has to ask for it.
 */
export const RevealBody = new ContainerType({ salt: bytes32, sealSignature: signature64, report: ReportType })

/** Bit s = the envelope of slot s was seen in time. Its length is the roster's. */
export const StatementBody = new ContainerType({ seen: new BitListType(SLOTS_MAX) })

const hashesOfSeats = new ListCompositeType(bytes32, SEATS_MAX)
export const ProposalBody = new ContainerType({
  /** 2^53−1 stands for "no base" here; the certified preimage uses 2^64−1. */
  basePeriod: u64,
  baseRoot: bytes32,
  root: bytes32,
  contentId: bytes32,
  sealStatements: hashesOfSeats,
  revealStatements: hashesOfSeats,
  /** Record hashes of the admitted reveals, by author's slot. */
  reveals: new ListCompositeType(bytes32, SLOTS_MAX),
  /** Slots left out because they equivocated; the evidence travels on its own. */
  excluded: new ListBasicType(u32, SLOTS_MAX),
})
export const NO_BASE = Number.MAX_SAFE_INTEGER

export const VoteBody = new ContainerType({ digest: bytes32, signature: signature96 })

export const CertificateBody = new ContainerType({
  certificateKind: u8,
  epoch: u64,
  basePeriod: u64,
  baseRoot: bytes32,
  root: bytes32,
  contentId: bytes32,
  absentees: new ListBasicType(u8, SEATS_MAX),
  signature: signature96,
})

export const LeafType = new ContainerType({
  id: u32,
  slot: u32,
  uptimeBps: u16,
  latencyMs: u32,
  observers: u16,
  blockNumber: u64,
  periodsObserved: u64,
  uptimeSum: u64,
  diligenceSum: u64,
})
/** All leaves of a period, by slot. */
export const SummaryType = new ListCompositeType(LeafType, SLOTS_MAX)

/**
 * auditor → target on /stkr/probe/1, for Ethereum execution clients alone. `height` is drawn from the nonce; `round` names
 * the beacon the nonce is bound to.
 */
export const ProbeRequestType = new ContainerType({
  period: u64,
  auditor: u32,
  round: u64,
  nonce: bytes32,
  height: u64,
})

/** target → auditor on /stkr/probe/1: body of an `answer` record. `fault` is 0 or the reason code of a workload that did not answer. */
export const AnswerBody = new ContainerType({
  nonce: bytes32,
  fault: u8,
  client: new ByteListType(64),
  chainId: new UintBigintType(8),
  headNumber: u64,
  headHash: bytes32,
  peers: u32,
  syncDistance: u64,
  height: u64,
  /** Hash of the block at `height`; zero with a fault. */
  blockHash: bytes32,
})

/** The same on /stkr/probe/2, for every kind of workload: `workload` is the kind the auditor can compare with. */
export const WorkloadRequestType = new ContainerType({
  period: u64,
  auditor: u32,
  round: u64,
  nonce: bytes32,
  workload: u8,
  height: u64,
})

/** target → auditor on /stkr/probe/2: body of a `workloadAnswer` record. */
export const WorkloadAnswerBody = new ContainerType({
  nonce: bytes32,
  fault: u8,
  /** Kind of the target's workload, also when it is not the one asked for. */
  workload: u8,
  network: bytes32,
  client: new ByteListType(64),
  headNumber: u64,
  headHash: bytes32,
  peers: u32,
  syncDistance: u64,
  height: u64,
  /** What `Workload.proof` says about `height`; zero with a fault. */
  proof: bytes32,
})

export type SealValue = ValueOf<typeof SealBody>
export type RevealValue = ValueOf<typeof RevealBody>
export type StatementValue = ValueOf<typeof StatementBody>
export type ProposalValue = ValueOf<typeof ProposalBody>
export type VoteValue = ValueOf<typeof VoteBody>
export type CertificateValue = ValueOf<typeof CertificateBody>

/** Any SSZ type that travels: decoded only through `decode`. */
export interface Codec<V> {
  readonly maxSize: number
  serialize(value: V): Uint8Array
  deserialize(bytes: Uint8Array): V
}

/** Strict SSZ: Fault `bad-encoding` unless `bytes` is exactly the encoding of a value of `type`. */
export function decode<V>(type: Codec<V>, bytes: Uint8Array, what: string): V {
  if (bytes.length > type.maxSize)
    throw reject('oversized', `${what} has ${bytes.length} bytes, at most ${type.maxSize} are allowed`)
  let value: V
  try {
    value = type.deserialize(bytes)
  } catch (cause) {
    throw reject('bad-encoding', `${what} is not valid SSZ: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (!equalBytes(type.serialize(value), bytes))
    throw reject('bad-encoding', `${what} is not in canonical form: it re-encodes differently`)
  return value
}

const RECORD_TYPEHASH = keccak256(
  utf8ToBytes('Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash)'),
)

export type RecordHeader = Pick<SignedRecord, 'kind' | 'author' | 'unit' | 'sequence'>

/** EIP-712 digest that the author signs and that `Sidecars.slashEquivocation` recomputes. */
export function recordDigest(separator: Uint8Array, header: RecordHeader, bodyHash: Uint8Array): Uint8Array {
  const { kind, author, unit, sequence } = header
  const structHash = keccak256(RECORD_TYPEHASH, word(kind), word(author), word(unit), word(sequence), bodyHash)
  return keccak256(new Uint8Array([0x19, 0x01]), separator, structHash)
}

/** The record's name: keccak256 of its whole encoding, signature included. Key of evidence stores and proposals. */
export const recordHash = (record: SignedRecord): Hex => toHex(keccak256(RecordType.serialize(record)))

/** Only one body per (kind, author, unit, sequence) may ever be signed. */
export const isSignOnce = (kind: number): boolean => kind < 128

export const isKind = (record: RecordHeader, kind: keyof typeof RECORD_KINDS): boolean =>
  record.kind === RECORD_KINDS[kind]
