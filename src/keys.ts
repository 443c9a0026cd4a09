// The secret keys of one sidecar, as one file that only its owner may read. Makes them, writes them without ever
// overwriting, and refuses a file that others can read. Keys live here and in what signs with them, nowhere else: no
// log line, event, error or status carries one.

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { z } from 'zod'
import { fromHex, toHex } from './core/bytes.ts'
import { Fault } from './core/errors.ts'

export interface SidecarKeys {
  /** Ed25519 seed of the libp2p identity, 32 bytes. */
  readonly peer: Uint8Array
  /** secp256k1 secret that signs records, 32 bytes. */
  readonly record: Uint8Array
  /** BLS12-381 secret that signs certificates, 32 bytes. */
  readonly certificate: Uint8Array
  /** secp256k1 secret of the account that pays gas and earns bounties, 32 bytes. Apart from `record`, so that the key
   * whose misuse costs the stake never signs anything whose form others choose. */
  readonly wallet: Uint8Array
}

const VERSION = 1
const secret = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((hex) => fromHex(hex, 32))
const fileShape = z.strictObject({
  version: z.literal(VERSION),
  peer: secret,
  record: secret,
  certificate: secret,
  wallet: secret,
})

/** Fresh keys from the system's randomness. */
export const createKeys = (): SidecarKeys => ({
  peer: Uint8Array.from(randomBytes(32)),
  record: secp256k1.utils.randomSecretKey(),
  certificate: bls12_381.utils.randomSecretKey(),
  wallet: secp256k1.utils.randomSecretKey(),
})

/** Writes `keys` to a new file of mode 0600. Fault `keys-exist`: overwriting keys would orphan a stake. */
export function writeKeys(file: string, keys: SidecarKeys): void {
  const { peer, record, certificate, wallet } = keys
  const content = {
    version: VERSION,
    peer: toHex(peer),
    record: toHex(record),
    certificate: toHex(certificate),
    wallet: toHex(wallet),
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new Fault('keys-exist', `${file} exists: move it away if these keys are really not needed`, { cause })
    throw new Fault('keys-unwritable', `${file} cannot be written: check the folder's owner, mode and space`, { cause })
  }
}

/** Faults: `keys-missing`, `keys-exposed` (others may read it), `keys-malformed`. */
export function readKeys(file: string): SidecarKeys {
  let text: string
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new Fault('keys-exposed', `${file} can be read by others: chmod 600 it and consider the keys known`)
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('keys-missing', `${file} cannot be read: run stkr init, or check its owner`, { cause })
  }
  const parsed = fileShape.safeParse(parseJson(text))
  // The content is never quoted: a malformed key file still holds secrets.
  if (!parsed.success) throw new Fault('keys-malformed', `${file} is not a key file of version ${VERSION}`)
  const { peer, record, certificate, wallet } = parsed.data
  return { peer, record, certificate, wallet }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
