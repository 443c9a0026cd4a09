// Round trips that show what works: each is made on its own beat, never two at once, with a time limit; readers get the
// newest outcome. So a flood of questions costs the chain, the disk and the workload nothing.

import { codeOf } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

export interface Outcome<T> {
  /** Of the newest success. */
  readonly value: T | undefined
  /** Unix ms of the newest success. */
  readonly succeededAt: number | undefined
  /** How long it took, ms. */
  readonly tookMs: number | undefined
  /** Of the newest attempt, if it failed: `internal` for what has no code. */
  readonly failedWith: string | undefined
}

export interface Check<T> {
  outcome(): Outcome<T>
  /** Runs once, then on its beat until `stop`. */
  start(): void
  stop(): void
}

export interface Beat {
  readonly everyMs: number
  readonly limitMs: number
}

/** Rejects when `signal` aborts, whatever becomes of `task`. */
const abortable = <T>(task: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    })
    task.then(resolve, reject)
  })

export function createCheck<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { everyMs, limitMs }: Beat,
  clock: Clock,
): Check<T> {
  let outcome: Outcome<T> = { value: undefined, succeededAt: undefined, tookMs: undefined, failedWith: undefined }
  let stopped = false
  let cancel: () => void = () => undefined
  /** The one attempt: also what keeps a hung one from piling up. */
  let running: Promise<unknown> | undefined

  async function attempt(): Promise<void> {
    const startedAt = clock.now()
    const limit = new AbortController()
    const cancelLimit = clock.at(startedAt + limitMs, () => {
      limit.abort(new Error('too slow'))
    })
    const task = ask(limit.signal)
    running = task.catch(() => undefined).finally(() => (running = undefined))
    try {
      const value = await abortable(task, limit.signal)
      const now = clock.now()
      outcome = { value, succeededAt: now, tookMs: now - startedAt, failedWith: undefined }
    } catch (error) {
      outcome = { ...outcome, failedWith: limit.signal.aborted ? 'timeout' : codeOf(error) }
    } finally {
      cancelLimit()
    }
  }

  function beat(): void {
    if (stopped) return
    void (running ? Promise.resolve() : attempt()).then(() => {
      if (!stopped) cancel = clock.at(clock.now() + everyMs, beat)
    })
  }

  return {
    outcome: () => outcome,
    start: beat,
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
