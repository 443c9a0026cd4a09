// What is fixed about a period once its first beacon and its roster are known: ring, committee, phases, leaders. The same
// for everybody, so that records can be judged and results recomputed by members, observers and verifiers alike.

import { epochOf, periodStart, phaseRounds } from '../core/clock.ts'
import type { Phase } from '../core/clock.ts'
import { ZERO_32 } from '../core/bytes.ts'
import type { Beacon, Hex, Member, Network, Roster } from '../core/types.ts'
import { drawCommittee, leaderSeat, seatSeed } from '../round/committee.ts'
import type { Committee } from '../round/committee.ts'
import { assign, auditSeed } from './assignment.ts'
import type { Assignment } from './assignment.ts'

export interface PeriodContext {
  readonly network: Network
  readonly period: number
  readonly epoch: number
  readonly roster: Roster
  /** Beacon of the period's first round. */
  readonly beacon: Beacon
  readonly seed: Uint8Array
  readonly assignment: Assignment
  readonly committee: Committee
  readonly phases: Readonly<Record<Phase, number>>
  /** First round in which this period is over: the views of the next one begin. */
  readonly endRound: number
  member(id: number): Member | undefined
  /** Seat that leads `view`. */
  leader(view: number): number
}

/** What the running totals of a period continue from: the newest period on chain, if there is one. */
export type Base = { readonly period: number; readonly root: Hex } | undefined

/** Views a period has until the next period's begin. */
export const viewsOf = ({ schedule }: Network): number => Math.ceil(schedule.periodRounds / schedule.viewRounds)

/** First round in which nothing of `period` is agreed any more: one period at a time, so work never piles up. */
export const endRoundOf = ({ schedule }: Network, period: number): number =>
  periodStart(schedule, period + 1) + schedule.certifyRounds

/** True when the seats of a roster depend on a draw; then `drawContext` needs the epoch's randomness. */
export const seatsAreDrawn = ({ schedule }: Network, roster: Roster): boolean =>
  roster.members.length > schedule.seatsMax

/** `epochRandomness`: of the epoch's first round; unused while everybody has a seat. */
export function drawContext(
  network: Network,
  period: number,
  roster: Roster,
  beacon: Beacon,
  epochRandomness: Uint8Array = ZERO_32,
): PeriodContext {
  const epoch = epochOf(network.schedule, period)
  const seed = auditSeed(network.separator, period, beacon.randomness)
  const seats = seatSeed(network.separator, epoch, epochRandomness)
  const committee = drawCommittee(roster, network.schedule.seatsMax, seats)
  const byId = new Map(roster.members.map((member) => [member.id, member]))
  return {
    network,
    period,
    epoch,
    roster,
    beacon,
    seed,
    assignment: assign(seed, roster.members.length, network.schedule.audits),
    committee,
    phases: phaseRounds(network.schedule, period),
    endRound: endRoundOf(network, period),
    member: (id) => byId.get(id),
    leader: (view) => leaderSeat(committee, seed, view),
  }
}
