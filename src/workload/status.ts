// What the sidecar knows of the node beside it, as plain data: for `stkr status`, metrics and tests. No secrets: of
// addresses the host alone, of commands nothing.

import type { WorkloadKind } from '../core/types.ts'

/** `idle`: nothing is to run, since no job is hosted. */
export type NodeState =
  'idle' | 'stopped' | 'starting' | 'ready' | 'unhealthy' | 'backing-off' | 'crash-looping' | 'stopping'

/** How the node came to run: `url` and `pid-file` are attached to and never started or stopped. */
export type NodeMode = 'none' | 'url' | 'pid-file' | 'command' | 'container'

export interface NodeWarning {
  readonly code: string
  readonly detail: string
}

/** Of the node with all its processes. Linux alone. */
export interface NodeUsage {
  /** Processor time over wall time since the last sample: 1 is one core. */
  readonly cpu: number
  readonly memoryBytes: number
  readonly descriptors: number
}

export interface DiskUsage {
  readonly freeBytes: number
  readonly totalBytes: number
  /** When it is full if it goes on like this (unix ms); undefined when it does not fill up. */
  readonly fullAt: number | undefined
}

export interface NodeStatus {
  readonly state: NodeState
  /** Why it is not `ready`; undefined when there is nothing to say (docs/reasons.md). */
  readonly code: string | undefined
  /** Unix ms. */
  readonly since: number
  readonly mode: NodeMode
  readonly kind: WorkloadKind
  /** Host and port of its endpoint. */
  readonly endpoint: string
  /** The job it was started for. */
  readonly job: number | undefined
  readonly pid: number | undefined
  readonly starts: number
  /** Ends nobody asked for, within the crash window. */
  readonly crashes: number
  /** When it is started again (unix ms). */
  readonly retryAt: number | undefined
  /** Its last answer. */
  readonly answer: NodeAnswer | undefined
  readonly usage: NodeUsage | undefined
  readonly disk: DiskUsage | undefined
  /** This machine's clock less the time others tell; undefined while nobody told it. */
  readonly clockOffsetMs: number | undefined
  readonly warnings: readonly NodeWarning[]
}

export interface NodeAnswer {
  /** Unix ms. */
  readonly at: number
  readonly client: string
  readonly headNumber: number
  readonly peers: number
  readonly syncDistance: number
}
