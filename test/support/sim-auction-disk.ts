// What one simulated bidder has on disk: journal and auction store, in memory that outlives its process. It can be told to
// kill its owner right before or right after a durable write: the two moments between which a crash must not matter.

import { toHex } from '../../src/core/bytes.ts'
import type { AuctionStore, Journal } from '../../src/core/ports.ts'
import type { Hex, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'

export interface AuctionDisk {
  readonly journal: Journal
  readonly store: AuctionStore
  /** Every secret ever made durable, as `job/sequence/hex`. */
  readonly secrets: readonly string[]
  /** Kills at the `nth` durable write from now, before or after it is done. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void
}

export function createAuctionDisk(): AuctionDisk {
  const signed = new Map<string, SignedRecord>()
  const kept = new Map<string, Uint8Array>()
  const secrets: string[] = []
  const records = new Map<Hex, SignedRecord>()
  let trap: { left: number; when: 'before' | 'after'; kill: () => void } | undefined

  async function write<T>(effect: () => T): Promise<T> {
    const sprung = trap !== undefined && --trap.left === 0 ? trap : undefined
    if (!sprung) return effect()
    trap = undefined
    if (sprung.when === 'after') effect()
    sprung.kill()
    return new Promise<T>(() => undefined)
  }
  /** What is there stays. */
  const once = <V>(map: Map<string, V>, key: string, value: V): V => {
    const earlier = map.get(key)
    if (earlier === undefined) map.set(key, value)
    return earlier ?? value
  }

  const journal: Journal = {
    signOnce: (record) => write(() => once(signed, `${record.kind}/${record.unit}/${record.sequence}`, record)),
    signed: async (kind, unit, sequence) => signed.get(`${kind}/${unit}/${sequence}`),
    putSecret: async () => undefined,
    secret: async () => undefined,
  }
  const store: AuctionStore = {
    put: async (list) => list.forEach((record) => records.set(nameOf(record), record)),
    get: async (name) => records.get(name),
    ofJob: async (job) => [...records.values()].filter((record) => record.unit === job),
    jobs: async () => [...new Set([...records.values()].map((record) => record.unit))],
    putSecret: (job, sequence, secret) =>
      write(() => {
        if (!kept.has(`${job}/${sequence}`)) secrets.push(`${job}/${sequence}/${toHex(secret)}`)
        return once(kept, `${job}/${sequence}`, secret)
      }),
    secret: async (job, sequence) => kept.get(`${job}/${sequence}`),
    async forget(job) {
      for (const [name, record] of records) if (record.unit === job) records.delete(name)
    },
  }
  return { journal, store, secrets, killAt: (nth, when, kill) => (trap = { left: nth, when, kill }) }
}
