// What a simulation is told: how many sidecars, who misbehaves how, what happens to the world; and the network parameters
// that go with it.

import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import type { Network, Schedule } from '../../src/core/types.ts'
import type { Fault } from './sim-faults.ts'

export const GENESIS_SECONDS = 1_700_000_000
export const ROUND_MS = 3_000
export const BLOCK_MS = 12_000
export const SIM_SCHEDULE: Schedule = {
  genesisRound: 10,
  periodRounds: 16,
  epochPeriods: 4,
  audits: 4,
  seatsMax: 128,
  sealRounds: 4,
  closeRounds: 6,
  revealCloseRounds: 8,
  certifyRounds: 10,
  viewRounds: 2,
  evidencePeriods: 8,
}

export interface Scenario {
  readonly seed: number
  readonly nodes: number
  readonly audits?: number
  readonly seatsMax?: number
  /** Node indexes by fault. */
  readonly faults?: Partial<Record<Fault, readonly number[]>>
  /** Gossip between `side` and the others is lost in these rounds. */
  readonly partition?: { readonly side: readonly number[]; readonly from: number; readonly to: number }
  /** drand makes no beacon in these rounds; all of them appear when it is back. */
  readonly halt?: { readonly from: number; readonly to: number }
  /** Gossip takes 20 ms and up to this much more. */
  readonly jitterMs?: number
  readonly schedule?: Partial<Schedule>
}

export function networkOf(scenario: Scenario): Network {
  const tag = (text: string): Uint8Array => keccak256(utf8ToBytes(`sim/${text}`))
  return {
    chainId: 31_337n,
    sidecars: '0x0000000000000000000000000000000000000001',
    committee: '0x0000000000000000000000000000000000000002',
    ledger: '0x0000000000000000000000000000000000000003',
    separator: tag('separator'),
    drand: { hash: '00'.repeat(32), publicKey: new Uint8Array(96), genesisTime: GENESIS_SECONDS, periodSeconds: 3 },
    schedule: {
      ...SIM_SCHEDULE,
      audits: scenario.audits ?? 4,
      seatsMax: scenario.seatsMax ?? 128,
      ...scenario.schedule,
    },
  }
}
