// Record signatures in portable JavaScript: secp256k1 over a 32-byte digest, 64 bytes r‖s with low s, checked against an
// address. The reference behind RecordSigner and RecordVerifier; nodes use the native one.

import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak256, toHex } from './bytes.ts'
import type { RecordSigner, RecordVerifier } from './ports.ts'
import type { Hex } from './types.ts'

/** Ethereum address of an uncompressed public key (65 bytes with its 0x04 prefix). */
export const addressOf = (uncompressed: Uint8Array): Hex => toHex(keccak256(uncompressed.subarray(1)).subarray(12))

/** The uncompressed key that made `signature` and has `address`, or undefined. Tries both parities: v is not on the wire. */
export function recoverKey(address: Hex, digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 64) return undefined
  for (const parity of [0, 1]) {
    try {
      const parsed = secp256k1.Signature.fromBytes(signature, 'compact')
      if (parsed.hasHighS()) return undefined
      const key = parsed.addRecoveryBit(parity).recoverPublicKey(digest).toBytes(false)
      if (addressOf(key) === address) return key
    } catch {
      // r or s out of range, or no point with this r: not a signature by anybody.
    }
  }
  return undefined
}

export const nobleRecordVerifier: RecordVerifier = {
  verify: (address, digest, signature) => recoverKey(address, digest, signature) !== undefined,
}

export const nobleRecordSigner = (secretKey: Uint8Array): RecordSigner => ({
  address: addressOf(secp256k1.getPublicKey(secretKey, false)),
  sign: (digest) => secp256k1.sign(digest, secretKey, { prehash: false, lowS: true }),
})
