// What the auction workflow of one sidecar needs from the world and offers to it: the types the wiring is written against.
// The workflow itself is in auctioneer.ts; it acts only through these ports.

import type {
  AuctionStore,
  Beacons,
  Bls,
  CertificateSigner,
  Clock,
  EvidencePeers,
  Gossip,
  JobHost,
  Journal,
  Ledger,
  Log,
  Market,
  MeshEvent,
  Pricer,
  Proofs,
  RandomBytes,
  RecordSigner,
  RecordVerifier,
  Topic,
  Verdict,
} from '../core/ports.ts'
import type { Timelock } from '../core/timelock.ts'
import type { Beacon, JobState, MarketJob, Network, SignedRecord } from '../core/types.ts'
import type { Strategy } from './strategy.ts'

export interface AuctioneerOptions {
  readonly network: Network
  /** Rounds between one backup and the next for certifying, settling, handing on and slashing. */
  readonly staggerRounds: number
  /** How our provider prices; undefined: this sidecar never bids. */
  readonly strategy: Strategy | undefined
  /** Post every bid's commitment on chain as well: for who fears that gossip is censored. */
  readonly commitOnChain: boolean
}

export interface AuctioneerDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly beacons: Pick<Beacons, 'latest' | 'get'>
  readonly ledger: Pick<Ledger, 'roster' | 'seat' | 'slash'>
  readonly market: Market
  readonly gossip: Gossip
  readonly signer: RecordSigner
  readonly verifier: RecordVerifier
  readonly bls: Bls
  readonly certificateSigner: CertificateSigner
  readonly timelock: Timelock
  readonly peers: Pick<EvidencePeers, 'records'>
  readonly journal: Journal
  readonly store: AuctionStore
  /** Prices instead of the strategy's own costs; its limits hold all the same. */
  readonly pricer: Pricer | undefined
  readonly host: JobHost
  /** Of what audits found: confirms that a workload runs. */
  readonly proofs: Proofs
  readonly log: Log
  /** Told what happened; must not throw, never steers the workflow. */
  readonly emit: (event: MeshEvent) => void
}

export type AuctionPhase = 'bidding' | 'admission' | 'opening' | 'settling' | 'starting' | 'over'

export interface JobStatus {
  readonly id: number
  readonly kind: string
  readonly state: JobState
  readonly phase: AuctionPhase
  readonly closeRound: number
  readonly openRound: number
  readonly pickRound: number
  readonly reserve: bigint
  readonly bidders: number
  /** Bids seen in time. */
  readonly seen: number
  /** Of the certified set; undefined before. */
  readonly admitted: number | undefined
  readonly void: number | undefined
  /** Our own: newest sequence, or why there is none; undefined while undecided. Price only once bids are open. */
  readonly own:
    { readonly sequence: number; readonly price: bigint | undefined } | { readonly declined: string } | undefined
  readonly winner: number | undefined
  readonly price: bigint | undefined
}

export interface AuctioneerStatus {
  /** Newest round acted on; 0 before the first. */
  readonly round: number
  /** Jobs that are alive here, oldest first. */
  readonly jobs: readonly JobStatus[]
  /** Records waiting for their round or for news of their job. */
  readonly waiting: number
}

export interface Auctioneer {
  /** A verified beacon. Older than the newest seen: no effect. Returns at once. */
  onBeacon(beacon: Beacon): void
  /** A job as the chain has it now, new or changed; what is known already has no effect. Returns at once. */
  onJob(job: MarketJob): void
  /** A decoded record from a topic; `from` names the forwarding peer for the log. May take rounds when it is early. */
  onRecord(topic: Topic, record: SignedRecord, from: string): Promise<Verdict>
  /** A new price for a job still open, past strategy and pricer but within their limits. Faults: `bid-late`, `no-bid-…`. */
  rebid(job: number, price: bigint): Promise<void>
  /** All evidence of a settled job as one byte string (bundle.ts); undefined when something is missing here. */
  bundle(job: number): Promise<Uint8Array | undefined>
  status(): AuctioneerStatus
  /** Loads the jobs that are under way and what we had said of them; then acts on the newest beacon known. */
  start(): Promise<void>
  /** Stops timers, aborts what waits, flushes evidence; afterwards nothing is signed or published. */
  stop(): Promise<void>
}

/** createAuctioneer's type (auctioneer.ts): what may stand in for it. */
export type CreateAuctioneer = (options: AuctioneerOptions, deps: AuctioneerDeps) => Auctioneer
