// One node beside the sidecar put together: how it is run, how it is asked, what is watched, who keeps it running.

import type { Clock, Log, RandomBytes, Workload } from '../core/ports.ts'
import type { BeaconNode } from './beacon.ts'
import { createContainerRunner } from './container-runner.ts'
import { accepts, endpointOf } from './exposure.ts'
import { hostOf } from './http.ts'
import type { HostedNode } from './job-host.ts'
import { createWorkload } from './kinds.ts'
import type { WorkloadSpec } from './kinds.ts'
import type { LogOptions } from './log-files.ts'
import { createProcessRunner } from './process-runner.ts'
import { createPidFileRunner, createUrlRunner } from './runner.ts'
import type { Runner } from './runner.ts'
import type { NodeState } from './status.ts'
import { createSupervisor } from './supervisor.ts'
import type { SupervisorOptions } from './supervisor.ts'
import { createWatch } from './watch.ts'
import type { WatchOptions } from './watch.ts'

export interface NodeSpec extends Omit<SupervisorOptions, 'endpoint' | 'healthMs'>, Omit<WatchOptions, 'url'> {
  readonly workload: WorkloadSpec
  /** One of the three at most; none: a node that is only asked. */
  readonly command: readonly [file: string, ...args: string[]] | undefined
  readonly container: string | undefined
  readonly pidFile: string | undefined
  readonly containerProgram: string
  /** All the environment it sees. */
  readonly env: Readonly<Record<string, string>>
  readonly record: string
  readonly log: LogOptions
  /** Per request. */
  readonly timeoutMs: number
}

export interface NodeDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log: Log
  readonly offsetMs: () => number | undefined
  readonly changed: (state: NodeState, code: string | undefined) => void
}

const HEALTH_MS = 5_000

function runnerOf(spec: NodeSpec, { clock, random }: NodeDeps): Runner {
  const { command, container, pidFile, containerProgram: program, env, record, log, folder: cwd } = spec
  if (command) return createProcessRunner({ command, cwd, env, record, log }, { clock, random })
  if (container !== undefined) return createContainerRunner({ program, name: container, env, log }, clock)
  return pidFile === undefined ? createUrlRunner() : createPidFileRunner(pidFile, clock)
}

/** Does somebody accept connections there? False for what is no address. */
export async function isOccupied(url: string): Promise<boolean> {
  const endpoint = endpointOf(url)
  return endpoint !== undefined && (await accepts(endpoint.host, endpoint.port))
}

const isBeacon = (workload: Workload): workload is BeaconNode => workload.kind === 'ethereum-beacon'

export function createNode(spec: NodeSpec, deps: NodeDeps): HostedNode {
  const { url, probe, kind } = spec.workload
  const workload = createWorkload(spec.workload, spec)
  const asksCommand = kind === 'generic' && probe.type === 'command'
  const watch = createWatch(
    { ...spec, url },
    { ...deps, flaws: async (signal) => (isBeacon(workload) ? workload.flaws(signal) : []) },
  )
  const supervisor = createSupervisor(
    { ...spec, endpoint: hostOf(url), healthMs: HEALTH_MS },
    { ...deps, runner: runnerOf(spec, deps), workload, watch, occupied: async () => !asksCommand && isOccupied(url) },
  )
  return { workload, ...supervisor }
}
