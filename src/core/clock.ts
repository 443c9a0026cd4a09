// Round arithmetic: drand rounds are the only clock of the mesh. Pure functions from a schedule and a round to periods,
// epochs and phases; wall-clock moments appear only to know when a round is due.

import type { DrandChain, Schedule } from './types.ts'

/** Unix milliseconds at which `round` is due. */
export const roundDueAt = (chain: Pick<DrandChain, 'genesisTime' | 'periodSeconds'>, round: number): number =>
  (chain.genesisTime + (round - 1) * chain.periodSeconds) * 1000

/** Newest round due at `nowAt` (unix ms); 0 before genesis. */
export const roundAt = (chain: Pick<DrandChain, 'genesisTime' | 'periodSeconds'>, nowAt: number): number =>
  Math.max(0, Math.floor((nowAt / 1000 - chain.genesisTime) / chain.periodSeconds) + 1)

/** First round of a period. */
export const periodStart = (schedule: Schedule, period: number): number =>
  schedule.genesisRound + period * schedule.periodRounds

/** Period a round belongs to; negative before the network's genesis. */
export const periodOf = (schedule: Schedule, round: number): number =>
  Math.floor((round - schedule.genesisRound) / schedule.periodRounds)

export const epochOf = (schedule: Schedule, period: number): number => Math.floor(period / schedule.epochPeriods)

/** First round of an epoch: its beacon draws the seats. */
export const epochStart = (schedule: Schedule, epoch: number): number =>
  periodStart(schedule, epoch * schedule.epochPeriods)

export type Phase = 'probe' | 'seal' | 'reveal' | 'state' | 'certify'

/** First round of each phase of `period`. */
export function phaseRounds(schedule: Schedule, period: number): Readonly<Record<Phase, number>> {
  const start = periodStart(schedule, period)
  return {
    probe: start,
    seal: start + schedule.sealRounds,
    reveal: start + schedule.closeRounds,
    state: start + schedule.revealCloseRounds,
    certify: start + schedule.certifyRounds,
  }
}

/** First round of view `view`'s leader. */
export const viewStart = (schedule: Schedule, period: number, view: number): number =>
  periodStart(schedule, period) + schedule.certifyRounds + view * schedule.viewRounds

/** View a round belongs to; negative before the first. */
export const viewOf = (schedule: Schedule, period: number, round: number): number =>
  Math.floor((round - periodStart(schedule, period) - schedule.certifyRounds) / schedule.viewRounds)
