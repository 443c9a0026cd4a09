// The configuration of a command, from flags, environment, file and defaults, in this order. Promises: an unknown key
// anywhere is an error that names the nearest known one; nothing else in the project reads the environment.

import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Fault } from '../core/errors.ts'
import { DEVNET_KNOBS } from './devnet.ts'
import type { DevnetConfig } from './devnet.ts'
import { configFileOf, readConfigFile } from './file.ts'
import { path } from './knobs.ts'
import type { Knobs, Values } from './knobs.ts'
import { devnetEnvironmentOf, environmentOf, flagOf, refuseUnknown } from './names.ts'
import { environmentSource, fileSource, flagSource, resolveKnobs, saidOf } from './resolve.ts'
import type { Environment, RawFlags, Source } from './resolve.ts'
import { SIDECAR_KNOBS } from './sidecar.ts'
import type { SidecarConfig } from './sidecar.ts'

/** The one secret that may come from the environment; it is no knob, so that no flag and no file can hold it. */
export const PASSWORD_VARIABLE = 'STKR_KEYS_PASSWORD'

const KNOWN_VARIABLES = [
  ...['dataDir', ...Object.keys(SIDECAR_KNOBS)].map(environmentOf),
  ...Object.keys(DEVNET_KNOBS).map(devnetEnvironmentOf),
  PASSWORD_VARIABLE,
]

function refuseUnknownVariables(environment: Environment): void {
  const given = Object.keys(environment).filter((name) => name.startsWith('STKR_'))
  refuseUnknown(given, KNOWN_VARIABLES, 'the environment')
}

/** Absolute data directory from flag or environment; ~/.stkr otherwise. */
export function dataDirOf(flags: RawFlags, environment: Environment = process.env): string {
  const given = flags['dataDir'] ?? environment[environmentOf('dataDir')]
  const checked = path.safeParse(given ?? join(homedir(), '.stkr'))
  if (!checked.success) throw new Fault('config-invalid', '--data-dir is wrong: expected a path')
  return resolve(checked.data)
}

/** The password of the keys, taken out of the environment, so that no child process inherits it. */
export function takePassword(environment: Record<string, string | undefined> = process.env): string | undefined {
  const password = environment[PASSWORD_VARIABLE]
  delete environment[PASSWORD_VARIABLE]
  return password
}

/** Unix domain socket that `stkr status` asks. */
export const controlSocketOf = (dataDir: string): string => join(dataDir, 'control.sock')

/** Who says what, strongest first, for the knobs of a sidecar. */
export function sourcesOf(flags: RawFlags, dataDir: string, environment: Environment = process.env): readonly Source[] {
  return [
    flagSource(flags, SIDECAR_KNOBS),
    environmentSource(environment, environmentOf),
    fileSource(readConfigFile(configFileOf(dataDir), Object.keys(SIDECAR_KNOBS))),
  ]
}

function load<K extends Knobs>(knobs: K, flags: RawFlags, environment: Environment): Values<K> & { dataDir: string } {
  refuseUnknown(Object.keys(flags), ['dataDir', ...Object.keys(knobs)], 'the command line')
  refuseUnknownVariables(environment)
  const dataDir = dataDirOf(flags, environment)
  return { ...resolveKnobs(knobs, dataDir, sourcesOf(flags, dataDir, environment)), dataDir }
}

/**
 * A sidecar's configuration from flags (keys as in SIDECAR_KNOBS, plus dataDir), environment and the file in the data
 * directory. Faults: `config-unknown`, `config-invalid` (every wrong or missing knob, in one line), `config-unreadable`,
 * `config-ambiguous`.
 */
export function loadSidecarConfig(flags: RawFlags, environment: Environment = process.env): SidecarConfig {
  const config = load(SIDECAR_KNOBS, flags, environment)
  if (config.bidCommand.length > 0 && config.bidUrl !== undefined)
    throw new Fault('config-invalid', `${flagOf('bidCommand')} and ${flagOf('bidUrl')}: only one of them can price`)
  if (config.workloadHealthCommand.length > 0 && config.workloadKind !== 'generic')
    throw new Fault('config-invalid', `${flagOf('workloadHealthCommand')} needs ${flagOf('workloadKind')} generic`)
  const ways = (['workloadCommand', 'workloadContainer', 'workloadPidFile', 'jobTemplates'] as const).filter(
    (name) => config[name] !== undefined && config[name].length > 0,
  )
  if (ways.length > 1)
    throw new Fault('config-invalid', `${ways.map(flagOf).join(' and ')}: a sidecar hosts exactly one node`)
  if (config.fault.length > 0 && !config.local)
    throw new Fault('config-invalid', `${flagOf('fault')} needs ${flagOf('local')}: faults are for local networks`)
  return config
}

/** Some knobs of a sidecar, for commands that need no more. Faults as above. */
export function loadKnobs<Name extends keyof typeof SIDECAR_KNOBS>(
  names: readonly Name[],
  flags: RawFlags,
  environment: Environment = process.env,
): Values<Pick<typeof SIDECAR_KNOBS, Name>> & { readonly dataDir: string } {
  const wanted = Object.fromEntries(names.map((name) => [name, SIDECAR_KNOBS[name]]))
  return load(wanted as Pick<typeof SIDECAR_KNOBS, Name>, flags, environment)
}

/** A knob that a command can do without; undefined where nobody says it. Faults as above. */
export function loadOptional<Name extends keyof typeof SIDECAR_KNOBS>(
  name: Name,
  flags: RawFlags,
  environment: Environment = process.env,
): Values<Pick<typeof SIDECAR_KNOBS, Name>>[Name] | undefined {
  const dataDir = dataDirOf(flags, environment)
  const { value } = saidOf(name, SIDECAR_KNOBS[name], dataDir, sourcesOf(flags, dataDir, environment))
  return value === undefined ? undefined : loadKnobs([name], flags, environment)[name]
}

/** The local network's configuration. Faults: `config-unknown`, `config-invalid`. */
export function loadDevnetConfig(flags: RawFlags, environment: Environment = process.env): DevnetConfig {
  refuseUnknown(Object.keys(flags), Object.keys(DEVNET_KNOBS), 'the command line')
  refuseUnknownVariables(environment)
  const variables = environmentSource(environment, devnetEnvironmentOf)
  return resolveKnobs(DEVNET_KNOBS, '', [flagSource(flags, DEVNET_KNOBS), variables])
}

/** The environment that a node sees, and nothing else: NAME passes our value on when there is one; NAME=value sets one. */
export function passedEnvironment(
  entries: readonly string[],
  environment: Environment = process.env,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {}
  for (const entry of entries) {
    const at = entry.indexOf('=')
    const name = at < 0 ? entry : entry.slice(0, at)
    const value = at < 0 ? environment[name] : entry.slice(at + 1)
    if (value !== undefined) passed[name] = value
  }
  return passed
}
