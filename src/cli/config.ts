// `stkr config`: what the configuration is and who said it, whether it is right, and its schema. Promises to show no
// credentials: of a value that may hold some, its host alone.

import type { Command } from 'commander'
import { dataDirOf, loadSidecarConfig, sourcesOf } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { redact } from '../config/redact.ts'
import { saidOf } from '../config/resolve.ts'
import type { RawFlags } from '../config/resolve.ts'
import { configSchema } from '../config/schema.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import { configFileOf } from '../config/file.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Examples:
  $ stkr config show --data-dir ~/.stkr
  $ stkr config validate
  $ stkr config schema > config.schema.json`

interface Shown {
  readonly name: string
  readonly value: unknown
  /** Flag, variable, place in the file, or "default". */
  readonly from: string
}

function shownKnobs(flags: RawFlags): readonly Shown[] {
  const dataDir = dataDirOf(flags)
  const sources = sourcesOf(flags, dataDir)
  return Object.entries(SIDECAR_KNOBS).map(([name, row]) => {
    const { value, where } = saidOf(name, row, dataDir, sources)
    return { name, value: row.secret ? redact(value) : value, from: where?.() ?? 'default' }
  })
}

const textOf = (value: unknown): string =>
  value === undefined ? 'missing' : typeof value === 'string' ? value : JSON.stringify(value)

function show(flags: RawFlags, json: boolean, terminal: Terminal): number {
  const knobs = shownKnobs(flags)
  const dataDir = dataDirOf(flags)
  if (json) terminal.out(toJson({ ok: true, dataDir, file: configFileOf(dataDir), knobs }))
  else for (const { name, value, from } of knobs) terminal.out(`${name.padEnd(18)} ${textOf(value)}  [${from}]`)
  return EXIT.ok
}

function validate(flags: RawFlags, json: boolean, terminal: Terminal): number {
  const { dataDir } = loadSidecarConfig(flags)
  if (json) terminal.out(toJson({ ok: true, dataDir, file: configFileOf(dataDir) }))
  else terminal.out(`the configuration of ${dataDir} is complete and right`)
  return EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  const json = (): boolean => command.opts<{ json?: boolean }>().json === true
  const withKnobs = (name: string, help: string): Command => {
    const sub = command.command(name).description(help)
    sub.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    addKnobs(sub, SIDECAR_KNOBS)
    return sub
  }
  withKnobs('show', 'every value and who said it, credentials hidden').action((flags: RawFlags) => {
    done(show(flags, json(), terminal))
  })
  withKnobs('validate', 'whether stkr run would take it').action((flags: RawFlags) => {
    done(validate(flags, json(), terminal))
  })
  command
    .command('schema')
    .description('JSON Schema of config.yaml')
    .action(() => {
      terminal.out(json() ? toJson(configSchema()) : JSON.stringify(configSchema(), undefined, 2))
      done(EXIT.ok)
    })
  command.addHelpText('after', EXAMPLE)
}
