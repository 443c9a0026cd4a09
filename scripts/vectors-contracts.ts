// Writes test/vectors/contracts.json: what forge's cross-check replays against the Solidity, computed by blst, noble,
// ethers and @openzeppelin/merkle-tree. Promises the same bytes on every run; a changed vector is a changed protocol.
// `--check` writes nothing and fails if the file is stale.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { StandardMerkleTree } from '@openzeppelin/merkle-tree'
import { SigningKey, computeAddress, concat, getBytes, id, keccak256, toBeHex } from 'ethers'
import * as reference from './reference.ts'

const FILE = join(import.meta.dirname, '../test/vectors/contracts.json')
const DOMAIN = { chainId: 31337n, verifyingContract: '0x00000000000000000000000000005374c0ffee01' }
const OWNER = '0x00000000000000000000000000000000000a11ce'
const DRAND = reference.createLocalDrand(BigInt(id('stkr.vector.drand')) >> 8n)
const GENESIS_ROUND = 101n
const SEATS = 8
const LEAF = ['uint32', 'uint32', 'uint16', 'uint32', 'uint16', 'uint64', 'uint64', 'uint64', 'uint64']

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const signingKey = (i: number): SigningKey => new SigningKey(id(`stkr.vector.record.${i}`))

function hashToG2(seed: string): { message: string; point: string } {
  const message = id(seed)
  const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'
  const point = bls12_381.G2.Point.fromAffine(bls12_381.G2.hashToCurve(getBytes(message), { DST }).toAffine())
  const { x, y } = point.toAffine()
  return { message, point: concat([x.c0, x.c1, y.c0, y.c1].map((value) => toBeHex(value, 64))) }
}

function sidecar(i: number) {
  const secret = reference.blsSecret(i)
  const blsKey = reference.g1(secret.toPublicKey())
  const peerKey = id(`stkr.vector.peer.${i}`)
  const proof = secret.sign(getBytes(reference.popMessage(DOMAIN, OWNER, blsKey)))
  const registration = { owner: OWNER, peerKey, blsKeyHash: keccak256(blsKey) }
  return {
    signer: computeAddress(signingKey(i)),
    peerKey,
    blsKey,
    popMessage: reference.popMessage(DOMAIN, OWNER, blsKey),
    blsProof: reference.g2(proof),
    signerProof: signingKey(i).sign(reference.typedHash(DOMAIN, 'Registration', registration)).serialized,
  }
}

function record(author: number, body: string) {
  const value = { kind: 4, author, unit: 77n, sequence: 2, bodyHash: id(body) }
  const { r, s } = signingKey(author - 1).sign(reference.typedHash(DOMAIN, 'Record', value))
  return { bodyHash: value.bodyHash, signature: concat([r, s]) }
}

function ring(n: number) {
  const seed = id(`stkr.vector.ring.${n}`)
  const slots = range(Math.min(n, 12)).map((i) => (n <= 12 ? i : (i * 104_729) % n))
  const places = slots.map((slot) => reference.placeOf(seed, slot, n))
  const back = places.map((place) => reference.slotAt(seed, place, n))
  if (back.join() !== slots.join()) throw new Error(`bug: the ring of ${n} does not invert`)
  return { n, seed, slots, places }
}

function certificate(absent: readonly number[]) {
  const value = { kind: 1, unit: 5n, epoch: 0n, content: id('stkr.vector.content') }
  const digest = reference.typedHash(DOMAIN, 'Certificate', value)
  const seats = range(SEATS).map((i) => reference.blsSecret(i))
  return { content: value.content, digest, certificate: reference.certificate(seats, digest, absent) }
}

function tree() {
  const leaves = range(5).map((i) => [i + 1, i, 9_900 + i, 40 * i, 4, 21_000_000 + i, 12, 118_800 + i, 9 * i])
  const built = StandardMerkleTree.of(leaves, LEAF)
  return { root: built.root, leaf: leaves[3], proof: built.getProof(3) }
}

function vectors() {
  const randomness = DRAND.randomness(GENESIS_ROUND)
  return {
    chainId: Number(DOMAIN.chainId),
    sidecars: DOMAIN.verifyingContract,
    separator: reference.separatorOf(DOMAIN),
    owner: OWNER,
    hashToG2: range(6).map((i) => hashToG2(`stkr.vector.message.${i}`)),
    members: range(SEATS).map(sidecar),
    beacon: { round: Number(GENESIS_ROUND), key: DRAND.publicKey, signature: DRAND.sign(GENESIS_ROUND), randomness },
    seatSeed: reference.seedOf('stkr.seat', DOMAIN, 0n, randomness),
    auditSeed: reference.seedOf('stkr.audit', DOMAIN, 0n, randomness),
    rings: [2, 3, 8, 256, 257, 1_000, 65_537].map(ring),
    equivocation: { author: 3, kind: 4, unit: 77, sequence: 2, a: record(3, 'left'), b: record(3, 'right') },
    certificates: [certificate([]), certificate([3]), certificate([0, 7])],
    tree: tree(),
    contentOf: reference.contentOf(7n, id('base'), id('root'), id('content')),
  }
}

const text = `${JSON.stringify(vectors(), null, 1)}\n`
const current = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
if (process.argv.includes('--check')) {
  if (text !== current) throw new Error('test/vectors/contracts.json is stale: run scripts/vectors-contracts.ts')
} else {
  writeFileSync(FILE, text)
}
