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

/** What the blockchain node beside a sidecar said of itself. */
export interface WorkloadStatus {
  /** Client name and version, at most 64 UTF-8 bytes. */
  readonly client: string
  readonly chainId: bigint
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
