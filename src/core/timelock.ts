// Timelock: 32 bytes that nobody can read before a drand round, and everybody can read from then on. Boneh-Franklin
// identity-based encryption with the Fujisaki-Okamoto transform; the round is the identity, its beacon the key that opens.
// Byte-compatible with drand's tlock for scheme bls-unchained-g1-rfc9380 (one block: U ‖ V ‖ W, 160 bytes). It promises
// that what opens is what was sealed, and that a wrong beacon is never blamed on the ciphertext. It waits for no round.

import type { Fp12, Fp2, Fp6 } from '@noble/curves/abstract/tower.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, utf8ToBytes } from './bytes.ts'
import { ignore, reject } from './errors.ts'
import type { RandomBytes } from './ports.ts'
import type { Beacon, DrandChain } from './types.ts'

/** One block: price and salt of a bid fit exactly. */
export const TIMELOCK_PAYLOAD_BYTES = 32
const POINT_BYTES = 96
/** U in G2, then V and W of one block each. */
export const TIMELOCK_BYTES = POINT_BYTES + 2 * TIMELOCK_PAYLOAD_BYTES
/** A year of three-second rounds. Who seals for later than that has mistaken a unit. */
export const ROUNDS_AHEAD_MAX = 10_512_000
/** Rounds whose pairing is kept: auctions that run at the same time mostly share theirs. */
export const ROUNDS_CACHED_MAX = 16

const BEACON_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'
const { G1, G2, fields, pairing, shortSignatures } = bls12_381
type G2Point = typeof G2.Point.BASE

export interface Timelock {
  /**
   * Seals 32 bytes for `round`; `newest` is the newest round known to be out.
   * @throws Fault `timelock-round` not a round number · `timelock-round-past` its beacon is out: no secret ·
   * `timelock-round-far` more than ROUNDS_AHEAD_MAX ahead · `timelock-payload` not 32 bytes.
   */
  readonly seal: (round: number, payload: Uint8Array, newest: number) => Uint8Array
  /**
   * The 32 bytes that were sealed for the beacon's round.
   * @throws Fault reject, the ciphertext's own fault: `timelock-length` · `timelock-point` U is not a canonical subgroup
   * point, or infinity · `timelock-forged` not sealed for this round and chain. Fault ignore, ours: `timelock-round` ·
   * `timelock-beacon` the beacon is not this chain's beacon of its round.
   */
  readonly open: (ciphertext: Uint8Array, beacon: Pick<Beacon, 'round' | 'signature'>) => Uint8Array
}

const tagged = (tag: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha256(concatBytes(utf8ToBytes(tag), ...parts))

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0))

const fp2Bytes = ({ c0, c1 }: Fp2): Uint8Array => concatBytes(numberToBytesBE(c1, 48), numberToBytesBE(c0, 48))
const fp6Bytes = ({ c0, c1, c2 }: Fp6): Uint8Array => concatBytes(fp2Bytes(c2), fp2Bytes(c1), fp2Bytes(c0))
/** kyber's order, highest coefficient first; noble's own encoding has it the other way round. */
const gtBytes = ({ c0, c1 }: Fp12): Uint8Array => concatBytes(fp6Bytes(c1), fp6Bytes(c0))

const maskOf = (shared: Fp12): Uint8Array => tagged('IBE-H2', gtBytes(shared))

/** H3: hash again with a counter until the top 255 bits are a scalar; about one time in ten the first try is not. */
function scalarOf(sigma: Uint8Array, payload: Uint8Array): bigint {
  const base = tagged('IBE-H3', sigma, payload)
  for (let counter = 1; ; counter++) {
    const hash = sha256(concatBytes(Uint8Array.of(counter & 0xff, counter >>> 8), base))
    const scalar = bytesToNumberBE(hash.with(0, (hash[0] ?? 0) >>> 1))
    if (scalar < fields.Fr.ORDER && scalar > 0n) return scalar
  }
}

/** A canonical point of the subgroup that is not infinity, or undefined. */
function parseU(bytes: Uint8Array): G2Point | undefined {
  try {
    const point = G2.Point.fromBytes(bytes)
    point.assertValidity()
    return !point.is0() && equalBytes(point.toBytes(true), bytes) ? point : undefined
  } catch {
    return undefined
  }
}

function parseKey(chain: DrandChain): G2Point {
  const key = chain.publicKey.length === POINT_BYTES ? parseU(chain.publicKey) : undefined
  if (!key) throw reject('chain-key', 'the pinned drand public key is not a valid G2 point: check the network file')
  return key
}

function checkRound(round: number): void {
  if (!Number.isSafeInteger(round) || round < 1)
    throw ignore('timelock-round', 'a timelock needs a positive round number', { round })
}

/** e(H(round), key) by round. Whoever is asked for least recently goes first. */
function createIdentities(key: G2Point) {
  const known = new Map<number, Fp12>()
  return (round: number): Fp12 => {
    const message = sha256(numberToBytesBE(BigInt(round), 8))
    const identity = known.get(round) ?? pairing(shortSignatures.hash(message, BEACON_DST), key)
    known.delete(round)
    known.set(round, identity)
    const [oldest] = known.keys()
    if (known.size > ROUNDS_CACHED_MAX && oldest !== undefined) known.delete(oldest)
    return identity
  }
}

/** @throws Fault `chain-key` if the chain's public key is not a canonical subgroup point of G2, or is infinity. */
export function createTimelock(
  { chain }: { readonly chain: DrandChain },
  deps: { readonly random: RandomBytes },
): Timelock {
  const identityOf = createIdentities(parseKey(chain))
  const { Fp12 } = fields

  function seal(round: number, payload: Uint8Array, newest: number): Uint8Array {
    checkRound(round)
    if (round <= newest) throw ignore('timelock-round-past', 'the round to seal for is out', { round, newest })
    if (round - newest > ROUNDS_AHEAD_MAX)
      throw ignore('timelock-round-far', `the round to seal for is over ${ROUNDS_AHEAD_MAX} ahead`, { round, newest })
    if (payload.length !== TIMELOCK_PAYLOAD_BYTES)
      throw ignore('timelock-payload', `a timelock seals ${TIMELOCK_PAYLOAD_BYTES} bytes`, { bytes: payload.length })
    const sigma = deps.random(TIMELOCK_PAYLOAD_BYTES)
    const scalar = scalarOf(sigma, payload)
    const u = G2.Point.BASE.multiply(scalar).toBytes(true)
    const v = xor(sigma, maskOf(Fp12.pow(identityOf(round), scalar)))
    return concatBytes(u, v, xor(payload, tagged('IBE-H4', sigma)))
  }

  /** The beacon as a point, if it signs its round: e(signature, G2) = e(H(round), key), and the right side is cached. */
  function keyOf({ round, signature }: Pick<Beacon, 'round' | 'signature'>) {
    checkRound(round)
    try {
      const point = G1.Point.fromBytes(signature)
      point.assertValidity()
      if (!point.is0() && Fp12.eql(pairing(point, G2.Point.BASE), identityOf(round))) return point
    } catch {
      // Not a point of the subgroup: the same answer as a point that signs something else.
    }
    throw ignore('timelock-beacon', 'the beacon to open with is not this chain’s', { round, chain: chain.hash })
  }

  const checkKey = createLastKey(keyOf)

  function open(ciphertext: Uint8Array, beacon: Pick<Beacon, 'round' | 'signature'>): Uint8Array {
    if (ciphertext.length !== TIMELOCK_BYTES)
      throw reject('timelock-length', `a ciphertext has ${TIMELOCK_BYTES} bytes`, { bytes: ciphertext.length })
    const key = checkKey(beacon)
    const u = parseU(ciphertext.subarray(0, POINT_BYTES))
    if (!u) throw reject('timelock-point', 'U of a ciphertext is not a valid G2 point', { round: beacon.round })
    const v = ciphertext.subarray(POINT_BYTES, POINT_BYTES + TIMELOCK_PAYLOAD_BYTES)
    const sigma = xor(v, maskOf(pairing(key, u)))
    const payload = xor(ciphertext.subarray(POINT_BYTES + TIMELOCK_PAYLOAD_BYTES), tagged('IBE-H4', sigma))
    // The transform's own check: only who knew sigma and payload can have made this U.
    if (!G2.Point.BASE.multiply(scalarOf(sigma, payload)).equals(u))
      throw reject('timelock-forged', 'a ciphertext was not sealed for this round and chain', { round: beacon.round })
    return payload
  }

  return { seal, open }
}

/** Remembers the last beacon it checked: all bids of an auction open with one, and checking it costs a pairing. */
function createLastKey<P>(check: (beacon: Pick<Beacon, 'round' | 'signature'>) => P) {
  let last: { readonly round: number; readonly signature: Uint8Array; readonly key: P } | undefined
  return (beacon: Pick<Beacon, 'round' | 'signature'>): P => {
    if (last?.round === beacon.round && equalBytes(last.signature, beacon.signature)) return last.key
    const key = check(beacon)
    last = { round: beacon.round, signature: beacon.signature.slice(), key }
    return key
  }
}
