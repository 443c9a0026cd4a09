// The workload side of one sidecar, wired: from what the configuration says of the node beside it to the ports that audits
// and auctions ask. sidecar.ts puts it beside them.

import type { SidecarConfig } from './config/sidecar.ts'
import type { Workload } from './core/ports.ts'
import type { WorkloadKind } from './core/types.ts'
import type { HealthProbe } from './workload/generic.ts'
import { createWorkload } from './workload/kinds.ts'

const TIMEOUT_MS = 5_000
/** All that a health command sees of the environment: where interpreters are found. */
const PROBE_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const OPTIONS = { timeoutMs: TIMEOUT_MS, env: PROBE_ENV }

function probeOf(config: SidecarConfig): HealthProbe {
  const [file, ...args] = config.workloadHealthCommand
  if (file !== undefined) return { type: 'command', command: [file, ...args] }
  const { workloadHealthPath: path, workloadHealthStatus: status, workloadHealthField: field } = config
  return { type: 'http', path, status, field }
}

/** The node beside this sidecar. */
export const openWorkload = (config: SidecarConfig): Workload =>
  createWorkload({ kind: config.workloadKind, url: config.workloadUrl, probe: probeOf(config) }, OPTIONS)

/** Nodes to measure others with besides our own. */
export function yardsticksOf(config: SidecarConfig): readonly Workload[] {
  const urls: readonly (readonly [WorkloadKind, string | undefined])[] = [
    ['ethereum-execution', config.auditExecutionUrl],
    ['ethereum-beacon', config.auditBeaconUrl],
  ]
  return urls.flatMap(([kind, url]) =>
    url === undefined ? [] : [createWorkload({ kind, url, probe: probeOf(config) }, OPTIONS)],
  )
}
