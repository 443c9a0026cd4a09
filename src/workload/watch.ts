// What is looked at besides health: processor, memory and descriptors of the node, the disk it fills, its version, its flaws,
// whether strangers can reach it, and the clock. It only looks and tells; what to do about a warning is the operator's.

import { statfs } from 'node:fs/promises'
import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { fullAt } from './disk.ts'
import type { FreeSample } from './disk.ts'
import { exposedAt, ownAddresses } from './exposure.ts'
import { usageOf } from './proc.ts'
import type { DiskUsage, NodeAnswer, NodeStatus, NodeUsage, NodeWarning } from './status.ts'

export interface WatchOptions {
  readonly url: string
  /** On the disk that the node fills. */
  readonly folder: string
  /** What the client's name must begin with; empty: anything. */
  readonly client: string
  /** Beginnings of names and versions known to be bad. */
  readonly badClients: readonly string[]
  /** Others are meant to reach the endpoint. */
  readonly exposed: boolean
}

export interface WatchDeps {
  readonly clock: Clock
  /** What makes the node unfit although it answers. */
  readonly flaws: (signal: AbortSignal) => Promise<readonly Fault[]>
  readonly offsetMs: () => number | undefined
  /** Addresses of this machine. */
  readonly addresses?: () => readonly string[]
  readonly space?: (folder: string) => Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
}

export type WatchView = Pick<NodeStatus, 'usage' | 'disk' | 'clockOffsetMs' | 'warnings'>

export interface Watch {
  /** Looks at what is due; never throws. */
  look(pid: number | undefined, answer: NodeAnswer | undefined): Promise<void>
  view(): WatchView
}

const USAGE_MS = 15_000
const DISK_MS = 60_000
const FLAWS_MS = 600_000
const FLAWS_LIMIT_MS = 5_000
/** Six hours of disk samples. */
const SAMPLES_MAX = 360
const WEEK_MS = 7 * 86_400_000
const LEAST_FREE = 0.05
/** drand rounds and seals are seconds long; a Date header is right to half a second. */
const OFFSET_MAX_MS = 2_000

const spaceOf = async (folder: string): Promise<{ freeBytes: number; totalBytes: number }> => {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

export function createWatch(options: WatchOptions, deps: WatchDeps): Watch {
  const { clock, addresses = ownAddresses, space = spaceOf } = deps
  const due = new Map<string, number>()
  let usage: NodeUsage | undefined
  let before: { readonly at: number; readonly pid: number; readonly cpuMs: number } | undefined
  let samples: readonly FreeSample[] = []
  let disk: DiskUsage | undefined
  let found: readonly NodeWarning[] = []
  let client = ''

  function isDue(what: string, everyMs: number): boolean {
    if ((due.get(what) ?? 0) > clock.now()) return false
    due.set(what, clock.now() + everyMs)
    return true
  }

  function measure(pid: number | undefined): void {
    const at = clock.now()
    const now = pid === undefined ? undefined : usageOf(pid)
    if (pid === undefined || !now) {
      usage = undefined
      before = undefined
      return
    }
    const spanMs = before?.pid === pid ? at - before.at : 0
    const cpu = before && spanMs > 0 ? Math.max(0, now.cpuMs - before.cpuMs) / spanMs : 0
    usage = { cpu, memoryBytes: now.memoryBytes, descriptors: now.descriptors }
    before = { at, pid, cpuMs: now.cpuMs }
  }

  async function measureDisk(): Promise<void> {
    const { freeBytes, totalBytes } = await space(options.folder)
    samples = [...samples, { at: clock.now(), freeBytes }].slice(-SAMPLES_MAX)
    disk = { freeBytes, totalBytes, fullAt: fullAt(samples) }
  }

  async function findFlaws(): Promise<void> {
    const [flaws, open] = await Promise.all([
      deps.flaws(AbortSignal.timeout(FLAWS_LIMIT_MS)).catch(() => []),
      options.exposed ? [] : exposedAt(options.url, addresses()),
    ])
    const exposure = new Fault('workload-exposed', `the endpoint answers strangers at ${open.join(' ')}`)
    const all = open.length === 0 ? flaws : [...flaws, exposure]
    found = all.map(({ code, message }) => ({ code, detail: message }))
  }

  function ofClient(): readonly NodeWarning[] {
    if (client === '') return []
    const bad = options.badClients.find((one) => client.startsWith(one))
    return [
      ...(bad === undefined ? [] : [{ code: 'client-bad', detail: `${client} is on the list of bad clients` }]),
      ...(client.startsWith(options.client)
        ? []
        : [{ code: 'client-unexpected', detail: `${client} is not ${options.client}` }]),
    ]
  }

  function ofMachine(): readonly NodeWarning[] {
    const offset = deps.offsetMs()
    const soon = disk?.fullAt !== undefined && disk.fullAt < clock.now() + WEEK_MS
    const low = disk !== undefined && disk.freeBytes < disk.totalBytes * LEAST_FREE
    return [
      ...(soon || low ? [{ code: 'disk-full', detail: low ? 'less than 5 % is free' : 'full within a week' }] : []),
      ...(offset !== undefined && Math.abs(offset) > OFFSET_MAX_MS
        ? [{ code: 'clock-off', detail: `this clock is ${offset > 0 ? 'ahead' : 'behind'} by ${Math.abs(offset)} ms` }]
        : []),
    ]
  }

  return {
    look: async (pid, answer) => {
      client = answer?.client ?? client
      if (isDue('usage', USAGE_MS)) measure(pid)
      if (isDue('disk', DISK_MS)) await measureDisk().catch(() => (disk = undefined))
      if (answer && isDue('flaws', FLAWS_MS)) await findFlaws()
    },
    view: () => ({
      usage,
      disk,
      clockOffsetMs: deps.offsetMs(),
      warnings: [...found, ...ofClient(), ...ofMachine()],
    }),
  }
}
