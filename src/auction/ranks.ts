// The order in which sidecars do what anybody may do: members in seat order after the first, then everybody else by slot,
// so that the work is done once when all is well and by somebody when it is not.

import { rankAfter } from '../round/committee.ts'
import type { AuctionContext } from './context.ts'

/** How many come before sidecar `id` when duty starts at `firstSeat`; strangers come last. */
export function rankOf(
  { committee, roster, member }: Pick<AuctionContext, 'committee' | 'roster' | 'member'>,
  firstSeat: number,
  id: number | undefined,
): number {
  const seat = id === undefined ? undefined : committee.seatOf(id)
  if (seat !== undefined) return rankAfter(committee, firstSeat, seat)
  const slot = id === undefined ? undefined : member(id)?.slot
  return committee.seats.length + (slot ?? roster.members.length)
}
