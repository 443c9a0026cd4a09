// The suite of the port `Bls`: every implementation gives the same bytes and the same refusals.
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, toHex } from '../../src/core/bytes.ts'
import { nobleBls } from '../../src/core/bls.ts'
import type { Bls } from '../../src/core/ports.ts'
import { outsideG1 } from './points.ts'

const secret = (index: number): Uint8Array => {
  const bytes = sha256(Uint8Array.of(index))
  bytes[0] = 1 // below the group order
  return bytes
}
const digest = sha256(Uint8Array.of(99))
const other = sha256(Uint8Array.of(98))
const infinity = (size: number): Uint8Array => Uint8Array.of(0xc0, ...new Uint8Array(size - 1))

/** Registers the suite under `name`. `fuzzRuns` scales with the implementation's speed. */
export const blsSuite = (name: string, bls: Bls, fuzzRuns: number): void => {
  const test = suite(`Bls: ${name}`)
  const keys = [1, 2, 3].map((index) => bls.publicKey(secret(index)))
  const [key] = keys
  assert.ok(key)
  const signature = bls.sign(secret(1), digest)

  test('gives the bytes of the reference', () => {
    assert.is(toHex(key), toHex(nobleBls.publicKey(secret(1))))
    assert.is(toHex(signature), toHex(nobleBls.sign(secret(1), digest)))
  })

  test('verifies what was signed and nothing else', () => {
    assert.ok(bls.verify(key, digest, signature))
    assert.not(bls.verify(key, other, signature), 'another digest')
    assert.not(bls.verify(bls.publicKey(secret(2)), digest, signature), 'another key')
    assert.not(bls.verify(key, digest, bls.sign(secret(2), digest)), "another's signature")
  })

  test('verifies an aggregate of exactly the signers', () => {
    const aggregate = bls.aggregateSignatures([1, 2, 3].map((index) => bls.sign(secret(index), digest)))
    assert.ok(bls.verifyAggregate(keys, digest, aggregate))
    assert.ok(bls.verifyAggregate([...keys].reverse(), digest, aggregate), 'order does not matter')
    assert.not(bls.verifyAggregate(keys.slice(1), digest, aggregate), 'one key missing')
    assert.not(bls.verifyAggregate([...keys, key], digest, aggregate), 'one key twice')
    assert.not(bls.verifyAggregate(keys, other, aggregate), 'another digest')
    assert.not(bls.verifyAggregate([], digest, aggregate), 'nobody')
  })

  test('refuses infinity as key and as signature', () => {
    assert.not(bls.verify(infinity(48), digest, infinity(96)))
    assert.not(bls.verify(key, digest, infinity(96)))
    assert.not(bls.verifyAggregate([key, infinity(48)], digest, signature))
  })

  test('refuses keys that cancel each other out', () => {
    const point = bls12_381.G1.Point.fromBytes(key)
    const opposite = point.negate().toBytes(true)
    assert.not(bls.verifyAggregate([key, opposite], digest, infinity(96)))
    assert.not(bls.verifyAggregate([key, opposite], digest, signature))
  })

  test('refuses a key outside the subgroup, off the curve or with a coordinate beyond the field', () => {
    const beyond = new Uint8Array(48).fill(0xff)
    beyond[0] = 0x9f
    const offCurve = Uint8Array.from(key)
    for (const bytes of [
      outsideG1(),
      beyond,
      new Uint8Array(48),
      bls12_381.G1.Point.BASE.toBytes(false),
      offCurve.subarray(1),
    ]) {
      assert.not(bls.verify(bytes, digest, signature), toHex(bytes))
    }
  })

  test('refuses to aggregate what is no signature', () => {
    assert.throws(() => bls.aggregateSignatures([]))
    assert.throws(() => bls.aggregateSignatures([signature, new Uint8Array(96)]))
    assert.throws(() => bls.aggregateSignatures([signature.subarray(1)]))
  })

  test('says false to random and mutated bytes, never throws', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    const check = (run: boolean): void => {
      assert.not(run)
    }
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        check(bls.verify(a, digest, signature))
        check(bls.verify(key, digest, b))
        check(bls.verifyAggregate([key, a], digest, b))
      }),
      { numRuns: fuzzRuns },
    )
    fc.assert(
      fc.property(fc.nat(143), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const both = concatBytes(key, signature)
        both[position] = (both[position] ?? 0) ^ flip
        check(bls.verify(both.subarray(0, 48), digest, both.subarray(48)))
      }),
      { numRuns: fuzzRuns },
    )
  })

  test.run()
}
