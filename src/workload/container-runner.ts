// A node as a container that exists already, run through the command line of docker or podman: start, stop, inspect, logs.
// The container's name is the lock: there is one of that name. What it writes is followed into our log files.

import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import * as z from 'zod'
import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { openLogFile, rotate } from './log-files.ts'
import type { LogOptions } from './log-files.ts'
import type { Ending, Instance, Runner } from './runner.ts'

export interface ContainerOptions {
  /** docker, podman, or the path of either. */
  readonly program: string
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly log: LogOptions
}

const OUTPUT_MAX_BYTES = 64 * 1024
const COMMAND_LIMIT_MS = 30_000
const LOOK_MS = 2_000

/** `inspect --format '{{json .State}}'`, alike in docker and podman. */
const stateShape = z.object({
  Running: z.boolean(),
  Pid: z.int().nonnegative(),
  ExitCode: z.int(),
  StartedAt: z.string(),
})
type State = z.infer<typeof stateShape>

/** Standard output of one command line. Faults: `container-cli`, `container-refused`. */
function run({ program, env }: ContainerOptions, args: readonly string[], limitMs = COMMAND_LIMIT_MS): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const words = { out: '', err: '' }
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    reject(new Fault('container-cli', `the container program did not end ${args[0] ?? ''} within ${limitMs / 1000} s`))
  }, limitMs)
  child.stdout.on('data', (chunk: Buffer) => (words.out = `${words.out}${chunk.toString()}`.slice(0, OUTPUT_MAX_BYTES)))
  child.stderr.on('data', (chunk: Buffer) => (words.err = `${words.err}${chunk.toString()}`.slice(0, OUTPUT_MAX_BYTES)))
  child.once('error', (cause) => {
    reject(
      new Fault('container-cli', 'the container program cannot be run: is it installed and on the PATH?', { cause }),
    )
  })
  child.once('close', (code) => {
    if (code === 0) return resolve(words.out)
    const why = words.err.replaceAll(/[\p{Cc}\s]+/gu, ' ').slice(0, 200)
    reject(new Fault('container-refused', `the container program refuses ${args[0] ?? ''}: ${why}`))
  })
  return promise.finally(() => {
    clearTimeout(timer)
  })
}

export function createContainerRunner(options: ContainerOptions, clock: Clock): Runner {
  const { name, log } = options
  let follower: ReturnType<typeof spawn> | undefined

  async function state(): Promise<State> {
    const text = await run(options, ['inspect', '--type', 'container', '--format', '{{json .State}}', name])
    try {
      return stateShape.parse(JSON.parse(text))
    } catch (cause) {
      throw new Fault('container-cli', 'the container program answered inspect with no state it knows', { cause })
    }
  }

  const tick = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.at(clock.now() + LOOK_MS, resolve)
      signal.addEventListener('abort', cancel, { once: true })
    })

  /** Looked at now and then: nobody tells us. A program that fails for once says nothing about the container. */
  async function untilEnded(signal: AbortSignal): Promise<Ending> {
    for (;;) {
      await tick(signal)
      const now = await state().catch(() => undefined)
      if (now && !now.Running) return { exit: now.ExitCode, signal: undefined }
    }
  }

  /** Its words from `since` on, into our file, as long as it runs. Ends with us: the container keeps them anyway. */
  function follow(since: string): void {
    follower?.kill('SIGTERM')
    const out = openLogFile(log.file)
    try {
      const { program, env } = options
      follower = spawn(program, ['logs', '--follow', '--since', since, name], { env, stdio: ['ignore', out, out] })
      follower.on('error', () => undefined)
      follower.unref()
    } finally {
      closeSync(out)
    }
  }

  function instanceOf({ Pid, StartedAt }: State, signal: AbortSignal, since = StartedAt): Instance {
    follow(since)
    return {
      pid: Pid === 0 ? undefined : Pid,
      ended: untilEnded(signal),
      stop: async (graceMs) => {
        const seconds = Math.ceil(graceMs / 1000)
        await run(options, ['stop', '--time', String(seconds), name], graceMs + COMMAND_LIMIT_MS)
        follower?.kill('SIGTERM')
      },
    }
  }

  return {
    mode: 'container',
    manages: true,
    find: async (signal) => {
      const now = await state()
      return now.Running ? instanceOf(now, signal, new Date(clock.now()).toISOString()) : undefined
    },
    start: async (signal) => {
      await run(options, ['start', name])
      return instanceOf(await state(), signal)
    },
    tend: () => void rotate(log),
  }
}
