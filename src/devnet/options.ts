// What a local network is asked for, and what it needs of its surroundings.

import type { Clock, Log } from '../core/ports.ts'
import type { FaultSpec } from './fault-spec.ts'
import type { NetworkState, Report } from './progress.ts'

/** Auctions beside the audits. */
export interface DevnetMarket {
  /** How many to hold. */
  readonly jobs: number
  /** Rounds between two announcements; all at once by default. */
  readonly everyRounds?: number
  readonly payAsBid: boolean
  /** How many times as long as a demonstration needs every phase of an auction lasts; 1 by default. */
  readonly patience?: number
  /** How node `index` (from 0) prices, as its configuration says it. */
  readonly strategy: (index: number) => Readonly<Record<string, unknown>>
}

export interface DevnetOptions {
  readonly nodes: number
  readonly faults: readonly FaultSpec[]
  /** A network without it has no auctions. */
  readonly market?: DevnetMarket
  /** Periods of an epoch; 10 by default. */
  readonly epochPeriods?: number
  /** Seconds of a round; 1 by default, drand's own are 3. */
  readonly roundSeconds?: number
  /** Nothing moving for so long is a failure. */
  readonly stallMs: number
  /** Leave data directories and logs behind. */
  readonly keep: boolean
  /** Every node serves its API, on a loopback port of its own that it tells when it is up. */
  readonly apis?: boolean
}

export interface DevnetDeps {
  readonly clock: Clock
  readonly log: Log
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** After every report, with the state it led to. */
  readonly onReport: (report: Report, state: NetworkState) => void
  /** Ends everything, also half-way through the start. */
  readonly signal: AbortSignal
}
