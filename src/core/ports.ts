// What the domain asks of the world. Adapters implement these and nothing else; test/support has fakes behind the same
// ports, under the same suites. Everything that waits takes an AbortSignal. Implementations throw Fault.

import type { Answer, ProbeRequest } from './answers.ts'
import type { MarketEvent } from './market-events.ts'
import type {
  AuditResult,
  Beacon,
  BidProof,
  Certificate,
  DrandChain,
  HeldJob,
  Hex,
  Leaf,
  ListedBid,
  MarketJob,
  Member,
  Network,
  OnChainBid,
  PostedPeriod,
  ProvenLeaf,
  ProviderStanding,
  QualifiedBidder,
  Roster,
  Screened,
  SealedBid,
  SignedRecord,
  WorkloadKind,
  WorkloadStatus,
} from './types.ts'

/** Time. The only source of it in the domain. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Runs `task` once at or after `at` (unix ms); the returned function cancels it. */
  at(at: number, task: () => void): () => void
}

/** Uniform random bytes from a secret source (a seeded one in simulations). */
export type RandomBytes = (length: number) => Uint8Array

/** Verified drand rounds. */
export interface Beacons {
  readonly chain: DrandChain
  /** Newest verified round so far. */
  latest(): Beacon | undefined
  /** The verified beacon of `round`: now if known, else when it becomes available. Rejects when `signal` aborts. */
  get(round: number, signal?: AbortSignal): Promise<Beacon>
  /** A beacon somebody handed us: verified like any other. Faults: see beacon/verify.ts. */
  offer(beacon: { readonly round: number; readonly signature: Uint8Array }): Promise<Beacon>
  /** Called once per newly verified round, newest first after a stall; returns the unsubscriber. */
  onBeacon(listener: (beacon: Beacon, source: 'relay' | 'offer') => void): () => void
}

/** Signs record digests with the sidecar's secp256k1 key. */
export interface RecordSigner {
  readonly address: Hex
  /** 64 bytes r‖s, low s, over a 32-byte digest. */
  sign(digest: Uint8Array): Uint8Array
}

/** Checks record signatures against the registered address of the author. */
export interface RecordVerifier {
  verify(address: Hex, digest: Uint8Array, signature: Uint8Array): boolean
}

/** BLS12-381, public key in G1, DST BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_. Compressed encodings. */
export interface Bls {
  publicKey(secretKey: Uint8Array): Uint8Array
  sign(secretKey: Uint8Array, digest: Uint8Array): Uint8Array
  /** False for infinity, points outside the subgroup and malformed encodings; never throws on untrusted input. */
  verify(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean
  /** One signature by all of `publicKeys` over one digest. */
  verifyAggregate(publicKeys: readonly Uint8Array[], digest: Uint8Array, signature: Uint8Array): boolean
  aggregateSignatures(signatures: readonly Uint8Array[]): Uint8Array
}

/** The sidecar's certificate key: a Bls secret that never leaves its holder. */
export interface CertificateSigner {
  readonly publicKey: Uint8Array
  sign(digest: Uint8Array): Uint8Array
}

/** What the chain knows. Reads are of final or confirmed state. */
export interface Ledger {
  network(): Promise<Network>
  /** Members of an epoch that is fixed (the current one or the next). Faults: `epoch-not-fixed`. */
  roster(epoch: number): Promise<Roster>
  /** Newest posted period, undefined before the first. */
  lastPosted(): Promise<PostedPeriod | undefined>
  posted(period: number): Promise<PostedPeriod | undefined>
  /** Makes sure the epoch's committee is seated on chain; done already is fine. */
  seat(epoch: number, beacon: Beacon, roster: Roster): Promise<void>
  /**
   * Posts a certified period; resolves when it is on chain, by us or by anybody. Durable before sent.
   * Faults: `post-superseded` (the chain moved past it), `post-refused` with the contract's reason.
   */
  post(result: AuditResult, certificate: Certificate, roster: Roster): Promise<Posting>
  /** Slashes on two records of one author that differ; done already is fine. */
  slash(a: SignedRecord, b: SignedRecord): Promise<void>
}

export interface Posting {
  readonly tx: Hex | undefined
  readonly gasUsed: bigint
  /** True when the transaction that landed is ours. */
  readonly ours: boolean
}

export type Topic = 'beacon' | 'seal' | 'reveal' | 'statement' | 'certificate'

/** Verdict on an inbound message, in gossipsub's words; `code` says why. */
export type Verdict = { readonly verdict: 'accept' } | { readonly verdict: 'reject' | 'ignore'; readonly code: string }

/** Publishes our own records; inbound records reach the domain through its `onRecord`. */
export interface Gossip {
  publish(topic: Exclude<Topic, 'beacon'>, record: SignedRecord): Promise<void>
}

export type ProbeReply =
  | { readonly ok: true; readonly record: SignedRecord; readonly answer: Answer; readonly latencyMs: number }
  /** `unreachable` no connection; `timeout` no answer in time; `refused` the target answered with a refusal; `garbled` not a valid answer; `relay-down` the only ways to it lead through relays that were there a moment ago. */
  | { readonly ok: false; readonly reason: 'unreachable' | 'timeout' | 'refused' | 'garbled' | 'relay-down' }

/** Reaches targets. `fresh` dials anew instead of using an open connection. Checks size and form, not truth. */
export interface Prober {
  probe(target: Member, request: ProbeRequest, options: { fresh: boolean; signal: AbortSignal }): Promise<ProbeReply>
  /** Is anybody but the suspects reachable? Answers from real round trips. */
  reachable(except: readonly Member[], signal: AbortSignal): Promise<boolean>
}

/** The node beside this sidecar, or another one to compare with. Faults: `workload-…` (docs/reasons.md). */
export interface Workload {
  readonly kind: WorkloadKind
  status(signal: AbortSignal): Promise<WorkloadStatus>
  /**
   * What only a working node can say about `height`, 32 bytes: hash of the block (execution), root of the newest block at
   * or before the slot (beacon), hash of the declared health answer (generic, whatever the height). Undefined when the
   * node does not have it.
   */
  proof(height: number, signal: AbortSignal): Promise<Uint8Array | undefined>
}

/** Records and summaries that other sidecars keep: asked for by name, checked by the asker. */
export interface EvidencePeers {
  /** Records by hash from anybody who has them; missing ones are simply absent. */
  records(hashes: readonly Hex[], signal: AbortSignal): Promise<readonly SignedRecord[]>
  /** All leaves of a posted period, unchecked. */
  summary(period: number, signal: AbortSignal): Promise<readonly Leaf[] | undefined>
}

/**
 * What must survive a kill at any instruction. Every write is durable when its promise resolves; what one step makes
 * durable goes in one batch.
 */
export interface Journal {
  /**
   * Remembers that we are about to sign `record` (sign-once kinds). Durable before it resolves. Returns the record to
   * publish: the new one, or the one signed earlier under the same (kind, unit, sequence) — which then must be used.
   */
  signOnce(record: SignedRecord): Promise<SignedRecord>
  /** Our own record of a kind, unit and sequence, if we ever signed one. */
  signed(kind: number, unit: number, sequence: number): Promise<SignedRecord | undefined>
  /** Salt and report of our seal, written before the seal is signed. */
  putSecret(unit: number, secret: Uint8Array): Promise<void>
  secret(unit: number): Promise<Uint8Array | undefined>
}

/** Evidence kept for D periods: everybody's records by hash and by unit, answers, leaves. */
export interface EvidenceStore {
  put(records: readonly SignedRecord[]): Promise<void>
  get(hash: Hex): Promise<SignedRecord | undefined>
  /** All records of one period, in no particular order. */
  ofUnit(unit: number): Promise<readonly SignedRecord[]>
  putSummary(period: number, leaves: readonly Leaf[]): Promise<void>
  summary(period: number): Promise<readonly Leaf[] | undefined>
  /** The signed answers we hold as an auditor in `period`. */
  putAnswers(period: number, answers: readonly SignedRecord[]): Promise<void>
  answers(period: number): Promise<readonly SignedRecord[]>
  /** Forgets units below `unit`. */
  prune(unit: number): Promise<void>
}

/**
 * Auctions as the contracts keep them (`IMarketplace`, `IProviders`). Reads are of confirmed state; every transaction is
 * durable before sent and resolves when what it was to bring about is on chain, by us or by anybody.
 * Faults of transactions: `market-refused`; `data.reason` is the contract's.
 */
export interface Market {
  /** Jobs that are neither final nor running, oldest first. Changes reach the domain through its `onJob`. */
  jobs(): Promise<readonly MarketJob[]>
  job(id: number): Promise<MarketJob | undefined>
  /**
   * Who may bid, as of the block the job was announced in, so that everybody is told the same: qualified providers with
   * an enrolled sidecar (the first of each), in provider order; of more than 128 those with the highest score.
   */
  bidders(job: MarketJob): Promise<readonly QualifiedBidder[]>
  /**
   * The newest commitment of each provider that made one on chain, in provider order. Asked from the close on, when no
   * more can be made. Fault `market-behind` while the confirmed chain has no block of the close or later.
   */
  commitments(job: MarketJob): Promise<readonly OnChainBid[]>
  /** Does the sidecar control a node already, or is it held for one? */
  isEngaged(sidecar: number): Promise<boolean>
  /** What the provider has left. */
  standing(provider: number): Promise<ProviderStanding>
  /** `IProviders.screen`: weights and who can take the job now, in the order of `bids`. */
  screen(
    job: MarketJob,
    bids: readonly { readonly provider: number; readonly price: bigint }[],
  ): Promise<readonly Screened[]>
  /** Posts a commitment past all gossip, before the close. */
  commitBid(job: MarketJob, sidecar: number, bid: SealedBid): Promise<Posting>
  /** Stores the hash of the certified openings; `bids` is their list. Done already is fine. */
  certifyOpenings(
    job: MarketJob,
    bids: readonly ListedBid[],
    certificate: Certificate,
    roster: Roster,
  ): Promise<Posting>
  /** Proves the beacon of the pick round if nobody did, and settles. Done already is fine. */
  settle(job: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[], pick: Beacon): Promise<Posting>
  /** Hands on a job whose winner did not start in time. Done already (`rank` moved on) is fine. */
  nextInLine(job: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[]): Promise<Posting>
  /** The winner's sidecar says that the workload runs. Done already is fine. */
  reportStarted(job: number, sidecar: number): Promise<Posting>
  /** Shows by a result of the audits that it does. Done already is fine. */
  confirm(job: number, leaf: ProvenLeaf): Promise<Posting>
  /** The job that the sidecar runs; undefined when it runs none. */
  heldJob(sidecar: number): Promise<HeldJob | undefined>
  /** Ends a job whose time is over: everybody is credited. Done already is fine. */
  complete(job: number): Promise<Posting>
  /** Ends a dispute: carries a ruling out, or lets a job go on that nobody ruled on in time. Done already is fine. */
  resume(job: number): Promise<Posting>
  /** Starts the validator of the sidecar's micro-pool; undefined when no 32 ETH wait for it. Done already is fine. */
  startPool(sidecar: number): Promise<Posting | undefined>
}

/** Results of audits as a contract takes them. */
export interface Proofs {
  /** The newest posted result after `period` in which the sidecar was up for `leastBps`; undefined when there is none. */
  upAfter(sidecar: number, period: number, leastBps: number, signal: AbortSignal): Promise<ProvenLeaf | undefined>
}

/** A provider's own price: an external command or endpoint is given the job and answers ANKR base units. */
export interface Pricer {
  /** Undefined: no bid. Faults: those of the adapter; any of them means that the strategy's own price is bid. */
  price(job: MarketJob, signal: AbortSignal): Promise<bigint | undefined>
}

/** Why a job could not run here. */
export interface Obstacle {
  readonly code: 'no-bid-node-busy' | 'no-bid-template'
  readonly detail: string
}

/** The workload of a job we won. */
export interface JobHost {
  /**
   * Why the job could not run here; undefined when it could. `rivals`: our other bids that may win or have won. Code
   * `no-bid-node-busy`: a sidecar hosts exactly one node; `no-bid-template`: nobody said how to start such a node.
   */
  obstacle(job: MarketJob, rivals: number): Promise<Obstacle | undefined>
  /** Does it run? Starts it if need be; false: ask again next round. */
  ready(job: MarketJob, signal: AbortSignal): Promise<boolean>
}

/**
 * What a sidecar keeps of auctions: apart from audits, whose units are periods and are forgotten in order. Records are
 * everybody's evidence; a secret is what one of our bids hid and is durable when its promise resolves.
 */
export interface AuctionStore {
  put(records: readonly SignedRecord[]): Promise<void>
  get(name: Hex): Promise<SignedRecord | undefined>
  ofJob(job: number): Promise<readonly SignedRecord[]>
  /** Never replaces another secret of the same place: resolves to the one that counts. */
  putSecret(job: number, sequence: number, secret: Uint8Array): Promise<Uint8Array>
  secret(job: number, sequence: number): Promise<Uint8Array | undefined>
  /** Who may bid, once asked for: the chain may have forgotten it at the next start. */
  putBidders(job: number, bidders: readonly QualifiedBidder[]): Promise<void>
  bidders(job: number): Promise<readonly QualifiedBidder[] | undefined>
  /** Jobs of which anything is kept. */
  jobs(): Promise<readonly number[]>
  /** Forgets a job's records, secrets and bidders. What we signed for it stays in the journal. */
  forget(job: number): Promise<void>
}

/** Structured log: a constant sentence and fields. */
export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** What happened, for the status view, metrics and tests; never control flow. */
export type MeshEvent =
  | {
      readonly type: 'period-started'
      readonly period: number
      readonly members: number
      readonly targets: readonly number[]
    }
  | {
      readonly type: 'probed'
      readonly period: number
      readonly target: number
      readonly outcome: string
      readonly reason: string
    }
  | { readonly type: 'sealed'; readonly period: number }
  | { readonly type: 'revealed'; readonly period: number }
  | { readonly type: 'stated'; readonly period: number; readonly phase: number; readonly seen: number }
  | { readonly type: 'proposed'; readonly period: number; readonly view: number; readonly root: Hex }
  | { readonly type: 'voted'; readonly period: number; readonly view: number; readonly root: Hex }
  | {
      readonly type: 'certified'
      readonly period: number
      readonly root: Hex
      readonly signers: number
      readonly absent: readonly number[]
    }
  | {
      readonly type: 'posted'
      readonly period: number
      readonly root: Hex
      readonly tx: Hex | undefined
      readonly gasUsed: bigint
      readonly ours: boolean
    }
  | { readonly type: 'equivocation'; readonly id: number; readonly kind: number; readonly unit: number }
  /** The node beside the sidecar: its supervisor's state, and why. */
  | { readonly type: 'workload-state'; readonly state: string; readonly code: string | undefined }
  | { readonly type: 'stuck'; readonly period: number; readonly step: string; readonly code: string }
  /** Of a dry run: whose place this is in a period, if that one is a member. */
  | {
      readonly type: 'duty'
      readonly period: number
      readonly id: number | undefined
      readonly slot: number | undefined
      readonly seat: number | undefined
      readonly targets: readonly number[]
      readonly auditors: readonly number[]
    }
  /** Of a dry run: a transaction that was not sent; wei. */
  | {
      readonly type: 'would-send'
      readonly name: string
      readonly to: Hex | undefined
      readonly gas: bigint
      readonly maxFee: bigint
      readonly cost: bigint
    }
  | MarketEvent
