// What a local network's custody came to, as lines: whose key is whose, what was delegated, what both groups moved.

import { groupName } from '../chain/custody-desk.ts'
import type { Money } from '../chain/custody-desk.ts'
import { SYSTEM_GROUP } from '../core/custody.ts'
import type { CustodyReport, DelegationReport, GroupReport, MoveReport } from './custody.ts'
import { ankr, short } from './job-view.ts'

/** "4 ETH": it has as many decimals as ANKR. */
export const amountText = (amount: bigint, money: Money): string => `${ankr(amount)} ${money}`

/** "key of provider 1: 0x02c2372e…253f  2 of 3 holders sign  set by its owner". */
export const keyLine = ({ group, key, threshold, holders }: GroupReport): string =>
  [
    `key of ${groupName(group)}: ${short(key)}`,
    `${threshold} of ${holders} holders sign`,
    group === SYSTEM_GROUP ? 'set by decision of the governors' : 'set by its owner',
  ].join('  ')

/** Who signed, by number in each group. */
export const moveLine = ({ delegation, money, amount, to, tx, byProvider, bySystem }: MoveReport): string =>
  [
    `delegation ${delegation}: both groups moved ${amountText(amount, money)} to ${short(to)}`,
    `tx ${short(tx)}`,
    `signers ${byProvider.join(' ')} of the provider, ${bySystem.join(' ')} of the system`,
  ].join('  ')

export function delegationLine({ delegation, provider, money, ...amounts }: DelegationReport): string {
  const { delegated, moved, takenBack } = amounts
  const [all, away, back] = [delegated, moved, takenBack].map((amount) => amountText(amount, money))
  return `delegation ${delegation}: ${all} to provider ${provider}, ${away} moved, ${back} taken back`
}

export const custodyLines = ({ groups, delegations, move }: CustodyReport): readonly string[] => [
  ...groups.map(keyLine),
  moveLine(move),
  ...delegations.map(delegationLine),
]
