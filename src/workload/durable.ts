// A small file that is there whole or not at all, whatever moment the power goes: written beside, flushed, moved into place.

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type * as z from 'zod'
import { Fault } from '../core/errors.ts'

const OWNER_ONLY = 0o600

function flushFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** JSON of `value`; durable when it returns. */
export function writeDurably(file: string, value: object): void {
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const beside = `${file}.new`
  const fd = openSync(beside, 'w', OWNER_ONLY)
  try {
    writeSync(fd, JSON.stringify(value))
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(beside, file)
  flushFolder(folder)
}

export function removeDurably(file: string): void {
  rmSync(file, { force: true })
  flushFolder(dirname(file))
}

/** What was written; undefined when there is no such file. Fault `workload-record`. */
export function readRecord<S extends z.ZodType>(file: string, shape: S): z.infer<S> | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Fault('workload-record', `${file} cannot be read: check its owner and mode`, { cause })
  }
  try {
    return shape.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault('workload-record', `${file} is damaged: make sure that no node of it runs, then remove the file`, {
      cause,
    })
  }
}
