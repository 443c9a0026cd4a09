// What a sidecar keeps of auctions: the records of each job, by name and by job, who may bid, and what its own bids hid. It promises
// that a secret is durable when its promise resolves and is never replaced, and to stay within a bound per job. Records
// survive a kill of the process, not a power cut: peers have them too.

import { concatBytes, fromHex } from '../core/bytes.ts'
import { ignore } from '../core/errors.ts'
import type { AuctionStore } from '../core/ports.ts'
import { RecordType, decode, recordHash } from '../core/records.ts'
import type { Hex, SignedRecord } from '../core/types.ts'
import { decodeBidders, encodeBidders } from './bidders.ts'
import { corrupt } from './database.ts'
import type { Change, Database } from './database.ts'
import { readU64, u32, u64, unitRange } from './keys.ts'
import { createLocks } from './locks.ts'

/**
 * 128 members' statements of 512 names (2 MiB), three times as many bids as can be listed (0.5 MiB), proposals and votes
 * of every view, and as much again for those who contradict themselves.
 */
export const JOB_MAX_BYTES = 8 * 1024 * 1024

export function createAuctionStore(db: Database, limits = { jobBytes: JOB_MAX_BYTES }): AuctionStore {
  const lock = createLocks()
  /** Bytes kept per job; counted once, then carried along. */
  const sizes = new Map<number, number>()

  async function sizeOf(job: number): Promise<number> {
    const known = sizes.get(job)
    if (known !== undefined) return known
    let size = 0
    for await (const [, value] of db.rows('auctions', unitRange(job))) size += value.length
    return size
  }

  async function add(job: number, records: readonly SignedRecord[]): Promise<void> {
    let size = await sizeOf(job)
    const changes = new Map<Hex, readonly Change[]>()
    for (const record of records) {
      const hash = recordHash(record)
      const name = fromHex(hash)
      const key = concatBytes(u64(job), name)
      if (changes.has(hash) || (await db.get('auctions', key))) continue
      const value = RecordType.serialize(record)
      size += value.length
      if (size > limits.jobBytes)
        throw ignore('evidence-full', `job ${job} has more than ${limits.jobBytes} bytes of records`, { job })
      changes.set(hash, [
        { table: 'auctions', key, value },
        { table: 'auctionPlaces', key: name, value: u64(job) },
      ])
    }
    await db.write([...changes.values()].flat(), { durable: false })
    sizes.set(job, size)
  }

  async function get(name: Hex): Promise<SignedRecord | undefined> {
    const hash = fromHex(name, 32)
    const job = await db.get('auctionPlaces', hash)
    if (!job) return undefined
    const key = concatBytes(job, hash)
    const value = await db.get('auctions', key)
    return value && decodeStored(key, value)
  }

  async function forget(job: number): Promise<void> {
    const changes: Change[] = []
    for await (const key of db.keys('auctions', unitRange(job)))
      changes.push(
        { table: 'auctions', key, value: undefined },
        { table: 'auctionPlaces', key: key.slice(8), value: undefined },
      )
    for await (const key of db.keys('bidSecrets', unitRange(job)))
      changes.push({ table: 'bidSecrets', key, value: undefined })
    changes.push({ table: 'bidders', key: u64(job), value: undefined })
    sizes.delete(job)
    await db.write(changes, { durable: false })
  }

  async function jobs(): Promise<readonly number[]> {
    const found = new Set<number>()
    for (const table of ['auctions', 'bidSecrets', 'bidders'] as const)
      for await (const key of db.keys(table, {})) found.add(readU64(key))
    return [...found].sort((a, b) => a - b)
  }

  const secretKey = (job: number, sequence: number) => concatBytes(u64(job), u32(sequence))

  return {
    put: async (records) => {
      for (const [job, group] of Map.groupBy(records, ({ unit }) => unit))
        await lock(`job:${job}`, () => add(job, group))
    },
    get,
    ofJob: async (job) => {
      const records: SignedRecord[] = []
      for await (const [key, value] of db.rows('auctions', unitRange(job))) records.push(decodeStored(key, value))
      return records
    },
    putSecret: (job, sequence, secret) =>
      lock(`secret:${job}`, async () => {
        const key = secretKey(job, sequence)
        const earlier = await db.get('bidSecrets', key)
        if (earlier) return earlier
        await db.write([{ table: 'bidSecrets', key, value: secret }], { durable: true })
        return secret
      }),
    secret: async (job, sequence) => db.get('bidSecrets', secretKey(job, sequence)),
    putBidders: (job, bidders) =>
      db.write([{ table: 'bidders', key: u64(job), value: encodeBidders(bidders) }], { durable: false }),
    bidders: async (job) => {
      const key = u64(job)
      const value = await db.get('bidders', key)
      return value && decodeBidders(key, value)
    },
    jobs,
    forget: (job) => lock(`job:${job}`, () => forget(job)),
  }
}

function decodeStored(key: Uint8Array, bytes: Uint8Array): SignedRecord {
  try {
    return decode(RecordType, bytes, 'a stored record')
  } catch {
    throw corrupt('auctions', key, 'encoding')
  }
}
