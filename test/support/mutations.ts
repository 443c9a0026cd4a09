// One random change to the evidence of an auction, and which part of it was changed: a field of one record, a record left
// out, doubled or moved, or bytes without regard to what they mean.

import { decodeBundle, encodeBundle } from '../../src/auction/bundle.ts'
import type { JobBundle } from '../../src/auction/bundle.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import type { Dice } from '../auction/random.ts'

export interface Mutation {
  readonly bytes: Uint8Array
  /** What was changed, for messages. */
  readonly what: string
  /** The section, when a verifier can be expected to name it. */
  readonly section: keyof JobBundle | undefined
}

const flipped = (bytes: Uint8Array, dice: Dice): Uint8Array => {
  const at = dice.roll(bytes.length)
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << dice.roll(8)))
}
const other = (value: number, dice: Dice): number => [value + 1, value ^ (1 << dice.roll(16)), 0][dice.roll(3)] ?? 0

export const FIELDS = ['kind', 'author', 'unit', 'sequence', 'body', 'signature'] as const

/** The record with another value in one field. */
export function withOther(record: SignedRecord, field: (typeof FIELDS)[number], dice: Dice): SignedRecord {
  for (;;) {
    const value =
      field === 'body' || field === 'signature'
        ? flipped(record[field], dice)
        : other(record[field], dice) % (field === 'kind' ? 256 : 2 ** 32)
    if (value !== record[field]) return { ...record, [field]: value }
  }
}

const LISTS = ['statements', 'bids'] as const
const SINGLES = ['admission', 'openings'] as const

function inRecord(parts: JobBundle, dice: Dice): Mutation {
  const section = [...LISTS, ...SINGLES][dice.roll(4)] ?? 'bids'
  const field = FIELDS[dice.roll(FIELDS.length)] ?? 'body'
  if (section === 'admission' || section === 'openings') {
    const bytes = encodeBundle({ ...parts, [section]: withOther(parts[section], field, dice) })
    return { bytes, what: `${section}.${field}`, section }
  }
  const records = parts[section]
  const at = dice.roll(records.length)
  const changed = records.map((record, i) => (i === at ? withOther(record, field, dice) : record))
  return { bytes: encodeBundle({ ...parts, [section]: changed }), what: `${section}[${at}].${field}`, section }
}

function inOrder(parts: JobBundle, dice: Dice): Mutation {
  const section = LISTS[dice.roll(2)] ?? 'bids'
  const records = parts[section]
  const at = dice.roll(records.length)
  const [record] = records.slice(at, at + 1)
  const doubled = record ? records.toSpliced(at, 0, record) : records
  return { bytes: encodeBundle({ ...parts, [section]: doubled }), what: `${section}[${at}] twice`, section }
}

function inBytes(bundle: Uint8Array, dice: Dice): Mutation {
  const at = dice.roll(bundle.length)
  const cut: readonly [string, Uint8Array][] = [
    ['flipped', bundle.with(at, (bundle[at] ?? 0) ^ (1 << dice.roll(8)))],
    ['cut off', bundle.subarray(0, at)],
    ['left out', Uint8Array.from([...bundle.subarray(0, at), ...bundle.subarray(at + 1)])],
    ['put in', Uint8Array.from([...bundle.subarray(0, at), dice.roll(256), ...bundle.subarray(at)])],
  ]
  const [how, bytes] = cut[dice.roll(cut.length)] ?? ['', bundle]
  return { bytes, what: `byte ${at} ${how}`, section: undefined }
}

export function mutate(bundle: Uint8Array, dice: Dice): Mutation {
  const parts = decodeBundle(bundle)
  if (dice.roll(20) === 0) {
    const job = withOther(parts.admission, 'unit', dice).unit
    return { bytes: encodeBundle({ ...parts, job }), what: `header.job ${job}`, section: undefined }
  }
  return (
    [() => inRecord(parts, dice), () => inOrder(parts, dice), () => inBytes(bundle, dice)][dice.roll(3)]?.() ??
    inBytes(bundle, dice)
  )
}
