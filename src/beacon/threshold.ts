// Threshold BLS in the shape of a drand network: a secret split t of n, partial signatures, any t of them combined.
// Promises: the combined signature does not depend on which t members took part, and fewer than t cannot make it.
// It is dealt from one seed, so whoever holds the seed holds the secret: it serves networks of one machine, where a
// restarted process has to continue the same chain. It runs no key generation ceremony.
import { numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import * as mcl from 'mcl-wasm'
import type { Fr, G1 } from 'mcl-wasm'

/** One member's share: the polynomial's value at `index`, which starts at 1 (0 is where the secret lies). */
export interface Share {
  readonly index: number
  readonly secret: Fr
}

export interface PartialSignature {
  readonly index: number
  readonly point: G1
}

export interface Dealt {
  /** f(0). Used to derive the group key, never to sign. */
  readonly secret: Fr
  readonly shares: readonly Share[]
}

const scalarOf = (value: number): Fr => {
  const scalar = new mcl.Fr()
  scalar.setInt(value)
  return scalar
}

/** Two hashes give 512 bits, so the reduction modulo the 255-bit order leaves no measurable bias. */
const scalarFrom = (seed: Uint8Array, index: number): Fr => {
  const tag = concatBytes(utf8ToBytes('stkr.local-chain.coefficient'), numberToBytesBE(BigInt(index), 4))
  const wide = concatBytes(...[0, 1].map((half) => sha256(concatBytes(tag, Uint8Array.of(half), seed))))
  const scalar = new mcl.Fr()
  scalar.setBigEndianMod(wide)
  return scalar
}

/** Splits the secret derived from `seed` so that any `threshold` of `members` shares can sign. Needs a loaded pairing. */
export const deal = (seed: Uint8Array, threshold: number, members: number): Dealt => {
  const coefficients = Array.from({ length: threshold }, (_, index) => scalarFrom(seed, index))
  const shares = Array.from({ length: members }, (_, position) => {
    const index = position + 1
    return { index, secret: mcl.shareFr(coefficients, scalarOf(index)) }
  })
  return { secret: scalarFrom(seed, 0), shares }
}

export const signPartially = (hashed: G1, share: Share): PartialSignature => ({
  index: share.index,
  point: mcl.mul(hashed, share.secret),
})

/** Lagrange interpolation at zero. Exactly `threshold` partials of distinct members; more are the caller's to choose. */
export const combine = (partials: readonly PartialSignature[]): Uint8Array => {
  const indices = partials.map((partial) => scalarOf(partial.index))
  return mcl
    .recoverG1(
      indices,
      partials.map((partial) => partial.point),
    )
    .serialize()
}
