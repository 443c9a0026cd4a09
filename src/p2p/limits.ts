// Rate limits as token buckets: one for each peer, in a map that never grows beyond its bound. Used for gossip and for
// inbound requests; what happens to the one who exceeds it is the caller's business.

export interface Rate {
  /** Tokens that come back each second. */
  readonly perSecond: number
  /** Most tokens that can be saved up. */
  readonly burst: number
}

export interface Buckets {
  /** Takes `cost` tokens; false, and nothing taken, when there are too few. */
  take(peer: string, cost?: number): boolean
  size(): number
}

/** At most `peersMax` buckets; the one longest unused is dropped, which only ever gives a stranger a full bucket. */
export function createBuckets(rate: Rate, now: () => number, peersMax = 4096): Buckets {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take(peer, cost = 1) {
      const at = now()
      const known = buckets.get(peer)
      const tokens = known ? Math.min(rate.burst, known.tokens + ((at - known.at) / 1000) * rate.perSecond) : rate.burst
      const enough = tokens >= cost
      buckets.delete(peer)
      buckets.set(peer, { tokens: enough ? tokens - cost : tokens, at })
      if (buckets.size > peersMax) {
        const oldest = buckets.keys().next()
        if (oldest.done !== true) buckets.delete(oldest.value)
      }
      return enough
    },
    size: () => buckets.size,
  }
}

/** Counts by code, for status and metrics: codes are ours, so the map is as small as the list of codes. */
export interface Tally {
  count(code: string): void
  read(): Readonly<Record<string, number>>
}

export function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    count: (code) => void counts.set(code, (counts.get(code) ?? 0) + 1),
    read: () => Object.fromEntries(counts),
  }
}
