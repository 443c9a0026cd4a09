// Files and folders that hold secrets: their owner's alone, checked whenever they are read, written so that no moment
// exists at which others could read them or a crash could leave half of one.

import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../core/errors.ts'

export const OWNER_ONLY = 0o600
const OTHERS = 0o077
/** Windows has no such modes; there the folder's access list decides. */
const MODES = process.platform !== 'win32'

/** Mode bits of group and others; 0 where there are no modes. */
export const exposure = (mode: number): number => (MODES ? mode & OTHERS : 0)

/** Fault `data-dir-exposed`. A folder that does not exist is no concern. */
export function checkFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found && exposure(found.mode) !== 0)
    throw new Fault('data-dir-exposed', `${folder} is open to others: run chmod 700 ${folder}`)
}

export interface SecretFile {
  /** What it is, for messages. */
  readonly what: string
  /** Codes begin with it: `…-missing`, `…-exposed`, `…-malformed`. */
  readonly missing: string
  readonly exposed: string
  readonly oversized: string
  readonly maxBytes: number
  readonly advice: string
}

/** Text of a file that nobody else may read. Faults as `kind` names them. */
export function readOwnerOnly(file: string, kind: SecretFile): string {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (cause) {
    throw new Fault(kind.missing, `${file} cannot be opened: ${kind.advice}`, { cause })
  }
  try {
    const { mode, size } = fstatSync(handle)
    if (exposure(mode) !== 0) throw new Fault(kind.exposed, `${file} can be read by others: run chmod 600 ${file}`)
    if (size > kind.maxBytes)
      throw new Fault(kind.oversized, `${file} is larger than any ${kind.what} (${kind.maxBytes} bytes)`)
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

/** Flushes a folder: what was created or renamed in it is found after a power cut. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** Writes a new file of mode 0600 and flushes it and its folder; EEXIST when there is one. */
export function writeNew(file: string, text: string): void {
  // wx: the mode is set when the file is created, so there is no moment at which others could read it.
  const handle = openSync(file, 'wx', OWNER_ONLY)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  flushFolder(dirname(file))
}

/** Replaces `file` as a whole or not at all. */
export function replace(file: string, text: string): void {
  const next = `${file}.new`
  rmSync(next, { force: true })
  writeNew(next, text)
  renameSync(next, file)
  flushFolder(dirname(file))
}
