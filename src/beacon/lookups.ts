// Waits for particular rounds: shared by everybody who asks for the same one, fetched when the round lies behind the
// head, otherwise left to the head to bring.
// Promises: a bounded number of waits and of requests; a wait ends with the beacon, its signal or the close; requests
// stop when nobody waits any more; rounds that no relay has do not keep others from their turn.
import { ignore } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Beacon } from '../core/types.ts'
import { waitUntil } from './waiting.ts'

export interface LookupDeps {
  readonly clock: Clock
  /** Brings the round in through `resolve`; rejects if no relay has it. */
  readonly fetch: (round: number, signal: AbortSignal) => Promise<void>
  /** Is this round older than the one the head pursues? */
  readonly isPast: (round: number) => boolean
  readonly signal: AbortSignal
}

export interface Lookups {
  /** @throws Fault ignore `beacons-busy` when too many waits are open; the signal's reason when it aborts. */
  readonly add: (round: number, signal?: AbortSignal) => Promise<Beacon>
  readonly resolve: (beacon: Beacon) => void
  readonly awaits: (round: number) => boolean
  readonly ended: () => Promise<void>
}

interface Waiter {
  readonly resolve: (beacon: Beacon) => void
  readonly reject: (reason: unknown) => void
}

export const MAX_WAITS = 1_024
export const MAX_REQUESTS = 4
const RETRY_MS = 500

export const createLookups = ({ clock, fetch, isPast, signal: closing }: LookupDeps): Lookups => {
  /** In the order of their turn. */
  const waiting = new Map<number, Set<Waiter>>()
  const requests = new Map<number, { readonly abort: AbortController; readonly done: Promise<void> }>()
  let waits = 0

  const request = async (round: number, stop: AbortSignal): Promise<void> => {
    try {
      await fetch(round, stop)
    } catch {
      // The relays' standings tell why. To the end of the queue, and hold the slot a moment: that paces the retries.
      const waiters = waiting.get(round)
      if (waiters && waiting.delete(round)) waiting.set(round, waiters)
      await waitUntil(clock, clock.now() + RETRY_MS, stop)
    }
    requests.delete(round)
    pump()
  }

  const pump = (): void => {
    if (closing.aborted) return
    for (const round of waiting.keys()) {
      if (requests.size >= MAX_REQUESTS) return
      if (requests.has(round) || !isPast(round)) continue
      const abort = new AbortController()
      requests.set(round, { abort, done: request(round, abort.signal) })
    }
  }

  const leave = (round: number, waiter: Waiter): void => {
    const waiters = waiting.get(round)
    if (waiters?.delete(waiter) !== true) return
    waits--
    if (waiters.size > 0) return
    waiting.delete(round)
    requests.get(round)?.abort.abort()
  }

  const settle = (round: number, end: (waiter: Waiter) => void): void => {
    for (const waiter of waiting.get(round) ?? []) {
      leave(round, waiter)
      end(waiter)
    }
  }

  const wait = async (
    round: number,
    waiter: Waiter,
    beacon: Promise<Beacon>,
    signal?: AbortSignal,
  ): Promise<Beacon> => {
    const abort = (): void => {
      leave(round, waiter)
      waiter.reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await beacon
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  closing.addEventListener(
    'abort',
    () => {
      for (const round of [...waiting.keys()]) {
        settle(round, (waiter) => {
          waiter.reject(closing.reason)
        })
      }
      for (const { abort } of requests.values()) abort.abort()
    },
    { once: true },
  )

  return {
    add: (round, signal) => {
      if (waits >= MAX_WAITS) {
        return Promise.reject(ignore('beacons-busy', 'too many beacons are being waited for', { round, waits }))
      }
      const { promise, resolve, reject } = Promise.withResolvers<Beacon>()
      const waiter: Waiter = { resolve, reject }
      const waiters = waiting.get(round) ?? new Set()
      waiting.set(round, waiters.add(waiter))
      waits++
      const result = wait(round, waiter, promise, signal)
      pump()
      return result
    },
    resolve: (beacon) => {
      settle(beacon.round, (waiter) => {
        waiter.resolve(beacon)
      })
      pump() // with a newer head, rounds that were skipped have become past
    },
    awaits: (round) => waiting.has(round),
    ended: async () => {
      await Promise.all([...requests.values()].map((one) => one.done))
    },
  }
}
