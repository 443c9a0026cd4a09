// Delegated tokens, their keys and moves, as people read them.

import { groupName } from '../chain/custody-desk.ts'
import type { DelegationView, GroupKeyView } from '../chain/custody-desk.ts'
import type { Move } from '../core/custody.ts'
import { dateText } from './gov-text.ts'
import { amountText, spanText } from './units.ts'

export const keyText = ({ group, key, epoch, setAt }: GroupKeyView): string =>
  `${groupName(group).padEnd(12)} ${epoch === 0 ? 'no key yet' : `${key}, key number ${epoch}, since ${dateText(setAt)}`}`

/** One line of a list. `now` in Unix seconds. */
export function delegationText(view: DelegationView, now: number): string {
  const { id, owner, provider, money, amount, endsAt, nonce, keysAccepted } = view
  const term = endsAt > now ? `for ${spanText(endsAt - now)}` : 'term over: stkr custody take-back'
  const keys = keysAccepted || endsAt <= now ? '' : '; a key was changed: moves nothing until its owner accepts'
  return [
    String(id).padStart(5),
    `${amountText(amount)} ${money}`.padEnd(14),
    `of ${owner} with provider ${provider}`,
    `${nonce === 1 ? '1 move' : `${nonce} moves`}`,
    `${term}${keys}`,
  ].join('  ')
}

/** What both groups sign, in words. `now` in Unix seconds. */
export function moveLines(move: Move, from: DelegationView, now: number): readonly string[] {
  const { delegation, provider, to, amount, nonce, deadline } = move
  const { owner, money } = from
  const left = from.amount >= amount ? `${amountText(from.amount - amount)} ${money} are left` : 'more than there is'
  const receiver = to === owner ? `its owner ${to}` : to
  return [
    `move       ${amountText(amount)} ${money} of delegation ${delegation} to ${receiver}; ${left}`,
    `owner      ${owner}, with provider ${provider}`,
    `nonce      ${nonce}: no other move of this delegation may be sent before`,
    `deadline   ${deadline}: ${dateText(deadline)}${deadline < now ? ', passed' : ''}`,
  ]
}
