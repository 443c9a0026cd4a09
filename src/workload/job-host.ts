// The workload of a job we won. With templates the sidecar starts a node for it, and ends it when the job is over; a sidecar
// hosts exactly one node, so while one runs, or may have to, nothing else is bid on. Without templates the node that runs
// beside the sidecar anyway is the workload, ready when it answers and is in sync. What is hosted is written down before
// it is started; audits confirm afterwards what is claimed here.

import * as z from 'zod'
import { Fault, codeOf } from '../core/errors.ts'
import type { Clock, JobHost, Log, Workload } from '../core/ports.ts'
import type { MarketJob } from '../core/types.ts'
import { readRecord, removeDurably, writeDurably } from './durable.ts'
import type { NodeStatus } from './status.ts'

/** Blocks behind its peers with which a node still counts as in sync. */
const LAG_MAX_BLOCKS = 8

/** A node that is kept running: a supervisor and the port that asks it. */
export interface HostedNode {
  readonly workload: Workload
  start(): void
  stop(forGood?: boolean): Promise<void>
  status(): NodeStatus
}

/** What a template is filled with. */
export type HostedJob = Pick<MarketJob, 'id' | 'kind' | 'specHash' | 'requirements'>

export interface JobHostOptions {
  /** Kinds of jobs there are templates for; undefined: the node beside the sidecar serves all. */
  readonly kinds: readonly string[] | undefined
  readonly record: string
}

export interface JobHostDeps {
  readonly clock: Clock
  readonly log: Log
  /** The node beside the sidecar, where there are no templates. */
  readonly standing: Workload
  /** A node by the template of the job's kind. */
  readonly open: (job: HostedJob) => HostedNode
  /** Does something answer where the template's node would? */
  readonly occupied: (kind: string) => Promise<boolean>
  /** The job as the chain has it now. */
  readonly job: (id: number) => Promise<MarketJob | undefined>
}

export interface NodeHost extends JobHost {
  /** The node of the job that is hosted. */
  node(): HostedNode | undefined
  /** Goes on with what an earlier life hosted. Fault `workload-record`. */
  resume(): void
  /** Ends the node of a job that is over; returns at once. */
  tick(): void
  stop(): Promise<void>
}

const shape = z.object({
  id: z.int().positive(),
  kind: z.string(),
  specHash: z.templateLiteral(['0x', z.string()]),
  requirements: z.object({
    cpuMilliGhz: z.int(),
    memoryMilliGb: z.int(),
    storageMilliGb: z.int(),
    durationSeconds: z.int(),
  }),
  winner: z.int(),
  /** Unix ms; known once the job runs. */
  endAt: z.int().optional(),
})
type Record = z.infer<typeof shape>

const OVER: readonly MarketJob['state'][] = ['completed', 'failed', 'unsold', 'refunded', 'relisted']
const busy = (detail: string) => ({ code: 'no-bid-node-busy', detail }) as const

export function createJobHost(options: JobHostOptions, deps: JobHostDeps): NodeHost {
  const { kinds, record } = options
  let hosted: { record: Record; readonly node: HostedNode } | undefined
  let looking: Promise<void> | undefined

  function host(found: Record): HostedNode {
    const node = deps.open(found)
    hosted = { record: found, node }
    node.start()
    return node
  }

  function begin({ id, kind, specHash, requirements, winner }: MarketJob): HostedNode {
    if (hosted?.record.id === id) return hosted.node
    if (hosted) throw new Fault('workload-busy', `job ${hosted.record.id} runs here already`, { data: { job: id } })
    const found = { id, kind, specHash, requirements, winner }
    writeDurably(record, found)
    deps.log.info('the node of a job is started', { job: id, kind })
    return host(found)
  }

  async function isOver({ id, winner, endAt }: Record): Promise<boolean> {
    if (endAt !== undefined && deps.clock.now() >= endAt) return true
    const now = await deps.job(id)
    if (!now) return false
    if (now.state === 'running' && now.winner === winner && hosted) {
      const at = now.deadlineAt * 1000
      if (endAt !== at) writeDurably(record, (hosted.record = { ...hosted.record, endAt: at }))
      return deps.clock.now() >= at
    }
    return OVER.includes(now.state) || now.winner !== winner
  }

  async function look(): Promise<void> {
    const before = hosted
    if (!before || !(await isOver(before.record))) return
    deps.log.info('the job is over: its node is ended', { job: before.record.id })
    await before.node.stop(true)
    removeDurably(record)
    hosted = undefined
  }

  return {
    node: () => hosted?.node,
    obstacle: async (job, rivals) => {
      if (!kinds) return rivals > 0 ? busy('another bid of ours may win, and a sidecar hosts one node') : undefined
      if (!kinds.includes(job.kind)) return { code: 'no-bid-template', detail: `no template for kind ${job.kind}` }
      if (hosted) return busy(`job ${hosted.record.id} runs here, and a sidecar hosts one node`)
      if (rivals > 0) return busy('another bid of ours may win, and a sidecar hosts one node')
      return (await deps.occupied(job.kind)) ? busy('a node answers at the endpoint already') : undefined
    },
    ready: async (job, signal) => {
      // Faults of the workload reach the caller, who asks again: a node that does not answer is not ready.
      if (!kinds) return (await deps.standing.status(signal)).syncDistance <= LAG_MAX_BLOCKS
      if (!kinds.includes(job.kind)) return false
      const { state, answer } = begin(job).status()
      return state === 'ready' && answer !== undefined && answer.syncDistance <= LAG_MAX_BLOCKS
    },
    resume: () => {
      const found = kinds && readRecord(record, shape)
      if (found) host(found)
    },
    tick: () => {
      looking ??= look()
        .catch((error: unknown) => deps.log.warn('a job could not be looked up', { code: codeOf(error) }))
        .finally(() => (looking = undefined))
    },
    stop: async () => {
      await looking
      await hosted?.node.stop()
    },
  }
}
