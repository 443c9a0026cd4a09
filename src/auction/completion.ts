// What our sidecar ends and begins by itself. The end of the job it runs: when its time is over, and the time in which a failure
// can be shown, we complete it, so that its provider is paid without anybody asking; a dispute ends as it was ruled, or goes on when
// nobody ruled in time. And while it runs none, the start of its micro-pool, as soon as that has its 32 ETH. Looks at the chain
// once a period and keeps nothing: after a restart it finds all again. Anybody may be earlier.

import type { Clock, Market, MeshEvent } from '../core/ports.ts'
import type { Network } from '../core/types.ts'
import { createLane } from '../round/lane.ts'

/** The newest block is older than now: what it does not allow yet is not asked for. */
const BLOCK_LAG_SECONDS = 15

export interface CompletionOptions {
  readonly network: Network
  /** Our sidecar; undefined while it is in no roster. */
  readonly own: () => number | undefined
}

export interface CompletionDeps {
  readonly market: Pick<Market, 'heldJob' | 'complete' | 'resume' | 'startPool'>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly emit: (event: MeshEvent) => void
  failed(job: number, step: string, error: unknown): void
}

export interface Completion {
  /** Looks when a look is due in `round`; returns at once. */
  tick(round: number): void
  idle(): Promise<void>
}

export function createCompletion({ network, own }: CompletionOptions, deps: CompletionDeps): Completion {
  const { market, clock, emit, failed } = deps
  const lane = createLane((error) => failed(0, 'complete', error))
  let lookRound = 0

  async function look(sidecar: number): Promise<void> {
    const held = await market.heldJob(sidecar)
    if (!held) return startPool(sidecar)
    if (deps.signal.aborted || clock.now() / 1000 < held.completableAt + BLOCK_LAG_SECONDS) return
    const { job, disputed } = held
    try {
      if (disputed) return void (await market.resume(job))
      const { tx, gasUsed, ours } = await market.complete(job)
      emit({ type: 'job-completed', job, tx, gasUsed, ours })
    } catch (error) {
      failed(job, disputed ? 'resume' : 'complete', error)
    }
  }

  async function startPool(sidecar: number): Promise<void> {
    if (deps.signal.aborted) return
    try {
      const started = await market.startPool(sidecar)
      if (started) emit({ type: 'pool-started', sidecar, ...started })
    } catch (error) {
      failed(0, 'start-pool', error)
    }
  }

  return {
    tick: (round) => {
      const sidecar = own()
      if (sidecar === undefined || round < lookRound) return
      lookRound = round + network.schedule.periodRounds
      lane.run(() => look(sidecar))
    },
    idle: () => lane.idle(),
  }
}
