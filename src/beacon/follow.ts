// Follows the head of the chain: one loop, one request for the newest due round at a time.
// Promises: what was missed during a stall, a sleep or an outage is skipped, so the work after it is that of one round;
// a round that arrives by another way stops the request for it; failures are retried at a bounded pace. It keeps no
// beacons and looks up no older ones.
import { roundAt, roundDueAt } from '../core/clock.ts'
import { codeOf } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { DrandChain } from '../core/types.ts'
import type { Wanted } from './race.ts'
import { waitUntil } from './waiting.ts'

export interface FollowOptions {
  readonly chain: DrandChain
  readonly fetchDelayMs: (round: number) => number
}

export interface FollowDeps {
  readonly clock: Clock
  readonly log: Log
  /** Newest round we have; 0 for none. */
  readonly latestRound: () => number
  /** Brings a beacon in; rejects if no relay has it. */
  readonly fetch: (wanted: Wanted, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

export interface Head {
  /** A beacon of `round` has come in by whatever way. */
  readonly wake: (round: number) => void
  readonly ended: Promise<void>
}

const RETRY_MS = 250
const MAX_RETRY_MS = 2_000
/** Timers overflow after 24 days and wall clocks get set: look again at least this often. */
const LONGEST_WAIT_MS = 600_000

const retryAfter = (failures: number): number => Math.min(RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS)

export const follow = ({ chain, fetchDelayMs }: FollowOptions, deps: FollowDeps): Head => {
  const { clock, log, latestRound, fetch, signal } = deps
  let failures = 0
  let pursuit: { readonly round: number; readonly abort: AbortController } | undefined

  /** After a failure, whatever is newest will do: if our clock runs ahead, the due round is never there yet. */
  const wanted = (round: number): Wanted => (failures === 0 ? { round } : { newerThan: latestRound() })

  const attempt = async (round: number, stop: AbortSignal): Promise<boolean> => {
    try {
      await fetch(wanted(round), stop)
      return true
    } catch (error) {
      if (!stop.aborted) {
        const fields = { round, failures, code: codeOf(error), error: String(error) }
        log.debug('no relay has the newest beacon', fields)
      }
      return stop.aborted
    }
  }

  const pursue = async (round: number, stop: AbortSignal): Promise<void> => {
    await waitUntil(clock, roundDueAt(chain, round) + fetchDelayMs(round), stop)
    if (stop.aborted) return
    if (await attempt(round, stop)) {
      failures = 0
      return
    }
    failures++
    await waitUntil(clock, clock.now() + retryAfter(failures), stop)
  }

  const run = async (): Promise<void> => {
    const stopPursuit = (): void => pursuit?.abort.abort()
    signal.addEventListener('abort', stopPursuit, { once: true })
    while (!signal.aborted) {
      const due = roundAt(chain, clock.now())
      const latest = latestRound()
      if (latest >= due) {
        const next = roundDueAt(chain, latest + 1)
        await waitUntil(clock, Math.min(next, clock.now() + LONGEST_WAIT_MS), signal)
        continue
      }
      pursuit = { round: due, abort: new AbortController() }
      await pursue(due, pursuit.abort.signal).catch(async (error: unknown) => {
        // Ours, not a relay's: without the beacon nothing moves, so the loop outlives its bugs.
        log.error('following the newest beacon failed', { round: due, error: String(error) })
        await waitUntil(clock, clock.now() + MAX_RETRY_MS, signal)
      })
      pursuit = undefined
    }
  }

  return {
    wake: (round) => {
      if (pursuit && round >= pursuit.round) pursuit.abort.abort()
    },
    ended: run(),
  }
}
