// The secret key of an account, from a file that is its owner's alone: never from the command line, where other users of
// the machine could read it.

import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import { readOwnerOnly } from '../keys/owner-only.ts'

/** 32 bytes. `flag` named the file. Faults: `owner-key-unreadable`, `owner-key-exposed`, `owner-key-malformed`. */
export function readKeyFile(file: string, flag: string): Uint8Array {
  const text = readOwnerOnly(file, {
    what: 'key file',
    missing: 'owner-key-unreadable',
    exposed: 'owner-key-exposed',
    oversized: 'owner-key-malformed',
    maxBytes: 1024,
    advice: `check the path given with ${flag}`,
  }).trim()
  // What was read is never repeated: it may be almost a key.
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new Fault('owner-key-malformed', `${file} does not hold one key: 0x and 64 hex digits`)
  return fromHex(text, 32)
}
