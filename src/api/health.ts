// Is it well? Every line is measured: the newest beacon, real answers of the chain and of the workload, a write on disk,
// peers. Alive means that a restart would not help; ready means that this sidecar can do its work now.

import type { ApiDeps, ApiSources } from './options.ts'
import { createCheck } from './checks.ts'
import type { Beat, Check } from './checks.ts'
import type { ChainReading, StoreReading } from './options.ts'
import type { Status } from './status.ts'
import type { WorkloadStatus } from '../core/types.ts'

/** An answer older than this says nothing about now. */
export const FRESH_MS = 90_000
/** A beacon may be so many rounds late, and never less than the floor. */
const BEACON_ROUNDS = 5
const BEACON_FLOOR_MS = 15_000

const BEATS = {
  chain: { everyMs: 30_000, limitMs: 20_000 },
  store: { everyMs: 30_000, limitMs: 20_000 },
  workload: { everyMs: 15_000, limitMs: 15_000 },
} as const satisfies Record<string, Beat>

export interface Checks {
  readonly chain: Check<ChainReading>
  readonly store: Check<StoreReading>
  readonly workload: Check<WorkloadStatus>
}

export const createChecks = ({ chain, store, workload }: ApiSources, { clock }: ApiDeps): Checks => ({
  chain: createCheck(chain, BEATS.chain, clock),
  store: createCheck(store, BEATS.store, clock),
  workload: createCheck(workload, BEATS.workload, clock),
})

/** One line of health: `code` says why it is not well (docs/reasons.md), `cause` the code of what failed underneath. */
export interface Line {
  readonly check: 'beacon' | 'chain' | 'store' | 'mesh' | 'workload'
  readonly ok: boolean
  readonly code?: string | undefined
  readonly cause?: string | undefined
  /** Of the newest success, seconds. */
  readonly ageSeconds?: number | undefined
}

const since = (at: number | undefined, now: number): number | undefined =>
  at === undefined ? undefined : Math.max(0, now - at) / 1000

function answered(name: 'chain' | 'store' | 'workload', code: string, check: Check<unknown>, now: number): Line {
  const { succeededAt, failedWith } = check.outcome()
  const fresh = succeededAt !== undefined && now - succeededAt <= FRESH_MS
  const ok = fresh && failedWith === undefined
  return { check: name, ok, ageSeconds: since(succeededAt, now), ...(!ok && { code, cause: failedWith }) }
}

function beaconLine({ beacon }: Status, now: number): Line {
  const limitMs = Math.max(BEACON_FLOOR_MS, BEACON_ROUNDS * 1000 * (beacon?.periodSeconds ?? 0))
  const ok = beacon !== undefined && now - beacon.dueAt <= limitMs
  return { check: 'beacon', ok, ageSeconds: since(beacon?.dueAt, now), ...(!ok && { code: 'unready-beacon' }) }
}

export function workloadLine(check: Check<WorkloadStatus>, now: number): Line {
  // Between jobs there is nothing to run, and nothing is wrong.
  if (check.outcome().failedWith === 'workload-idle') return { check: 'workload', ok: true }
  const line = answered('workload', 'unready-workload', check, now)
  const behind = check.outcome().value?.syncDistance ?? 0
  return line.ok && behind > 0 ? { ...line, ok: false, code: 'unready-syncing' } : line
}

const storeLine = ({ store }: Checks, now: number): Line => answered('store', 'unready-store', store, now)

/** What a restart might mend. */
export const alive = (checks: Checks, now: number): readonly Line[] => {
  // Before the first write has had its time nothing is known against the store.
  const { succeededAt, failedWith } = checks.store.outcome()
  return [(succeededAt ?? failedWith) ? storeLine(checks, now) : { check: 'store', ok: true }]
}

export function ready(status: Status, checks: Checks, now: number): readonly Line[] {
  const alone = status.mesh.peers === 0
  return [
    beaconLine(status, now),
    answered('chain', 'unready-chain', checks.chain, now),
    storeLine(checks, now),
    { check: 'mesh', ok: !alone, ...(alone && { code: 'unready-mesh' }) },
    workloadLine(checks.workload, now),
  ]
}
