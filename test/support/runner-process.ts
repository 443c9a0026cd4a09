// One child process in a process group of its own: started, watched, and certainly gone afterwards. It collects a
// bounded amount of output and says how the process ended and what it left running. It knows nothing about tests.
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Readable } from 'node:stream'

/** Output kept for each process, from its end: what failed is told last. */
const OUTPUT_CHARS = 400_000
/** Enough for a closing block of counts; searching the whole output at every chunk would be quadratic. */
const TAIL_CHARS = 1_000
/** Time a process gets to name its open handles before it is killed; a blocked event loop will not answer. */
const ANSWER_MS = 500
/** What is still in the pipes after the last member of the group is gone. */
const DRAIN_MS = 1_000
/** Children of a finished test may still be on their way out: they were told to stop, a loaded machine is slow. */
const SWEEP_MS = 3_000

export type Child = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
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
  /** Command lines of processes of its group that outlived it. */
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

/** Living members of a process group, as command lines. Where there is no /proc nobody is seen, only killed. */
const membersOf = (group: number): readonly string[] => {
  const pids = ((): readonly string[] => {
    try {
      return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    } catch {
      return []
    }
  })()
  return pids.flatMap((pid) => {
    try {
      // pid (name) state parent group …; the name may itself hold spaces and brackets.
      const [state, , owner] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (Number(owner) !== group || state === 'Z' || state === 'X') return []
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()]
    } catch {
      return [] // gone between the listing and the reading
    }
  })
}

const killGroup = (group: number): void => {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // nobody left to kill
  }
}

const emptied = async (group: number, withinMs: number): Promise<boolean> => {
  const deadline = performance.now() + withinMs
  while (membersOf(group).length > 0 && performance.now() < deadline) await sleep(20)
  return membersOf(group).length === 0
}

/** Empty the group; what was still in it after `patienceMs`, as command lines. */
const sweep = async (group: number, patienceMs: number): Promise<readonly string[]> => {
  await emptied(group, patienceMs)
  const leftovers = membersOf(group)
  killGroup(group)
  await emptied(group, SWEEP_MS)
  return leftovers
}

/** Run one process to its end, its limit or the abort. Never rejects and leaves no member of its group behind. */
export const runChild = (child: Child, abort: AbortSignal): Promise<Ending> =>
  new Promise((resolve) => {
    const started = spawn(child.command, child.args, {
      cwd: child.cwd,
      env: child.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    let cause: Ending['cause'] = 'exit'
    let grace: NodeJS.Timeout | undefined
    const stop = (why: 'limit' | 'lingered' | 'aborted'): void => {
      cause = why
      started.kill('SIGUSR2')
      setTimeout(() => started.pid !== undefined && killGroup(started.pid), ANSWER_MS)
    }
    const output = collect([started.stdout, started.stderr], () => {
      if (grace === undefined && child.finished(output().slice(-TAIL_CHARS)))
        grace = setTimeout(stop, child.graceMs, 'lingered')
    })
    const open = collect([started.stdio[3] as Readable])
    const limit = setTimeout(stop, child.limitMs, 'limit')
    const onAbort = (): void => stop('aborted')
    abort.addEventListener('abort', onAbort, { once: true })

    const closed = new Promise((done) => started.once('close', done))
    const settle = async (ending: Pick<Ending, 'cause' | 'code'>): Promise<void> => {
      clearTimeout(limit)
      clearTimeout(grace)
      abort.removeEventListener('abort', onAbort)
      const leftovers =
        started.pid === undefined ? [] : await sweep(started.pid, ending.cause === 'exit' ? SWEEP_MS : 0)
      await Promise.race([closed, sleep(DRAIN_MS)])
      resolve({ ...ending, output: output(), open: open(), leftovers: ending.cause === 'exit' ? leftovers : [] })
    }
    started.once('error', (error) => void settle({ cause: 'unstartable', code: error.message }))
    started.once('exit', (code, signal) => void settle({ cause, code: code ?? signal ?? 'unknown' }))
  })
