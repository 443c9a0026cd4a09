// Record signatures on libsecp256k1 (tiny-secp256k1, WebAssembly): the ports RecordSigner and RecordVerifier, six times
// faster than core/signature.ts with the same bytes and the same refusals.
// Not node:crypto: OpenSSL's ECDSA always hashes what it is given, and contracts check the bare digest with ecrecover.
// Promises: verification never throws on what strangers send, high s and out-of-range values are refused, memory is
// bounded. It does not hash and does not know records.
import { pointFromScalar, recover, sign, verify } from 'tiny-secp256k1'
import { toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { RecordSigner, RecordVerifier } from '../core/ports.ts'
import { addressOf } from '../core/signature.ts'
import type { Hex } from '../core/types.ts'
import { createLru } from './lru.ts'

const DIGEST_BYTES = 32
const SIGNATURE_BYTES = 64
/** Twice the largest network, so two epochs fit; about 150 bytes each. */
const KEPT_KEYS = 8_192
const PARITIES = [0, 1] as const
const HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0'

/** Lower-case hex of equal length compares like the numbers. ecrecover takes a high s; records do not, they have one form. */
const hasLowS = (signature: Uint8Array): boolean => toHex(signature.subarray(32)).slice(2) <= HALF_ORDER

/** v is not on the wire, so both parities are tried. The library throws on r or s that no signature can have. */
const recoverKey = (address: Hex, digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined => {
  for (const parity of PARITIES) {
    try {
      const key = recover(digest, signature, parity, false)
      if (key && addressOf(key) === address) return key
    } catch {
      return undefined
    }
  }
  return undefined
}

/**
 * Checks signatures against addresses. An address is only a hash, so its first valid signature reveals the key; later
 * ones are checked against the key, which costs half.
 */
export const createRecordVerifier = (): RecordVerifier => {
  const keys = createLru<Uint8Array>(KEPT_KEYS)
  return {
    verify: (address, digest, signature) => {
      if (digest.length !== DIGEST_BYTES || signature.length !== SIGNATURE_BYTES || !hasLowS(signature)) return false
      const known = keys.get(address)
      if (known) {
        try {
          return verify(digest, known, signature, true)
        } catch {
          return false
        }
      }
      const key = recoverKey(address, digest, signature)
      if (!key) return false
      keys.put(address, key)
      return true
    },
  }
}

/**
 * Deterministic signatures (RFC 6979), low s, so signing twice says the same thing.
 * @throws Fault `bad-secret` if the 32 bytes are not a secp256k1 secret.
 */
export const createRecordSigner = (secretKey: Uint8Array): RecordSigner => {
  const secret = secretKey.slice() // the caller may wipe its own
  let key: Uint8Array | null = null
  try {
    key = pointFromScalar(secret, false)
  } catch {
    // Wrong length, zero or beyond the order; told below without the value.
  }
  if (!key) throw new Fault('bad-secret', 'the record key is not a secp256k1 secret: check the key file')
  return { address: addressOf(key), sign: (digest) => sign(digest, secret) }
}
