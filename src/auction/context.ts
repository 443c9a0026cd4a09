// What is fixed about an auction once its bids are closed: committee, leaders, views. The same for everybody, so that
// records can be judged and results recomputed by members, observers and verifiers alike. Before the close there is only
// the job and who may bid.

import { taggedHash, word, ZERO_32 } from '../core/bytes.ts'
import { epochOf, periodOf } from '../core/clock.ts'
import type { Job, Member, Network, QualifiedBidder, Roster } from '../core/types.ts'
import { drawCommittee, leaderSeat, seatSeed } from '../round/committee.ts'
import type { Committee } from '../round/committee.ts'

export interface AuctionContext {
  readonly network: Network
  readonly job: Job
  readonly bidders: readonly QualifiedBidder[]
  readonly epoch: number
  readonly roster: Roster
  readonly committee: Committee
  /** Draws the first leader; nobody knew it while bids could still be made. */
  readonly seed: Uint8Array
  member(id: number): Member | undefined
  /** Seat that leads `view`. */
  leader(view: number): number
}

/** Epoch whose committee decides which bids were in time: that of the close round. */
export const epochOfJob = ({ schedule }: Network, { closeRound }: Job): number =>
  epochOf(schedule, periodOf(schedule, closeRound))

/** First round of admission view `view`. Statements have one round to reach the first leader. */
export const admissionViewStart = ({ schedule }: Network, { closeRound }: Job, view: number): number =>
  closeRound + 1 + view * schedule.viewRounds

/** Views that begin before the open round; nothing is admitted in later ones. */
export const admissionViews = ({ schedule }: Network, { closeRound, openRound }: Job): number =>
  Math.max(0, Math.ceil((openRound - closeRound - 1) / schedule.viewRounds))

export const admissionViewOf = ({ schedule }: Network, { closeRound }: Job, round: number): number =>
  Math.floor((round - closeRound - 1) / schedule.viewRounds)

export const openingsViewOf = ({ schedule }: Network, { openRound }: Job, round: number): number =>
  Math.floor((round - openRound) / schedule.viewRounds)

/** `closeRandomness`: of the close round. `epochRandomness`: of its epoch's first; unused while everybody has a seat. */
export function drawAuction(
  network: Network,
  job: Job,
  bidders: readonly QualifiedBidder[],
  roster: Roster,
  closeRandomness: Uint8Array,
  epochRandomness: Uint8Array = ZERO_32,
): AuctionContext {
  const epoch = epochOfJob(network, job)
  const seed = taggedHash('stkr.auction', network.separator, word(job.id), closeRandomness)
  const committee = drawCommittee(
    roster,
    network.schedule.seatsMax,
    seatSeed(network.separator, epoch, epochRandomness),
  )
  const byId = new Map(roster.members.map((member) => [member.id, member]))
  return {
    network,
    job,
    bidders,
    epoch,
    roster,
    committee,
    seed,
    member: (id) => byId.get(id),
    leader: (view) => leaderSeat(committee, seed, view),
  }
}
