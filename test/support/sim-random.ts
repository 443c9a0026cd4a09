// Seeded randomness for simulations: a keccak counter stream, named, so that adding a consumer changes nobody else's draw.

import { keccak256, leadingUint64, utf8ToBytes } from '../../src/core/bytes.ts'
import type { RandomBytes } from '../../src/core/ports.ts'

export interface Random {
  readonly bytes: RandomBytes
  /** Integer in 0 … below−1. */
  below(limit: number): number
  /** True with probability `share`. */
  chance(share: number): boolean
}

export function createRandom(seed: string): Random {
  const key = keccak256(utf8ToBytes(seed))
  let counter = 0
  const block = (): Uint8Array => keccak256(key, utf8ToBytes(String(counter++)))
  const below = (limit: number): number => Number(leadingUint64(block()) % BigInt(Math.max(1, Math.floor(limit))))
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) out.set(block().subarray(0, length - at), at)
      return out
    },
    below,
    chance: (share) => below(1_000_000) < share * 1_000_000,
  }
}
