// BLS12-381 certificates in portable JavaScript: the reference behind the `Bls` port, used in browsers, in `stkr verify`
// and as the cross-check of the native one. About thirty times slower than blst; same bytes, same refusals.
// Minimal-pubkey-size ciphersuite with proof of possession (draft-irtf-cfrg-bls-signature-05, 3.3 and 4.2.3).

import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { Bls } from './ports.ts'

export const BLS_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'

const scheme = bls12_381.longSignatures
const hash = (digest: Uint8Array) => scheme.hash(digest, BLS_DST)

function keyPoint(publicKey: Uint8Array) {
  const point = bls12_381.G1.Point.fromBytes(publicKey)
  // Infinity as key and signature verifies anything: adding it proves nothing, so it is never a key.
  if (point.is0()) throw new Error('public key is the point at infinity')
  point.assertValidity()
  return point
}

function check(publicKeys: readonly Uint8Array[], digest: Uint8Array, signature: Uint8Array): boolean {
  if (publicKeys.length === 0) return false
  try {
    const signaturePoint = bls12_381.G2.Point.fromBytes(signature)
    if (signaturePoint.is0()) return false
    const key = publicKeys.map(keyPoint).reduce((sum, point) => sum.add(point))
    // Keys that cancel each other out would leave a signature that says nothing about anybody.
    return !key.is0() && scheme.verify(signaturePoint, hash(digest), key)
  } catch {
    return false
  }
}

export const nobleBls: Bls = {
  publicKey: (secretKey) => scheme.getPublicKey(secretKey).toBytes(true),
  sign: (secretKey, digest) => scheme.sign(hash(digest), secretKey).toBytes(true),
  verify: (publicKey, digest, signature) => check([publicKey], digest, signature),
  verifyAggregate: check,
  aggregateSignatures: (signatures) =>
    signatures
      .map((signature) => bls12_381.G2.Point.fromBytes(signature))
      .reduce((sum, point) => sum.add(point))
      .toBytes(true),
}
