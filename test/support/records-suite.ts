// The suite of the ports `RecordSigner` and `RecordVerifier`: same bytes, same refusals in every implementation.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { recoverAddress } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatBytes, keccak256, toHex } from '../../src/core/bytes.ts'
import type { RecordSigner, RecordVerifier } from '../../src/core/ports.ts'
import { nobleRecordSigner } from '../../src/core/signature.ts'

export interface Records {
  readonly signer: (secret: Uint8Array) => RecordSigner
  readonly verifier: RecordVerifier
}

const secret = keccak256(Uint8Array.of(1))
const digest = keccak256(Uint8Array.of(2))
const other = keccak256(Uint8Array.of(3))
const ORDER = secp256k1.Point.Fn.ORDER

const number = (bytes: Uint8Array): bigint => BigInt(toHex(bytes))
const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'))

export const recordsSuite = (name: string, { signer: signerOf, verifier }: Records, fuzzRuns: number): void => {
  const test = suite(`records: ${name}`)
  const signer = signerOf(secret)
  const signature = signer.sign(digest)

  test('gives the address and signature of the reference, the same each time', () => {
    const reference = nobleRecordSigner(secret)
    assert.is(signer.address, reference.address)
    assert.is(toHex(signature), toHex(reference.sign(digest)))
    assert.is(toHex(signer.sign(digest)), toHex(signature))
  })

  test('verifies for its author and digest only, at first sight and later', () => {
    const stranger = signerOf(keccak256(Uint8Array.of(4)))
    for (const round of ['first', 'later']) {
      assert.not(verifier.verify(stranger.address, digest, signature), `${round}: another's address`)
      assert.not(verifier.verify(signer.address, other, signature), `${round}: another digest`)
      assert.ok(verifier.verify(signer.address, digest, signature), `${round}: its own`)
      assert.not(verifier.verify(signer.address, digest, stranger.sign(digest)), `${round}: another's signature`)
    }
  })

  test('accepts exactly what ecrecover maps to the address', () => {
    for (let index = 0; index < 8; index++) {
      const digestOf = keccak256(Uint8Array.of(5, index))
      const made = signer.sign(digestOf)
      const recovered = [27, 28].map((v) =>
        recoverAddress(toHex(digestOf), { r: toHex(made.subarray(0, 32)), s: toHex(made.subarray(32)), v }),
      )
      const matches = recovered.some((address) => address.toLowerCase() === signer.address)
      assert.ok(matches && verifier.verify(signer.address, digestOf, made), `digest ${index}`)
    }
  })

  test('signs with low s and refuses the same signature with high s', () => {
    const s = number(signature.subarray(32))
    assert.ok(s <= ORDER / 2n)
    const high = concatBytes(signature.subarray(0, 32), word(ORDER - s))
    assert.not(verifier.verify(signer.address, digest, high))
  })

  test('refuses r and s that no signature can have', () => {
    const r = signature.subarray(0, 32)
    const s = signature.subarray(32)
    const cases: readonly (readonly [string, Uint8Array])[] = [
      ['r = 0', concatBytes(word(0n), s)],
      ['s = 0', concatBytes(r, word(0n))],
      ['r = n', concatBytes(word(ORDER), s)],
      ['s = n', concatBytes(r, word(ORDER))],
      ['all ones', new Uint8Array(64).fill(0xff)],
      ['empty', new Uint8Array(0)],
      ['65 bytes', concatBytes(signature, Uint8Array.of(27))],
      ['63 bytes', signature.subarray(1)],
    ]
    for (const [what, bytes] of cases) assert.not(verifier.verify(signer.address, digest, bytes), what)
  })

  test('says false to random and mutated bytes, never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 40 }), (bytes, anyDigest) => {
        assert.not(verifier.verify(signer.address, digest, bytes), 'signature')
        assert.not(verifier.verify(signer.address, anyDigest, signature), 'digest')
      }),
      { numRuns: fuzzRuns },
    )
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const mutated = Uint8Array.from(signature)
        mutated[position] = (mutated[position] ?? 0) ^ flip
        assert.not(verifier.verify(signer.address, digest, mutated))
      }),
      { numRuns: fuzzRuns },
    )
  })

  test.run()
}
