// The secret key of an account, from a file: never from the command line, where other users of the machine could read it.

import { readFileSync } from 'node:fs'
import { fromHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'

/** 32 bytes. `flag` named the file. Faults: `owner-key-unreadable`, `owner-key-malformed`. */
export function readKeyFile(file: string, flag: string): Uint8Array {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new Fault('owner-key-unreadable', `${file} cannot be read: check the path given with ${flag}`, { cause })
  }
  // What was read is never repeated: it may be almost a key.
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new Fault('owner-key-malformed', `${file} does not hold one key: 0x and 64 hex digits`)
  return fromHex(text, 32)
}
