// The audit workflow of one sidecar: what it needs from the world, what it offers to it. Driven by beacons and records
// alone; acts only through ports. The wiring hands it verified beacons and decoded records and serves its answers.

import type {
  Beacons,
  Bls,
  CertificateSigner,
  Clock,
  EvidencePeers,
  EvidenceStore,
  Gossip,
  Journal,
  Ledger,
  Log,
  MeshEvent,
  Prober,
  RandomBytes,
  RecordSigner,
  RecordVerifier,
  Topic,
  Verdict,
  Workload,
} from '../core/ports.ts'
import type { ProbeRequest } from '../core/records.ts'
import type { Beacon, Network, SignedRecord } from '../core/types.ts'

export interface AuditorOptions {
  readonly network: Network
  /** Probes per target and period, 1 … 64. */
  readonly probes: number
  /** How long one probe may take before it counts as a timeout. */
  readonly probeTimeoutMs: number
  /** How many blocks a target may be behind the auditor's own node and still be up. */
  readonly lagBlocks: number
  /** Newest blocks never asked for: they may still be reorganised or not have reached the target. */
  readonly marginBlocks: number
  /** Rounds between one backup and the next for seating, posting and slashing. */
  readonly staggerRounds: number
}

export interface AuditorDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly beacons: Beacons
  readonly ledger: Ledger
  readonly gossip: Gossip
  readonly signer: RecordSigner
  readonly verifier: RecordVerifier
  readonly bls: Bls
  readonly certificateSigner: CertificateSigner
  readonly prober: Prober
  readonly workload: Workload
  readonly peers: EvidencePeers
  readonly journal: Journal
  readonly evidence: EvidenceStore
  readonly log: Log
  /** Told what happened; must not throw, never steers the workflow. */
  readonly emit: (event: MeshEvent) => void
}

export interface AuditorStatus {
  /** Newest round acted on; 0 before the first. */
  readonly round: number
  readonly period: number
  readonly phase: 'waiting' | 'probe' | 'seal' | 'reveal' | 'state' | 'certify'
  /** Our registration in the current epoch; undefined while we only observe. */
  readonly id: number | undefined
  readonly slot: number | undefined
  readonly seat: number | undefined
  /** Members of the current epoch. */
  readonly members: number
  /** Sidecar ids we audit in this period, and those that audit us. */
  readonly targets: readonly number[]
  readonly auditors: readonly number[]
  /** Newest period known to be on chain. */
  readonly lastPosted: number | undefined
  /** Records waiting for their round. */
  readonly waiting: number
}

export interface Auditor {
  /** A verified beacon. Older than the newest seen: no effect. Returns at once. */
  onBeacon(beacon: Beacon): void
  /** A decoded record from a topic; `from` names the forwarding peer for the log. May take rounds when it is early. */
  onRecord(topic: Topic, record: SignedRecord, from: string): Promise<Verdict>
  /** Target side of a probe; `fromPeerKey` is the authenticated Ed25519 key of the stream. Faults name the refusal. */
  answer(request: ProbeRequest, fromPeerKey: Uint8Array): Promise<SignedRecord>
  status(): AuditorStatus
  /** Loads what the running period left behind and acts on the newest beacon known; then waits for beacons. */
  start(): Promise<void>
  /** Stops timers, aborts what waits, flushes evidence; afterwards nothing is signed or published. */
  stop(): Promise<void>
}

/** createAuditor's type. */
export type CreateAuditor = (options: AuditorOptions, deps: AuditorDeps) => Auditor
