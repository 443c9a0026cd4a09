// A key that this holder has on its disk and did not see confirmed: do all have it? Any holder that has it confirmed knows,
// because nobody confirms a key before all n have said that it is on their disks. Asks until one says so. Who says so
// falsely makes this holder keep a share of a key that nobody uses, which gives it nothing.

import type { CustodyAnswer, CustodyRequest } from '../core/custody-wire.ts'
import { requestOf, stateOf } from './answers.ts'
import { keyDigest } from './group.ts'
import type { KeyedGroup } from './group.ts'

const POLL_MS = 2_000

export interface ConfirmingDeps {
  ask(holder: number, request: CustodyRequest, signal: AbortSignal): Promise<CustodyAnswer>
  /** Resolves early when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** True as soon as another holder has this very key confirmed; false when the signal aborted before. */
export async function isConfirmed(
  group: KeyedGroup,
  self: number,
  { ask, pause }: ConfirmingDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const others = group.holders.map((_, holder) => holder).filter((holder) => holder !== self)
  const request = requestOf('confirm', group, keyDigest(group))
  const says = async (holder: number): Promise<boolean> =>
    ask(holder, request, signal).then(
      (answer) => stateOf(answer) === 'given',
      () => false, // not there, or at a ceremony itself
    )
  while (!signal.aborted) {
    if ((await Promise.all(others.map(says))).includes(true)) return !signal.aborted
    await pause(POLL_MS, signal)
  }
  return false
}
