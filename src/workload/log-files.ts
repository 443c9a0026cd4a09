// What the node writes, in files of bounded size and number. The node writes straight into the file, so that it outlives the
// sidecar; a pipe, and with it any library that rotates what it writes itself, would end with the sidecar and take the node
// along. Hence copy and truncate: lines written in the instant between the two can be lost.

import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface LogOptions {
  readonly file: string
  readonly maxBytes: number
  /** Older files kept besides the one being written: file.1 is the newest of them. */
  readonly files: number
}

const OWNER_ONLY = 0o600

/** For appending alone: after a truncation the next line goes to the beginning. The caller closes it. */
export function openLogFile(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return openSync(file, 'a', OWNER_ONLY)
}

/** Bytes that came while we copied. */
function copyRest(from: string, to: string, copied: number): number {
  const length = statSync(from).size - copied
  if (length <= 0) return copied
  const bytes = Buffer.alloc(Math.min(length, 1024 * 1024))
  const fd = openSync(from, 'r')
  try {
    const read = readSync(fd, bytes, 0, bytes.length, copied)
    appendFileSync(to, bytes.subarray(0, read))
    return copied + read
  } finally {
    closeSync(fd)
  }
}

/** Moves what is written aside when it is too large. True when it did. */
export function rotate({ file, maxBytes, files }: LogOptions): boolean {
  if (!existsSync(file) || statSync(file).size <= maxBytes) return false
  for (let i = files - 1; i >= 1; i--) if (existsSync(`${file}.${i}`)) renameSync(`${file}.${i}`, `${file}.${i + 1}`)
  if (files > 0) {
    const aside = `${file}.1`
    copyFileSync(file, aside)
    let copied = statSync(aside).size
    // A node that writes faster than we copy is not waited for.
    for (let pass = 0; pass < 8; pass++) {
      const now = copyRest(file, aside, copied)
      if (now === copied) break
      copied = now
    }
  }
  truncateSync(file)
  return true
}
