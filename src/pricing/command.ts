// A provider's own pricing program: started for each job, given the job on its standard input, answering on its standard
// output. It runs without a shell, in a process group of its own, and whatever happens nothing of that group outlives the
// answer: not the program, not what it started. It sees no environment but what it is given.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Fault } from '../core/errors.ts'
import type { Pricer } from '../core/ports.ts'
import type { MarketJob } from '../core/types.ts'
import { ANSWER_MAX_BYTES, aborted, oversized, question, readAnswer, timedOut } from './message.ts'

export interface CommandPricerOptions {
  /** Program and arguments; no shell reads them. */
  readonly command: readonly [file: string, ...args: string[]]
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
}

/** Everything in the child's group, itself included; gone already is fine. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // ESRCH: nobody is left.
  }
}

/** Faults: `pricer-failed`, `pricer-timeout`, `pricer-oversized`, `pricer-answer`, `pricer-aborted`. */
export function createCommandPricer({ command, env, limitMs }: CommandPricerOptions): Pricer {
  const [file, ...args] = command

  function run(job: MarketJob, signal: AbortSignal): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    if (signal.aborted) return Promise.reject(aborted())
    // Detached: a group of its own, so that one signal reaches everything it starts.
    const child = spawn(file, args, { env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    let size = 0
    const fail = (fault: Fault): void => {
      killGroup(child)
      reject(fault)
    }
    const timer = setTimeout(() => fail(timedOut(limitMs)), limitMs)
    const abort = (): void => fail(aborted())
    signal.addEventListener('abort', abort, { once: true })
    child.on('error', (cause) => fail(new Fault('pricer-failed', 'the pricing command cannot be run', { cause })))
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > ANSWER_MAX_BYTES) fail(oversized())
      else chunks.push(chunk)
    })
    // Its exit is the end, even when something it started still holds the pipe.
    child.on('exit', () => killGroup(child))
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks))
      else reject(new Fault('pricer-failed', 'the pricing command failed', { data: { code: code ?? -1 } }))
    })
    child.stdin.on('error', () => undefined) // it need not read the job
    child.stdin.end(question(job))
    return promise.finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    })
  }

  return { price: async (job, signal) => readAnswer(await run(job, signal)) }
}
