// Keeps one node running: finds or starts it, waits until it answers, looks after its health, starts it again when it ends,
// ever more slowly, and stops doing so when it ends again and again. One loop, so that there is never more than one of
// anything. It never touches a node that somebody else runs, and says at any moment what it does and why.

import { codeOf } from '../core/errors.ts'
import type { Clock, Log, RandomBytes, Workload } from '../core/ports.ts'
import { delayMs, recent } from './backoff.ts'
import type { Ending, Instance, Runner } from './runner.ts'
import type { NodeAnswer, NodeState, NodeStatus } from './status.ts'
import type { Watch } from './watch.ts'

export interface SupervisorOptions {
  readonly endpoint: string
  readonly job: number | undefined
  /** How long it may take until the first answer. */
  readonly startMs: number
  readonly healthMs: number
  /** Without an answer for so long it is started again; 0: never. */
  readonly hangMs: number
  readonly graceMs: number
  /** So many ends within the window are a crash loop. */
  readonly crashes: number
  readonly crashWindowMs: number
  /** Leave the node running when the sidecar stops. */
  readonly keep: boolean
}

export interface SupervisorDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log: Log
  readonly runner: Runner
  readonly workload: Workload
  /** Does something answer at the endpoint already? Asked before a start. */
  occupied(signal: AbortSignal): Promise<boolean>
  readonly watch: Watch
  /** Told of each new state; must not throw. */
  readonly changed: (state: NodeState, code: string | undefined) => void
}

export interface Supervisor {
  start(): void
  /** Ends the node unless it is to be kept; `forGood` ends it in any case. */
  stop(forGood?: boolean): Promise<void>
  status(): NodeStatus
}

/** Why a life ended; undefined when we were told to stop. */
type Verdict = { readonly code: string; readonly ending?: Ending } | undefined

export function createSupervisor(options: SupervisorOptions, deps: SupervisorDeps): Supervisor {
  const { clock, runner, log, workload } = deps
  const stopping = new AbortController()
  const { signal } = stopping
  const isTold = (): boolean => signal.aborted
  let state: NodeState = 'stopped'
  let code: string | undefined
  let since = clock.now()
  let instance: Instance | undefined
  let answer: NodeAnswer | undefined
  let retryAt: number | undefined
  let starts = 0
  let failures = 0
  let ends: readonly number[] = []
  let running: Promise<void> | undefined

  function become(next: NodeState, why?: string): void {
    if (next === state && why === code) return
    state = next
    code = why
    since = clock.now()
    log.info('the node beside the sidecar', { state, code, pid: instance?.pid })
    deps.changed(state, code)
  }

  /** Ends the pause under way: the node has ended, or we are told to stop. */
  let wake: () => void = () => undefined
  signal.addEventListener('abort', () => wake(), { once: true })
  const pause = (spanMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const cancel = clock.at(clock.now() + spanMs, resolve)
      wake = () => {
        cancel()
        resolve()
      }
    })

  /** The node that runs already, or a new one; a code when there is none. */
  async function obtain(): Promise<Instance | string> {
    try {
      const found = await runner.find(signal)
      if (found) return found
      if (!runner.manages) return 'workload-absent'
      if (await deps.occupied(signal)) return 'workload-occupied'
      if (isTold()) return 'workload-absent'
      starts++
      return await runner.start(signal)
    } catch (error) {
      log.warn('the node beside the sidecar cannot be started', { code: codeOf(error), error })
      return codeOf(error)
    }
  }

  /** Code of what is wrong; undefined when it answers. */
  async function health(until: AbortSignal): Promise<string | undefined> {
    try {
      const { client, headNumber, peers, syncDistance } = await workload.status(until)
      answer = { at: clock.now(), client, headNumber, peers, syncDistance }
      return undefined
    } catch (error) {
      return codeOf(error)
    }
  }

  /** What to do about a node without an answer: a code when it is to end. */
  function patience(why: string, startedAt: number, silentAt: number): string | undefined {
    const now = clock.now()
    if (state === 'starting') {
      if (now - startedAt < options.startMs) return undefined
      if (runner.manages) return 'workload-not-ready'
    }
    become('unhealthy', why)
    return runner.manages && options.hangMs > 0 && now - silentAt >= options.hangMs ? 'workload-hung' : undefined
  }

  /** From its start to its end. */
  async function attend(life: Instance): Promise<Verdict> {
    const startedAt = clock.now()
    let silentAt = startedAt
    const over = new AbortController()
    const end: { how?: Ending } = {}
    void life.ended.then((how) => {
      end.how = how
      over.abort()
      wake()
    })
    become('starting')
    while (!isTold()) {
      const why = await health(AbortSignal.any([signal, over.signal]))
      if (end.how) return { code: 'workload-exited', ending: end.how }
      if (isTold()) return undefined
      if (why === undefined) {
        silentAt = clock.now()
        become('ready')
        if (silentAt - startedAt >= options.crashWindowMs) failures = 0
      } else {
        const verdict = patience(why, startedAt, silentAt)
        if (verdict !== undefined) return { code: verdict }
      }
      runner.tend()
      await deps.watch.look(life.pid, answer)
      if (!over.signal.aborted) await pause(options.healthMs)
    }
    return undefined
  }

  /** Waits for the next try; false when there is none. */
  async function backOff(why: string): Promise<boolean> {
    if (!runner.manages) {
      become('unhealthy', why)
      await pause(options.healthMs)
      return true
    }
    if (ends.length >= options.crashes) {
      log.error(
        'the node beside the sidecar keeps ending and is not started again: mend it, then restart the sidecar',
        {
          code: 'workload-crash-loop',
          ends: ends.length,
          last: why,
        },
      )
      become('crash-looping', 'workload-crash-loop')
      return false
    }
    failures++
    const delay = delayMs(failures, deps.random)
    retryAt = clock.now() + delay
    become('backing-off', why)
    await pause(delay)
    retryAt = undefined
    return true
  }

  async function live(): Promise<void> {
    for (;;) {
      const found = await obtain()
      if (isTold()) {
        if (typeof found !== 'string') instance = found
        return
      }
      let why = typeof found === 'string' ? found : undefined
      if (typeof found !== 'string') {
        instance = found
        const verdict = await attend(found)
        if (!verdict) return
        await found.stop(options.graceMs) // or what it left behind
        instance = undefined
        why = verdict.code
        log.warn('the node beside the sidecar has ended', { code: why, ...verdict.ending })
      }
      // What never ran has not crashed.
      if (why !== 'workload-occupied') ends = [...recent(ends, clock.now(), options.crashWindowMs), clock.now()]
      if (!(await backOff(why ?? 'workload-absent')) || isTold()) return
    }
  }

  return {
    start: () => {
      running ??= live().catch((error: unknown) => {
        log.error('the supervisor of the node has failed', { error })
        become('unhealthy', codeOf(error))
      })
    },
    stop: async (forGood = false) => {
      stopping.abort()
      await running
      const left = instance
      if (left && runner.manages && (forGood || !options.keep)) {
        become('stopping')
        try {
          await left.stop(options.graceMs)
          instance = undefined
        } catch (error) {
          log.error('the node beside the sidecar cannot be stopped', { code: codeOf(error), error })
        }
      }
      become('stopped')
    },
    status: () => ({
      state,
      code,
      since,
      mode: runner.mode,
      kind: workload.kind,
      endpoint: options.endpoint,
      job: options.job,
      pid: instance?.pid,
      starts,
      crashes: recent(ends, clock.now(), options.crashWindowMs).length,
      retryAt,
      answer,
      ...deps.watch.view(),
    }),
  }
}
