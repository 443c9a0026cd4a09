// The workload side of one sidecar, wired: from what the configuration says of the node beside it to a supervised node, the
// port that audits ask, and the host of jobs won. Exactly one node: the standing one, or with templates the one of a job.
// sidecar.ts puts it beside audits and auctions.

import { join } from 'node:path'
import { passedEnvironment } from './config/load.ts'
import type { SidecarConfig } from './config/sidecar.ts'
import { fill, readTemplates } from './config/templates.ts'
import type { JobTemplate, Placeholder } from './config/templates.ts'
import { roundDueAt } from './core/clock.ts'
import { Fault } from './core/errors.ts'
import type { JobHost, Log, MeshEvent, Workload } from './core/ports.ts'
import type { DrandChain, MarketJob, WorkloadKind } from './core/types.ts'
import { systemClock, systemRandom } from './system.ts'
import { createClockOffset } from './workload/clock-offset.ts'
import { hostOf } from './workload/http.ts'
import { createJobHost } from './workload/job-host.ts'
import type { HostedJob, HostedNode } from './workload/job-host.ts'
import type { HealthProbe } from './workload/generic.ts'
import { createWorkload } from './workload/kinds.ts'
import { createNode, isOccupied } from './workload/node.ts'
import type { NodeSpec } from './workload/node.ts'
import type { NodeStatus } from './workload/status.ts'

const TIMEOUT_MS = 5_000
/** The chain is asked so often whether the hosted job is over. */
const LOOK_MS = 30_000
/** Relays are asked for the time so often. */
const CLOCK_MS = 600_000

type Word = readonly [file: string, ...args: string[]]
const wordsOf = ([file, ...args]: readonly string[]): Word | undefined =>
  file === undefined ? undefined : [file, ...args]

function probeOf(config: SidecarConfig): HealthProbe {
  const command = wordsOf(config.workloadHealthCommand)
  if (command) return { type: 'command', command }
  const { workloadHealthPath: path, workloadHealthStatus: status, workloadHealthField: field } = config
  return { type: 'http', path, status, field }
}

const optionsOf = (config: SidecarConfig) => ({ timeoutMs: TIMEOUT_MS, env: passedEnvironment(config.workloadEnv) })

/** The node beside this sidecar, to be asked and nothing more. */
export const openWorkload = (config: SidecarConfig): Workload =>
  createWorkload({ kind: config.workloadKind, url: config.workloadUrl, probe: probeOf(config) }, optionsOf(config))

/** Nodes to measure others with besides our own. */
function yardsticksOf(config: SidecarConfig): readonly Workload[] {
  const urls: readonly (readonly [WorkloadKind, string | undefined])[] = [
    ['ethereum-execution', config.auditExecutionUrl],
    ['ethereum-beacon', config.auditBeaconUrl],
  ]
  return urls.flatMap(([kind, url]) =>
    url === undefined ? [] : [createWorkload({ kind, url, probe: probeOf(config) }, optionsOf(config))],
  )
}

/** What all nodes of this sidecar have in common. */
function commonSpec(config: SidecarConfig) {
  const home = join(config.dataDir, 'workload')
  return {
    env: passedEnvironment(config.workloadEnv),
    record: join(home, 'node.json'),
    log: {
      file: join(home, 'node.log'),
      maxBytes: config.workloadLogMb * 1024 * 1024,
      files: config.workloadLogFiles,
    },
    containerProgram: config.workloadContainerProgram,
    client: config.workloadClient,
    badClients: config.workloadBadClients,
    exposed: config.workloadExposed,
    startMs: config.workloadStartSeconds * 1000,
    hangMs: config.workloadHangSeconds * 1000,
    graceMs: config.workloadGraceSeconds * 1000,
    crashes: config.workloadCrashes,
    crashWindowMs: config.workloadCrashMinutes * 60_000,
    keep: config.workloadKeep,
    timeoutMs: TIMEOUT_MS,
  }
}

const standingSpec = (config: SidecarConfig): NodeSpec => ({
  ...commonSpec(config),
  workload: { kind: config.workloadKind, url: config.workloadUrl, probe: probeOf(config) },
  folder: config.workloadFolder,
  command: wordsOf(config.workloadCommand),
  container: config.workloadContainer,
  pidFile: config.workloadPidFile,
  job: undefined,
})

/** A template, filled for a job. */
function jobSpec(config: SidecarConfig, template: JobTemplate, job: HostedJob): NodeSpec {
  const { id, kind, specHash, requirements } = job
  const dir = join(config.dataDir, 'workload', `job-${id}`)
  const facts: Readonly<Record<Placeholder, string>> = {
    job: String(id),
    kind,
    dataDir: config.dataDir,
    dir,
    specHash,
    cpuMilliGhz: String(requirements.cpuMilliGhz),
    memoryMilliGb: String(requirements.memoryMilliGb),
    storageMilliGb: String(requirements.storageMilliGb),
    durationSeconds: String(requirements.durationSeconds),
  }
  const filled = (words: readonly string[] | undefined): Word | undefined =>
    words && wordsOf(words.map((word) => fill(word, facts)))
  const command = filled(template.healthCommand)
  const { healthPath: path, healthStatus: status, healthField: field } = template
  const probe: HealthProbe = command ? { type: 'command', command } : { type: 'http', path, status, field }
  return {
    ...commonSpec(config),
    workload: { kind: template.workload, url: template.url, probe },
    folder: dir,
    command: filled(template.command),
    container: template.container === undefined ? undefined : fill(template.container, facts),
    pidFile: undefined,
    job: id,
  }
}

/** The node that is hosted now, in the shape of one; `workload-idle` while there is none. */
function following(kind: WorkloadKind, current: () => HostedNode | undefined): Workload {
  const node = (): HostedNode => {
    const found = current()
    if (found) return found
    throw new Fault('workload-idle', 'no node is to run beside this sidecar: it hosts no job')
  }
  return {
    get kind() {
      return current()?.workload.kind ?? kind
    },
    status: async (signal) => node().workload.status(signal),
    proof: async (height, signal) => node().workload.proof(height, signal),
  }
}

export interface NodeBeside {
  readonly workload: Workload
  readonly yardsticks: readonly Workload[]
  readonly host: JobHost
  /** A beacon came from a relay: tells the time. */
  onBeacon(round: number): void
  /** Faults: `workload-record`. */
  start(): void
  stop(): Promise<void>
  status(): NodeStatus
}

export interface NodeBesideDeps {
  readonly log: Log
  readonly emit: (event: MeshEvent) => void
  readonly drand: DrandChain
  /** A job as the chain has it; of a sidecar without a market: none. */
  readonly job: (id: number) => Promise<MarketJob | undefined>
}

/** Faults: `config-unreadable`, `config-invalid` of the templates. */
export function createNodeBeside(config: SidecarConfig, deps: NodeBesideDeps): NodeBeside {
  const templates = config.jobTemplates === undefined ? undefined : readTemplates(config.jobTemplates)
  const offset = createClockOffset(systemClock)
  const nodeDeps = {
    clock: systemClock,
    random: systemRandom,
    log: deps.log,
    offsetMs: offset.offsetMs,
    changed: (state: string, code: string | undefined) => deps.emit({ type: 'workload-state', state, code }),
  }
  const standing = templates ? undefined : createNode(standingSpec(config), nodeDeps)
  const templateOf = (kind: string): JobTemplate => {
    const found = templates?.get(kind)
    if (found) return found
    throw new Fault('config-invalid', `there is no template for jobs of kind ${kind}: restore it until the job is over`)
  }
  const current = (): HostedNode | undefined => host.node() ?? standing
  const workload = following(config.workloadKind, current)
  const host = createJobHost(
    { kinds: templates && [...templates.keys()], record: join(config.dataDir, 'workload', 'job.json') },
    {
      clock: systemClock,
      log: deps.log,
      standing: workload,
      open: (job) => createNode(jobSpec(config, templateOf(job.kind), job), nodeDeps),
      occupied: (kind) => isOccupied(templateOf(kind).url),
      job: deps.job,
    },
  )
  const stopping = new AbortController()
  const every = (spanMs: number, work: () => void): void => {
    work()
    const again = (): void => {
      if (!stopping.signal.aborted) every(spanMs, work)
    }
    const cancel = systemClock.at(systemClock.now() + spanMs, again)
    stopping.signal.addEventListener('abort', cancel, { once: true })
  }
  const since = systemClock.now()

  return {
    workload,
    yardsticks: yardsticksOf(config),
    host,
    onBeacon: (round) => offset.arrived(roundDueAt(deps.drand, round)),
    start: () => {
      standing?.start()
      host.resume()
      every(LOOK_MS, host.tick)
      every(CLOCK_MS, () => void offset.ask(config.drandRelays, stopping.signal))
    },
    stop: async () => {
      stopping.abort()
      await host.stop()
      await standing?.stop()
    },
    status: () => current()?.status() ?? absent(config, since, offset.offsetMs()),
  }
}

const absent = (config: SidecarConfig, since: number, clockOffsetMs: number | undefined): NodeStatus => ({
  state: 'idle',
  code: 'workload-idle',
  since,
  mode: 'none',
  kind: config.workloadKind,
  endpoint: hostOf(config.workloadUrl),
  job: undefined,
  pid: undefined,
  starts: 0,
  crashes: 0,
  retryAt: undefined,
  answer: undefined,
  usage: undefined,
  disk: undefined,
  clockOffsetMs,
  warnings: [],
})
