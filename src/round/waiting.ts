// Where early messages wait for the beacon that makes them timely. Gossipsub shows a message once, so what is merely
// early must not be ignored; it waits, bounded per author, in total and in rounds ahead. When its round is handled it is
// woken in order of arrival and goes through the same door as everything else.

export interface WaitingOptions {
  /** Waiting messages of one author; what honest authors send early is one record of each kind. */
  readonly perAuthor: number
  readonly total: number
  /** How far ahead of the newest round a message may be. */
  readonly aheadRounds: number
}

export type Wait = 'due' | 'too-early' | 'full' | 'stopped'

export interface Waiting {
  /** Resolves when `round` is handled, or at once when it is already due or there is no room. */
  until(round: number, author: string): Promise<Wait>
  /** The beacon of `round` is there: wakes everything that waits for it or for an older one. */
  handled(round: number): void
  /** Wakes everything with `stopped`; nothing waits afterwards. */
  stop(): void
  readonly size: number
}

interface Waiter {
  readonly round: number
  readonly author: string
  readonly wake: (wait: Wait) => void
}

export function createWaiting({ perAuthor, total, aheadRounds }: WaitingOptions): Waiting {
  let newest = 0
  let stopped = false
  let waiters: Waiter[] = []
  const counts = new Map<string, number>()

  function wakeWhere(due: (waiter: Waiter) => boolean, wait: Wait): void {
    const woken = waiters.filter(due)
    waiters = waiters.filter((waiter) => !due(waiter))
    for (const { author, wake } of woken) {
      const left = (counts.get(author) ?? 1) - 1
      if (left === 0) counts.delete(author)
      else counts.set(author, left)
      wake(wait)
    }
  }

  return {
    until(round, author) {
      if (stopped) return Promise.resolve('stopped')
      if (round <= newest) return Promise.resolve('due')
      if (round > newest + aheadRounds) return Promise.resolve('too-early')
      const count = counts.get(author) ?? 0
      if (count >= perAuthor || waiters.length >= total) return Promise.resolve('full')
      counts.set(author, count + 1)
      return new Promise((wake) => waiters.push({ round, author, wake }))
    },
    handled(round) {
      newest = Math.max(newest, round)
      wakeWhere((waiter) => waiter.round <= newest, 'due')
    },
    stop() {
      stopped = true
      wakeWhere(() => true, 'stopped')
    },
    get size() {
      return waiters.length
    },
  }
}
