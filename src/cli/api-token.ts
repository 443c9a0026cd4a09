// The bearer token of the API: 32 random bytes as hex in a file of its own, made by `stkr init` or the first start.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { Fault } from '../core/errors.ts'
import { readOwnerOnly, writeNew } from '../keys/owner-only.ts'
import type { SecretFile } from '../keys/owner-only.ts'

/** What a header can carry (RFC 6750), long enough that guessing is hopeless. */
const TOKEN = /^[\w.~+/-]{32,256}=*$/
const TOKEN_FILE: SecretFile = {
  what: 'token file',
  missing: 'api-token-unreadable',
  exposed: 'api-token-exposed',
  oversized: 'api-token-malformed',
  maxBytes: 1024,
  advice: 'check its owner, or set --api-token-file',
}

function create(file: string): void {
  try {
    writeNew(file, `${randomBytes(32).toString('hex')}\n`)
  } catch (cause) {
    // Whoever made one meanwhile keeps it.
    if (existsSync(file)) return
    const advice = 'check its folder, or set --api-token-file'
    throw new Fault('api-token-unwritable', `${file} cannot be written: ${advice}`, { cause })
  }
}

/** The token in `file`, which is made if need be. Faults: `api-token-…`. */
export function openApiToken(file: string): string {
  if (!existsSync(file)) create(file)
  const text = readOwnerOnly(file, TOKEN_FILE).trim()
  if (!TOKEN.test(text))
    throw new Fault('api-token-malformed', `${file} holds no token of 32 characters or more: remove it for a new one`)
  return text
}
