// How a node is run, as its supervisor sees it: something that can be found running, started, and ended. Here are the
// two ways that only look on; processes and containers have files of their own.

import { readFileSync } from 'node:fs'
import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { identify, isRunning } from './proc.ts'
import type { ProcessId } from './proc.ts'
import type { NodeMode } from './status.ts'

export interface Ending {
  /** Exit code; undefined where nobody can tell. */
  readonly exit: number | undefined
  readonly signal: string | undefined
}

export interface Instance {
  readonly pid: number | undefined
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>
  /** Asks it to end, waits for the grace time, then makes it. Resolves when nothing of it is left. */
  stop(graceMs: number): Promise<void>
}

export interface Runner {
  readonly mode: NodeMode
  /** May the supervisor start and stop it? */
  readonly manages: boolean
  /** What runs already and is ours; looked at until `signal` aborts. Fault `workload-record`. */
  find(signal: AbortSignal): Promise<Instance | undefined>
  /** Starts it; nothing of it may run. Faults: `workload-start`, `container-…`. */
  start(signal: AbortSignal): Promise<Instance>
  /** Housekeeping between health checks: logs. */
  tend(): void
}

export const LOOK_MS = 1_000
export const UNKNOWN: Ending = { exit: undefined, signal: undefined }

/** Resolves once `isGone` says so, looked at now and then; never after `signal` has aborted. */
export function whenGone(isGone: () => boolean, clock: Clock, everyMs = LOOK_MS, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let cancel = (): void => undefined
    const look = (): void => {
      if (isGone()) resolve()
      else cancel = clock.at(clock.now() + everyMs, look)
    }
    look()
    signal?.addEventListener('abort', () => cancel(), { once: true })
  })
}

const noStart = async (): Promise<never> => {
  throw new Fault('workload-start', 'this node is not ours to start')
}
const never = new Promise<Ending>(() => undefined)

/** A node somebody else runs, known by its address alone. */
export const createUrlRunner = (): Runner => ({
  mode: 'url',
  manages: false,
  find: async () => ({ pid: undefined, ended: never, stop: async () => undefined }),
  start: noStart,
  tend: () => undefined,
})

function pidIn(file: string): ProcessId | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? identify(Number(text)) : undefined
  } catch {
    return undefined
  }
}

/** A node somebody else runs, who writes its pid into a file: watched, never started, stopped or signalled. */
export const createPidFileRunner = (file: string, clock: Clock): Runner => ({
  mode: 'pid-file',
  manages: false,
  find: async (signal) => {
    const id = pidIn(file)
    if (!id) return undefined
    const ended = whenGone(() => !isRunning(id), clock, LOOK_MS, signal).then(() => UNKNOWN)
    return { pid: id.pid, ended, stop: async () => undefined }
  },
  start: noStart,
  tend: () => undefined,
})
