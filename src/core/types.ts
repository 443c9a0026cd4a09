// The nouns of the mesh as plain readonly data: what a network is, who takes part, what they say to each other and
// what comes out. No behaviour lives here. Bytes are Uint8Array, addresses and hashes used as keys are lower-case hex,
// moments end in `At` (unix milliseconds unless the type says round), spans in `Ms` or `Rounds`, ratios in `Bps`.

export type Hex = `0x${string}`

/** A drand chain as a network pins it (drand specification, scheme bls-unchained-g1-rfc9380). */
export interface DrandChain {
  /** sha256 over period, genesis, key, group hash and beacon id; 64 hex digits without 0x, as drand writes it. */
  readonly hash: string
  /** Compressed G2 public key, 96 bytes. */
  readonly publicKey: Uint8Array
  /** Unix seconds of round 1. */
  readonly genesisTime: number
  readonly periodSeconds: number
}

/** One drand round. Only values that went through `beacon/verify.ts` (or a contract) carry this type inside the mesh. */
export interface Beacon {
  readonly round: number
  /** Compressed G1 signature over sha256(u64be round), 48 bytes. */
  readonly signature: Uint8Array
  /** sha256(signature), 32 bytes. */
  readonly randomness: Uint8Array
}

/** Offsets inside a period, in drand rounds from its first round; the same numbers for everybody, read from the ledger. */
export interface Schedule {
  readonly genesisRound: number
  readonly periodRounds: number
  readonly epochPeriods: number
  /** k: how many targets each auditor has. */
  readonly audits: number
  /** c_max: largest committee. */
  readonly seatsMax: number
  /** Probing ends and reports are sealed. */
  readonly sealRounds: number
  /** Seals that were not seen by now are late; closing statements; auditors reveal. */
  readonly closeRounds: number
  /** Reveals that were not seen by now are late; second statements. */
  readonly revealCloseRounds: number
  /** View 0 starts. */
  readonly certifyRounds: number
  /** How long one leader has. */
  readonly viewRounds: number
  /** D: for how many periods evidence is kept. */
  readonly evidencePeriods: number
}

/** Everything two sidecars must agree on to belong to one network. */
export interface Network {
  readonly chainId: bigint
  /** The Sidecars contract: also the EIP-712 verifying contract of every record. */
  readonly sidecars: Hex
  readonly committee: Hex
  readonly ledger: Hex
  /** EIP-712 domain separator of the network, 32 bytes. */
  readonly separator: Uint8Array
  readonly drand: DrandChain
  readonly schedule: Schedule
}

/** One registered sidecar as an epoch sees it. */
export interface Member {
  /** Permanent registration number, from 1. */
  readonly id: number
  /** Dense position 0 … N−1 in this epoch. */
  readonly slot: number
  /** Address of the record-signing key. */
  readonly signer: Hex
  /** Ed25519 public key of the libp2p host, 32 bytes. */
  readonly peerKey: Uint8Array
  /** BLS12-381 public key, compressed G1, 48 bytes; possession was proven on chain. */
  readonly blsKey: Uint8Array
}

/** The members of one epoch; index = slot. Final on chain before the randomness that uses it exists. */
export interface Roster {
  readonly epoch: number
  readonly members: readonly Member[]
}

/** A period's result as the ledger stores it. */
export interface PostedPeriod {
  readonly period: number
  readonly root: Hex
  readonly contentId: Hex
}

/** Kinds of signed records. Kinds below 128 are sign-once: two different bodies for one unit and sequence are slashable. */
export const RECORD_KINDS = {
  seal: 1,
  reveal: 2,
  statement: 3,
  proposal: 4,
  vote: 5,
  bid: 8,
  auctionStatement: 9,
  auctionProposal: 10,
  auctionVote: 11,
  answer: 128,
  certificate: 129,
  auctionCertificate: 130,
  workloadAnswer: 131,
} as const
export type RecordKind = keyof typeof RECORD_KINDS

/** What one sidecar says in one unit of work, signed. The signature covers header and body (EIP-712 `Record`). */
export interface SignedRecord {
  readonly kind: number
  /** Author's sidecar id. */
  readonly author: number
  /** Period (audit) or job (auction). */
  readonly unit: number
  /** Statement phase, view, or bid replacement number; 0 where a kind has only one per unit. */
  readonly sequence: number
  /** SSZ of the body type of `kind`. */
  readonly body: Uint8Array
  /** secp256k1 r‖s, low s, 64 bytes. */
  readonly signature: Uint8Array
}

/** What can run beside a sidecar, by its number on the wire. Append, never renumber. */
export const WORKLOAD_KINDS = { 'ethereum-execution': 1, 'ethereum-beacon': 2, generic: 3 } as const
export type WorkloadKind = keyof typeof WORKLOAD_KINDS

/** What the node beside a sidecar said of itself. */
export interface WorkloadStatus {
  /** Client name and version, at most 64 UTF-8 bytes. */
  readonly client: string
  /** What it follows, 32 bytes: chain id as a word, genesis validators root, or hash of the declared health probe. */
  readonly network: Uint8Array
  /** Newest block, newest slot that has a block, or 0. */
  readonly headNumber: number
  readonly headHash: Uint8Array
  readonly peers: number
  /** Blocks the node itself says it is behind; 0 when synced. */
  readonly syncDistance: number
}

/** Outcome of one probe. `inconclusive` counts neither way: the auditor's own trouble is never the target's failure. */
export type Outcome = 'up' | 'down' | 'degraded' | 'inconclusive'

/** What one auditor found about one target in one period. */
export interface TargetReport {
  readonly slot: number
  readonly attempts: number
  readonly up: number
  readonly degraded: number
  readonly inconclusive: number
  /** Most frequent reason of the probes that were not `up`; 0 when all were (docs/reasons.md). */
  readonly reason: number
  readonly latencyP50Ms: number
  readonly latencyP95Ms: number
  /** Height of the last block whose hash the target answered rightly; 0 if none. */
  readonly blockNumber: number
  /** Merkle root over the signed answers kept as evidence; zero if there are none. */
  readonly answersRoot: Uint8Array
}

/** One target's result in a period and its running totals: a leaf of the summary tree (docs/protocol.md, Leaf). */
export interface Leaf {
  readonly id: number
  readonly slot: number
  /** Median over its conclusive auditors; UNOBSERVED when there were too few. */
  readonly uptimeBps: number
  readonly latencyMs: number
  /** Conclusive auditors. */
  readonly observers: number
  readonly blockNumber: number
  readonly periodsObserved: number
  readonly uptimeSum: number
  readonly diligenceSum: number
}

/** A leaf with its way up to the root of a posted period (`IAuditLedger.Proven`). */
export interface ProvenLeaf {
  readonly period: number
  readonly leaf: Leaf
  readonly proof: readonly Hex[]
}

/** Uptime of a target too few auditors could judge: neither praise nor blame. */
export const UNOBSERVED = 0xffff

/** Aggregate BLS signature of at least q members over one certificate digest. */
export interface Certificate {
  readonly kind: number
  readonly unit: number
  readonly epoch: number
  /** keccak256 of what is certified, 32 bytes; its preimage depends on the kind. */
  readonly content: Uint8Array
  /** Seats that did not sign, strictly increasing. */
  readonly absentees: readonly number[]
  /** Compressed G2, 96 bytes. */
  readonly signature: Uint8Array
}

/** Certificate kinds (first field of the certified EIP-712 struct). */
export const CERTIFICATE_KINDS = { audit: 1, admission: 2, openings: 3 } as const

/** What an audit certificate certifies. */
export interface AuditResult {
  readonly period: number
  /** The period whose totals this one continues; undefined for the first one ever posted. */
  readonly base: { readonly period: number; readonly root: Hex } | undefined
  readonly root: Hex
  readonly contentId: Hex
}

/** What a job asks of a node. Thousandths of GHz and GB, so that small jobs are whole numbers too. */
export interface Requirements {
  readonly cpuMilliGhz: number
  readonly memoryMilliGb: number
  readonly storageMilliGb: number
  readonly durationSeconds: number
}

/** What a provider can run at once; same units as a job's requirements. */
export type Capacity = Pick<Requirements, 'cpuMilliGhz' | 'memoryMilliGb' | 'storageMilliGb'>

/** `vickrey`: the winner is paid the lowest price that did not make the shortlist; `payAsBid`: its own. */
export type Pricing = 'vickrey' | 'payAsBid'

/** What decides an auction once the bids are open; fixed when the job is announced. Money in ANKR base units. */
export interface AuctionRules {
  /** m, 1 … SHORTLIST_MAX. */
  readonly shortlist: number
  readonly pricing: Pricing
  /** Highest price that can be paid, at most 96 bits. */
  readonly reserve: bigint
}

/** The auction of a job, as far as its rules go; rounds are drand rounds. */
export interface Job {
  readonly id: number
  readonly rules: AuctionRules
  /** First round in which a bid is late. */
  readonly closeRound: number
  /** Its beacon opens the bids. */
  readonly openRound: number
  /** Its beacon draws the winner; nobody knew it when the bids were opened. */
  readonly pickRound: number
}

/**
 * `IMarketplace.State` until the start is reported, then `IProjects.State`. The last of each line are final, except that
 * who asked for it may take back or list again what is unsold.
 */
export const JOB_STATES = [
  ...(['announced', 'certified', 'awarded', 'reported'] as const),
  ...(['running', 'disputed', 'completed', 'failed'] as const),
  ...(['unsold', 'refunded', 'relisted'] as const),
] as const
export type JobState = (typeof JOB_STATES)[number]

/** What became of a job since its winner's sidecar reported it running (`IProjects.Project`). Unix seconds. */
export interface JobRun {
  readonly sidecar: number
  /** The period it was reported in; once it runs, the period of the result that confirmed it. */
  readonly since: number
  /** Least uptime of that result, and of the whole run. */
  readonly serviceBps: number
  readonly startedAt: number
  /** Zero until it is confirmed, like the next. */
  readonly endsAt: number
  /** From here on anybody may complete it; while disputed: until when the authority may rule, once it has: when it did. */
  readonly completableAt: number
  /** Profit so far: ANKR base units, wei. */
  readonly profit: bigint
  readonly profitEth: bigint
}

/** A job that runs, as seen from the sidecar it runs on. */
export interface HeldJob {
  readonly job: number
  readonly disputed: boolean
  /** Unix seconds: from here on anybody may complete it or, while it is disputed, end the dispute. */
  readonly completableAt: number
}

/** A job as the contracts keep it (`IMarketplace.Job`), as of the block it was read in. */
export interface MarketJob extends Job {
  readonly requester: Hex
  /** Workload kind, as its ASCII text. */
  readonly kind: string
  readonly specHash: Hex
  readonly requirements: Requirements
  readonly fixedPrice: bigint
  readonly state: JobState
  /** Unix seconds: to settle until awarded, to report the start until reported, to confirm it until it runs; then its end. */
  readonly deadlineAt: number
  /** Draws made so far, less one. */
  readonly rank: number
  /** Provider; 0 before the award. */
  readonly winner: number
  readonly price: bigint
  /** Of the certified list; undefined while nothing is certified. Also after the settlement. */
  readonly openingsHash: Hex | undefined
  /** Positions in the certified list of the bids that took part in the draw; undefined before the settlement. */
  readonly took: readonly number[] | undefined
  /** Undefined before the start is reported. */
  readonly run: JobRun | undefined
}

/** A provider that may bid on a job and the one sidecar that bids for it. */
export interface Bidder {
  /** Permanent number of the provider, from 1. */
  readonly provider: number
  /** Sidecar id: author of its bid records. */
  readonly author: number
}

/** Most bidders of one auction: more bids than that could not be settled in one transaction. */
export const BIDDERS_MAX = 128

/** A bidder with the address of its sidecar's record key. */
export interface QualifiedBidder extends Bidder {
  readonly signer: Hex
}

/** Body of a bid: 32 bytes that bind job, provider, price and salt, and a timelock of price and salt (160 bytes). */
export interface SealedBid {
  readonly commitment: Uint8Array
  readonly ciphertext: Uint8Array
}

/** A commitment and its ciphertext that the bidder posted on chain before the close, for fear of censorship. */
export interface OnChainBid {
  readonly provider: number
  readonly bid: SealedBid
}

/** A checked feed answer: `usd` / 10^`decimals` USD for one ANKR. */
export interface TokenPrice {
  readonly usd: bigint
  readonly decimals: number
}

/** What a provider has left for one more job, as the chain says now. */
export interface ProviderStanding {
  readonly free: Capacity
  /** What counts for a new job, ANKR base units. */
  readonly freeCollateral: bigint
  /** Of its application: a bid above it wins nothing. */
  readonly ceiling: bigint
  readonly tokenPrice: TokenPrice
}

/** One bid of a certified list, in strictly increasing order of providers (`IMarketplace.Bid`). */
export interface ListedBid {
  readonly provider: number
  readonly opened: boolean
  /** Opened: price (12 bytes) and salt (20 bytes). Void: the commitment. */
  readonly content: Uint8Array
}

/** Shows that a listed bid is its bidder's own (`IMarketplace.Proof`). */
export interface BidProof {
  /** In the list of bids. */
  readonly position: number
  /** The bid's record; undefined when its commitment is on chain. */
  readonly record: SignedRecord | undefined
}

/** What a bid counts for in the outcome (`IProviders.screen`). */
export interface Screened {
  readonly provider: number
  /** Score as of the close: weight in the draw. */
  readonly weight: number
  /** Can the provider take the job now, at that price? */
  readonly able: boolean
}
