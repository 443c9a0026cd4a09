// `stkr import`: what this sidecar signed on another machine, so that it signs nothing else in its place here. Promises
// that a file of other keys or of another network changes nothing, and that what is known already stays.

import type { Command } from 'commander'
import type { RawFlags } from '../config/resolve.ts'
import { addMovingFlags, withStore } from './moving.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { readSigned } from './signed-file.ts'

const EXAMPLE = `
Example:
  $ stkr import signed.json --data-dir ~/.stkr

The file comes from stkr export. Exit code 1: both sides had signed different records for the same place.`

async function run(file: string, flags: RawFlags, json: boolean, terminal: Terminal): Promise<number> {
  const { added, known, conflicts } = await withStore(flags, async ({ store, keys, network }) => {
    const { history, exportedAt } = readSigned(file, keys, network)
    const merged = await store.interchange.merge(history)
    // Back from where it had gone: that file is younger than our own mark.
    const movedAt = await store.interchange.movedAt()
    if (movedAt !== undefined && exportedAt > movedAt) await store.interchange.markMoved(undefined)
    return merged
  })
  const places = conflicts.map(({ kind, unit, sequence }) => ({ kind, unit, sequence }))
  if (json)
    terminal.out(
      toJson(
        places.length === 0
          ? { ok: true, added, known }
          : { ok: false, code: 'import-conflict', added, known, conflicts: places },
      ),
    )
  else {
    terminal.out(`${added} records added, ${known} known already`)
    for (const { kind, unit, sequence } of places)
      terminal.out(
        `kind ${kind}, unit ${unit}, sequence ${sequence}: signed differently there; ours stays [import-conflict]`,
      )
  }
  return places.length === 0 ? EXIT.ok : EXIT.failed
}

export const configure: Configure = (command: Command, terminal, done) => {
  addMovingFlags(command)
    .argument('<file>', 'what stkr export wrote')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, { json, ...flags }: { json?: boolean } & RawFlags) => {
      done(await run(file, flags, json === true, terminal))
    })
}
