// EIP-2537 encodings: both ways, against the generators the standard prints, and against everything that is no point.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nobleBls } from '../../src/core/bls.ts'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { compressG1, compressG2, expandG1, expandG2, sumG1 } from '../../src/core/eip2537.ts'
import { codeOf } from '../../src/core/errors.ts'
import { codeThrown } from '../support/faults.ts'

const test = suite('core/eip2537')
const { G1, G2 } = bls12_381
const PAD = '00'.repeat(16)

/** Generators as the BLS12-381 specification prints their coordinates. */
const G1_X = '17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const G1_Y = '08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1'
const G2_X0 = '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'
const G2_X1 = '13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e'
const G2_Y0 = '0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801'
const G2_Y1 = '0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be'

test('the generators: padded to 64 bytes, c0 before c1', () => {
  assert.is(toHex(expandG1(G1.Point.BASE.toBytes(true))), `0x${PAD}${G1_X}${PAD}${G1_Y}`)
  const g2 = [G2_X0, G2_X1, G2_Y0, G2_Y1].map((element) => PAD + element).join('')
  assert.is(toHex(expandG2(G2.Point.BASE.toBytes(true))), `0x${g2}`)
})

const secret = fc.bigInt({ min: 1n, max: bls12_381.fields.Fr.ORDER - 1n })

test('there and back is the same point', () => {
  const seed = Date.now()
  const property = fc.property(secret, (scalar) => {
    const g1 = G1.Point.BASE.multiply(scalar).toBytes(true)
    const g2 = G2.Point.BASE.multiply(scalar).toBytes(true)
    assert.equal(compressG1(expandG1(g1)), g1, `seed ${seed}`)
    assert.equal(compressG2(expandG2(g2)), g2, `seed ${seed}`)
  })
  fc.assert(property, { seed, numRuns: 10 })
})

test('a sum of keys verifies what all of them signed', () => {
  const secrets = [1, 2, 3].map((n) => new Uint8Array(32).fill(n))
  const keys = secrets.map(nobleBls.publicKey)
  const digest = new Uint8Array(32).fill(7)
  const signature = nobleBls.aggregateSignatures(secrets.map((key) => nobleBls.sign(key, digest)))
  assert.ok(nobleBls.verify(compressG1(sumG1(keys)), digest, signature))
})

const infinityG1 = G1.Point.ZERO.toBytes(true)
const infinityG2 = G2.Point.ZERO.toBytes(true)
const negated = G1.Point.BASE.negate().toBytes(true)
/** On the curve y² = x³ + 4, but not of the prime order: x = 4 has a root and no cofactor was cleared. */
const outsideG1 = fromHex(`0x80${'00'.repeat(46)}04`)
const dirty = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
const base1 = expandG1(G1.Point.BASE.toBytes(true))
const base2 = expandG2(G2.Point.BASE.toBytes(true))

const WRONG: readonly (readonly [what: string, run: () => unknown])[] = [
  ['infinity in G1', () => expandG1(infinityG1)],
  ['infinity in G2', () => expandG2(infinityG2)],
  ['all zero, expanded G1', () => compressG1(new Uint8Array(128))],
  ['all zero, expanded G2', () => compressG2(new Uint8Array(256))],
  ['no bytes', () => expandG1(new Uint8Array())],
  ['an uncompressed G1 point', () => expandG1(G1.Point.BASE.toBytes(false))],
  ['a G1 point outside the subgroup', () => expandG1(outsideG1)],
  ['a G1 point where G2 is wanted', () => expandG2(G1.Point.BASE.toBytes(true))],
  ['dirty padding in G1', () => compressG1(dirty(base1, 0))],
  ['dirty padding in G2', () => compressG2(dirty(base2, 64))],
  ['another y in G1', () => compressG1(dirty(base1, 127))],
  ['another y in G2', () => compressG2(dirty(base2, 255))],
  ['a byte missing', () => compressG1(base1.subarray(1))],
  ['a sum of nothing', () => sumG1([])],
  ['keys that cancel out', () => sumG1([G1.Point.BASE.toBytes(true), negated])],
]
for (const [what, run] of WRONG) test(`${what} is refused`, () => assert.is(codeThrown(run), 'bad-point'))

test('random and mutated bytes are points or refused by code', () => {
  const seed = Date.now()
  const outcome = (run: () => unknown): string => {
    try {
      run()
      return 'point'
    } catch (error) {
      return codeOf(error)
    }
  }
  const mutated = fc.tuple(fc.nat(255), fc.nat(255)).map(([at, byte]) => {
    const bytes = base2.slice()
    bytes[at] = byte
    return bytes
  })
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 260 }), mutated)
  const property = fc.property(bytes, (input) => {
    for (const decode of [expandG1, expandG2, compressG1, compressG2])
      assert.ok(['point', 'bad-point'].includes(outcome(() => decode(input))), `seed ${seed}`)
  })
  fc.assert(property, { seed, numRuns: 200 })
})

test.run()
