// What a holder's operator approved, and which nonce pairs were spent, as small files that commands and a serving process
// share without a lock: each is created once, flushed before anything depends on it, and a file that exists is never
// written again. So no two processes of a holder spend one pair, and no kill loses that one was spent.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Asked } from './nonces.ts'

/** Approvals open at a time; a list that nobody can survey protects nobody. */
export const APPROVALS_MAX = 256
/** Shares given for one digest: a coordinator that needs more is not collecting a signature. */
export const SPENT_MAX = 64

const approvalShape = z.object({ note: z.string(), approvedAt: z.number() })

export interface Approval {
  readonly digest: Hex
  readonly note: string
  /** Unix ms. */
  readonly approvedAt: number
}

export interface Desk {
  /** False when it was approved before. Faults: `custody-approvals-full`, `custody-desk`. */
  approve(approval: Approval): boolean
  /** False when it was not approved. */
  revoke(digest: Hex): boolean
  /** Oldest first. */
  approvals(): readonly Approval[]
  isApproved(digest: Uint8Array): boolean
  /** Durable when it returns. Faults: `custody-nonce-spent`, `custody-shares-max`, `custody-desk`. */
  spend(nonce: Uint8Array, asked: Asked): void
}

const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST'

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Fault('custody-desk', `${path} cannot be made: is the folder above it yours?`, { cause })
  }
}

/** `create`: writes and flushes a new file that its owner alone may read; EEXIST when there is one. */
export function createDesk(folder: string, create: (file: string, text: string) => void): Desk {
  const approvals = join(folder, 'approvals')
  const spent = join(folder, 'spent')
  const fileOf = (digest: string): string => join(approvals, `${digest}.json`)

  /** False when it is there already. */
  function put(file: string, content: object): boolean {
    try {
      create(file, `${JSON.stringify(content)}\n`)
      return true
    } catch (cause) {
      if (isThere(cause)) return false
      throw new Fault('custody-desk', `${file} cannot be written: is the disk full, the folder yours?`, { cause })
    }
  }

  function read(name: string): Approval {
    const file = join(approvals, name)
    try {
      return {
        digest: name.slice(0, -'.json'.length) as Hex,
        ...approvalShape.parse(JSON.parse(readFileSync(file, 'utf8'))),
      }
    } catch (cause) {
      throw new Fault('custody-desk', `${file} is not an approval: remove it and approve anew`, { cause })
    }
  }

  const names = (): readonly string[] =>
    existsSync(approvals) ? readdirSync(approvals).filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name)) : []

  return {
    approve({ digest, note, approvedAt }) {
      makeFolder(approvals)
      if (names().length >= APPROVALS_MAX)
        throw new Fault('custody-approvals-full', `${APPROVALS_MAX} digests are approved: revoke those that are done`)
      return put(fileOf(digest), { note, approvedAt })
    },
    revoke(digest) {
      const known = existsSync(fileOf(digest))
      rmSync(fileOf(digest), { force: true })
      return known
    },
    approvals: () =>
      names()
        .map(read)
        .toSorted((a, b) => a.approvedAt - b.approvedAt),
    isApproved: (digest) => existsSync(fileOf(toHex(digest))),
    spend(nonce, { digest, coordinator }) {
      const place = join(spent, toHex(digest))
      makeFolder(place)
      if (readdirSync(place).length >= SPENT_MAX)
        throw new Fault('custody-shares-max', `${SPENT_MAX} shares were given for ${toHex(digest)}: no more are`)
      if (!put(join(place, toHex(nonce)), { coordinator }))
        throw new Fault('custody-nonce-spent', 'this pair of nonces was spent before: no share is made with it')
    },
  }
}
