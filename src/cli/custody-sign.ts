// `stkr custody approve`, `approvals`, `revoke`, `serve` and `sign`: what this holder's operator agrees to, answering those
// who collect a signature, and collecting one. All of them may run at the same time with one share.

import { join } from 'node:path'
import { fromHex, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { createDesk } from '../custody/desk.ts'
import type { Desk } from '../custody/desk.ts'
import type { KeyedGroup } from '../custody/group.ts'
import type { Served } from '../custody/serving.ts'
import { isOwnShare } from '../custody/signer.ts'
import { createHolder } from '../holder.ts'
import type { CollectSignature, Holder } from '../holder.ts'
import { readHolderKey, readShare } from '../keys/custody.ts'
import { writeNew } from '../keys/owner-only.ts'
import { systemClock } from '../system.ts'
import { hexOf } from './arguments.ts'
import {
  groupFolder,
  holderLog,
  limitOf,
  listenFor,
  openGroup,
  ownNumber,
  passwordOnce,
  placeOf,
} from './custody-place.ts'
import type { HolderFlags } from './custody-place.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { printable } from './printable.ts'

export interface GroupFlags extends HolderFlags {
  readonly group?: string
  readonly json?: boolean
}
export interface ServeFlags extends GroupFlags {
  readonly listen?: readonly string[]
}
export interface SignFlags extends GroupFlags {
  readonly for?: string
}

const deskAt = (flags: GroupFlags): Desk => createDesk(groupFolder(placeOf(flags), flags.group), writeNew)
const digestOf = (text: string): Hex => hexOf(text, 32, 'DIGEST')

export function approve(text: string, flags: GroupFlags & { readonly note?: string }, terminal: Terminal): number {
  const digest = digestOf(text)
  const isNew = deskAt(flags).approve({ digest, note: (flags.note ?? '').slice(0, 200), approvedAt: systemClock.now() })
  if (flags.json === true) terminal.out(toJson({ ok: true, digest, isNew }))
  else terminal.out(isNew ? `${digest} is approved: this holder will sign it` : `${digest} was approved already`)
  return EXIT.ok
}

export function approvals(flags: GroupFlags, terminal: Terminal): number {
  const found = deskAt(flags).approvals()
  if (flags.json === true) terminal.out(toJson({ ok: true, approvals: found }))
  else
    for (const { digest, note, approvedAt } of found)
      terminal.out(`${digest}  ${new Date(approvedAt).toISOString()}  ${printable(note)}`.trimEnd())
  return EXIT.ok
}

/** Fault `check-not-approved` when there is nothing to take back. */
export function revoke(text: string, flags: GroupFlags, terminal: Terminal): number {
  const digest = digestOf(text)
  if (!deskAt(flags).revoke(digest)) throw new Fault('check-not-approved', `${digest} was not approved`)
  terminal.out(flags.json === true ? toJson({ ok: true, digest }) : `${digest} is not approved any more`)
  return EXIT.ok
}

interface OpenShare {
  readonly group: KeyedGroup
  readonly self: number
  readonly holder: Holder
  readonly collect: CollectSignature
}

/** Opens the share and the host, not started. Faults: those of the files, `custody-share-foreign`. */
async function openShare(
  flags: ServeFlags,
  terminal: Terminal,
  isServing: boolean,
  onServed: (served: Served) => void,
): Promise<OpenShare> {
  const place = placeOf(flags)
  const folder = groupFolder(place, flags.group)
  const file = await openGroup(folder)
  const { group, addresses } = file
  const self = ownNumber(place, group)
  const password = passwordOnce(place, terminal)
  const seed = await readHolderKey(place.holderFile, password)
  const own = { holder: self, share: await readShare(join(folder, 'share.json'), password) }
  if (!isOwnShare(group, own))
    throw new Fault(
      'custody-share-foreign',
      `the share in ${folder} is not that of holder ${self}: restore the right one`,
    )
  const listen = isServing ? (flags.listen ?? [listenFor(addresses[self] ?? '')]) : []
  const holder = await createHolder({ file, self, seed, listen }, holderLog(terminal))
  const { isApproved, spend } = createDesk(folder, writeNew)
  const collect = holder.serve({ group, own }, { isApproved, spend, onServed })
  return { group, self, holder, collect }
}

/** One line for each request: who asked for what, and what became of it. */
function tellServed(json: boolean, terminal: Terminal): (served: Served) => void {
  return ({ asked: { coordinator, digest }, step, fault }) => {
    const result = fault?.code ?? 'given'
    if (json) terminal.out(toJson({ step, coordinator, digest: toHex(digest), result, why: fault?.message }))
    else
      terminal.out(
        `${step} ${toHex(digest)} for holder ${coordinator}: ${fault ? `${fault.message} [${result}]` : result}`,
      )
  }
}

/** Answers until a signal. */
export async function serve(flags: ServeFlags, terminal: Terminal): Promise<number> {
  const { group, self, holder } = await openShare(flags, terminal, true, tellServed(flags.json === true, terminal))
  try {
    await holder.start()
    terminal.err(`holder ${self} of ${group.name} answers at ${holder.addresses().join(', ')}; Ctrl-C stops it`)
    await new Promise<void>((resolve) => {
      if (terminal.signal.aborted) resolve()
      terminal.signal.addEventListener('abort', () => {
        resolve()
      })
    })
    return EXIT.interrupted
  } finally {
    await holder.stop()
  }
}

/** Collects a signature of t holders, this one among them if it approved. Fault `custody-too-few`. */
export async function sign(text: string, flags: SignFlags, terminal: Terminal): Promise<number> {
  const digest = digestOf(text)
  const limit = limitOf(flags.for ?? '60s')
  const { group, holder, collect } = await openShare(flags, terminal, false, () => undefined)
  try {
    await holder.start()
    const found = await collect(fromHex(digest, 32), AbortSignal.any([terminal.signal, limit]))
    const { signature, signers, leftOut } = found
    for (const { holder: other, why } of leftOut) terminal.err(`holder ${other} was left out: ${why}`)
    if (flags.json === true)
      terminal.out(toJson({ ok: true, digest, groupKey: group.groupKey, signature, signers, leftOut }))
    else terminal.out(toHex(signature))
    return EXIT.ok
  } catch (cause) {
    if (limit.aborted && !terminal.signal.aborted)
      throw new Fault('custody-silent', 'the signature was not collected in time: give --for more', { cause })
    throw cause
  } finally {
    await holder.stop()
  }
}
