// `stkr custody init`, `keygen` and `groups`: a holder's own key, its part in making a group's, and which it has. Promises
// that a share is under the password before anybody hears that it exists, and that a group appears in one step, when all
// have confirmed it.

import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { equalBytes, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Progress } from '../custody/ceremony.ts'
import type { MadeKey } from '../custody/dkg.ts'
import { groupText, parseGroup } from '../custody/group-file.ts'
import type { GroupFile } from '../custody/group-file.ts'
import { groupId, holderOf } from '../custody/group.ts'
import type { Group, KeyedGroup } from '../custody/group.ts'
import { createHolder } from '../holder.ts'
import type { Holder } from '../holder.ts'
import { createHolderKey, readHolderKey, readHolderPublic, writeShare } from '../keys/custody.ts'
import { replace } from '../keys/owner-only.ts'
import { readText } from './arguments.ts'
import {
  GROUP_FILE,
  groupNames,
  groupFolder,
  holderLog,
  limitOf,
  listenFor,
  makeOwnFolder,
  openGroup,
  ownNumber,
  passwordOnce,
  placeOf,
} from './custody-place.ts'
import type { HolderFlags, HolderPlace } from './custody-place.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { choosePassword } from './password.ts'

export interface KeygenFlags extends HolderFlags {
  readonly group: string
  readonly listen?: readonly string[]
  readonly for?: string
  readonly json?: boolean
}

/** Makes this holder's key, or shows the public half of the one there is. */
export async function init(flags: HolderFlags & { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const place = placeOf(flags)
  const { peerIdOf } = await import('../p2p/peers.ts')
  makeOwnFolder(place.folder)
  const created = !existsSync(place.holderFile)
  const key = created
    ? createHolderKey(place.holderFile, await choosePassword(place, terminal))
    : readHolderPublic(place.holderFile)
  const peerId = peerIdOf(key).toString()
  if (flags.json === true)
    terminal.out(toJson({ ok: true, created, holderFile: place.holderFile, peerId, peerKey: key }))
  else terminal.out(`${peerId}\nin the group file: /ip4/<address>/tcp/<port>/p2p/${peerId}`)
  return EXIT.ok
}

/**
 * The key that an earlier run left unconfirmed. Without its group.json, which is written last, nobody was told of it.
 * Fault `custody-unconfirmed`: it is of another group of this name.
 */
async function leftIn(aside: string, group: Group): Promise<KeyedGroup | undefined> {
  if (!existsSync(join(aside, GROUP_FILE))) return undefined
  const left = (await openGroup(aside)).group
  if (equalBytes(groupId(left), groupId(group))) return left
  throw new Fault(
    'custody-unconfirmed',
    `${aside} is of a group of this name with other holders or another threshold: give the new one another name`,
  )
}

/** Keeps what is made: aside until all have confirmed it. Faults: `custody-exists`, `custody-unconfirmed`. */
async function createShelf(place: HolderPlace, { group, addresses }: GroupFile, password: string) {
  const final = join(place.folder, group.name)
  const aside = `${final}.unconfirmed`
  if (existsSync(final)) throw new Fault('custody-exists', `${final} has a key of this group: it is never overwritten`)
  const left = await leftIn(aside, group)
  const replaced = new AbortController()
  return {
    aside,
    left,
    /** Aborts when a new key takes the place of what was left. */
    replaced: replaced.signal,
    store({ group: keyed, own }: MadeKey): void {
      replaced.abort()
      // Of an earlier attempt or run: all others have begun anew, so none of them confirmed it.
      rmSync(aside, { recursive: true, force: true })
      makeOwnFolder(aside)
      writeShare(join(aside, 'share.json'), own.share, password)
      replace(join(aside, GROUP_FILE), groupText({ group: keyed, addresses }))
    },
    confirm(): string {
      renameSync(aside, final)
      return final
    },
  }
}

type Shelf = Awaited<ReturnType<typeof createShelf>>

/** The key that all have: a new one, or the one that was left unconfirmed as soon as another holder has it confirmed. */
async function keyOfAll(
  holder: Holder,
  { left, replaced, store }: Shelf,
  onProgress: (progress: Progress) => void,
  stop: AbortSignal,
  limit: AbortSignal,
): Promise<KeyedGroup> {
  const known = new AbortController()
  const over = new AbortController()
  const asking = AbortSignal.any([stop, limit, replaced, over.signal])
  const confirming = async (key: KeyedGroup): Promise<void> => {
    // What was replaced meanwhile is on no disk any more.
    if ((await holder.isConfirmed(key, asking)) && !replaced.aborted) known.abort()
  }
  if (left) void confirming(left)
  try {
    const made = await holder.makeKey({ store, onProgress }, AbortSignal.any([stop, known.signal]), limit)
    return made.group
  } catch (error) {
    if (left && known.signal.aborted) return left
    throw error
  } finally {
    over.abort()
  }
}

/** One line on standard error whenever somebody else is waited for. */
function tellProgress(terminal: Terminal, { addresses }: GroupFile): (progress: Progress) => void {
  let before = ''
  return ({ step, holders }) => {
    const line = `${step}: waiting for ${holders.map((holder) => `holder ${holder} (${addresses[holder] ?? ''})`).join(', ')}`
    if (line === before || holders.length === 0) return
    before = line
    terminal.err(line)
  }
}

/** Runs until all holders have the key, or the limit. Faults: those of `Holder.makeKey`, `custody-exists`, `custody-unconfirmed`. */
export async function keygen(flags: KeygenFlags, terminal: Terminal): Promise<number> {
  const place = placeOf(flags)
  const limit = limitOf(flags.for ?? '1h')
  const { peerKeyIn } = await import('../p2p/custody.ts')
  const file = parseGroup(readText(flags.group, '--group'), flags.group, peerKeyIn)
  const self = ownNumber(place, file.group)
  const password = passwordOnce(place, terminal)
  const seed = await readHolderKey(place.holderFile, password)
  const shelf = await createShelf(place, file, await password())
  const listen = flags.listen ?? [listenFor(file.addresses[self] ?? '')]
  const holder = await createHolder({ file, self, seed, listen }, holderLog(terminal))
  try {
    await holder.start()
    terminal.err(`holder ${self} of ${file.group.holders.length}: waiting for the others at ${listen.join(', ')}`)
    if (shelf.left)
      terminal.err(
        `${shelf.aside} is of a ceremony that broke off: another holder confirms it, or a new key replaces it`,
      )
    const keyed = await keyOfAll(holder, shelf, tellProgress(terminal, file), terminal.signal, limit)
    const folder = shelf.confirm()
    const groupKey = toHex(keyed.groupKey)
    if (flags.json === true) terminal.out(toJson({ ok: true, group: file.group.name, groupKey, holder: self, folder }))
    else
      terminal.out(`the group ${file.group.name} has the key ${groupKey}; the share of holder ${self} is in ${folder}`)
    return EXIT.ok
  } finally {
    await holder.stop()
  }
}

/** What this holder has a share of. */
export async function groups(flags: HolderFlags & { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const place = placeOf(flags)
  const found = await Promise.all(
    groupNames(place).map(async (name) => {
      const { group, addresses } = await openGroup(groupFolder(place, name))
      const { threshold, groupKey } = group
      return {
        group: name,
        threshold,
        groupKey: toHex(groupKey),
        holder: holderOf(group, readHolderPublic(place.holderFile)),
        holders: addresses,
      }
    }),
  )
  if (flags.json === true) terminal.out(toJson({ ok: true, groups: found }))
  else
    for (const { group, threshold, groupKey, holders, holder } of found) {
      terminal.out(`${group}  ${threshold} of ${holders.length}  ${groupKey}`)
      holders.forEach((address, i) => {
        terminal.out(`  holder ${i}  ${address}${i === holder ? '  (this one)' : ''}`)
      })
    }
  return EXIT.ok
}
