// The sidecar's memory on disk, put together: journal, evidence, pending transactions and cursors in one level database.
// It promises that a directory written by a newer version is refused, that only one process holds it, and that closing
// flushes. It keeps no secret keys.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AuctionStore, EvidenceStore, Journal } from '../core/ports.ts'
import { Fault } from '../core/errors.ts'
import { createAuctionStore } from './auctions.ts'
import { corrupt, openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { createEvidence } from './evidence.ts'
import { createInterchange } from './interchange.ts'
import type { Interchange } from './interchange.ts'
import { createJournal } from './journal.ts'
import { nameKey, readU64, u64 } from './keys.ts'

/** Raised whenever an older version could misread what this one writes. */
export const SCHEMA = 1
const SCHEMA_KEY = nameKey('schema')

/** Durable byte strings by name: what the chain adapter must still do. Names and values are its own business. */
export interface Pending {
  put(key: string, value: Uint8Array): Promise<void>
  remove(key: string): Promise<void>
  all(): Promise<readonly (readonly [key: string, value: Uint8Array])[]>
}

/** How far a reader of the chain has come, by name. */
export interface Cursors {
  get(name: string): Promise<number | undefined>
  set(name: string, height: number): Promise<void>
}

export interface Store {
  readonly journal: Journal
  /** Its `prune` also forgets what the journal signed for those periods; nothing is signed for them again. */
  readonly evidence: EvidenceStore
  readonly auctions: AuctionStore
  readonly pending: Pending
  readonly cursors: Cursors
  /** What was signed, for another machine. */
  readonly interchange: Interchange
  /** Resolves when everything written so far is on disk, which it proves by a write of its own. */
  flush(): Promise<void>
  /** Waits for writes under way and flushes. */
  close(): Promise<void>
}

/** False when nothing has been written yet. */
async function hasSchema(db: Database): Promise<boolean> {
  const found = await db.get('meta', SCHEMA_KEY)
  if (!found) return false
  if (found.length !== 8) throw corrupt('meta', SCHEMA_KEY, 'length')
  const version = readU64(found)
  if (version > SCHEMA)
    throw new Fault('store-newer', `the data directory has schema ${version}, this version knows ${SCHEMA}: upgrade`, {
      data: { version, known: SCHEMA },
    })
  return true
}

async function checkSchema(db: Database): Promise<void> {
  if (!(await hasSchema(db)))
    await db.write([{ table: 'meta', key: SCHEMA_KEY, value: u64(SCHEMA) }], { durable: true })
}

function createPending(db: Database): Pending {
  const write = (key: string, value: Uint8Array | undefined) =>
    db.write([{ table: 'pending', key: nameKey(key), value }], { durable: true })
  return {
    put: write,
    remove: (key) => write(key, undefined),
    all: async () => {
      const found: (readonly [string, Uint8Array])[] = []
      for await (const [key, value] of db.rows('pending', {})) found.push([new TextDecoder().decode(key), value])
      return found
    },
  }
}

const createCursors = (db: Database): Cursors => ({
  get: async (name) => {
    const value = await db.get('cursors', nameKey(name))
    return value && readU64(value)
  },
  // Not flushed: a cursor that falls back makes its reader look twice, which it must bear anyway.
  set: async (name, height) =>
    db.write([{ table: 'cursors', key: nameKey(name), value: u64(height) }], { durable: false }),
})

/** A store over any database; takes it over and closes it, also when it is refused. */
export async function createStore(db: Database): Promise<Store> {
  try {
    await checkSchema(db)
    const journal = await createJournal(db)
    const evidence = createEvidence(db)
    const prune = async (unit: number): Promise<void> => {
      await evidence.prune(unit)
      await journal.forget(unit)
    }
    // One durable write flushes every write before it: the log is one file.
    const flush = () => db.write([{ table: 'meta', key: SCHEMA_KEY, value: u64(SCHEMA) }], { durable: true })
    return {
      journal,
      evidence: { ...evidence, prune },
      auctions: createAuctionStore(db),
      pending: createPending(db),
      cursors: createCursors(db),
      interchange: createInterchange(db),
      flush,
      close: async () => {
        await flush()
        await db.close()
      },
    }
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Opens or creates the store at `path`. Faults: `store-locked`, `store-newer`, `store-unreadable`, `store-corrupt`. */
export const openStore = async (path: string): Promise<Store> => createStore(await openDatabase(path))

/** What a sidecar that does not run has on disk of audits. */
export interface StoppedEvidence {
  readonly evidence: Pick<EvidenceStore, 'get' | 'ofUnit' | 'summary'>
  close(): Promise<void>
}

/**
 * To be read alone: nothing is created, nothing is written. Undefined when there is no store. Faults: `store-locked` while
 * another process has it, `store-newer`, `store-unreadable`, `store-corrupt`.
 */
export async function openEvidence(path: string): Promise<StoppedEvidence | undefined> {
  if (!existsSync(join(path, 'CURRENT'))) return undefined
  const db = await openDatabase(path)
  try {
    await hasSchema(db)
    return { evidence: createEvidence(db), close: db.close }
  } catch (error) {
    await db.close()
    throw error
  }
}
