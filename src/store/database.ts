// The one place that knows level. Named sublevels of bytes to bytes, every value guarded by a CRC-32 so that a damaged
// one is noticed before it is believed, one write = one atomic batch. It promises that a batch written with
// `durable: true` survives a power cut once its promise resolves, and any other batch a kill of the process.
// It does not know what the values mean.

import { crc32 } from 'node:zlib'
import { Level } from 'level'
import { concatBytes, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'

export const TABLES = [
  'meta',
  'signed',
  'secrets',
  'records',
  'answers',
  'places',
  'summaries',
  'auctions',
  'auctionPlaces',
  'bidSecrets',
  'bidders',
  'pending',
  'cursors',
] as const
export type Table = (typeof TABLES)[number]

export interface Change {
  readonly table: Table
  readonly key: Uint8Array
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined
}

/** Keys from `gte` (included) to `lt` (excluded), in byte order. */
export interface Range {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
}

export type Row = readonly [key: Uint8Array, value: Uint8Array]

/** Faults: `store-corrupt` (names the key), `store-closed`, `store-failed`. */
export interface Database {
  get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined>
  /** All or nothing. */
  write(changes: readonly Change[], options: { durable: boolean }): Promise<void>
  rows(table: Table, range: Range): AsyncIterable<Row>
  keys(table: Table, range: Range): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

const CHECKSUM_BYTES = 4

/** level hands out Node Buffers, whose `slice` shares memory where everybody expects a copy. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export function guarded(value: Uint8Array): Uint8Array {
  const checksum = new Uint8Array(CHECKSUM_BYTES)
  new DataView(checksum.buffer).setUint32(0, crc32(value))
  return concatBytes(checksum, value)
}

export function unguarded(table: Table, key: Uint8Array, stored: Uint8Array): Uint8Array {
  const value = plain(stored).subarray(CHECKSUM_BYTES)
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
  if (stored.length < CHECKSUM_BYTES || view.getUint32(0) !== crc32(value)) throw corrupt(table, key, 'checksum')
  return value
}

export const corrupt = (table: Table, key: Uint8Array, what: string): Fault =>
  new Fault('store-corrupt', `the value of ${table}/${toHex(key)} is damaged: docs/operating.md says what to do`, {
    data: { table, key: toHex(key), what },
  })

/** level wraps the interesting error in `cause`, sometimes twice. */
function codes(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return []
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : []
  return [...own, ...codes(error.cause)]
}

function openFault(path: string, error: unknown): Fault {
  if (codes(error).includes('LEVEL_LOCKED'))
    return new Fault('store-locked', `${path} is in use by another process: stop that one first`, {
      data: { path },
      cause: error,
    })
  return new Fault('store-unreadable', `${path} cannot be opened as a data directory`, { data: { path }, cause: error })
}

function useFault(error: unknown): unknown {
  if (error instanceof Fault) return error
  if (codes(error).some((code) => code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN'))
    return new Fault('store-closed', 'the store was used after it was closed', { cause: error })
  return new Fault('store-failed', 'the store could not read or write: is the disk full or failing?', { cause: error })
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw useFault(error)
  }
}

async function* guardAll<T>(items: () => AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* items()
  } catch (error) {
    throw useFault(error)
  }
}

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const

/** Opens or creates the database at `path`. Faults: `store-locked`, `store-unreadable`. */
export async function openDatabase(path: string): Promise<Database> {
  const level = new Level<Uint8Array, Uint8Array>(path, BYTES)
  try {
    await level.open()
  } catch (error) {
    throw openFault(path, error)
  }
  const tableOf = (name: Table) => level.sublevel<Uint8Array, Uint8Array>(name, BYTES)
  const tables = Object.fromEntries(TABLES.map((name) => [name, tableOf(name)])) as Readonly<
    Record<Table, ReturnType<typeof tableOf>>
  >

  async function* rows(table: Table, range: Range): AsyncIterable<Row> {
    for await (const [key, stored] of guardAll(() => tables[table].iterator(range))) {
      yield [plain(key), unguarded(table, key, stored)]
    }
  }

  async function* keys(table: Table, range: Range): AsyncIterable<Uint8Array> {
    for await (const key of guardAll(() => tables[table].keys(range))) yield plain(key)
  }

  return {
    get: async (table, key) => {
      const stored = await guard(() => tables[table].get(key))
      return stored && unguarded(table, key, stored)
    },
    write: (changes, { durable }) =>
      guard(() =>
        level.batch(
          changes.map(({ table, key, value }) =>
            value
              ? { type: 'put', sublevel: tables[table], key, value: guarded(value) }
              : { type: 'del', sublevel: tables[table], key },
          ),
          { sync: durable },
        ),
      ),
    rows,
    keys,
    close: () => guard(() => level.close()),
  }
}
