// The file that holds the three secret keys: made once, never overwritten, checked at every start. Under a password each
// key is a keystore of its own (keystore.ts); without one, which is for local networks, the keys lie open. Promises that a
// file that others may read, or that holds anything but three valid keys, is refused by code, and that no key and no
// password ever gets into an error.

import * as z from 'zod'
import { fromHex, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
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
import { readOwnerOnly, replace, writeNew } from './owner-only.ts'
import { KEY_NAMES, createSecrets, isValidSecret, publicKeysOf } from './secrets.ts'
import type { PublicKeys, SecretKeys } from './secrets.ts'

export type AskPassword = () => Promise<string>

const FILE = {
  what: 'key file',
  missing: 'keys-missing',
  exposed: 'keys-exposed',
  oversized: 'keys-malformed',
  maxBytes: 16 * 1024,
  advice: 'run stkr init, or set --keys-file',
} as const

const sealedShape = z.object({ version: z.literal(2), peer: eip2335Shape, record: web3Shape, bls: eip2335Shape })
type Sealed = z.infer<typeof sealedShape>
type Content = { readonly sealed: Sealed } | { readonly open: SecretKeys }

function keyOf(parsed: object, name: keyof SecretKeys, file: string): Uint8Array {
  const text: unknown = Object.entries(parsed).find(([key]) => key === name)?.[1]
  const wrong = () =>
    new Fault('keys-malformed', `${file}: "${name}" is not a valid key: restore the file from a backup`)
  if (typeof text !== 'string' || !/^0x[0-9a-f]{64}$/.test(text)) throw wrong()
  const key = fromHex(text, 32)
  if (!isValidSecret(name, key)) throw wrong()
  return key
}

function contentOf(file: string): Content {
  let parsed: unknown
  try {
    parsed = JSON.parse(readOwnerOnly(file, FILE))
  } catch (error) {
    if (error instanceof Fault) throw error
    // The cause is left out on purpose: a JSON error quotes the text it failed on.
    throw new Fault('keys-malformed', `${file} is not JSON: restore it from a backup`)
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new Fault('keys-malformed', `${file} is not a JSON object: restore it from a backup`)
  if (!('version' in parsed)) {
    return {
      open: {
        peer: keyOf(parsed, 'peer', file),
        record: keyOf(parsed, 'record', file),
        bls: keyOf(parsed, 'bls', file),
      },
    }
  }
  const sealed = sealedShape.safeParse(parsed)
  if (sealed.success) return { sealed: sealed.data }
  const where = sealed.error.issues[0]?.path.join('.') ?? 'it'
  throw new Fault('keys-malformed', `${file}: ${where} is not what a key file holds: restore it from a backup`)
}

function sealedText(keys: SecretKeys, password: string): string {
  if (password === '') throw new Fault('keys-password-empty', 'the password of the keys is empty: choose one')
  const sealing = { password, salt: newSalt(), derive: createDerive() }
  const { peer, signer, bls } = publicKeysOf(keys)
  const content = {
    version: 2,
    peer: sealEip2335(keys.peer, peer.slice(2), 'stkr sidecar: Ed25519 seed of the peer', sealing),
    record: sealWeb3(keys.record, signer.slice(2), sealing),
    bls: sealEip2335(keys.bls, bls.slice(2), 'stkr sidecar: BLS12-381 certificate key', sealing),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const openText = (keys: SecretKeys): string =>
  `${JSON.stringify(Object.fromEntries(KEY_NAMES.map((name) => [name, toHex(keys[name])])), undefined, 2)}\n`

/**
 * Makes new keys and writes them to `file` with mode 0600, flushed to disk before it returns; without a password they lie
 * open. Faults: `keys-exist` (never overwritten), `keys-unwritable`, `keys-password-empty`.
 */
export function createKeys(file: string, password?: string): SecretKeys {
  const keys = createSecrets()
  const text = password === undefined ? openText(keys) : sealedText(keys, password)
  try {
    writeNew(file, text)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new Fault('keys-exist', `${file} exists and is never overwritten: move it away to make new keys`)
    throw new Fault('keys-unwritable', `${file} cannot be written: check that its folder exists and is yours`, {
      cause,
    })
  }
  return keys
}

/** Are the keys under a password? Faults: `keys-missing`, `keys-exposed`, `keys-malformed`. */
export const areSealed = (file: string): boolean => 'sealed' in contentOf(file)

/** What is public of the keys; needs no password. Faults as above. */
export function readPublicKeys(file: string): PublicKeys {
  const content = contentOf(file)
  if ('open' in content) return publicKeysOf(content.open)
  const { peer, record, bls } = content.sealed
  const hex = (text: string): Hex => `0x${text}`
  return { peer: hex(peer.pubkey), signer: hex(record.address), bls: hex(bls.pubkey) }
}

/** Reads the keys; asks for the password only when there is one. Faults as above, `keys-password-…`. */
export async function readKeys(file: string, ask: AskPassword): Promise<SecretKeys> {
  const content = contentOf(file)
  if ('open' in content) return content.open
  const { peer, record, bls } = content.sealed
  const password = await ask()
  const derive = createDerive()
  const keys = {
    peer: openEip2335(peer, password, derive),
    record: openWeb3(record, password, derive),
    bls: openEip2335(bls, password, derive),
  }
  const flaw = KEY_NAMES.find((name) => !isValidSecret(name, keys[name]))
  if (flaw) throw new Fault('keys-malformed', `${file}: "${flaw}" is not a valid key: restore the file from a backup`)
  return keys
}

/** Puts `keys` under another password, the whole file or nothing. Faults: `keys-password-empty`, `keys-unwritable`. */
export function sealKeys(file: string, keys: SecretKeys, password: string): void {
  const text = sealedText(keys, password)
  try {
    replace(file, text)
  } catch (cause) {
    throw new Fault('keys-unwritable', `${file} cannot be replaced: check that its folder is yours`, { cause })
  }
}
