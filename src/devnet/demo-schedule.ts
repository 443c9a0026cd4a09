// The rhythm of a local network: as short as its machine can follow, so that a first result is on chain within a minute.
// Pure numbers from the number of nodes. Measured on two cores; a faster machine only waits more.

import type { Schedule } from '../core/types.ts'

/** k of a local network: four auditors leave one liar in the minority even when a second one is silent. */
const AUDITS = 4
/** Up to so many sidecars share two cores without missing phases of the shortest rhythm. */
const EASY_NODES = 8

/**
 * Rounds (seconds) from choosing genesis to the first period: contracts, registrations, connections. `loadMs` is how
 * long loading all processes took just now: the measure of how fast this machine is at this moment. With a `market` each
 * node also becomes a provider: eight transactions instead of one.
 */
export const leadRounds = (nodes: number, loadMs: number, market = false): number =>
  6 + (market ? 4 : 0) + Math.ceil((market ? 1 : 0.3) * nodes + LEAD_OF_LOAD * (loadMs / 1000))

const LEAD_OF_LOAD = 1.2

/** Long enough that setting up another committee is no part of the demonstration's every minute. */
const EPOCH_PERIODS = 10

/** Phases stretch with the number of processes that share this machine. */
export function demoSchedule(nodes: number, genesisRound: number, epochPeriods = EPOCH_PERIODS): Schedule {
  const stretch = Math.max(1, nodes / EASY_NODES)
  const rounds = (atEase: number): number => Math.ceil(atEase * stretch)
  return {
    genesisRound,
    periodRounds: rounds(15),
    epochPeriods,
    audits: Math.min(AUDITS, nodes - 1),
    seatsMax: 128,
    sealRounds: rounds(6),
    closeRounds: rounds(8),
    revealCloseRounds: rounds(10),
    certifyRounds: rounds(11),
    viewRounds: rounds(2),
    evidencePeriods: 100,
  }
}
