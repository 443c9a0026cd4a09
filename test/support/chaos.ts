// Kills parts of a real local network with SIGKILL, one or two at a time, in an order that a seed decides, and revives them.
// Records who was down when, so that what the network owed in spite of it can be told afterwards. It judges nothing:
// chaos-checks.ts does.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MeshEvent } from '../../src/core/ports.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { Part } from '../../src/devnet/processes.ts'
import type { Report } from '../../src/devnet/progress.ts'
import type { SidecarStatus } from '../../src/sidecar.ts'
import { createRandom } from './sim-random.ts'
import type { Random } from './sim-random.ts'

/** Unix ms; `to` is Infinity while it lasts. */
export interface Outage {
  /** `settlement`, `workload`, `beacon`, `node<id>` (its sidecar) or `view<id>` (the blockchain node beside it). */
  readonly what: string
  readonly from: number
  to: number
}

export interface Memory {
  readonly at: number
  /** Resident bytes by sidecar id and process id: a restarted one starts anew. */
  readonly rss: ReadonlyMap<string, number>
}

export interface ChaosLog {
  readonly outages: readonly Outage[]
  readonly memory: readonly Memory[]
}

export interface ChaosOptions {
  readonly seed: string
  /** Kills for so long from the first posted period on. */
  readonly spanMs: number
  readonly note: (text: string) => void
}

/** What has been heard of the sidecars, from the reports of the network. */
export interface Ears {
  readonly hear: (report: Report) => void
  readonly statusOf: (id: number) => { readonly at: number; readonly status: SidecarStatus } | undefined
  /** When a sidecar last said that it is up. */
  readonly upAt: (id: number) => number
  /** Resolves at the next event of a sidecar that is wanted. */
  readonly next: (wanted: (id: number, event: MeshEvent) => boolean) => Promise<void>
  readonly caught: readonly string[]
  /** Whether a sidecar said itself that it was too late for a phase of `period`: down, or starved by this machine. */
  readonly missed: (id: number, period: number) => boolean
}

const DOWN_MOST_MS = 4_000
const GAP_MOST_MS = 6_000
const MEMORY_EVERY_MS = 5_000
const UP_POLL_MS = 50

export function createEars(now: () => number): Ears {
  const statuses = new Map<number, { at: number; status: SidecarStatus }>()
  const ups = new Map<number, number>()
  const caught: string[] = []
  const missed = new Set<string>()
  const waiting = new Map<(id: number, event: MeshEvent) => boolean, () => void>()
  const tell = (id: number, event: MeshEvent): void => {
    for (const [wanted, resolve] of waiting) {
      if (!wanted(id, event)) continue
      waiting.delete(wanted)
      resolve()
    }
  }
  return {
    hear: (report) => {
      if (report.type !== 'sidecar') return
      const { id, message } = report
      if (message.type === 'status') statuses.set(id, { at: now(), status: message.status })
      if (message.type === 'ready') ups.set(id, now())
      if (message.type === 'event' && message.event.type === 'equivocation')
        caught.push(`node ${id} saw ${JSON.stringify(message.event)}`)
      if (message.type === 'event' && message.event.type === 'stuck' && message.event.code === 'missed')
        missed.add(`${id}/${message.event.period}`)
      if (message.type === 'event') tell(id, message.event)
    },
    statusOf: (id) => statuses.get(id),
    upAt: (id) => ups.get(id) ?? 0,
    next: (wanted) => new Promise((resolve) => void waiting.set(wanted, resolve)),
    caught,
    missed: (id, period) => missed.has(`${id}/${period}`),
  }
}

/** Resident bytes of a process; undefined when it is gone. Linux alone can tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const pages = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return pages === undefined ? undefined : Number(pages) * 1024
  } catch {
    return undefined
  }
}

const idOf = (name: string): number => Number(/^node(\d+)$/.exec(name)?.[1] ?? 0)

interface Victim {
  readonly what: string
  kill(): Promise<void>
  revive(): Promise<void>
}

/** Half of the kills are sidecars; the rest goes round what they stand on. */
function pick(devnet: Devnet, ears: Ears, random: Random): readonly Victim[] {
  const sidecars = devnet.parts.filter(({ name }) => idOf(name) > 0)
  const sidecar = (part: Part): Victim => ({
    what: part.name,
    kill: part.kill,
    revive: async () => {
      const since = Date.now()
      await part.revive()
      while (ears.upAt(idOf(part.name)) < since) await sleep(UP_POLL_MS)
    },
  })
  const take = (): Part | undefined => sidecars.splice(random.below(sidecars.length), 1)[0]
  if (random.chance(0.5))
    return [take(), random.chance(0.4) ? take() : undefined].flatMap((p) => (p ? [sidecar(p)] : []))
  if (random.chance(0.3)) {
    const id = 1 + random.below(devnet.views.length)
    const view = devnet.views[id - 1]
    return view ? [{ what: `view${id}`, kill: () => view.setHealth('stop'), revive: () => view.setHealth('good') }] : []
  }
  const ground = devnet.parts.filter(({ name }) => idOf(name) === 0)
  const part = ground[random.below(ground.length)]
  return part ? [{ what: part.name, kill: part.kill, revive: part.revive }] : []
}

function watchMemory(devnet: Devnet): { readonly memory: readonly Memory[]; stop(): void } {
  const memory: Memory[] = []
  const look = (): void => {
    const rss = devnet.parts.flatMap((part): [string, number][] => {
      const bytes = idOf(part.name) > 0 ? residentBytes(part.pid()) : undefined
      return bytes === undefined ? [] : [[`${part.name}/${part.pid()}`, bytes]]
    })
    memory.push({ at: Date.now(), rss: new Map(rss) })
  }
  const timer = setInterval(look, MEMORY_EVERY_MS)
  return { memory, stop: () => clearInterval(timer) }
}

/** Resolves when everything it killed is up again. */
export async function wreak(devnet: Devnet, ears: Ears, { seed, spanMs, note }: ChaosOptions): Promise<ChaosLog> {
  await devnet.periods(1)
  const random = createRandom(seed)
  const outages: Outage[] = []
  const watch = watchMemory(devnet)
  const untilMs = Date.now() + spanMs
  try {
    while (Date.now() < untilMs) {
      const victims = pick(devnet, ears, random)
      const downMs = random.below(DOWN_MOST_MS)
      note(`killing ${victims.map(({ what }) => what).join(' and ')} for ${downMs} ms`)
      await Promise.all(
        victims.map(async ({ what, kill, revive }) => {
          const outage: Outage = { what, from: Date.now(), to: Infinity }
          outages.push(outage)
          await kill()
          await sleep(downMs)
          await revive()
          outage.to = Date.now()
        }),
      )
      await sleep(random.below(GAP_MOST_MS))
    }
    return { outages, memory: watch.memory }
  } finally {
    watch.stop()
  }
}
