// Seeded randomness for simulations, named, so that adding a consumer changes nobody else's draw: a keccak counter stream
// for bytes, and for the many small draws (delays, losses) sfc32, a well-known small generator, keyed by the same seed.

import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import type { RandomBytes } from '../../src/core/ports.ts'

export interface Random {
  readonly bytes: RandomBytes
  /** Integer in 0 … below−1. */
  below(limit: number): number
  /** True with probability `share`. */
  chance(share: number): boolean
}

/** sfc32 (C. Doty-Humphrey, PractRand): 32 bits at a time from 128 bits of state. */
function sfc32(seed: Uint8Array): () => number {
  const view = new DataView(seed.buffer, seed.byteOffset)
  let [a, b, c, counter] = [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)]
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

export function createRandom(seed: string): Random {
  const key = keccak256(utf8ToBytes(seed))
  const next = sfc32(key)
  let counter = 0
  const below = (limit: number): number => next() % Math.max(1, Math.floor(limit))
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32)
        out.set(keccak256(key, utf8ToBytes(String(counter++))).subarray(0, length - at), at)
      return out
    },
    below,
    chance: (share) => below(1_000_000) < share * 1_000_000,
  }
}
