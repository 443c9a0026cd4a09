// The processes of a local network: starts them, hears them, ends them. Promises: every one is started through here with
// an IPC channel, so that it ends itself when this process is gone, however it went; `stop()` leaves none behind; a
// child that ends unasked says so, with the last lines of its standard error. Restarting is the caller's decision.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Fault } from '../core/errors.ts'

export interface ProcessSpec {
  /** For messages and for the file of its standard error. */
  readonly name: string
  /** An entry of ours, run by this very node. */
  readonly entry: string
  readonly args: readonly string[]
  readonly onMessage?: (message: unknown) => void
}

export interface Running {
  readonly name: string
  readonly pid: number
  /** The first line of standard output that `pick` makes something of. Faults: `process-ended`, `process-slow`. */
  ready<T>(pick: (line: string) => T | undefined, limitMs: number): Promise<T>
  /** A message down the channel; lost if the process is gone, which `ended` tells. */
  send(message: unknown): void
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>
  /** SIGTERM, then SIGKILL after the grace time. */
  stop(): Promise<void>
  /** SIGKILL at once: what a power cut does. */
  kill(): Promise<void>
}

/** A part of the network that may die and come back. */
export interface Part {
  readonly name: string
  /** Of the process that runs it now, or ran it last. */
  pid(): number
  /** As sudden as SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again with what it had on disk; resolves when it answers, of a sidecar when its code is loaded. */
  revive(): Promise<void>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** False when nobody here asked for it. */
  readonly asked: boolean
  /** Last lines it wrote to standard error. */
  readonly words: string
}

export interface Processes {
  start(spec: ProcessSpec): Running
  /** A native program from an npm package, under a keeper that ends it with us. */
  startNative(name: string, binary: string, args: readonly string[]): Running
  stop(): Promise<void>
}

const GRACE_MS = 8_000
const WORDS_MAX = 600
/** A module of ours as a process entry: `stem` beside the module `from`, as TypeScript here and as JavaScript once built. */
export const entryBeside = (stem: string, from: string): string =>
  fileURLToPath(new URL(`${stem}${extname(from)}`, from))

const KEEPER = entryBeside('../devnet/keeper', import.meta.url)

/** The anvil binary of this platform, as npm installed it. Fault: `anvil-missing`. */
export function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil${process.platform === 'win32' ? '.exe' : ''}`
  try {
    // The platform package is a dependency of anvil's, not of ours: it is looked up from there.
    return createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')).resolve(name)
  } catch (cause) {
    throw new Fault('anvil-missing', `there is no anvil for ${process.platform} ${process.arch}: run npm ci here`, {
      cause,
    })
  }
}

function lastWords(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-WORDS_MAX).trim().split('\n').slice(-3).join(' | ')
  } catch {
    return '' // the folder went with the network
  }
}

function launch(spec: ProcessSpec, errorFile: string): ChildProcess {
  const errors = openSync(errorFile, 'a', 0o600)
  try {
    // Detached: Ctrl-C reaches the whole foreground group, and the order of stopping is ours to choose.
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', spec.entry, ...spec.args], {
      detached: true,
      stdio: ['ignore', 'pipe', errors, 'ipc'],
      serialization: 'advanced',
    })
  } finally {
    closeSync(errors)
  }
}

function supervise(spec: ProcessSpec, child: ChildProcess, errorFile: string): Running {
  let asked = false
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => {
      resolve({ code: null, signal: null, asked, words: error.message })
    })
    child.once('exit', (code, signal) => {
      resolve({ code, signal, asked, words: lastWords(errorFile) })
    })
  })
  child.stdout?.resume() // unread output would stop the child once the pipe is full
  if (spec.onMessage) child.on('message', spec.onMessage)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    asked = true
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    await ended
    clearTimeout(timer)
  }
  return {
    name: spec.name,
    pid: child.pid ?? 0,
    ended,
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined)
    },
    ready: (pick, limitMs) => firstLine(spec.name, child, ended, pick, limitMs),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

async function firstLine<T>(
  name: string,
  child: ChildProcess,
  ended: Promise<Ending>,
  pick: (line: string) => T | undefined,
  limitMs: number,
): Promise<T> {
  const { stdout } = child
  if (!stdout) throw new Error('bug: a child without standard output')
  const lines = createInterface({ input: stdout })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Fault('process-slow', `${name} was not ready within ${limitMs / 1000} s`))
      }, limitMs)
      void ended.then((ending) => {
        reject(new Fault('process-ended', `${name} ended before it was ready (${describeEnding(ending)})`))
      })
      lines.on('line', (line) => {
        const found = pick(line)
        if (found !== undefined) resolve(found)
      })
    })
  } finally {
    clearTimeout(timer)
    lines.close()
    stdout.resume() // closing the reader paused it
  }
}

/** "exit code 1: last words" or "SIGKILL". */
export const describeEnding = ({ code, signal, words }: Ending): string =>
  `${signal ?? `exit code ${code ?? 'unknown'}`}${words === '' ? '' : `: ${words}`}`

/** `folder` takes the standard error of every process, as `<name>.err`. */
export function createProcesses(folder: string): Processes {
  const running = new Set<Running>()
  const start = (spec: ProcessSpec): Running => {
    const errorFile = join(folder, `${spec.name}.err`)
    const child = supervise(spec, launch(spec, errorFile), errorFile)
    running.add(child)
    void child.ended.then(() => running.delete(child))
    return child
  }
  return {
    start,
    startNative: (name, binary, args) => start({ name, entry: KEEPER, args: [binary, ...args] }),
    stop: async () => {
      // Youngest first: a sidecar says goodbye while its chain is still there.
      const all = [...running].reverse()
      await Promise.all(all.filter(({ name }) => name.startsWith('node')).map((child) => child.stop()))
      await Promise.all(all.map((child) => child.stop()))
    },
  }
}
