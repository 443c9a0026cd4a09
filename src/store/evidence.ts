// Evidence of the last D periods: everybody's records by hash and by unit, the answers we hold as an auditor, and the
// leaves of posted periods. It promises to survive a kill of the process (not a power cut: peers have it too, so it is
// not worth a disk flush per record), to stay within a bound per unit, and to forget by range. It checks nothing but
// size: only records that passed the validators get here.

import { concatBytes, fromHex } from '../core/bytes.ts'
import { ignore } from '../core/errors.ts'
import { RecordType, SummaryType, decode, recordHash } from '../core/records.ts'
import type { Codec } from '../core/records.ts'
import type { EvidenceStore } from '../core/ports.ts'
import type { Hex, SignedRecord } from '../core/types.ts'
import { corrupt } from './database.ts'
import type { Change, Database, Table } from './database.ts'
import { readU64, u64, unitRange } from './keys.ts'
import { createLocks } from './locks.ts'

/**
 * A full network of protocol version 1 makes about 25 MiB a period: 4096 reveals of 32 targets (12 MiB), their seals
 * (0.7 MiB), 256 statements, and a proposal of 160 KiB per view. Equivocators double their share at most.
 */
export const UNIT_MAX_BYTES = 64 * 1024 * 1024
const PRUNE_BATCH = 1000

type Kept = 'records' | 'answers'
const KEPT: readonly Kept[] = ['records', 'answers']

export function createEvidence(db: Database, limits = { unitBytes: UNIT_MAX_BYTES }): EvidenceStore {
  const lock = createLocks()
  /** Bytes kept per unit and table; counted once after opening, then carried along. Forgotten when pruned. */
  const sizes = new Map<string, number>()

  async function sizeOf(table: Kept, unit: number): Promise<number> {
    const known = sizes.get(`${table}:${unit}`)
    if (known !== undefined) return known
    let size = 0
    for await (const [, value] of db.rows(table, unitRange(unit))) size += value.length
    return size
  }

  /** All of one table and unit in one batch; what is there already costs nothing. */
  async function add(table: Kept, unit: number, records: readonly SignedRecord[]): Promise<void> {
    let size = await sizeOf(table, unit)
    const changes = new Map<Hex, readonly Change[]>()
    for (const record of records) {
      const hash = recordHash(record)
      const name = fromHex(hash)
      const key = concatBytes(u64(unit), name)
      if (changes.has(hash) || (await db.get(table, key))) continue
      const value = RecordType.serialize(record)
      size += value.length
      if (size > limits.unitBytes)
        throw ignore('evidence-full', `unit ${unit} has more than ${limits.unitBytes} bytes of ${table}`, { unit })
      changes.set(hash, [
        { table, key, value },
        { table: 'places', key: name, value: concatBytes(new Uint8Array([KEPT.indexOf(table)]), u64(unit)) },
      ])
    }
    await db.write([...changes.values()].flat(), { durable: false })
    sizes.set(`${table}:${unit}`, size)
  }

  async function addAll(table: Kept, records: readonly SignedRecord[], unitOf: (record: SignedRecord) => number) {
    for (const [unit, group] of Map.groupBy(records, unitOf))
      await lock(`${table}:${unit}`, () => add(table, unit, group))
  }

  async function all(table: Kept, unit: number): Promise<readonly SignedRecord[]> {
    const records: SignedRecord[] = []
    for await (const [key, value] of db.rows(table, unitRange(unit)))
      records.push(decodeStored(RecordType, table, key, value))
    return records
  }

  async function get(hash: Hex): Promise<SignedRecord | undefined> {
    const name = fromHex(hash, 32)
    const place = await db.get('places', name)
    if (!place) return undefined
    const table = KEPT[place[0] ?? 0] ?? 'records'
    const key = concatBytes(place.subarray(1), name)
    const value = await db.get(table, key)
    return value && decodeStored(RecordType, table, key, value)
  }

  async function pruneTable(table: Kept, below: number): Promise<void> {
    let changes: Change[] = []
    for await (const key of db.keys(table, { lt: u64(below) })) {
      sizes.delete(`${table}:${readU64(key)}`)
      changes.push({ table, key, value: undefined }, { table: 'places', key: key.slice(8), value: undefined })
      if (changes.length < PRUNE_BATCH) continue
      await db.write(changes, { durable: false })
      changes = []
    }
    await db.write(changes, { durable: false })
  }

  async function prune(below: number): Promise<void> {
    for (const table of KEPT) await pruneTable(table, below)
    const old: Change[] = []
    for await (const key of db.keys('summaries', { lt: u64(below) }))
      old.push({ table: 'summaries', key, value: undefined })
    await db.write(old, { durable: false })
  }

  return {
    put: (records) => addAll('records', records, (record) => record.unit),
    get,
    ofUnit: (unit) => all('records', unit),
    putSummary: async (period, leaves) =>
      db.write([{ table: 'summaries', key: u64(period), value: SummaryType.serialize([...leaves]) }], {
        durable: false,
      }),
    summary: async (period) => {
      const value = await db.get('summaries', u64(period))
      if (!value) return undefined
      return decodeStored(SummaryType, 'summaries', u64(period), value)
    },
    putAnswers: (period, answers) => addAll('answers', answers, () => period),
    answers: (period) => all('answers', period),
    prune: (unit) => lock('prune', () => prune(unit)),
  }
}

function decodeStored<V>(type: Codec<V>, table: Table, key: Uint8Array, bytes: Uint8Array): V {
  try {
    return decode(type, bytes, 'a stored value')
  } catch {
    throw corrupt(table, key, 'encoding')
  }
}
