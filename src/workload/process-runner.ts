// A node as a process of ours. It runs without a shell, in a group of its own, sees no environment but what it is given,
// writes into log files, and goes on when the sidecar is killed. Who it is stands in a record that is durable before it
// counts: first a mark that its environment will hold, then its pid and start. So a sidecar that comes back finds it,
// signals nobody else, and never starts a second one beside it.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync } from 'node:fs'
import * as z from 'zod'
import { toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Clock, RandomBytes } from '../core/ports.ts'
import { readRecord, removeDurably, writeDurably } from './durable.ts'
import { openLogFile, rotate } from './log-files.ts'
import type { LogOptions } from './log-files.ts'
import { bootId, identify, isRunning, processesMarked } from './proc.ts'
import type { ProcessId } from './proc.ts'
import { LOOK_MS, UNKNOWN, whenGone } from './runner.ts'
import type { Ending, Instance, Runner } from './runner.ts'

export interface ProcessOptions {
  readonly command: readonly [file: string, ...args: string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Remembers what runs; one for each sidecar. */
  readonly record: string
  readonly log: LogOptions
}

export interface ProcessDeps {
  readonly clock: Clock
  readonly random: RandomBytes
}

const MARK = 'STKR_WORKLOAD_MARK'
/** How often a group that is to end is looked at. */
const STOP_LOOK_MS = 50

const shape = z.object({
  mark: z.string().regex(/^0x[0-9a-f]{32}$/),
  boot: z.string(),
  process: z.object({ pid: z.int().positive(), start: z.string(), boot: z.string() }).optional(),
})
type NodeRecord = z.infer<typeof shape>

const entryOf = (mark: string): string => `${MARK}=${mark}`

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // ESRCH: gone already.
  }
}

/** To the whole group while its leader is surely ours; else to those of it that carry our mark, one by one. */
function signalAll(id: ProcessId | undefined, mark: string, name: 'SIGTERM' | 'SIGKILL'): void {
  if (id && isRunning(id)) return signal(-id.pid, name)
  for (const { pid } of processesMarked(entryOf(mark))) signal(pid, name)
}

export function createProcessRunner(options: ProcessOptions, { clock, random }: ProcessDeps): Runner {
  const { command, record, log } = options
  const isLeft = (id: ProcessId | undefined, mark: string): boolean =>
    (id !== undefined && isRunning(id)) || processesMarked(entryOf(mark)).length > 0

  async function end(id: ProcessId | undefined, mark: string, graceMs: number): Promise<void> {
    const gone = whenGone(() => !isLeft(id, mark), clock, STOP_LOOK_MS)
    signalAll(id, mark, 'SIGTERM')
    const cancel = clock.at(clock.now() + graceMs, () => signalAll(id, mark, 'SIGKILL'))
    await gone
    cancel()
    removeDurably(record)
  }

  const instanceOf = (id: ProcessId, mark: string, ended: Promise<Ending>): Instance => ({
    pid: id.pid,
    ended,
    stop: (graceMs) => end(id, mark, graceMs),
  })

  /** The end of a process whose parent we are not (any more). */
  const adopted = (id: ProcessId, mark: string, stop: AbortSignal): Instance =>
    instanceOf(
      id,
      mark,
      whenGone(() => !isRunning(id), clock, LOOK_MS, stop).then(() => UNKNOWN),
    )

  async function find(stop: AbortSignal): Promise<Instance | undefined> {
    const known = readRecord(record, shape)
    if (known?.boot !== bootId()) return undefined
    const { mark, process: id } = known
    if (id && isRunning(id)) return adopted(id, mark, stop)
    const [first] = processesMarked(entryOf(mark))
    if (!first) return undefined
    if (!id) {
      // We died between starting it and writing down who it is.
      writeDurably(record, { ...known, process: first })
      return adopted(first, mark, stop)
    }
    // The node is gone, but something it started is left on its data: nothing new may begin beside it.
    await end(undefined, mark, STOP_LOOK_MS)
    return undefined
  }

  async function start(stop: AbortSignal): Promise<Instance> {
    if (await find(stop)) throw new Fault('workload-start', 'the node runs already')
    const planned: NodeRecord = { mark: toHex(random(16)), boot: bootId() }
    writeDurably(record, planned)
    mkdirSync(options.cwd, { recursive: true, mode: 0o700 })
    const { child, ended } = launch(planned.mark, stop)
    if (child.pid === undefined) {
      const cause: unknown = await once(child, 'error').then(([error]: unknown[]) => error)
      removeDurably(record)
      throw new Fault('workload-start', 'the command of the node cannot be run: check its path and rights', { cause })
    }
    const id = identify(child.pid)
    if (id) writeDurably(record, { ...planned, process: id })
    // Too short-lived to be seen: its exit is told all the same.
    return instanceOf(id ?? { pid: child.pid, start: '', boot: '' }, planned.mark, ended)
  }

  function launch(mark: string, stop: AbortSignal): { readonly child: ChildProcess; readonly ended: Promise<Ending> } {
    const [file, ...args] = command
    const out = openLogFile(log.file)
    try {
      const child = spawn(file, args, {
        cwd: options.cwd,
        env: { ...options.env, [MARK]: mark },
        detached: true,
        stdio: ['ignore', out, out],
      })
      const ended = new Promise<Ending>((resolve) => {
        child.once('exit', (exit, by) => resolve({ exit: exit ?? undefined, signal: by ?? undefined }))
      })
      child.on('error', () => undefined) // told by whoever waits for its pid
      // A node that is left running does not keep its sidecar from ending.
      stop.addEventListener('abort', () => child.unref(), { once: true })
      return { child, ended }
    } finally {
      closeSync(out)
    }
  }

  return { mode: 'command', manages: true, find, start, tend: () => void rotate(log) }
}
