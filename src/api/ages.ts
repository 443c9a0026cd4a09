// How long things have been so: transactions are seen by name whenever the status is read.

import type { Clock } from '../core/ports.ts'

export interface Ages {
  /** Unix ms. */
  readonly startedAt: number
  /** Longest that one of `names` has been among them, ms; 0 without any. Forgets the names that are gone. */
  oldest(names: readonly string[]): number
  /** Since when a name has been seen, unix ms. */
  since(name: string): number | undefined
}

export function createAges(clock: Clock): Ages {
  const seenAt = new Map<string, number>()
  return {
    startedAt: clock.now(),
    oldest(names) {
      const now = clock.now()
      for (const name of seenAt.keys()) if (!names.includes(name)) seenAt.delete(name)
      for (const name of names) if (!seenAt.has(name)) seenAt.set(name, now)
      return Math.max(0, ...[...seenAt.values()].map((at) => now - at))
    },
    since: (name) => seenAt.get(name),
  }
}
