// Keys and small fixed values of the store. Integers are big-endian, so byte order is number order and a range of
// units is a range of keys.

import { concatBytes, utf8ToBytes } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'

export function u64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw reject('store-key', `a unit, height or sequence is a non-negative safe integer, not ${value}`)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

export const readU64 = (bytes: Uint8Array, offset = 0): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset))

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

export const nameKey = (name: string): Uint8Array => utf8ToBytes(name)

export const signedKey = (kind: number, unit: number, sequence: number): Uint8Array =>
  concatBytes(new Uint8Array([kind]), u64(unit), u32(sequence))

/** All keys that begin with `unit`. */
export const unitRange = (unit: number) => ({ gte: u64(unit), lt: u64(unit + 1) })
