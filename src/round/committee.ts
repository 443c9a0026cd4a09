// The committee of an epoch: who holds which seat, how many may fail, who leads a view. Pure functions of the roster and
// of drand randomness; `Committee.sol` recomputes the same draw. Seats are drawn without replacement, so nobody has two.

import { concatBytes, keccak256, leadingUint64, taggedHash, utf8ToBytes, word } from '../core/bytes.ts'
import { invariant } from '../core/errors.ts'
import type { Member, Roster } from '../core/types.ts'
import { drawRing } from './permutation.ts'

export interface Committee {
  readonly epoch: number
  /** Index = seat. */
  readonly seats: readonly Member[]
  /** f: how many members may be faulty in any way. */
  readonly faulty: number
  /** q: how many must sign; any two such sets share an honest member. */
  readonly quorum: number
  /** Seat of a sidecar id; undefined for everybody who is not a member. */
  seatOf(id: number): number | undefined
}

/** H("stkr.seat", SEP, epoch, randomness of the epoch's first round). */
export const seatSeed = (separator: Uint8Array, epoch: number, randomness: Uint8Array): Uint8Array =>
  taggedHash('stkr.seat', separator, word(epoch), randomness)

/** Seats of `roster`. `seed` is needed only when there are more members than seats. */
export function drawCommittee(roster: Roster, seatsMax: number, seed: Uint8Array): Committee {
  const size = Math.min(roster.members.length, seatsMax)
  invariant(size > 0, 'a committee needs a member')
  const ring = roster.members.length > seatsMax ? drawRing(seed, roster.members.length) : undefined
  const seats = Array.from({ length: size }, (_, seat) => {
    const member = roster.members[ring ? (ring.slots[seat] ?? 0) : seat]
    invariant(member, 'rosters are dense')
    return member
  })
  const byId = new Map(seats.map((member, seat) => [member.id, seat]))
  const faulty = Math.floor((size - 1) / 3)
  return { epoch: roster.epoch, seats, faulty, quorum: size - faulty, seatOf: (id) => byId.get(id) }
}

/** Seat of the leader of `view`: a draw nobody could know before the unit's seed, then one seat further each view. */
export function leaderSeat(committee: Committee, unitSeed: Uint8Array, view: number): number {
  const first = leadingUint64(keccak256(concatBytes(unitSeed, utf8ToBytes('leader'))))
  return Number((first + BigInt(view)) % BigInt(committee.seats.length))
}

/** How many seats come before `seat` when duty starts at `first`: the order of staggered backups. */
export const rankAfter = (committee: Committee, first: number, seat: number): number =>
  (seat - first + committee.seats.length) % committee.seats.length
