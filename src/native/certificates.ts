// BLS12-381 certificates on blst: the ports Bls and CertificateSigner, thirty times faster than core/bls.ts with the
// same bytes and the same refusals (draft-irtf-cfrg-bls-signature-05, minimal-pubkey-size, proof of possession).
// Promises: what strangers send never throws, infinity and points outside the subgroup are refused, keys once checked
// are kept within a bound. Possession is proven at registration, not here: aggregates rest on that.
import blst from '@chainsafe/blst'
import { toHex } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { Bls, CertificateSigner } from '../core/ports.ts'
import { createLru } from './lru.ts'

const KEY_BYTES = 48
const SIGNATURE_BYTES = 96
/** Twice the largest network; a parsed key takes about 200 bytes. */
const KEPT_KEYS = 8_192

const keys = createLru<blst.PublicKey>(KEPT_KEYS)

/** Decompressing and checking the subgroup costs a quarter of a verification, and the same keys come every period. */
const keyOf = (bytes: Uint8Array): blst.PublicKey | undefined => {
  if (bytes.length !== KEY_BYTES) return undefined // blst would take the uncompressed form as well
  const name = toHex(bytes)
  const known = keys.get(name)
  if (known) return known
  try {
    const key = blst.PublicKey.fromBytes(bytes, true)
    keys.put(name, key)
    return key
  } catch {
    return undefined
  }
}

const signatureOf = (bytes: Uint8Array): blst.Signature | undefined => {
  if (bytes.length !== SIGNATURE_BYTES) return undefined
  try {
    return blst.Signature.fromBytes(bytes, true, true)
  } catch {
    return undefined
  }
}

const secretOf = (bytes: Uint8Array): blst.SecretKey => {
  try {
    return blst.SecretKey.fromBytes(bytes)
  } catch {
    throw new Fault('bad-secret', 'the certificate key is not a BLS12-381 secret: check the key file')
  }
}

const sumOf = (publicKeys: readonly Uint8Array[]): blst.PublicKey | undefined => {
  const parsed = publicKeys.flatMap((bytes) => keyOf(bytes) ?? [])
  if (parsed.length !== publicKeys.length || parsed.length === 0) return undefined
  return parsed.length === 1 ? parsed[0] : blst.aggregatePublicKeys(parsed)
}

const check = (publicKeys: readonly Uint8Array[], digest: Uint8Array, signature: Uint8Array): boolean => {
  const point = signatureOf(signature)
  const key = sumOf(publicKeys)
  if (!point || !key) return false
  // The sum is validated again: keys that cancel each other out would let anything pass.
  return blst.verify(digest, key, point, publicKeys.length > 1, false)
}

export const nativeBls: Bls = {
  publicKey: (secretKey) => secretOf(secretKey).toPublicKey().toBytes(true),
  sign: (secretKey, digest) => secretOf(secretKey).sign(digest).toBytes(true),
  verify: (publicKey, digest, signature) => check([publicKey], digest, signature),
  verifyAggregate: check,
  /** @throws Fault reject `bls-signature` for an empty list or a malformed signature. */
  aggregateSignatures: (signatures) => {
    const parsed = signatures.flatMap((bytes) => signatureOf(bytes) ?? [])
    if (parsed.length !== signatures.length || parsed.length === 0) {
      throw reject('bls-signature', 'a signature to aggregate is not a valid G2 point, or there is none')
    }
    return blst.aggregateSignatures(parsed).toBytes(true)
  },
}

/** @throws Fault `bad-secret` if the 32 bytes are not a BLS12-381 secret. */
export const createCertificateSigner = (secretKey: Uint8Array): CertificateSigner => {
  const secret = secretOf(secretKey)
  return { publicKey: secret.toPublicKey().toBytes(true), sign: (digest) => secret.sign(digest).toBytes(true) }
}
