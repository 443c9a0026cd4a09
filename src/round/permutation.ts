// The keyed permutation behind audit ring and seat draw: swap-or-not with 90 rounds over keccak256 (Hoang, Morris,
// Rogaway 2012; docs/protocol.md, Who audits whom), the same as the contracts' `Ring` library. One index costs 180
// hashes whatever the size; a whole ring shares one hash among 256 positions. It knows nothing of who sits where.

import { concatBytes, keccak256, leadingUint64 } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'

/** As many as Ethereum's consensus layer uses: enough for the smallest domains as well. */
export const PERMUTATION_ROUNDS = 90

/** Both directions of one permutation of 0 … size−1. */
export interface Ring {
  readonly size: number
  /** slot → place */
  readonly places: Uint32Array
  /** place → slot */
  readonly slots: Uint32Array
}

interface Round {
  readonly pivot: number
  /** The bit that decides whether the pair whose greater member is `position` swaps. */
  bit(position: number): boolean
}

function round(seed: Uint8Array, index: number, size: number): Round {
  const prefix = concatBytes(seed, new Uint8Array([index]))
  const sources = new Map<number, Uint8Array>()
  const source = (block: number): Uint8Array => {
    const known = sources.get(block)
    if (known) return known
    const suffix = new Uint8Array(4)
    new DataView(suffix.buffer).setUint32(0, block)
    const made = keccak256(prefix, suffix)
    sources.set(block, made)
    return made
  }
  return {
    pivot: Number(leadingUint64(keccak256(prefix)) % BigInt(size)),
    bit(position) {
      const byte = source(position >>> 8)[(position & 0xff) >>> 3] ?? 0
      return ((byte >>> (position & 7)) & 1) === 1
    },
  }
}

function step({ pivot, bit }: Round, size: number, index: number): number {
  const flip = (pivot + size - index) % size
  return bit(Math.max(index, flip)) ? flip : index
}

function checkIndex(index: number, size: number): void {
  invariant(Number.isSafeInteger(index) && index >= 0 && index < size, `index ${index} outside a ring of ${size}`)
}

/** Place of one slot. `seed` has 32 bytes. */
export function placeOf(seed: Uint8Array, size: number, slot: number): number {
  checkIndex(slot, size)
  let index = slot
  for (let r = 0; r < PERMUTATION_ROUNDS; r++) index = step(round(seed, r, size), size, index)
  return index
}

/** Slot at one place: the inverse. Every round is its own inverse, so they run backwards. */
export function slotAt(seed: Uint8Array, size: number, place: number): number {
  checkIndex(place, size)
  let index = place
  for (let r = PERMUTATION_ROUNDS - 1; r >= 0; r--) index = step(round(seed, r, size), size, index)
  return index
}

/** The whole permutation at once: 90 · (1 + size/256) hashes instead of 180 for every slot. */
export function drawRing(seed: Uint8Array, size: number): Ring {
  const places = Uint32Array.from({ length: size }, (_, slot) => slot)
  for (let r = 0; r < PERMUTATION_ROUNDS && size > 0; r++) {
    const shared = round(seed, r, size)
    for (let slot = 0; slot < size; slot++) places[slot] = step(shared, size, places[slot] ?? 0)
  }
  const slots = new Uint32Array(size)
  places.forEach((place, slot) => (slots[place] = slot))
  return { size, places, slots }
}
