// What a simulation of auctions is told, who misbehaves how and what happens to the world, and what it shows.

import type { Auctioneer } from '../../src/auction/options.ts'
import type { Gossip, MeshEvent } from '../../src/core/ports.ts'
import type { Timelock } from '../../src/core/timelock.ts'
import type { Beacon, MarketJob, Network, Roster, SignedRecord } from '../../src/core/types.ts'
import type { AuctionDisk } from './sim-auction-disk.ts'
import type { VirtualClock } from './sim-clock.ts'
import type { SimLedger } from './sim-ledger.ts'
import type { SimMarket, SimProvider } from './sim-market.ts'

export type Topic = Parameters<Gossip['publish']>[0]

export interface Message {
  readonly topic: Topic
  readonly record: SignedRecord
  /** Only these hear it at first; honest sidecars pass on what they accept. */
  readonly to?: readonly number[]
  readonly delayMs?: number
}

export interface AuctionScenario {
  readonly seed: number
  readonly nodes?: number
  /** Price by node index; a node with a price is the sidecar of provider index + 1. */
  readonly prices?: Readonly<Record<number, bigint>>
  /** Nodes that commit on chain as well. */
  readonly onChain?: readonly number[]
  /** What a misbehaving node sends instead; undefined: what it would have sent. */
  readonly meddle?: (from: number, message: Message) => readonly Message[] | undefined
  /** Nodes whose workload never starts. */
  readonly idle?: readonly number[]
  /** Nodes that no audit sees up. */
  readonly unseen?: readonly number[]
  /** drand makes no beacon from this round on, until the other; both beacons are there afterwards. */
  readonly halt?: { readonly from: number; readonly to: number }
}

export interface AuctionNode {
  readonly index: number
  readonly id: number
  readonly disk: AuctionDisk
  readonly events: MeshEvent[]
  readonly published: SignedRecord[]
  /** Verdicts other than accept, as `kind/code`. */
  readonly refusals: string[]
  auctioneer(): Auctioneer
  kill(): void
  restart(): void
}

export interface AuctionSim {
  readonly network: Network
  readonly roster: Roster
  readonly clock: VirtualClock
  readonly market: SimMarket
  readonly ledger: SimLedger
  readonly nodes: readonly AuctionNode[]
  readonly timelock: Timelock
  readonly providers: readonly SimProvider[]
  beacon(round: number): Beacon
  announce(changes?: Partial<MarketJob>): MarketJob
  /** Puts a message on the network as if `from` had sent it. */
  inject(from: number, message: Message): void
  untilRound(round: number, done?: () => boolean): Promise<void>
}
