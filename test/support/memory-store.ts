// A store in memory behind the same suite as the one on disk: the real journal, evidence and cursors over a plain map.
// What was written is what a restarted process finds, so a crash is simulated by making a second store on one disk.
import { concatBytes, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { guarded, unguarded } from '../../src/store/database.ts'
import type { Database, Range, Table } from '../../src/store/database.ts'
import { createStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/open.ts'

export interface MemoryDisk {
  readonly cells: Map<string, { readonly table: Table; readonly key: Uint8Array; stored: Uint8Array }>
}

export const createDisk = (): MemoryDisk => ({ cells: new Map() })

const nameOf = (table: Table, key: Uint8Array): string => toHex(concatBytes(utf8ToBytes(`${table}/`), key))

export function openMemoryDatabase({ cells }: MemoryDisk): Database {
  let closed = false
  const use = (): void => {
    if (closed) throw new Fault('store-closed', 'the store was used after it was closed')
  }
  const within = (table: Table, { gte, lt }: Range) => {
    use()
    const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b)
    return [...cells.values()]
      .filter((cell) => cell.table === table)
      .filter(({ key }) => (!gte || compare(key, gte) >= 0) && (!lt || compare(key, lt) < 0))
      .sort((a, b) => compare(a.key, b.key))
  }
  return {
    get: async (table, key) => {
      use()
      const cell = cells.get(nameOf(table, key))
      return cell && unguarded(table, key, cell.stored)
    },
    write: async (changes) => {
      use()
      for (const { table, key, value } of changes)
        if (value) cells.set(nameOf(table, key), { table, key: key.slice(), stored: guarded(value) })
        else cells.delete(nameOf(table, key))
    },
    rows: async function* (table, range) {
      for (const { key, stored } of within(table, range)) yield [key, unguarded(table, key, stored)] as const
    },
    keys: async function* (table, range) {
      for (const { key } of within(table, range)) yield key
    },
    close: async () => {
      closed = true
    },
  }
}

export const openMemoryStore = (disk: MemoryDisk = createDisk()): Promise<Store> =>
  createStore(openMemoryDatabase(disk))
