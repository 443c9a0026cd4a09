// What a sidecar signed, as something that can be carried to another machine, as EIP-3076 does for validators: everything
// the journal remembers, and a mark on the store it was carried away from. Promises that merging only ever forbids more:
// no record, secret or floor is lost, and what is known already stays as it is.

import { equalBytes } from '../core/bytes.ts'
import { RecordType, decode } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { SignedRecord } from '../core/types.ts'
import { corrupt } from './database.ts'
import type { Change, Database } from './database.ts'
import { nameKey, readU64, signedKey, u64 } from './keys.ts'

export interface SignedHistory {
  /** Audit units below it are closed: nothing is signed for them any more. */
  readonly floor: number
  readonly records: readonly SignedRecord[]
  readonly secrets: readonly { readonly unit: number; readonly secret: Uint8Array }[]
}

export interface Merged {
  readonly added: number
  readonly known: number
  /** Places in which both sides had signed different records: the older one here stays. */
  readonly conflicts: readonly SignedRecord[]
}

export interface Interchange {
  history(): Promise<SignedHistory>
  /** Durable when it resolves, as a whole. The journal of this store must not have been used before. */
  merge(history: SignedHistory): Promise<Merged>
  /** When the history was carried away (unix ms); undefined when it was not. */
  movedAt(): Promise<number | undefined>
  markMoved(at: number | undefined): Promise<void>
}

const FLOOR = nameKey('floor')
const MOVED = nameKey('moved')

export function createInterchange(db: Database): Interchange {
  const number = async (key: Uint8Array): Promise<number | undefined> => {
    const stored = await db.get('meta', key)
    return stored && readU64(stored)
  }

  async function records(): Promise<SignedRecord[]> {
    const found: SignedRecord[] = []
    for await (const [key, value] of db.rows('signed', {})) {
      try {
        found.push(decode(RecordType, value, 'a stored record'))
      } catch {
        throw corrupt('signed', key, 'encoding')
      }
    }
    return found
  }

  async function secrets() {
    const found: { unit: number; secret: Uint8Array }[] = []
    for await (const [key, secret] of db.rows('secrets', {})) found.push({ unit: readU64(key), secret })
    return found
  }

  async function newRecords(history: SignedHistory) {
    const changes: Change[] = []
    const conflicts: SignedRecord[] = []
    for (const record of history.records) {
      const key = signedKey(record.kind, record.unit, record.sequence)
      const value = RecordType.serialize(record)
      const here = await db.get('signed', key)
      if (!here) changes.push({ table: 'signed', key, value })
      else if (!equalBytes(here, value)) conflicts.push(record)
    }
    return { changes, conflicts }
  }

  /** A secret belongs to a seal: it comes along only where the seal does, or where none was signed. */
  async function newSecrets(history: SignedHistory): Promise<Change[]> {
    const changes: Change[] = []
    for (const { unit, secret } of history.secrets) {
      const known =
        (await db.get('secrets', u64(unit))) ?? (await db.get('signed', signedKey(RECORD_KINDS.seal, unit, 0)))
      if (!known) changes.push({ table: 'secrets', key: u64(unit), value: secret })
    }
    return changes
  }

  return {
    history: async () => ({ floor: (await number(FLOOR)) ?? 0, records: await records(), secrets: await secrets() }),
    merge: async (history) => {
      const { changes, conflicts } = await newRecords(history)
      const floor = Math.max((await number(FLOOR)) ?? 0, history.floor)
      const all = [
        ...changes,
        ...(await newSecrets(history)),
        { table: 'meta', key: FLOOR, value: u64(floor) } as const,
      ]
      await db.write(all, { durable: true })
      const added = changes.length
      return { added, known: history.records.length - added - conflicts.length, conflicts }
    },
    movedAt: () => number(MOVED),
    markMoved: (at) =>
      db.write([{ table: 'meta', key: MOVED, value: at === undefined ? undefined : u64(at) }], { durable: true }),
  }
}
