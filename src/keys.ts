// The sidecar's three secret keys in one file that its owner alone can read: created once, never overwritten, checked
// at every start. Promises: a file that others may read, or that holds anything but three valid keys, is refused by
// code. It derives nothing public and never puts a key into an error.

import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromHex, toHex } from './core/bytes.ts'
import { Fault } from './core/errors.ts'

export interface SecretKeys {
  /** Ed25519 seed of the libp2p identity, 32 bytes. */
  readonly peer: Uint8Array
  /** secp256k1 key that signs records and sends this sidecar's transactions, 32 bytes. */
  readonly record: Uint8Array
  /** BLS12-381 secret, big-endian, 32 bytes. */
  readonly bls: Uint8Array
}

const NAMES = ['peer', 'record', 'bls'] as const
const OWNER_ONLY = 0o600
const OTHERS = 0o077
const KEYS_MAX_BYTES = 4096

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

/**
 * Makes new keys and writes them to `file` with mode 0600, flushed to disk before it returns.
 * Faults: `keys-exist` (never overwritten), `keys-unwritable`.
 */
export function createKeys(file: string): SecretKeys {
  const keys: SecretKeys = {
    peer: randomBytes(32),
    record: secp256k1.utils.randomSecretKey(),
    bls: bls12_381.utils.randomSecretKey(),
  }
  let handle: number
  try {
    // wx: the mode is set when the file is created, so there is no moment at which others could read it.
    handle = openSync(file, 'wx', OWNER_ONLY)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new Fault('keys-exist', `${file} exists and is never overwritten: move it away to make new keys`)
    throw new Fault('keys-unwritable', `${file} cannot be written: check that its folder exists and is yours`, {
      cause,
    })
  }
  try {
    const text = Object.fromEntries(NAMES.map((name) => [name, toHex(keys[name])]))
    writeSync(handle, `${JSON.stringify(text, undefined, 2)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return keys
}

function readOwnerOnly(file: string): string {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (cause) {
    throw new Fault('keys-missing', `${file} cannot be opened: run stkr init, or set --keys-file`, { cause })
  }
  try {
    const { mode, size } = fstatSync(handle)
    // Windows has no such modes; there the folder's access list decides.
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
      throw new Fault('keys-exposed', `${file} can be read by others: run chmod 600 on it`)
    if (size > KEYS_MAX_BYTES) throw new Fault('keys-malformed', `${file} is larger than ${KEYS_MAX_BYTES} bytes`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

function keyOf(parsed: object, name: keyof SecretKeys, file: string): Uint8Array {
  const text: unknown = Object.entries(parsed).find(([key]) => key === name)?.[1]
  const wrong = () =>
    new Fault('keys-malformed', `${file}: "${name}" is not a valid key: restore the file from a backup`)
  if (typeof text !== 'string' || !/^0x[0-9a-f]{64}$/.test(text)) throw wrong()
  const key = fromHex(text, 32)
  if (!VALID[name](key)) throw wrong()
  return key
}

/** Reads keys that `createKeys` wrote. Faults: `keys-missing`, `keys-exposed`, `keys-malformed`. */
export function readKeys(file: string): SecretKeys {
  let parsed: unknown
  try {
    parsed = JSON.parse(readOwnerOnly(file))
  } catch (error) {
    if (error instanceof Fault) throw error
    // The cause is left out on purpose: a JSON error quotes the text it failed on.
    throw new Fault('keys-malformed', `${file} is not JSON: restore it from a backup`)
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new Fault('keys-malformed', `${file} is not a JSON object: restore it from a backup`)
  return { peer: keyOf(parsed, 'peer', file), record: keyOf(parsed, 'record', file), bls: keyOf(parsed, 'bls', file) }
}
