// BLS12-381 points as the EVM's precompiles take them (EIP-2537): uncompressed affine coordinates, each 48-byte field
// element padded to 64 bytes, c0 before c1 in G2. Compressed points are how sidecars and drand speak. Decoding checks
// that a point is on the curve and in the right subgroup, and refuses infinity: it is never a key nor a signature.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { concatBytes } from './bytes.ts'
import { reject } from './errors.ts'

const FIELD_BYTES = 48
const PADDED_BYTES = 64
export const G1_BYTES = 2 * PADDED_BYTES
export const G2_BYTES = 4 * PADDED_BYTES

const { G1, G2 } = bls12_381

const bad = (what: string, why: string) => reject('bad-point', `${what} is not a usable curve point: ${why}`)

/** Parses with `read`, noble's `fromBytes`: it checks form, curve and subgroup. Fault `bad-point`, also for infinity. */
function point<P extends { is0(): boolean }>(what: string, read: () => P): P {
  let parsed: P
  try {
    parsed = read()
  } catch (cause) {
    throw bad(what, cause instanceof Error ? cause.message : 'malformed')
  }
  if (parsed.is0()) throw bad(what, 'infinity')
  return parsed
}

/** 48-byte elements one after another → 64-byte padded ones. */
function pad(elements: Uint8Array): Uint8Array {
  const out = new Uint8Array((elements.length / FIELD_BYTES) * PADDED_BYTES)
  for (let i = 0; i * FIELD_BYTES < elements.length; i++)
    out.set(elements.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES), i * PADDED_BYTES + PADDED_BYTES - FIELD_BYTES)
  return out
}

/** 64-byte padded elements → 48-byte ones; the padding must be zero. */
function unpad(padded: Uint8Array, length: number, what: string): Uint8Array {
  if (padded.length !== length) throw bad(what, `${padded.length} bytes instead of ${length}`)
  const parts: Uint8Array[] = []
  for (let at = 0; at < padded.length; at += PADDED_BYTES) {
    const start = at + PADDED_BYTES - FIELD_BYTES
    if (padded.subarray(at, start).some((byte) => byte !== 0)) throw bad(what, 'padding is not zero')
    parts.push(padded.subarray(start, at + PADDED_BYTES))
  }
  return concatBytes(...parts)
}

/** Swaps the halves of every coordinate: noble and the wire put c1 first, EIP-2537 puts c0 first. */
function swapHalves(elements: Uint8Array): Uint8Array {
  const parts = Array.from({ length: 4 }, (_, i) => elements.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES))
  const [x1, x0, y1, y0] = parts
  return concatBytes(...[x0, x1, y0, y1].filter((part) => part !== undefined))
}

type G1Point = InstanceType<typeof G1.Point>
const g1Bytes = (parsed: G1Point): Uint8Array => pad(parsed.toBytes(false))
const parseG1 = (compressed: Uint8Array): G1Point => {
  if (compressed.length !== FIELD_BYTES) throw bad('a G1 point', `${compressed.length} bytes instead of 48`)
  return point('a G1 point', () => G1.Point.fromBytes(compressed))
}

/** Compressed G1 (48 bytes) → 128 bytes. Fault `bad-point`. */
export const expandG1 = (compressed: Uint8Array): Uint8Array => g1Bytes(parseG1(compressed))

/** 128 bytes → compressed G1 (48 bytes). Fault `bad-point`. */
export const compressG1 = (expanded: Uint8Array): Uint8Array => {
  const elements = unpad(expanded, G1_BYTES, 'a G1 point')
  return point('a G1 point', () => G1.Point.fromBytes(elements)).toBytes(true)
}

/** Compressed G2 (96 bytes) → 256 bytes. Fault `bad-point`. */
export function expandG2(compressed: Uint8Array): Uint8Array {
  if (compressed.length !== 2 * FIELD_BYTES) throw bad('a G2 point', `${compressed.length} bytes instead of 96`)
  return pad(swapHalves(point('a G2 point', () => G2.Point.fromBytes(compressed)).toBytes(false)))
}

/** 256 bytes → compressed G2 (96 bytes). Fault `bad-point`. */
export function compressG2(expanded: Uint8Array): Uint8Array {
  const elements = swapHalves(unpad(expanded, G2_BYTES, 'a G2 point'))
  return point('a G2 point', () => G2.Point.fromBytes(elements)).toBytes(true)
}

/** Sum of compressed G1 points as 128 bytes: the aggregate key of a committee. Fault `bad-point`, also for a zero sum. */
export function sumG1(compressed: readonly Uint8Array[]): Uint8Array {
  const sum = compressed.map(parseG1).reduce((total, key) => total.add(key), G1.Point.ZERO)
  if (sum.is0()) throw bad('a sum of G1 points', 'infinity')
  return g1Bytes(sum)
}
