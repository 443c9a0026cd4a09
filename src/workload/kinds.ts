// One door to every kind of workload: from what the configuration says to the port that audits ask.

import type { Workload } from '../core/ports.ts'
import type { WorkloadKind } from '../core/types.ts'
import { createBeacon } from './beacon.ts'
import { createExecution } from './execution.ts'
import { createGeneric } from './generic.ts'
import type { HealthProbe } from './generic.ts'

export interface WorkloadSpec {
  readonly kind: WorkloadKind
  readonly url: string
  /** Of a generic workload. */
  readonly probe: HealthProbe
}

export interface KindOptions {
  /** Per request. */
  readonly timeoutMs: number
  /** All that a health command sees of the environment. */
  readonly env: Readonly<Record<string, string>>
}

export function createWorkload({ kind, url, probe }: WorkloadSpec, { timeoutMs, env }: KindOptions): Workload {
  if (kind === 'ethereum-execution') return createExecution({ url, timeoutMs })
  if (kind === 'ethereum-beacon') return createBeacon({ url, timeoutMs })
  return createGeneric({ url, timeoutMs, env, probe })
}
