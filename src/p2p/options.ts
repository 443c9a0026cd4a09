// What the libp2p host is given and what it gives: knobs, the wiring's handlers, and the ports it implements. Types only.
// `createHost(options, deps)` in host.ts builds it unstarted, so that handlers may close over things made afterwards;
// nothing is listened on, dialled or handled before `start()`.

import type { ProbeRequest } from '../core/answers.ts'
import type { EvidencePeers, Gossip, Log, Prober, RandomBytes, Topic, Verdict } from '../core/ports.ts'
import type { Hex, Leaf, SignedRecord } from '../core/types.ts'
import type { DialBack } from './dialback.ts'
import type { Neighbour } from './neighbours.ts'

/** A beacon as it travels: round and signature, not yet verified by anybody here. */
export interface OfferedBeacon {
  readonly round: number
  readonly signature: Uint8Array
}

/** What a relay gives to others. */
export interface RelayLimits {
  /** Sidecars that may hold a reservation at a time. */
  readonly reservations: number
  /** How long one relayed connection may last. */
  readonly seconds: number
  /** What it may carry in each direction. */
  readonly bytes: number
}

export interface ReachOptions {
  /** Asks the router to forward the ports listened on. */
  readonly upnp: boolean
  /** Reservations kept at relays while nobody can dial this host; 0: none. */
  readonly reservations: number
  /** Relays for members while it can be dialled; absent: never. */
  readonly relay?: RelayLimits
  /** How long after the first connection nobody may have confirmed an address before it counts as private. */
  readonly settleMs: number
}

/** `private`: nobody has confirmed that this host can be dialled. */
export type Reachable = 'unknown' | 'reachable' | 'private'

/** What is found out where `reach` asks for it. */
export interface ReachFound {
  readonly verdict: Reachable
  /** Own addresses that others have dialled, or that the operator announces. */
  readonly confirmed: readonly string[]
  /** Peer ids of relays where it can be reached. */
  readonly relays: readonly string[]
  /** Reservations that others hold here. */
  readonly relaying: number
}

export interface ReachStatus extends Omit<ReachFound, 'verdict'> {
  /** `unchecked`: nobody was asked, on a local network. */
  readonly verdict: Reachable | 'unchecked'
  /** Open connections without a relay between, and through one. */
  readonly direct: number
  readonly relayed: number
}

export interface HostOptions {
  /** Short id of the network, from `networkName`: prefix of every topic and of the DHT. */
  readonly network: string
  /** Ed25519 seed, 32 bytes: the key the registry knows as `peerKey`. */
  readonly secretKey: Uint8Array
  /** Multiaddrs to listen on; TCP, WebSocket (`/ws`) and, in tests, `/memory/name`. Empty for a client. */
  readonly listen: readonly string[]
  /** Multiaddrs to tell others instead of the ones listened on (behind a NAT or a proxy). */
  readonly announce?: readonly string[]
  /** Multiaddrs, with `/p2p/…`, that are dialled first and whenever the mesh is thin. */
  readonly bootstrap: readonly string[]
  /** Many sidecars behind one address: lifts the limits per address that protect a host on the open internet. */
  readonly local: boolean
  /** Dialable from outside, where `reach` does not find out: serves the DHT instead of only asking it. */
  readonly reachable: boolean
  /** Finds out whether it can be dialled, and does what follows; absent: `reachable` says. */
  readonly reach?: ReachOptions
  /** Looks for sidecars on the LAN by multicast DNS. */
  readonly mdns: boolean
  /** Directory of the peer store; without it peers are forgotten at the end. */
  readonly storePath?: string
}

/** Judges one decoded record; may take seconds for early ones (at most VALIDATION_MS of gossip.ts). */
export type OnRecord = (topic: Exclude<Topic, 'beacon'>, record: SignedRecord, from: Uint8Array) => Promise<Verdict>
export type OnBeacon = (beacon: OfferedBeacon, from: Uint8Array) => Promise<Verdict>

/** What this sidecar serves to others. Undefined = we do not have it. */
export interface Library {
  record(hash: Hex): Promise<SignedRecord | undefined>
  /** Everything needed to recompute a period, in the wiring's own encoding; at most BUNDLE_MAX_BYTES. */
  bundle(period: number): Promise<Uint8Array | undefined>
  /** The same for an auction. */
  jobBundle(job: number): Promise<Uint8Array | undefined>
  /** Signed answers this sidecar collected as an auditor in a period; at most ANSWERS_MAX are sent. */
  answers(period: number): Promise<readonly SignedRecord[]>
  summary(period: number): Promise<readonly Leaf[] | undefined>
}

export interface HostDeps {
  readonly log: Log
  readonly random: RandomBytes
  readonly onRecord: OnRecord
  readonly onBeacon: OnBeacon
  /** May this Ed25519 key (32 bytes) probe us? Only members of a running or coming epoch may. */
  isMember(peerKey: Uint8Array): boolean
  /** Ed25519 keys of the current roster: whom to look for when the mesh is thin. */
  members(): readonly Uint8Array[]
  /** Answers a member's probe with a signed `answer` record; a Fault is sent back as a refusal. */
  onProbe(request: ProbeRequest, auditor: Uint8Array, signal: AbortSignal): Promise<SignedRecord>
  readonly library: Library
}

/** Evidence beyond the port: what `stkr verify` asks of any peer, as a stranger. */
export interface EvidenceClient extends EvidencePeers {
  /** Bundle of a period from the first connected peer that has one, unchecked. */
  bundle(period: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** The same for an auction. */
  jobBundle(job: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Answers that one auditor kept. Empty when it cannot be asked. */
  answers(auditor: Uint8Array, period: number, signal: AbortSignal): Promise<readonly SignedRecord[]>
}

export interface MeshGossip extends Gossip {
  publishBeacon(beacon: OfferedBeacon): Promise<void>
}

/** For the status view, metrics and conditions in tests. */
export interface HostStatus {
  readonly peers: number
  readonly connections: number
  /** Mesh peers by topic (short name). */
  readonly mesh: Readonly<Record<Topic, number>>
  /** Subscribers we know of by topic. */
  readonly subscribers: Readonly<Record<Topic, number>>
  /** Messages waiting for a verdict. */
  readonly pending: number
  readonly reach: ReachStatus
  /** Inbound requests and gossip turned away, by code. */
  readonly refused: Readonly<Record<string, number>>
  readonly banned: number
}

export interface Host {
  /** Ed25519 public key, 32 bytes. */
  readonly peerKey: Uint8Array
  readonly peerId: string
  readonly gossip: MeshGossip
  readonly prober: Prober
  readonly evidence: EvidenceClient
  start(): Promise<void>
  /** Closes every stream, connection and timer; may be called twice. */
  stop(): Promise<void>
  /** Own multiaddrs, each ending in `/p2p/<peer id>`; empty before `start`. */
  addresses(): readonly string[]
  /** Dials one multiaddr. Fault `dial-failed`. */
  connect(address: string, signal?: AbortSignal): Promise<void>
  status(): HostStatus
  /** Whom we are connected to, each pinged once. */
  neighbours(): Promise<readonly Neighbour[]>
  /** What a few peers find that dial our addresses. */
  dialBack(signal: AbortSignal): Promise<readonly DialBack[]>
}
