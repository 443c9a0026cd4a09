// One child process in a process group of its own: started, watched, and certainly gone afterwards. It collects a
// bounded amount of output and says how the process ended and what it left running. It knows nothing about tests.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { endFamily, killFamily, nextMark, withMark } from './runner-family.ts'
import type { Readable } from 'node:stream'

/** Output kept for each process, from its end: what failed is told last. */
const OUTPUT_CHARS = 400_000
/** Enough for a closing block of counts; searching the whole output at every chunk would be quadratic. */
const TAIL_CHARS = 1_000
/** Time a process gets to name its open handles before it is killed; a blocked event loop will not answer. */
const ANSWER_MS = 500
/** Children of a finished test may still be on their way out: they were told to stop, a loaded machine is slow. */
const LEAVE_MS = 3_000
/** What is still in the pipes after the last member of the family is gone. */
const DRAIN_MS = 1_000

export type Child = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly limitMs: number
  /** How long the process may live on once `finished` sees its last word in the output. */
  readonly graceMs: number
  readonly finished: (tail: string) => boolean
}

export type Ending = {
  readonly cause: 'exit' | 'limit' | 'lingered' | 'aborted' | 'unstartable'
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string
  readonly output: string
  /** What kept it alive, as `TCPServerWrap ×1`; empty when it ended by itself or could not answer. */
  readonly open: string
  /** Command lines of processes it started that outlived it. */
  readonly leftovers: readonly string[]
}

const collect = (streams: readonly (Readable | null | undefined)[], onText: () => void = () => {}): (() => string) => {
  let text = ''
  for (const stream of streams) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_CHARS)
      onText()
    })
  }
  return () => text
}

/** Run one process to its end, its limit or the abort. Never rejects and leaves nothing it started behind. */
export const runChild = (child: Child, abort: AbortSignal): Promise<Ending> =>
  new Promise((resolve) => {
    const mark = nextMark()
    const started = spawn(child.command, child.args, {
      cwd: child.cwd,
      env: withMark(mark),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const family = started.pid === undefined ? undefined : { group: started.pid, mark }
    const closed = new Promise((done) => started.once('close', done))

    let cause: Ending['cause'] = 'exit'
    let grace: NodeJS.Timeout | undefined
    let last: NodeJS.Timeout | undefined
    const stop = (why: 'limit' | 'lingered' | 'aborted'): void => {
      if (cause !== 'exit') return
      cause = why
      started.kill('SIGUSR2')
      last = setTimeout(() => family && killFamily(family), ANSWER_MS)
    }
    const limit = setTimeout(stop, child.limitMs, 'limit')
    const onAbort = (): void => stop('aborted')
    abort.addEventListener('abort', onAbort, { once: true })

    const output = collect([started.stdout, started.stderr], () => {
      if (grace === undefined && child.finished(output().slice(-TAIL_CHARS)))
        grace = setTimeout(stop, child.graceMs, 'lingered')
    })
    const open = collect([started.stdio[3] as Readable])

    const settle = async (ending: Pick<Ending, 'cause' | 'code'>): Promise<void> => {
      for (const timer of [limit, grace, last]) clearTimeout(timer)
      abort.removeEventListener('abort', onAbort)
      const byItself = ending.cause === 'exit'
      const stayed = family ? await endFamily(family, byItself ? LEAVE_MS : 0) : []
      await Promise.race([closed, sleep(DRAIN_MS)])
      resolve({ ...ending, output: output(), open: open(), leftovers: byItself ? stayed : [] })
    }
    started.once('error', (error) => void settle({ cause: 'unstartable', code: error.message }))
    started.once('exit', (code, signal) => void settle({ cause, code: code ?? signal ?? 'unknown' }))
  })
