// What one simulated bidder has on disk: journal and auction store, in memory that outlives its process.

import { toHex } from '../../src/core/bytes.ts'
import type { AuctionStore, Journal } from '../../src/core/ports.ts'
import type { Hex, QualifiedBidder, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { createSimJournal } from './sim-journal.ts'

export interface AuctionDisk {
  readonly journal: Journal
  readonly store: AuctionStore
  /** Every secret ever made durable, as `job/sequence/hex`. */
  readonly secrets: readonly string[]
  /** Kills at the `nth` durable write from now, before or after it is done. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void
}

export function createAuctionDisk(): AuctionDisk {
  const { write, signOnce, signed, killAt } = createSimJournal()
  const kept = new Map<string, Uint8Array>()
  const secrets: string[] = []
  const records = new Map<Hex, SignedRecord>()
  const bidders = new Map<number, readonly QualifiedBidder[]>()
  const journal: Journal = { signOnce, signed, putSecret: async () => undefined, secret: async () => undefined }
  const store: AuctionStore = {
    put: async (list) => list.forEach((record) => records.set(nameOf(record), record)),
    get: async (name) => records.get(name),
    ofJob: async (job) => [...records.values()].filter((record) => record.unit === job),
    jobs: async () => [...new Set([...bidders.keys(), ...[...records.values()].map((record) => record.unit)])],
    putSecret: (job, sequence, secret) =>
      write(() => {
        const place = `${job}/${sequence}`
        const earlier = kept.get(place)
        if (earlier) return earlier
        secrets.push(`${place}/${toHex(secret)}`)
        kept.set(place, secret)
        return secret
      }),
    secret: async (job, sequence) => kept.get(`${job}/${sequence}`),
    putBidders: async (job, list) => void bidders.set(job, list),
    bidders: async (job) => bidders.get(job),
    async forget(job) {
      bidders.delete(job)
      for (const [name, record] of records) if (record.unit === job) records.delete(name)
    },
  }
  return { journal, store, secrets, killAt }
}
