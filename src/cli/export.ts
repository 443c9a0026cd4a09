// `stkr export`: everything this sidecar ever signed, as a file for the machine it moves to. Promises that the store is
// marked as moved before the file exists, and that a marked store never signs again unless somebody says so.

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { RawFlags } from '../config/resolve.ts'
import { Fault } from '../core/errors.ts'
import { writeNew } from '../keys/owner-only.ts'
import { systemClock } from '../system.ts'
import { addMovingFlags, withStore } from './moving.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { signedText } from './signed-file.ts'

const EXAMPLE = `
Examples:
  $ stkr export signed.json        # the sidecar must not run; from then on it refuses to run here
  $ stkr export --cancel           # it stays here after all: the file was destroyed and imported nowhere

On the new machine: keys.json, config.yaml, then stkr import signed.json.`

interface Options extends RawFlags {
  readonly json?: boolean
  readonly cancel?: boolean
}

async function cancel(flags: RawFlags, json: boolean, terminal: Terminal): Promise<number> {
  await withStore(flags, ({ store }) => store.interchange.markMoved(undefined))
  if (json) terminal.out(toJson({ ok: true, moved: false }))
  else terminal.out('the sidecar may run here again; make sure that it runs nowhere else')
  return EXIT.ok
}

async function carryAway(file: string, flags: RawFlags, json: boolean, terminal: Terminal): Promise<number> {
  if (existsSync(file)) throw new Fault('export-exists', `${file} exists and is not overwritten: choose another name`)
  const records = await withStore(flags, async ({ store, keys, network }) => {
    const history = await store.interchange.history()
    const exportedAt = systemClock.now()
    await store.interchange.markMoved(exportedAt)
    try {
      writeNew(file, signedText({ exportedAt, history }, keys, network))
    } catch (cause) {
      await store.interchange.markMoved(undefined)
      throw new Fault('export-unwritable', `${file} cannot be written: choose another folder`, { cause })
    }
    return history.records.length
  })
  if (json) terminal.out(toJson({ ok: true, file, records, moved: true }))
  else
    terminal.out(
      `${records} signed records are in ${file}. This data directory is marked as moved and does not run any more.`,
    )
  return EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  addMovingFlags(command)
    .argument('[file]', 'new file, mode 0600: it holds open secrets of the running period')
    .option('--cancel', 'take the mark of an earlier export away again')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string | undefined, options: Options) => {
      const { json = false, cancel: back = false, ...flags } = options
      if (back === (file !== undefined)) throw new Fault('usage', 'stkr export takes a file, or --cancel')
      done(file === undefined ? await cancel(flags, json, terminal) : await carryAway(file, flags, json, terminal))
    })
}
