// The one door, with real quicknet beacons, noble as the second implementation, and everything that must not pass.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { beaconMessage, chainHash } from '../../src/beacon/chain-info.ts'
import { BEACON_DST, loadPairing } from '../../src/beacon/pairing.ts'
import { createBeaconVerifier, FUTURE_TOLERANCE_MS } from '../../src/beacon/verify.ts'
import type { BeaconVerifier } from '../../src/beacon/verify.ts'
import { roundDueAt } from '../../src/core/clock.ts'
import { Fault } from '../../src/core/errors.ts'
import { createLocal } from '../support/local-beacons.ts'
import { codeRejected, codeThrown } from '../support/faults.ts'
import { outsideG1 } from '../support/points.ts'
import { quicknet } from '../support/quicknet.ts'

const test = suite('beacon verify')
const LATER = roundDueAt(quicknet.chain, 2 ** 40)
const [first, second] = quicknet.beacons
assert.ok(first && second)

const open = (now = LATER): Promise<BeaconVerifier> =>
  createBeaconVerifier({ chain: quicknet.chain }, { clock: { now: () => now } })

const infinity = (size: number): Uint8Array => Uint8Array.of(0xc0, ...new Uint8Array(size - 1))

test("quicknet's chain hash is computed as drand does", () => {
  const { chain, groupHash, beaconId } = quicknet
  const parameters = {
    publicKey: bytesToHex(chain.publicKey),
    period: 3,
    genesis: chain.genesisTime,
    groupHash,
    beaconId,
  }
  assert.is(chainHash(parameters), chain.hash)
})

test('messages and hashes to the curve are those of the vectors', async () => {
  const pairing = await loadPairing()
  for (const { round, message, hashToG1Eip2537 } of quicknet.beacons.slice(0, 4)) {
    assert.is(bytesToHex(beaconMessage(round)), message, `message of ${round}`)
    const point = bls12_381.G1.Point.fromBytes(pairing.hashToG1(beaconMessage(round)).serialize()).toBytes(false)
    const padded = [point.subarray(0, 48), point.subarray(48)]
      .map((part) => bytesToHex(part).padStart(128, '0'))
      .join('')
    assert.is(padded, hashToG1Eip2537, `hash of ${round}`)
  }
})

test('every real beacon passes, with and without its randomness', async () => {
  const verifier = await open()
  for (const { round, signature, randomness } of quicknet.beacons) {
    const beacon = verifier.verify({ round, signature, randomness })
    assert.is(bytesToHex(beacon.randomness), bytesToHex(randomness), `round ${round}`)
    assert.is(
      bytesToHex(verifier.verify({ round, signature }).signature),
      bytesToHex(signature),
      `round ${round} again`,
    )
  }
})

test('agrees with noble on right and swapped rounds', async () => {
  const scheme = bls12_381.shortSignatures
  const noble = (round: number, signature: Uint8Array): boolean =>
    scheme.verify(signature, scheme.hash(beaconMessage(round), BEACON_DST), quicknet.chain.publicKey)
  for (const [round, signature] of [
    [first.round, first.signature],
    [first.round, second.signature],
    [second.round, second.signature],
  ] as const) {
    const verifier = await open()
    const passes = codeThrown(() => verifier.verify({ round, signature })) === 'nothing'
    assert.is(passes, noble(round, signature), `round ${round}`)
  }
})

test('refuses each way to be wrong by its code', async () => {
  const verifier = await open()
  const { round, signature } = second
  const uncompressed = bls12_381.G1.Point.BASE.toBytes(false)
  const beyondField = Uint8Array.of(0x9f, ...new Uint8Array(47).fill(0xff))
  const flagless = Uint8Array.of((signature[0] ?? 0) & 0x7f, ...signature.subarray(1))
  const cases: readonly (readonly [string, Parameters<BeaconVerifier['verify']>[0]])[] = [
    ['beacon-round', { round: 0, signature }],
    ['beacon-round', { round: -1, signature }],
    ['beacon-round', { round: 1.5, signature }],
    ['beacon-round', { round: Number.NaN, signature }],
    ['beacon-round', { round: 2 ** 53, signature }],
    ['beacon-signature-length', { round, signature: signature.subarray(1) }],
    ['beacon-signature-length', { round, signature: uncompressed }],
    ['beacon-signature-length', { round, signature: new Uint8Array(0) }],
    ['beacon-randomness', { round, signature, randomness: new Uint8Array(32) }],
    ['beacon-randomness', { round, signature, randomness: second.randomness.subarray(1) }],
    ['beacon-signature-point', { round, signature: infinity(48) }],
    ['beacon-signature-point', { round, signature: beyondField }],
    ['beacon-signature-point', { round, signature: flagless }],
    ['beacon-signature-point', { round, signature: new Uint8Array(48) }],
    ['beacon-signature', { round, signature: first.signature }],
    ['beacon-signature', { round: round + 1, signature }],
    ['beacon-signature', { round, signature: bls12_381.G1.Point.BASE.toBytes(true) }],
  ]
  for (const [code, claim] of cases) {
    assert.is(
      codeThrown(() => verifier.verify(claim)),
      code,
      `${code}: round ${claim.round}`,
    )
  }
})

test('refuses a point of the curve outside the subgroup', async () => {
  const verifier = await open()
  assert.is(
    codeThrown(() => verifier.verify({ round: 1, signature: outsideG1() })),
    'beacon-signature-point',
  )
})

test("refuses another chain's beacon, even of the same scheme", async () => {
  const local = await createLocal()
  assert.is(
    codeThrown(() => local.verifier.verify({ round: first.round, signature: first.signature })),
    'beacon-signature',
  )
})

test('a round is future until its time minus the tolerance, and that is no proof of guilt', async () => {
  const due = roundDueAt(quicknet.chain, second.round)
  const early = await open(due - FUTURE_TOLERANCE_MS - 1)
  try {
    early.verify(second)
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'beacon-future' && error.verdict === 'ignore')
  }
  const justDue = await open(due - FUTURE_TOLERANCE_MS)
  assert.is(justDue.verify(second).round, second.round)
})

test('a known round is answered from memory and contradicted at once', async () => {
  const local = await createLocal()
  const claim = local.claim(1)
  const beacon = local.verifier.verify(claim)
  assert.is(local.verifier.verify(claim), beacon)
  const negated = Uint8Array.of((claim.signature[0] ?? 0) ^ 0x20, ...claim.signature.subarray(1))
  assert.is(
    codeThrown(() => local.verifier.verify({ round: 1, signature: negated })),
    'beacon-signature',
  )
  claim.signature.fill(0)
  assert.is(bytesToHex(beacon.signature), bytesToHex(local.claim(1).signature), "the caller's buffer is not ours")
})

test('a key that is no point, infinity, or too short is refused at once', async () => {
  for (const publicKey of [infinity(96), new Uint8Array(96), quicknet.chain.publicKey.subarray(1)]) {
    const opening = createBeaconVerifier({ chain: { ...quicknet.chain, publicKey } }, { clock: { now: () => 0 } })
    assert.is(await codeRejected(opening), 'chain-key', `${publicKey.length} bytes, first ${publicKey[0]}`)
  }
})

test('random and mutated claims are refused with a code', async () => {
  const verifier = await open()
  const refusal = /^beacon-(round|signature|signature-length|signature-point|randomness|future)$/
  fc.assert(
    fc.property(fc.double(), fc.uint8Array({ maxLength: 64 }), (round, signature) => {
      assert.match(
        codeThrown(() => verifier.verify({ round, signature })),
        refusal,
      )
    }),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.nat(47), fc.integer({ min: 1, max: 255 }), (position, flip) => {
      const signature = Uint8Array.from(first.signature)
      signature[position] = (signature[position] ?? 0) ^ flip
      assert.match(
        codeThrown(() => verifier.verify({ round: first.round, signature })),
        refusal,
      )
    }),
    { numRuns: 100 },
  )
})

test.run()
