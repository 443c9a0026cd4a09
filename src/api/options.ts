// What the API is given: knobs and functions. Types only; it knows nobody who implements them.

import type { Clock, Log } from '../core/ports.ts'
import type { Leaf, WorkloadStatus } from '../core/types.ts'
import type { ToldStatus } from './status.ts'

export interface ApiOptions {
  /** host:port; port 0 takes a free one. */
  readonly listen: string
  /** What every request beyond loopback must carry. */
  readonly token: string
  /** Origins whose pages may read answers. */
  readonly origins: readonly string[]
  readonly version: string
}

export interface ChainReading {
  /** Of the signer, wei. */
  readonly balance: bigint
  readonly block: number
}

export interface StoreReading {
  readonly bytes: number
  readonly freeBytes: number
}

/** A connected peer; `sidecar` is its id when it is a member. */
export interface PeerSeen {
  readonly peerId: string
  readonly sidecar: number | undefined
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** Unix ms. */
  readonly since: number
  readonly latencyMs: number | undefined
  readonly score: number
  readonly points: number
  readonly agent: string
}

/** What is asked of the sidecar. The last three are real round trips, made now and then, never because somebody calls. */
export interface ApiSources {
  readonly status: () => ToldStatus
  /** Asks every peer for a round trip. */
  readonly peers: () => Promise<readonly PeerSeen[]>
  /** Leaves of a posted period as our store has them. */
  readonly summary: (period: number) => Promise<readonly Leaf[] | undefined>
  readonly chain: (signal: AbortSignal) => Promise<ChainReading>
  /** Resolves when a write is on disk. */
  readonly store: (signal: AbortSignal) => Promise<StoreReading>
  readonly workload: (signal: AbortSignal) => Promise<WorkloadStatus>
}

export interface ApiDeps {
  readonly clock: Clock
  readonly log: Log
}
