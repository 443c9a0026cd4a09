// The sidecar's three secret keys and what is public of them. Makes them and says whether one is valid; keeps nothing.

import { randomBytes } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { nobleBls } from '../core/bls.ts'
import { toHex } from '../core/bytes.ts'
import { addressOf } from '../core/signature.ts'
import type { Hex } from '../core/types.ts'

export interface SecretKeys {
  /** Ed25519 seed of the libp2p identity, 32 bytes. */
  readonly peer: Uint8Array
  /** secp256k1 key that signs records and sends this sidecar's transactions, 32 bytes. */
  readonly record: Uint8Array
  /** BLS12-381 secret, big-endian, 32 bytes. */
  readonly bls: Uint8Array
}

/** What everybody may know of the keys, as the registry holds it. */
export interface PublicKeys {
  /** Ed25519, 32 bytes. */
  readonly peer: Hex
  /** Address of the secp256k1 key. */
  readonly signer: Hex
  /** BLS12-381 in G1, compressed, 48 bytes. */
  readonly bls: Hex
}

export const KEY_NAMES = ['peer', 'record', 'bls'] as const

export const createSecrets = (): SecretKeys => ({
  peer: randomBytes(32),
  record: secp256k1.utils.randomSecretKey(),
  bls: bls12_381.utils.randomSecretKey(),
})

const VALID: Readonly<Record<keyof SecretKeys, (key: Uint8Array) => boolean>> = {
  peer: () => true,
  record: (key) => secp256k1.utils.isValidSecretKey(key),
  bls: isBlsSecret,
}

/** A BLS secret is a scalar in 1 … r−1 (draft-irtf-cfrg-bls-signature-05, 2.3). */
function isBlsSecret(key: Uint8Array): boolean {
  const scalar = BigInt(toHex(key))
  return scalar > 0n && scalar < bls12_381.fields.Fr.ORDER
}

export const isValidSecret = (name: keyof SecretKeys, key: Uint8Array): boolean => key.length === 32 && VALID[name](key)

export const publicKeysOf = ({ peer, record, bls }: SecretKeys): PublicKeys => ({
  peer: toHex(ed25519.getPublicKey(peer)),
  signer: addressOf(secp256k1.getPublicKey(record, false)),
  bls: toHex(nobleBls.publicKey(bls)),
})
