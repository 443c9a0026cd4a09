// From what the sidecar says to what JSON can say: bigints as decimal strings, bytes as hex, as everywhere in the project.

import { toHex } from '../core/bytes.ts'

/** What may stand where the plain form has `T`. */
export type Told<T> = T extends string
  ? string | bigint | Uint8Array
  : T extends object
    ? { readonly [Key in keyof T]: Told<T[Key]> }
    : T

/** A copy of data: own enumerable properties, undefined ones left out. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const told = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(told.map(([key, item]) => [key, plain(item)]))
}
