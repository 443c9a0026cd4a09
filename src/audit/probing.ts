// The probe window of one period: when each target is probed and what has been found so far. Moments are drawn again after
// a restart, over what is left of the window. Probes that are still running when the window closes are `unfinished`.

import { roundDueAt } from '../core/clock.ts'
import type { MeshEvent } from '../core/ports.ts'
import type { SignedRecord, TargetReport } from '../core/types.ts'
import { targetsOf } from './assignment.ts'
import type { PeriodContext } from './context.ts'
import { drawMoments, probe } from './probe.ts'
import type { ProbeDeps, ProbeOptions } from './probe.ts'
import { reportOf } from './report.ts'
import type { ProbeResult } from './report.ts'

export interface ProbingDeps extends ProbeDeps {
  readonly emit: (event: MeshEvent) => void
}

export interface Probing {
  /** Draws the moments and waits for them; the second call does nothing. */
  begin(): void
  /** Ends the window: nothing is asked afterwards and what runs is aborted. Resolves when all results are in. */
  end(): Promise<void>
  report(): TargetReport[]
  /** Every signed answer, the good and the bad: the evidence under the report. */
  answers(): readonly SignedRecord[]
  readonly attempts: number
}

export function createProbing(
  options: ProbeOptions & { readonly probes: number },
  deps: ProbingDeps,
  context: PeriodContext,
  me: { readonly id: number; readonly slot: number },
): Probing {
  const controller = new AbortController()
  const results: ProbeResult[] = []
  const running = new Set<Promise<void>>()
  const cancels: (() => void)[] = []
  const targets = targetsOf(context.assignment, me.slot)
  let begun = false

  async function attempt(slot: number, fresh: boolean): Promise<void> {
    const target = context.roster.members[slot]
    if (!target || controller.signal.aborted) return
    const task = { period: context.period, auditor: me.id, target, fresh }
    const result = await probe(options, deps, task, controller.signal)
    results.push(result)
    const { outcome, reason } = result
    deps.emit({ type: 'probed', period: context.period, target: target.id, outcome, reason })
  }

  function begin(): void {
    if (begun) return
    begun = true
    const { drand } = context.network
    const roundMs = drand.periodSeconds * 1000
    // Targets get half a round to see the first beacon; the last probe must be able to time out before the seal.
    const from = Math.max(deps.clock.now(), roundDueAt(drand, context.phases.probe) + roundMs / 2)
    const to = Math.max(from + 1, roundDueAt(drand, context.phases.seal) - options.probeTimeoutMs)
    for (const slot of targets) {
      const moments = drawMoments(deps.random, options.probes, from, to)
      moments.forEach((at, i) => cancels.push(deps.clock.at(at, () => start(slot, i % 2 === 1))))
    }
  }

  function start(slot: number, fresh: boolean): void {
    const task = attempt(slot, fresh).finally(() => running.delete(task))
    running.add(task)
  }

  async function end(): Promise<void> {
    begun = true
    for (const cancel of cancels.splice(0)) cancel()
    controller.abort()
    await Promise.all(running)
  }

  return {
    begin,
    end,
    report: () => reportOf(targets, results),
    answers: () => results.flatMap(({ answer }) => answer ?? []),
    get attempts() {
      return results.length
    },
  }
}
