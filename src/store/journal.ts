// What must survive a kill at any instruction: the records we signed and the salts of our seals. It promises that for
// one (kind, unit, sequence) only one record ever leaves it, across crashes, and that a salt whose seal was signed is
// never replaced. Units below the floor are forgotten, and nothing is signed for them again (as EIP-3076 does with its
// minimum). It does not sign.

import { equalBytes } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import { RecordType, decode, isSignOnce } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Journal } from '../core/ports.ts'
import type { SignedRecord } from '../core/types.ts'
import { corrupt } from './database.ts'
import type { Change, Database } from './database.ts'
import { nameKey, readU64, signedKey, u64 } from './keys.ts'
import { createLocks } from './locks.ts'

/** Largest secret: a salt and a report of AUDITS_MAX targets are below 4 KiB. */
export const SECRET_MAX_BYTES = 64 * 1024
/** Kinds below this belong to audits, whose units are periods: only they are pruned by period. */
const FIRST_AUCTION_KIND = RECORD_KINDS.bid
const FLOOR = nameKey('floor')

export interface PrunedJournal extends Journal {
  /** Forgets audit records and secrets of units below `unit`; nothing can be signed for them afterwards. */
  forget(unit: number): Promise<void>
}

export async function createJournal(db: Database): Promise<PrunedJournal> {
  const lock = createLocks()
  const stored = await db.get('meta', FLOOR)
  let floor = stored ? readU64(stored) : 0

  async function signed(kind: number, unit: number, sequence: number): Promise<SignedRecord | undefined> {
    const key = signedKey(kind, unit, sequence)
    const bytes = await db.get('signed', key)
    return bytes && decodeStored(bytes, key)
  }

  async function compareAndSet(record: SignedRecord): Promise<SignedRecord> {
    const { kind, unit, sequence } = record
    if (kind < FIRST_AUCTION_KIND && unit < floor) throw forgotten(unit, floor)
    const earlier = await signed(kind, unit, sequence)
    if (earlier) return earlier
    const change = {
      table: 'signed',
      key: signedKey(kind, unit, sequence),
      value: RecordType.serialize(record),
    } as const
    await db.write([change], { durable: true })
    return record
  }

  async function putSecret(unit: number, secret: Uint8Array): Promise<void> {
    if (unit < floor) throw forgotten(unit, floor)
    const earlier = await db.get('secrets', u64(unit))
    if (earlier && equalBytes(earlier, secret)) return
    if (earlier && (await signed(RECORD_KINDS.seal, unit, 0)))
      throw new Fault('secret-sealed', `the seal of unit ${unit} is signed: its secret cannot be replaced`, {
        data: { unit },
      })
    await db.write([{ table: 'secrets', key: u64(unit), value: secret }], { durable: true })
  }

  async function forget(unit: number): Promise<void> {
    if (unit <= floor) return
    // The floor goes first: a crash in between leaves rows that are never used and that the next call removes.
    floor = unit
    await db.write([{ table: 'meta', key: FLOOR, value: u64(unit) }], { durable: true })
    const changes: Change[] = []
    for (let kind = 0; kind < FIRST_AUCTION_KIND; kind++) {
      const range = { gte: signedKey(kind, 0, 0), lt: signedKey(kind, unit, 0) }
      for await (const key of db.keys('signed', range)) changes.push({ table: 'signed', key, value: undefined })
    }
    for await (const key of db.keys('secrets', { lt: u64(unit) }))
      changes.push({ table: 'secrets', key, value: undefined })
    await db.write(changes, { durable: false })
  }

  return {
    signOnce: async (record) => {
      if (!isSignOnce(record.kind))
        throw reject('not-sign-once', `records of kind ${record.kind} may be signed many times and are not journalled`)
      return lock(String(record.unit), () => compareAndSet(record))
    },
    signed,
    putSecret: async (unit, secret) => {
      if (secret.length > SECRET_MAX_BYTES)
        throw reject('oversized', `a secret has ${secret.length} bytes, at most ${SECRET_MAX_BYTES} are kept`)
      await lock(String(unit), () => putSecret(unit, secret))
    },
    secret: async (unit) => db.get('secrets', u64(unit)),
    forget: (unit) => lock('forget', () => forget(unit)),
  }
}

const forgotten = (unit: number, floor: number): Fault =>
  new Fault('unit-forgotten', `unit ${unit} is older than ${floor}: what was signed for it is no longer known`, {
    data: { unit, floor },
  })

function decodeStored(bytes: Uint8Array, key: Uint8Array): SignedRecord {
  try {
    return decode(RecordType, bytes, 'a stored record')
  } catch {
    throw corrupt('signed', key, 'encoding')
  }
}
