// Where a holder of threshold keys keeps what is its own: in the folder `custody` of the data directory its key, and a
// folder for each group. Opens them, and the host that holders reach each other by.

import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import { Fault } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { parseKeyedGroup } from '../custody/group-file.ts'
import type { GroupFile } from '../custody/group-file.ts'
import { holderOf } from '../custody/group.ts'
import type { Group, KeyedGroup } from '../custody/group.ts'
import { readHolderPublic } from '../keys/custody.ts'
import type { AskPassword } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import { silentLog } from '../system.ts'
import { addKnobs } from './knobs.ts'
import { toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { askPassword } from './password.ts'
import { parseSpan } from './units.ts'

export interface HolderFlags extends RawFlags {
  readonly dataDir?: string
  readonly keysPasswordFile?: string
}

export interface HolderPlace {
  /** `<data directory>/custody`. */
  readonly folder: string
  readonly holderFile: string
  readonly keysPasswordFile: string
}

/** What is public of a group, in its folder. */
export const GROUP_FILE = 'group.json'

export const addPlaceFlags = (command: Command): Command => {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, { keysPasswordFile: SIDECAR_KNOBS.keysPasswordFile })
  return command
}

/** Faults: those of the configuration, `data-dir-exposed`. */
export function placeOf({ dataDir: given, keysPasswordFile: file }: HolderFlags): HolderPlace {
  const flags = {
    ...(given !== undefined && { dataDir: given }),
    ...(file !== undefined && { keysPasswordFile: file }),
  }
  const { dataDir, keysPasswordFile } = loadKnobs(['keysPasswordFile'], flags)
  checkFolder(dataDir)
  const folder = join(dataDir, 'custody')
  return { folder, holderFile: join(folder, 'holder.json'), keysPasswordFile }
}

export function makeOwnFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Fault('keys-unwritable', `${path} cannot be made: check that the folder above it is yours`, { cause })
  }
}

/** Asked once for both keystores. */
export function passwordOnce(place: HolderPlace, terminal: Terminal): AskPassword {
  let asked: Promise<string> | undefined
  return async () => (asked ??= askPassword(place, terminal))
}

/** Names of the groups whose key this holder has a share of. */
export const groupNames = ({ folder }: HolderPlace): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, GROUP_FILE)) && !name.includes('.'))
    : []

/** Folder of a group; the only one when none is named. Faults: `usage`, `custody-no-group`. */
export function groupFolder(place: HolderPlace, name: string | undefined): string {
  const known = groupNames(place)
  if (name === undefined && known.length > 1)
    throw new Fault('usage', `say which group with --group: ${known.join(', ')}`)
  const found = name === undefined ? known[0] : known.find((each) => each === name)
  if (found === undefined)
    throw new Fault(
      'custody-no-group',
      `${place.folder} has no share of ${name ?? 'any group'}: run stkr custody keygen`,
    )
  return join(place.folder, found)
}

/** Fault `custody-group-file` and those of what the file says. */
export async function openGroup(folder: string): Promise<GroupFile<KeyedGroup>> {
  const { peerKeyIn } = await import('../p2p/custody.ts')
  const file = join(folder, GROUP_FILE)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('custody-group-file', `${file}: cannot be read`, { cause })
  }
  return parseKeyedGroup(text, file, peerKeyIn)
}

/** Own number in the group. Faults: `custody-not-holder`, `custody-keys-missing`. */
export function ownNumber(place: HolderPlace, group: Group): number {
  const self = holderOf(group, readHolderPublic(place.holderFile))
  if (self === undefined)
    throw new Fault('custody-not-holder', `the group ${group.name} does not name this holder: see stkr custody init`)
  return self
}

/** What the adapters would tell an operator, on standard error. */
export const holderLog = (terminal: Terminal): Log => ({
  ...silentLog,
  warn: (text, fields) => {
    terminal.err(`stkr: ${text} ${toJson(fields ?? {})}`)
  },
})

const LIMIT_MAX_SECONDS = 7 * 24 * 3600

/** A span as a signal that aborts after it. Fault `usage`. */
export function limitOf(span: string): AbortSignal {
  const seconds = parseSpan(span, '--for')
  if (seconds > LIMIT_MAX_SECONDS) throw new Fault('usage', '--for is at most 7d')
  return AbortSignal.timeout(seconds * 1000)
}

/** Where to listen for an address that others dial: its port, on loopback only when it is loopback. Fault `usage`. */
export function listenFor(address: string): string {
  const found = /^\/(ip4|ip6|dns[46]?)\/([^/]+)\/tcp\/(\d+)\//.exec(address)
  if (!found) throw new Fault('usage', `${address} is not /ip4/…/tcp/…/p2p/…: say where to listen with --listen`)
  const [, kind, host, port] = found
  if (host === '127.0.0.1' || host === '::1') return `/${kind}/${host}/tcp/${port}`
  return kind === 'ip6' ? `/ip6/::/tcp/${port}` : `/ip4/0.0.0.0/tcp/${port}`
}
