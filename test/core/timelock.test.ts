import { readFileSync } from 'node:fs'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { numberToBytesBE } from '@noble/curves/utils.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import ibe from 'tlock-js/crypto/ibe.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { createTimelock, ROUNDS_AHEAD_MAX, ROUNDS_CACHED_MAX, TIMELOCK_BYTES } from '../../src/core/timelock.ts'
import type { DrandChain } from '../../src/core/types.ts'

const test = suite('core/timelock')
const SEED = 0x5374
const { G1, G2, shortSignatures } = bls12_381

interface Quicknet {
  readonly chain: { readonly hash: string; readonly public_key: string; readonly genesis_time: number }
  readonly beacons: readonly { readonly round: number; readonly signature: string }[]
}
interface Vectors {
  readonly vectors: readonly {
    readonly madeBy: 'stkr' | 'tlock-js'
    readonly chain: 'quicknet' | 'own'
    readonly round: number
    readonly payload: string
    readonly sigma?: string
    readonly ciphertext: string
  }[]
}
const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))
const real = load('drand-quicknet') as Quicknet
const frozen = load('timelock') as Vectors

const quicknet: DrandChain = {
  hash: real.chain.hash,
  publicKey: hexToBytes(real.chain.public_key),
  genesisTime: real.chain.genesis_time,
  periodSeconds: 3,
}
const realBeacons = real.beacons.map(({ round, signature }) => ({ round, signature: hexToBytes(signature) }))

const OWN_SECRET = keccak256(utf8ToBytes('timelock test chain')).with(0, 1)
const own: DrandChain = {
  ...quicknet,
  hash: '00'.repeat(32),
  publicKey: shortSignatures.getPublicKey(OWN_SECRET).toBytes(true),
}
const idOf = (round: number) => sha256(numberToBytesBE(BigInt(round), 8))
const signRound = (round: number) => {
  const point = shortSignatures.hash(idOf(round), 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_')
  return { round, signature: shortSignatures.sign(point, OWN_SECRET).toBytes(true) }
}

/** Deterministic bytes: every test names its stream. */
const stream = (name: string) => {
  let count = 0
  return (length: number) => keccak256(utf8ToBytes(name), word(count++)).subarray(0, length)
}
const timelock = createTimelock({ chain: own }, { random: stream('own') })
const quicknetTimelock = createTimelock({ chain: quicknet }, { random: stream('quicknet') })

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'none'
  } catch (error) {
    assert.instance(error, Fault, `a timelock throws nothing but Faults, got ${String(error)}`)
    return (error as Fault).code
  }
}

test('what is sealed for a round opens with its beacon and with no other', () => {
  const payload = keccak256(utf8ToBytes('payload'))
  const sealed = timelock.seal(20, payload, 19)
  assert.is(sealed.length, TIMELOCK_BYTES)
  assert.equal(timelock.open(sealed, signRound(20)), payload)
  assert.is(
    codeOf(() => timelock.open(sealed, signRound(21))),
    'timelock-forged',
  )
})

test('quicknet: real beacons open what we and what tlock-js sealed', async () => {
  for (const beacon of realBeacons.slice(0, 3)) {
    const payload = keccak256(word(beacon.round))
    const ours = quicknetTimelock.seal(beacon.round, payload, 0)
    assert.equal(quicknetTimelock.open(ours, beacon), payload, `ours, round ${beacon.round}`)
    const { U, V, W } = await ibe.encryptOnG2RFC9380(quicknet.publicKey, idOf(beacon.round), payload)
    assert.equal(quicknetTimelock.open(concatBytes(U, V, W), beacon), payload, `theirs, round ${beacon.round}`)
    const theirReading = await ibe.decryptOnG2(beacon.signature, split(ours))
    assert.equal(Uint8Array.from(theirReading), payload, `ours read by tlock-js, round ${beacon.round}`)
  }
})

const split = (bytes: Uint8Array) => ({ U: bytes.slice(0, 96), V: bytes.slice(96, 128), W: bytes.slice(128) })

test('own chain: interoperates with tlock-js both ways', async () => {
  for (const round of [1, 77, 2 ** 40]) {
    const payload = keccak256(word(round))
    const beacon = signRound(round)
    const { U, V, W } = await ibe.encryptOnG2RFC9380(own.publicKey, idOf(round), payload)
    assert.equal(timelock.open(concatBytes(U, V, W), beacon), payload, `theirs, round ${round}`)
    const ours = timelock.seal(round, payload, round - 1)
    assert.equal(Uint8Array.from(await ibe.decryptOnG2(beacon.signature, split(ours))), payload, `ours, round ${round}`)
  }
})

test('frozen vectors: a changed vector is a changed protocol', () => {
  assert.ok(frozen.vectors.length >= 6)
  for (const vector of frozen.vectors) {
    const where = `${vector.madeBy}, ${vector.chain}, round ${vector.round}`
    const chain = vector.chain === 'own' ? own : quicknet
    const beacon = vector.chain === 'own' ? signRound(vector.round) : realBeacons.find((b) => b.round === vector.round)
    assert.ok(beacon, where)
    const random = () => hexToBytes(vector.sigma ?? '')
    const subject = createTimelock({ chain }, { random })
    assert.is(toHex(subject.open(hexToBytes(vector.ciphertext), beacon)), `0x${vector.payload}`, where)
    if (vector.sigma === undefined) continue
    const again = subject.seal(vector.round, hexToBytes(vector.payload), vector.round - 1)
    assert.is(toHex(again), `0x${vector.ciphertext}`, where)
  }
})

test('rounds and payloads out of range are refused when sealing', () => {
  const payload = new Uint8Array(32)
  const cases: readonly [string, number, number, Uint8Array][] = [
    ['timelock-round', 0, 0, payload],
    ['timelock-round', -1, -2, payload],
    ['timelock-round', 1.5, 0, payload],
    ['timelock-round', Number.NaN, 0, payload],
    ['timelock-round', 2 ** 53, 2 ** 53 - 2, payload],
    ['timelock-round-past', 7, 7, payload],
    ['timelock-round-past', 7, 8, payload],
    ['timelock-round-far', ROUNDS_AHEAD_MAX + 8, 7, payload],
    ['timelock-payload', 8, 7, new Uint8Array(31)],
    ['timelock-payload', 8, 7, new Uint8Array(33)],
  ]
  for (const [code, round, newest, bytes] of cases)
    assert.is(
      codeOf(() => timelock.seal(round, bytes, newest)),
      code,
      `${code}: round ${round} after ${newest}`,
    )
  assert.is(timelock.seal(ROUNDS_AHEAD_MAX + 7, payload, 7).length, TIMELOCK_BYTES)
})

test('a wrong beacon is our trouble, never the bidder’s', () => {
  const sealed = timelock.seal(30, new Uint8Array(32), 29)
  const beacon = signRound(30)
  const foreign = realBeacons[0]?.signature ?? new Uint8Array()
  const cases: readonly [string, string, { round: number; signature: Uint8Array }][] = [
    ['another round’s signature', 'timelock-beacon', { round: 30, signature: signRound(31).signature }],
    ['another chain’s signature', 'timelock-beacon', { round: 30, signature: foreign }],
    ['infinity', 'timelock-beacon', { round: 30, signature: G1.Point.ZERO.toBytes(true) }],
    ['no signature', 'timelock-beacon', { round: 30, signature: new Uint8Array() }],
    ['round 0', 'timelock-round', { round: 0, signature: beacon.signature }],
  ]
  for (const [name, code, wrong] of cases) {
    try {
      timelock.open(sealed, wrong)
      assert.unreachable(name)
    } catch (error) {
      assert.instance(error, Fault, name)
      assert.is((error as Fault).code, code, name)
      assert.is((error as Fault).verdict, 'ignore', name)
    }
  }
  assert.equal(timelock.open(sealed, beacon), new Uint8Array(32), 'the right one still opens')
})

/** A point of the curve outside the prime-order subgroup: the torsion check has to see it. */
function offSubgroup(): Uint8Array {
  for (let x = 1; ; x++) {
    const bytes = new Uint8Array(96)
    bytes.set([0x80])
    bytes.set([x], 95)
    try {
      const point = G2.Point.fromBytes(bytes)
      if (!point.isTorsionFree()) return bytes
    } catch (error) {
      if (String(error).includes('subgroup')) return bytes
    }
  }
}

test('malformed ciphertexts are refused by code', () => {
  const beacon = signRound(40)
  const good = timelock.seal(40, keccak256(word(1)), 39)
  const withU = (u: Uint8Array) => concatBytes(u, good.subarray(96))
  const flip = (index: number, mask: number) => good.with(index, (good[index] ?? 0) ^ mask)
  const cases: readonly [string, string, Uint8Array][] = [
    ['empty', 'timelock-length', new Uint8Array()],
    ['one short', 'timelock-length', good.subarray(1)],
    ['one long', 'timelock-length', concatBytes(good, Uint8Array.of(0))],
    ['zeros', 'timelock-point', new Uint8Array(160)],
    ['infinity', 'timelock-point', withU(G2.Point.ZERO.toBytes(true))],
    ['outside the subgroup', 'timelock-point', withU(offSubgroup())],
    ['coordinate not reduced', 'timelock-point', withU(new Uint8Array(96).fill(0xff).with(0, 0x9f))],
    ['uncompressed flag', 'timelock-point', flip(0, 0x80)],
    ['the other y', 'timelock-forged', flip(0, 0x20)],
    ['another U', 'timelock-forged', withU(G2.Point.BASE.toBytes(true))],
    ['V altered', 'timelock-forged', flip(96, 1)],
    ['W altered', 'timelock-forged', flip(159, 1)],
  ]
  for (const [name, code, bytes] of cases)
    assert.is(
      codeOf(() => timelock.open(bytes, beacon)),
      code,
      name,
    )
})

test('fuzz: random and mutated ciphertexts get a code, never a payload', () => {
  const beacon = signRound(50)
  const good = timelock.seal(50, keccak256(word(2)), 49)
  const expected = ['timelock-length', 'timelock-point', 'timelock-forged']
  const check = (bytes: Uint8Array) =>
    assert.ok(expected.includes(codeOf(() => timelock.open(bytes, beacon))), toHex(bytes))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { seed: SEED, numRuns: 100 })
  const mutation = fc.tuple(fc.nat({ max: 159 }), fc.integer({ min: 1, max: 255 }))
  const mutate = ([index, mask]: [number, number]) => check(good.with(index, (good[index] ?? 0) ^ mask))
  fc.assert(fc.property(mutation, mutate), { seed: SEED, numRuns: 40 })
})

test('property: any payload survives, and no two sealings are alike', () => {
  const beacon = signRound(60)
  const property = fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (payload) => {
    const [first, second] = [timelock.seal(60, payload, 59), timelock.seal(60, payload, 59)]
    assert.equal(timelock.open(first, beacon), payload)
    assert.is.not(toHex(first), toHex(second))
  })
  fc.assert(property, { seed: SEED, numRuns: 10 })
})

test('a chain whose key is no key is refused', () => {
  const keys = [new Uint8Array(96), G2.Point.ZERO.toBytes(true), own.publicKey.subarray(1), offSubgroup()]
  for (const publicKey of keys) {
    const make = () => createTimelock({ chain: { ...own, publicKey } }, { random: stream('none') })
    assert.is(codeOf(make), 'chain-key', toHex(publicKey))
  }
})

test('more rounds than are cached still seal and open', () => {
  // A round that fell out of the cache costs a pairing again and nothing else.
  const first = timelock.seal(1000, new Uint8Array(32), 0)
  for (let round = 1001; round <= 1000 + ROUNDS_CACHED_MAX; round++) timelock.seal(round, new Uint8Array(32), 0)
  assert.equal(timelock.open(first, signRound(1000)), new Uint8Array(32))
})

test.run()
