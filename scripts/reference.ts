// The contracts' cryptography computed once more, off chain: points by blst and noble, typed data by ethers, the ring
// by plain arithmetic. Vectors and gas measurements are made with it, so agreement with Solidity means something.
// Imports nothing from src/ on purpose; it is no part of a sidecar and not fast.

import blst from '@chainsafe/blst'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import {
  AbiCoder,
  TypedDataEncoder,
  concat,
  dataSlice,
  getBytes,
  hexlify,
  id,
  keccak256,
  sha256,
  toBeHex,
} from 'ethers'

export const DRAND_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_'
export const NO_BASE = 2n ** 64n - 1n

const abi = AbiCoder.defaultAbiCoder()
const word = (value: bigint): string => toBeHex(value, 64)

/** EIP-2537 coordinates: 64 bytes each; extension elements c0 before c1, the reverse of the zcash order blst writes. */
const padded = (bytes: Uint8Array, order: readonly number[]): string =>
  concat(order.flatMap((i) => [new Uint8Array(16), bytes.slice(48 * i, 48 * (i + 1))]))
export const g1 = (key: blst.PublicKey): string => padded(key.toBytes(false), [0, 1])
export const g2 = (signature: blst.Signature): string => padded(signature.toBytes(false), [1, 0, 3, 2])

/** Deterministic BLS secret key number i. */
export const blsSecret = (i: number): blst.SecretKey => blst.SecretKey.fromKeygen(getBytes(id(`stkr.vector.bls.${i}`)))

export interface LocalDrand {
  readonly publicKey: string
  /** Signature of a round: G1, EIP-2537. */
  readonly sign: (round: bigint) => string
  readonly randomness: (round: bigint) => string
}

/** A drand chain with one known secret, scheme bls-unchained-g1-rfc9380. */
export function createLocalDrand(secret: bigint): LocalDrand {
  const key = bls12_381.G2.Point.BASE.multiply(secret).toAffine()
  const point = (round: bigint) => {
    const message = getBytes(sha256(toBeHex(round, 8)))
    const hashed = bls12_381.G1.hashToCurve(message, { DST: DRAND_DST })
    return bls12_381.G1.Point.fromAffine(hashed.toAffine()).multiply(secret)
  }
  return {
    publicKey: concat([key.x.c0, key.x.c1, key.y.c0, key.y.c1].map(word)),
    sign: (round) => concat([word(point(round).toAffine().x), word(point(round).toAffine().y)]),
    randomness: (round) => sha256(point(round).toBytes(true)),
  }
}

export interface Domain {
  readonly chainId: bigint
  readonly verifyingContract: string
}
const domainOf = (domain: Domain) => ({ name: 'Stkr mesh', version: '1', ...domain })

export const separatorOf = (domain: Domain): string => TypedDataEncoder.hashDomain(domainOf(domain))

const field = (type: string, name: string) => ({ type, name })
export const TYPES = {
  Registration: [field('address', 'owner'), field('bytes32', 'peerKey'), field('bytes32', 'blsKeyHash')],
  Record: [
    field('uint8', 'kind'),
    field('uint32', 'author'),
    field('uint64', 'unit'),
    field('uint32', 'sequence'),
    field('bytes32', 'bodyHash'),
  ],
  Certificate: [field('uint8', 'kind'), field('uint64', 'unit'), field('uint64', 'epoch'), field('bytes32', 'content')],
}

/** EIP-712 hash of one of the system's structs. */
export const typedHash = (domain: Domain, type: keyof typeof TYPES, value: Record<string, unknown>): string =>
  TypedDataEncoder.hash(domainOf(domain), { [type]: TYPES[type] }, value)

export const popMessage = (domain: Domain, owner: string, blsKey: string): string =>
  keccak256(
    abi.encode(
      ['bytes32', 'bytes32', 'address', 'bytes32'],
      [id('stkr.pop'), separatorOf(domain), owner, keccak256(blsKey)],
    ),
  )

/** seatSeed and auditSeed: one formula, two tags. */
export const seedOf = (tag: 'stkr.seat' | 'stkr.audit', domain: Domain, unit: bigint, randomness: string): string =>
  keccak256(abi.encode(['bytes32', 'bytes32', 'uint64', 'bytes32'], [id(tag), separatorOf(domain), unit, randomness]))

export const contentOf = (base: bigint, baseRoot: string, root: string, contentId: string): string =>
  keccak256(abi.encode(['uint64', 'bytes32', 'bytes32', 'bytes32'], [base, baseRoot, root, contentId]))

const RING_ROUNDS = Array.from({ length: 90 }, (_, round) => round)

function ringStep(seed: string, round: number, index: number, n: number): number {
  const pivot = Number(BigInt(dataSlice(keccak256(concat([seed, toBeHex(round, 1)])), 0, 8)) % BigInt(n))
  const flip = (pivot + n - index) % n
  const larger = Math.max(index, flip)
  const source = getBytes(keccak256(concat([seed, toBeHex(round, 1), toBeHex(Math.floor(larger / 256), 4)])))
  const bit = ((source[Math.floor((larger % 256) / 8)] ?? 0) >> (larger % 8)) & 1
  return bit === 1 ? flip : index
}

/** Place of a slot on the ring, and the slot at a place. */
export const placeOf = (seed: string, slot: number, n: number): number =>
  RING_ROUNDS.reduce((index, round) => ringStep(seed, round, index, n), slot)
export const slotAt = (seed: string, place: number, n: number): number =>
  RING_ROUNDS.toReversed().reduce((index, round) => ringStep(seed, round, index, n), place)

/** Certificate bytes: aggregate key, seats, signature by all seats but the absent, absentees. */
export function certificate(seats: readonly blst.SecretKey[], digest: string, absent: readonly number[]): string {
  const keys = seats.map((secret) => secret.toPublicKey())
  const signing = seats.filter((_, i) => !absent.includes(i))
  const signature = blst.aggregateSignatures(signing.map((secret) => secret.sign(getBytes(digest))))
  const missing = absent.map((i) => {
    const key = keys[i]
    if (key === undefined) throw new Error(`no seat ${i}`)
    return concat([toBeHex(i, 1), g1(key)])
  })
  return concat([g1(blst.aggregatePublicKeys(keys)), toBeHex(seats.length, 1), g2(signature), ...missing])
}

export const hex = (bytes: Uint8Array): string => hexlify(bytes)
