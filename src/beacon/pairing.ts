// BLS12-381 with signatures in G1 and the key in G2, on mcl-wasm: the arithmetic below verify.ts and threshold.ts.
// Promises: points come in compressed, canonical, on the curve, in the subgroup and never at infinity, or not at all.
// The fixed pairing arguments (the key and -G2) are prepared once, so a check is two Miller loops over stored lines.
// It does not know beacons, rounds or chains. mcl keeps global state, and a second init would leave every prepared key
// dangling: this is the only file that may initialise it.
import { hash_to_field } from '@noble/curves/abstract/hash-to-curve.js'
import { hexToBytes, numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as mcl from 'mcl-wasm'
import type { Fr, G1, PrecomputedG2 } from 'mcl-wasm'

export const SIGNATURE_BYTES = 48
export const PUBLIC_KEY_BYTES = 96

/** drand's `bls-unchained-g1-rfc9380`: RFC 9380 hash to G1, suite XMD:SHA-256_SSWU_RO, the "NUL" tag of the BLS draft. */
export const BEACON_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'

const COMPRESSED_FLAG = 0x80
const INFINITY_FLAG = 0x40
const IRTF_MAP = 5 // RFC 9380 instead of mcl's historical map
/** Order of the base field. */
const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
/** Compressed. Written out, as P is: asking a curve library for it means its tables and a subgroup check, 0.4 s of a start. */
const G2_GENERATOR =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

/** A public key with its Miller lines computed. Lives in wasm memory for the life of the process: make one per chain. */
export interface PreparedKey {
  readonly lines: PrecomputedG2
}

export interface Pairing {
  /** 96 bytes compressed G2 → prepared key; undefined if it is not a canonical point of the subgroup or is infinity. */
  readonly prepareKey: (bytes: Uint8Array) => PreparedKey | undefined
  /** 48 bytes compressed G1 → point; undefined if it is not a canonical point of the subgroup or is infinity. */
  readonly parseSignature: (bytes: Uint8Array) => G1 | undefined
  /** RFC 9380 hash to G1 under BEACON_DST. */
  readonly hashToG1: (message: Uint8Array) => G1
  /** e(signature, G2) = e(H(message), key). */
  readonly check: (key: PreparedKey, message: Uint8Array, signature: G1) => boolean
  /** secret·G2, 96 bytes compressed. */
  readonly publicKey: (secret: Fr) => Uint8Array
}

const hasPlainFlags = (bytes: Uint8Array): boolean => {
  const flags = bytes[0] ?? 0
  // mcl reads the infinity encoding as the zero point, which as key and signature verifies everything.
  return (flags & COMPRESSED_FLAG) !== 0 && (flags & INFINITY_FLAG) === 0
}

const parsePoint = <T extends mcl.G1 | mcl.G2>(point: T, bytes: Uint8Array, size: number): T | undefined => {
  if (bytes.length !== size || !hasPlainFlags(bytes)) return undefined
  try {
    point.deserialize(bytes) // refuses coordinates ≥ p, points off the curve and, as set below, out of the subgroup
  } catch {
    return undefined
  }
  return point.isZero() ? undefined : point
}

const toField = (value: bigint): mcl.Fp => {
  const element = new mcl.Fp()
  element.setBigEndianMod(numberToBytesBE(value, 48))
  return element
}

const hashToG1 = (message: Uint8Array): G1 => {
  const options = { DST: BEACON_DST, p: P, m: 1, k: 128, expand: 'xmd', hash: sha256 } as const
  const [first, second] = hash_to_field(message, 2, options)
  if (first?.[0] === undefined || second?.[0] === undefined) throw new Error('bug: hash to field gave too few elements')
  // mcl clears the cofactor in each map; that is linear, so the sum equals RFC 9380's clear(q0 + q1).
  return mcl.add(toField(first[0]).mapToG1(), toField(second[0]).mapToG1())
}

const start = async (): Promise<Pairing> => {
  await mcl.init(mcl.BLS12_381)
  mcl.setETHserialization(true) // the zcash encoding drand uses
  mcl.setMapToMode(IRTF_MAP)
  mcl.verifyOrderG1(true)
  mcl.verifyOrderG2(true)
  const generator = new mcl.G2()
  generator.deserialize(hexToBytes(G2_GENERATOR))
  const minusGenerator = new mcl.PrecomputedG2(mcl.neg(generator))
  return {
    prepareKey: (bytes) => {
      const point = parsePoint(new mcl.G2(), bytes, PUBLIC_KEY_BYTES)
      return point && { lines: new mcl.PrecomputedG2(point) }
    },
    parseSignature: (bytes) => parsePoint(new mcl.G1(), bytes, SIGNATURE_BYTES),
    hashToG1,
    check: (key, message, signature) => {
      const loops = mcl.precomputedMillerLoop2(signature, minusGenerator, hashToG1(message), key.lines)
      return mcl.finalExp(loops).isOne()
    },
    publicKey: (secret) => mcl.mul(generator, secret).serialize(),
  }
}

let started: Promise<Pairing> | undefined

/** The arithmetic, initialised once a process (about 0.1 s: compiling the wasm). */
export const loadPairing = (): Promise<Pairing> => (started ??= start())
