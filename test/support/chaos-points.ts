// Kills by condition instead of by the clock: a part dies at a named point of a period, when its own record of that point has
// just been signed or the network has got there; it comes back at once, and the next one dies only when the network has
// recovered. So a busy machine takes longer and sees the same kills. Which and where a seed decides. It judges nothing.

import { setTimeout as sleep } from 'node:timers/promises'
import type { MeshEvent } from '../../src/core/ports.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import type { ChaosLog, Ears, Outage } from './chaos.ts'
import { createRandom } from './sim-random.ts'

/** Each is a moment where a sidecar has just made something durable and said it, or not said it yet. */
const POINTS = ['sealed', 'revealed', 'stated', 'voted', 'certified'] as const satisfies readonly MeshEvent['type'][]
const GROUND = ['settlement', 'workload', 'beacon', 'view'] as const

export interface Kill {
  /** As in an outage: `node3`, `view2`, `beacon`. */
  readonly what: string
  /** The sidecar that is waited for: the victim itself, or one beside what dies. */
  readonly id: number
  readonly point: (typeof POINTS)[number]
}

/** Two sidecars for each part of what they stand on; each point once before any comes again. */
export function planKills(seed: string, nodes: number, count: number): readonly Kill[] {
  const random = createRandom(seed)
  let points: (typeof POINTS)[number][] = []
  return Array.from({ length: count }, (_, i): Kill => {
    if (points.length === 0) points = [...POINTS]
    const [point = 'sealed'] = points.splice(random.below(points.length), 1)
    const id = 1 + random.below(nodes)
    if (i % 3 !== 1) return { what: `node${id}`, id, point }
    const part = GROUND[random.below(GROUND.length)] ?? 'view'
    return { what: part === 'view' ? `view${id}` : part, id, point }
  })
}

/** What is waited for comes within seconds; this long only when something is broken. */
const NEVER_MS = 120_000

async function within<T>(what: string, coming: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = sleep(NEVER_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what} never came`)
  })
  try {
    return await Promise.race([coming, late])
  } finally {
    late.catch(() => undefined)
    over.abort()
  }
}

function victimOf(devnet: Devnet, { what, id }: Kill): { kill(): Promise<void>; revive(): Promise<void> } {
  const part = devnet.parts.find(({ name }) => name === what)
  const view = devnet.views[id - 1]
  if (part) return part
  if (!view) throw new Error(`bug: there is no ${what}`)
  return { kill: () => view.setHealth('stop'), revive: () => view.setHealth('good') }
}

/** Resolves when the network has recovered from the last of `kills`. */
export async function wreakAtPoints(
  devnet: Devnet,
  ears: Ears,
  kills: readonly Kill[],
  note: (text: string) => void,
): Promise<ChaosLog> {
  const outages: Outage[] = []
  const says = (id: number, type: MeshEvent['type']): Promise<void> =>
    within(
      `"${type}" of node ${id}`,
      ears.next((who, event) => who === id && event.type === type),
    )
  for (const kill of kills) {
    const victim = victimOf(devnet, kill)
    await says(kill.id, kill.point)
    const outage = { what: kill.what, from: Date.now(), to: Infinity }
    outages.push(outage)
    note(`killing ${kill.what} when node ${kill.id} has ${kill.point}`)
    await victim.kill()
    const posted = devnet.state().postings.length
    const back = says(kill.id, 'voted')
    await victim.revive()
    outage.to = Date.now()
    // Whoever votes again has read the chain, heard the others and agrees with them.
    await Promise.all([back, devnet.periods(posted + 1)])
  }
  return { outages, memory: [] }
}
