// One run of a local network: what it has opened, what it reports, how it waits and how it fails. Promises that a failure
// says which step, who and why, and leaves the logs.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault, codeOf } from '../core/errors.ts'
import type { DevnetDeps, DevnetOptions } from './options.ts'
import { createProcesses } from './processes.ts'
import type { Processes } from './processes.ts'
import { createProgress, whoIsStuck } from './progress.ts'
import type { NetworkState, Report } from './progress.ts'

export const POLL_MS = 250

/** What has been opened so far, to be closed in reverse. */
type Closers = (() => Promise<void> | void)[]

export interface Run {
  readonly options: DevnetOptions
  readonly deps: DevnetDeps
  readonly folder: string
  readonly processes: Processes
  readonly closers: Closers
  readonly report: (report: Report) => void
  readonly state: () => NetworkState
  /** Set when a process ended that nobody asked to. */
  broken: Fault | undefined
  /** Data directories and logs stay: asked for, or needed to find out what went wrong. */
  keep: boolean
  /** Told of every report once the nodes run. */
  watcher: (report: Report) => void
}

export const atStep = (run: Run, step: Extract<Report, { type: 'step' }>['step'], detail?: string): void => {
  if (run.deps.signal.aborted) throw new Fault('interrupted', 'interrupted')
  run.report({ type: 'step', step, ...(detail !== undefined && { detail }) })
}

function stalled(run: Run, sinceMs: number): Fault {
  const { step, who, code } = whoIsStuck(run.state())
  const names = who.length === 0 ? 'the network' : `node${who.length > 1 ? 's' : ''} ${who.join(', ')}`
  const seconds = Math.round(sinceMs / 1000)
  return new Fault(
    'devnet-stalled',
    `nothing moved for ${seconds} s: ${names} stuck in step ${step}, because ${code}`,
    {
      data: { step, who: names, because: code },
    },
  )
}

/** A failure leaves the logs and says where they are. */
export function failed(run: Run, fault: Fault): Fault {
  run.keep = true
  const { code, message, data } = fault
  return new Fault(code, `${message}; logs are in ${run.folder}`, { data: { ...data, logs: run.folder }, cause: fault })
}

/** What `work` comes to; its Fault leaves the logs, and an interruption says that it was one. */
export async function orFailed<T>(run: Run, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (run.deps.signal.aborted) throw new Fault('interrupted', 'interrupted', { cause: error })
    throw error instanceof Fault ? failed(run, error) : error
  }
}

/** Resolves with the state that is `done`. */
export async function waitFor(run: Run, done: (state: NetworkState) => boolean): Promise<NetworkState> {
  const { clock, signal } = run.deps
  let moves = -1
  let movedAt = clock.now()
  for (;;) {
    const state = run.state()
    if (signal.aborted) throw new Fault('interrupted', 'interrupted')
    if (run.broken) throw failed(run, run.broken)
    if (done(state)) return state
    if (state.moves !== moves) movedAt = clock.now()
    moves = state.moves
    const still = clock.now() - movedAt
    if (still > run.options.stallMs) throw failed(run, stalled(run, still))
    await sleep(POLL_MS / 2)
  }
}

export async function closeAll(run: Run): Promise<void> {
  for (const close of run.closers.splice(0).reverse()) await close()
}

export function createRun(options: DevnetOptions, deps: DevnetDeps): Run {
  const progress = createProgress(options.nodes)
  const folder = mkdtempSync(join(tmpdir(), 'stkr-'))
  const processes = createProcesses(folder)
  const report = (report: Report): void => {
    progress.apply(report)
    deps.onReport(report, progress.state())
    run.watcher(report)
  }
  const closers: Closers = [processes.stop]
  const { keep } = options
  const { state } = progress
  const watcher = (): void => undefined
  const run: Run = { options, deps, folder, processes, closers, report, state, broken: undefined, keep, watcher }
  closers.unshift(() => {
    if (!run.keep) rmSync(folder, { recursive: true, force: true })
  })
  return run
}

export function brokenAt(run: Run, error: unknown): Fault {
  const { step } = run.state()
  const why = error instanceof Error ? error.message : String(error)
  const data = { step, who: 'the network', because: codeOf(error) }
  return new Fault('devnet-broken', `step ${step}: ${why}`, { data, cause: error })
}
