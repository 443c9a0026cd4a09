// The two secrets of a holder of a threshold key, each a keystore of its own under one password: the Ed25519 seed of its
// peer (EIP-2335) and its share of the group's key (Ethereum keystore, whose address is that of the share's public point).
// Promises what the key file of a sidecar does: mode 0600, never overwritten, no secret in any error.

import { randomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromHex, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import { addressOf } from '../core/signature.ts'
import type { AskPassword } from './keyring.ts'
import {
  createDerive,
  eip2335Shape,
  newSalt,
  openEip2335,
  openWeb3,
  sealEip2335,
  sealWeb3,
  web3Shape,
} from './keystore.ts'
import { readOwnerOnly, writeNew } from './owner-only.ts'

const FILE = {
  what: 'keystore of a holder',
  missing: 'custody-keys-missing',
  exposed: 'keys-exposed',
  oversized: 'keys-malformed',
  maxBytes: 4096,
  advice: 'run stkr custody init, and stkr custody keygen for a share; or set --data-dir',
} as const

const sealing = (password: string) => {
  if (password === '') throw new Fault('keys-password-empty', 'the password of the keys is empty: choose one')
  return { password, salt: newSalt(), derive: createDerive() }
}

const malformed = (file: string): Fault =>
  new Fault('keys-malformed', `${file} is not a keystore: restore it from a backup`)

/** `file`'s JSON; the cause is left out on purpose: a JSON error quotes the text it failed on. */
function jsonOf(file: string): unknown {
  const text = readOwnerOnly(file, FILE)
  try {
    return JSON.parse(text)
  } catch {
    throw malformed(file)
  }
}

function writeSecret(file: string, keystore: object): void {
  try {
    writeNew(file, `${JSON.stringify(keystore, undefined, 2)}\n`)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new Fault('keys-exist', `${file} exists and is never overwritten: move it away to make a new one`)
    throw new Fault('keys-unwritable', `${file} cannot be written: check that its folder is yours`, { cause })
  }
}

/** Makes the key of a holder's peer; its public half, 32 bytes. Faults: `keys-exist`, `keys-unwritable`, `keys-password-empty`. */
export function createHolderKey(file: string, password: string): Uint8Array {
  const seed = new Uint8Array(randomBytes(32))
  const publicKey = ed25519.getPublicKey(seed)
  writeSecret(
    file,
    sealEip2335(seed, toHex(publicKey).slice(2), 'stkr custody: Ed25519 seed of a holder', sealing(password)),
  )
  return publicKey
}

function holderKeystore(file: string) {
  const parsed = eip2335Shape.safeParse(jsonOf(file))
  if (!parsed.success) throw malformed(file)
  return parsed.data
}

/** Public half of the holder's key, 32 bytes; needs no password. Faults: `custody-keys-missing`, `keys-exposed`, `keys-malformed`. */
export const readHolderPublic = (file: string): Uint8Array => fromHex(`0x${holderKeystore(file).pubkey}`, 32)

/** The seed, 32 bytes. Faults as above, `keys-password-…`. */
export async function readHolderKey(file: string, ask: AskPassword): Promise<Uint8Array> {
  return openEip2335(holderKeystore(file), await ask(), createDerive())
}

/** Faults: `keys-exist`, `keys-unwritable`, `keys-password-empty`. */
export function writeShare(file: string, share: Uint8Array, password: string): void {
  const address = addressOf(secp256k1.getPublicKey(share, false))
  writeSecret(file, sealWeb3(share, address.slice(2), sealing(password)))
}

/** The share, 32 bytes. Faults: `custody-keys-missing`, `keys-exposed`, `keys-malformed`, `keys-password-…`. */
export async function readShare(file: string, ask: AskPassword): Promise<Uint8Array> {
  const parsed = web3Shape.safeParse(jsonOf(file))
  if (!parsed.success) throw malformed(file)
  return openWeb3(parsed.data, await ask(), createDerive())
}
