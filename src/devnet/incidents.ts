// The faults of a local network that happen at a time: nodes beside sidecars that break, sidecars that are killed. Fires
// each at its moment by the network's own clock and says so. Behaviours inside a sidecar are not here: they are part
// of its configuration from the start.

import { periodStart, roundDueAt } from '../core/clock.ts'
import type { DrandChain, Schedule } from '../core/types.ts'
import { NODE_FAULTS, isNodeFault } from './fault-spec.ts'
import type { FaultSpec } from './fault-spec.ts'
import type { NodeView } from './node-view.ts'
import type { Nodes } from './nodes.ts'
import { isSettled } from './progress.ts'
import type { Report } from './progress.ts'

export interface IncidentDeps {
  readonly nodes: Pick<Nodes, 'kill' | 'revive'>
  /** In order of id. */
  readonly views: readonly NodeView[]
  readonly now: () => number
  /** Uniform in [0, 1): when in its period somebody is killed. */
  readonly random: () => number
  readonly note: (text: string) => void
}

/** Schedules `faults`; the returned function takes back what has not happened yet. */
export function scheduleIncidents(
  faults: readonly FaultSpec[],
  { schedule, drand }: { readonly schedule: Schedule; readonly drand: DrandChain },
  deps: IncidentDeps,
): () => void {
  const startOf = (period: number): number => roundDueAt(drand, periodStart(schedule, period))
  const at = (time: number, task: () => Promise<void>): NodeJS.Timeout =>
    setTimeout(() => void task(), Math.max(0, time - deps.now()))

  const timers = faults.flatMap(({ what, node, period, job }) => {
    if (isNodeFault(what))
      return at(startOf(period), async () => {
        deps.note(`node ${node}: ${NODE_FAULTS[what]}, from period ${period}`)
        await deps.views[node - 1]?.setHealth(what)
      })
    if (what !== 'kill' || job !== undefined) return []
    const length = startOf(period + 1) - startOf(period)
    const offset = deps.random() * length
    return at(startOf(period) + offset, async () => {
      deps.note(`node ${node}: killed ${(offset / 1000).toFixed(1)} s into period ${period}, restarted`)
      await deps.nodes.kill(node)
      await deps.nodes.revive(node)
    })
  })
  return () => {
    timers.forEach(clearTimeout)
  }
}

/** Kills that follow an auction: give it every report. From the certified admission until the chain has a winner, or none. */
export function createJobKills(
  faults: readonly FaultSpec[],
  { nodes, note }: Pick<IncidentDeps, 'nodes' | 'note'>,
): (report: Report) => void {
  const waiting = new Set(faults.filter(({ what, job }) => what === 'kill' && job !== undefined))
  const dead = new Map<FaultSpec, Promise<void>>()

  function admitted(id: number): void {
    for (const fault of waiting) {
      if (fault.job !== id) continue
      waiting.delete(fault)
      note(`node ${fault.node}: killed when the bids of job ${id} were admitted`)
      dead.set(fault, nodes.kill(fault.node))
    }
  }

  function settled(id: number): void {
    for (const [fault, killed] of dead) {
      if (fault.job !== id) continue
      dead.delete(fault)
      note(`node ${fault.node}: started again, job ${id} is settled`)
      void killed.then(() => nodes.revive(fault.node))
    }
  }

  return (report) => {
    if (report.type === 'job' && isSettled(report.report)) settled(report.report.job.id)
    if (report.type !== 'sidecar' || report.message.type !== 'event') return
    const { event } = report.message
    if (event.type === 'bids-admitted') admitted(event.job)
  }
}
