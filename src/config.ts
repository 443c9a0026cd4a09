// Every knob of a sidecar and of the local network: its name gives its flag (--rpc-urls), its environment variable
// (STKR_RPC_URLS) and its key in config.json (rpcUrls); a table row gives its default, its check and one sentence.
// Precedence: flag > environment > file > default. Promises: an unknown key anywhere is an error that names the nearest
// known one; nothing else in the project reads the environment. Values are never repeated in errors: URLs hold secrets.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { Fault } from './core/errors.ts'
import type { Hex } from './core/types.ts'

interface Knob<S extends z.ZodType> {
  /** Undefined: must be given. A function: follows from the data directory. */
  readonly fallback: string | number | boolean | readonly string[] | ((dataDir: string) => string) | undefined
  readonly check: S
  readonly help: string
  /** A list: its flag may be repeated. */
  readonly many: boolean
}
type Knobs = Readonly<Record<string, Knob<z.ZodType>>>
type Values<K extends Knobs> = { readonly [Name in keyof K]: z.infer<K[Name]['check']> }

const knob = <S extends z.ZodType>(fallback: Knob<S>['fallback'], check: S, help: string): Knob<S> => ({
  fallback,
  check,
  help,
  many: false,
})

const PATH_MAX = 4096
const LIST_MAX = 64

const path = z.string().min(1).max(PATH_MAX)
const address = z
  .string({ error: 'expected an address: 0x and 40 hex digits' })
  .regex(/^0x[0-9a-fA-F]{40}$/, 'expected an address: 0x and 40 hex digits')
  .transform((hex): Hex => `0x${hex.slice(2).toLowerCase()}`)
const url = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).max(2048)
const multiaddr = z
  .string()
  .regex(/^\/(?:ip4|ip6|dns|dns4|dns6|dnsaddr|p2p)\/[^\s,]+$/, 'expected a multiaddr such as /ip4/0.0.0.0/tcp/9470')
  .max(512)

/** Flags and the environment give text, files give JSON: both become what the check expects. */
const flagLike = z.preprocess((raw) => (raw === 'true' ? true : raw === 'false' ? false : raw), z.boolean())
const integer = (least: number, most: number) =>
  z.preprocess(
    (raw) => (typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw),
    z.int().min(least).max(most),
  )
/** A number with at most `decimals` decimals, as a whole number of its smallest unit; below 2^96. */
const decimal = (decimals: number) =>
  z
    .preprocess(
      (raw) => (typeof raw === 'number' ? String(raw) : raw),
      z
        .string()
        .regex(
          new RegExp(`^\\d{1,15}(?:\\.\\d{1,${decimals}})?$`),
          `expected a number with at most ${decimals} decimals`,
        ),
    )
    .transform((text) => {
      const [whole = '', part = ''] = text.split('.')
      return BigInt(whole + part.padEnd(decimals, '0'))
    })
/** Empty text: not given. */
const optional = <S extends z.ZodType>(check: S) => z.union([z.literal('').transform(() => undefined), check])
const list = <S extends z.ZodType>(item: S, least = 0) =>
  z.preprocess((raw) => {
    const parts: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
    return parts.flatMap((part) => (typeof part === 'string' ? part.split(',').filter(Boolean) : [part]))
  }, z.array(item).min(least).max(LIST_MAX).readonly())

const listKnob = <S extends z.ZodType>(
  fallback: readonly string[] | undefined,
  item: S,
  help: string,
  least: number = 0,
) => ({ ...knob(fallback, list(item, least), help), many: true })

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** Quicknet's public relays, run by different organisations: what one of them says is verified, what all withhold is waited for. */
const QUICKNET = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971'
const QUICKNET_RELAYS = ['api.drand.sh', 'api2.drand.sh', 'drand.cloudflare.com'].map(
  (host) => `https://${host}/${QUICKNET}`,
)

export const SIDECAR_KNOBS = {
  keysFile: knob((dataDir) => join(dataDir, 'keys.json'), path, 'secret keys, readable by the owner alone'),
  rpcUrls: listKnob(undefined, url, 'settlement chain endpoints, tried in order', 1),
  ledger: knob(undefined, address, 'AuditLedger contract; every other parameter is read from it'),
  drandRelays: listKnob(QUICKNET_RELAYS, url, 'drand relays of the chain, raced; each is verified', 1),
  listen: listKnob(['/ip4/0.0.0.0/tcp/9470', '/ip4/0.0.0.0/tcp/9471/ws'], multiaddr, 'addresses to listen on'),
  announce: listKnob([], multiaddr, 'addresses to tell others instead of the ones listened on'),
  bootstrap: listKnob([], multiaddr, 'peers to dial first, with their /p2p/ ids'),
  mdns: knob(false, flagLike, 'look for peers on the local network'),
  workloadUrl: knob('http://127.0.0.1:8545', url, 'JSON-RPC endpoint of the blockchain node beside this sidecar'),
  logLevel: knob('info', z.enum(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
  logFile: knob('', z.string().max(PATH_MAX), 'file for log lines; standard error when empty'),
  local: knob(false, flagLike, 'all peers share this machine: limits per address are off'),
  marketplace: knob('', optional(address), 'Marketplace contract; empty: no part in auctions'),
  bidKinds: listKnob([], z.string().regex(/^[\x21-\x7e]{1,32}$/), 'workload kinds to bid on; none: never bid'),
  bidCpuUsd: knob('0', decimal(18), 'own cost of one GHz for a month of 30 days, in USD'),
  bidMemoryUsd: knob('0', decimal(18), 'own cost of one GB of memory for a month, in USD'),
  bidStorageUsd: knob('0', decimal(18), 'own cost of one GB of storage for a month, in USD'),
  bidTimeUsd: knob('0', decimal(18), 'own cost of any job for a month, in USD'),
  bidMarginBps: knob(1_000, integer(0, 100_000), 'added to the cost, in hundredths of a percent'),
  bidHoldCpuGhz: knob('0', decimal(3), 'processors never offered to any job, in GHz'),
  bidHoldMemoryGb: knob('0', decimal(3), 'memory never offered to any job, in GB'),
  bidHoldStorageGb: knob('0', decimal(3), 'storage never offered to any job, in GB'),
  bidFloor: knob('0', decimal(18), 'never bid less, in ANKR'),
  bidCeiling: knob('', optional(decimal(18)), 'never bid more, in ANKR; empty: the ceiling applied with'),
  bidCommand: listKnob(
    [],
    z.string().min(1).max(PATH_MAX),
    'program and arguments that price a job instead, JSON in and out',
  ),
  bidUrl: knob('', optional(url), 'service that prices a job instead, JSON in and out'),
  bidOnChain: knob(false, flagLike, 'post the commitment of every bid on chain as well, past all gossip'),
  fault: knob('', z.string().max(64), 'a behaviour to act out (local networks only), for example silent'),
} as const satisfies Knobs

export const DEVNET_KNOBS = {
  nodes: knob(8, integer(2, 64), 'sidecars to start, each its own process'),
  periods: knob(0, integer(0, 1_000_000), 'stop after so many periods on chain; 0 runs until Ctrl-C'),
  fault: listKnob([], z.string().max(64), 'fault to inject, for example kill:2@period1; repeatable'),
  stallSeconds: knob(120, integer(10, 86_400), 'fail when nothing moves for so long'),
  jobs: knob(0, integer(0, 32), 'jobs to announce and auction'),
  keep: knob(false, flagLike, 'keep data directories and logs; a failure always does'),
} as const satisfies Knobs

export interface SidecarConfig extends Values<typeof SIDECAR_KNOBS> {
  /** Absolute. Holds config.json, keys, store, peer store and control socket. */
  readonly dataDir: string
}
export type DevnetConfig = Values<typeof DEVNET_KNOBS>

export type RawFlags = Readonly<Record<string, unknown>>
export type Environment = Readonly<Record<string, string | undefined>>

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
/** rpcUrls → --rpc-urls */
export const flagOf = (name: string): string => `--${kebab(name)}`
/** rpcUrls → STKR_RPC_URLS */
export const environmentOf = (name: string): string => `STKR_${kebab(name).replaceAll('-', '_').toUpperCase()}`

/** Devnet knobs carry its name in the environment, where they share one space with a sidecar's. */
export const devnetEnvironmentOf = (name: string): string => environmentOf(`devnet-${name}`)

const KNOWN_VARIABLES = [
  ...['dataDir', ...Object.keys(SIDECAR_KNOBS)].map(environmentOf),
  ...Object.keys(DEVNET_KNOBS).map(devnetEnvironmentOf),
]

/** Levenshtein distance, the textbook's two rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name closest to a mistyped one; undefined when none is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(name.toLowerCase().slice(0, 64), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  const best = ranked[0]
  return best && best.far <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined
}

function refuseUnknown(given: readonly string[], known: readonly string[], where: string): void {
  const stranger = given.find((name) => !known.includes(name))
  if (stranger === undefined) return
  const meant = nearest(stranger, known)
  const advice = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`
  throw new Fault('config-unknown', `${where} knows no ${JSON.stringify(stranger.slice(0, 64))}: ${advice}`)
}

function refuseUnknownVariables(environment: Environment): void {
  const given = Object.keys(environment).filter((name) => name.startsWith('STKR_'))
  refuseUnknown(given, KNOWN_VARIABLES, 'the environment')
}

/** The first source that says anything, and its name for the error message. */
type Source = (name: string) => { readonly value: unknown; readonly where: string } | undefined

function resolveKnobs<K extends Knobs>(knobs: K, dataDir: string, sources: readonly Source[]): Values<K> {
  const problems: string[] = []
  const entries = Object.entries(knobs).map(([name, { check, fallback, help }]) => {
    const found = sources.map((source) => source(name)).find((said) => said !== undefined)
    const value = found ? found.value : typeof fallback === 'function' ? fallback(dataDir) : fallback
    const where = found?.where ?? `${flagOf(name)}, ${environmentOf(name)} or "${name}" in config.json`
    if (value === undefined) {
      problems.push(`${name} is missing (${help}): set ${where}`)
      return [name, undefined]
    }
    const parsed = check.safeParse(value)
    if (!parsed.success) problems.push(`${where} is wrong: ${parsed.error.issues[0]?.message ?? 'invalid'}`)
    return [name, parsed.data]
  })
  if (problems.length > 0) throw new Fault('config-invalid', problems.join('; '))
  // Every entry passed the check of its own row, which is what Values says.
  return Object.fromEntries(entries) as Values<K>
}

const flagSource =
  (flags: RawFlags): Source =>
  (name) =>
    flags[name] === undefined ? undefined : { value: flags[name], where: flagOf(name) }

const environmentSource =
  (environment: Environment, variableOf: (name: string) => string): Source =>
  (name) => {
    const value = environment[variableOf(name)]
    return value === undefined ? undefined : { value, where: variableOf(name) }
  }

const fileSource =
  (file: Readonly<Record<string, unknown>>, fileName: string): Source =>
  (name) =>
    file[name] === undefined ? undefined : { value: file[name], where: `"${name}" in ${fileName}` }

const CONFIG_MAX_BYTES = 64 * 1024
const fileShape = z.record(z.string(), z.unknown())

function readConfigFile(fileName: string): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(fileName, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw new Fault('config-unreadable', `${fileName} cannot be read: check its owner and mode`, { cause })
  }
  if (text.length > CONFIG_MAX_BYTES)
    throw new Fault('config-unreadable', `${fileName} is larger than ${CONFIG_MAX_BYTES} bytes`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new Fault('config-unreadable', `${fileName} is not JSON: mend it or run stkr init again`, { cause })
  }
  const file = fileShape.safeParse(parsed)
  if (!file.success) throw new Fault('config-unreadable', `${fileName} is not a JSON object`)
  refuseUnknown(Object.keys(file.data), Object.keys(SIDECAR_KNOBS), fileName)
  return file.data
}

/** Absolute data directory from flag or environment; ~/.stkr otherwise. */
export function dataDirOf(flags: RawFlags, environment: Environment = process.env): string {
  const given = flags['dataDir'] ?? environment[environmentOf('dataDir')]
  const checked = path.safeParse(given ?? join(homedir(), '.stkr'))
  if (!checked.success) throw new Fault('config-invalid', '--data-dir is wrong: expected a path')
  return resolve(checked.data)
}

export const configFileOf = (dataDir: string): string => join(dataDir, 'config.json')
/** Unix domain socket that `stkr status` asks. */
export const controlSocketOf = (dataDir: string): string => join(dataDir, 'control.sock')

/**
 * A sidecar's configuration from flags (keys as in SIDECAR_KNOBS, plus dataDir), environment and `<dataDir>/config.json`.
 * Faults: `config-unknown`, `config-invalid` (every wrong or missing knob, in one line), `config-unreadable`.
 */
export function loadSidecarConfig(flags: RawFlags, environment: Environment = process.env): SidecarConfig {
  refuseUnknown(Object.keys(flags), ['dataDir', ...Object.keys(SIDECAR_KNOBS)], 'the command line')
  refuseUnknownVariables(environment)
  const dataDir = dataDirOf(flags, environment)
  const fileName = configFileOf(dataDir)
  const config = resolveKnobs(SIDECAR_KNOBS, dataDir, [
    flagSource(flags),
    environmentSource(environment, environmentOf),
    fileSource(readConfigFile(fileName), fileName),
  ])
  if (config.bidCommand.length > 0 && config.bidUrl !== undefined)
    throw new Fault('config-invalid', `${flagOf('bidCommand')} and ${flagOf('bidUrl')}: only one of them can price`)
  if (config.fault !== '' && !config.local)
    throw new Fault('config-invalid', `${flagOf('fault')} needs ${flagOf('local')}: faults are for local networks`)
  return { ...config, dataDir }
}

/** Some knobs of a sidecar, for commands that need no more. Faults as above. */
export function loadKnobs<Name extends keyof typeof SIDECAR_KNOBS>(
  names: readonly Name[],
  flags: RawFlags,
  environment: Environment = process.env,
): Values<Pick<typeof SIDECAR_KNOBS, Name>> {
  refuseUnknown(Object.keys(flags), ['dataDir', ...names], 'the command line')
  refuseUnknownVariables(environment)
  const dataDir = dataDirOf(flags, environment)
  const fileName = configFileOf(dataDir)
  const wanted = Object.fromEntries(names.map((name) => [name, SIDECAR_KNOBS[name]])) as Pick<
    typeof SIDECAR_KNOBS,
    Name
  >
  return resolveKnobs(wanted, dataDir, [
    flagSource(flags),
    environmentSource(environment, environmentOf),
    fileSource(readConfigFile(fileName), fileName),
  ])
}

/** The local network's configuration. Faults: `config-unknown`, `config-invalid`. */
export function loadDevnetConfig(flags: RawFlags, environment: Environment = process.env): DevnetConfig {
  refuseUnknown(Object.keys(flags), Object.keys(DEVNET_KNOBS), 'the command line')
  refuseUnknownVariables(environment)
  const variables = environmentSource(environment, devnetEnvironmentOf)
  return resolveKnobs(DEVNET_KNOBS, '', [flagSource(flags), variables])
}
