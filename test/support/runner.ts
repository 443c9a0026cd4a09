// Runs jobs (a uvu file, or a named step such as the linter) and judges each one, because uvu alone lets a file without
// `.run()`, a swallowed hook failure or a hanging host look like success. It promises that a job which did not run its
// tests to the end, and leave, fails with a sentence saying so. It prints nothing: scripts/test.ts does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from './runner-process.ts'
import { readHead, strayMarks, uvuTally } from './runner-read.ts'
import type { Ending } from './runner-process.ts'
import type { Company, Tally } from './runner-read.ts'

const HOOK = fileURLToPath(new URL('./runner-hook.ts', import.meta.url))
const LIMIT_MS = 60_000
/** Between uvu's last line and the end of the process: closing sockets takes a moment, more is a leak. */
const GRACE_MS = 5_000

export type Job = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly limitMs: number
  readonly graceMs: number
  readonly company: Company
  /** Found without running it; a job with such reasons is not started. */
  readonly refused: readonly string[]
  /** Counts in the output; `undefined` where the exit code says everything and the job counts as one test. */
  readonly tally: ((output: string) => Tally | undefined) | undefined
  /** Whether the end of the output is the job's last act, after which its process has to end within the grace. */
  readonly finished: (tail: string) => boolean
}

export type Outcome = {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly ms: number
  /** Why it fails, apart from the failing tests that its own output shows. */
  readonly reasons: readonly string[]
  readonly output: string
}

/** The job that runs one uvu file; `limits` are for files that do not state their own. */
export const fileJob = (root: string, path: string, limits: { limitMs?: number; graceMs?: number } = {}): Job => {
  const text = readFileSync(join(root, path), 'utf8')
  const head = readHead(text)
  return {
    name: path,
    command: process.execPath,
    args: ['--import', HOOK, path],
    limitMs: head.limitMs ?? limits.limitMs ?? LIMIT_MS,
    graceMs: limits.graceMs ?? GRACE_MS,
    company: head.company,
    refused: strayMarks(text),
    tally: uvuTally,
    finished: (tail) => uvuTally(tail) !== undefined,
  }
}

const howItEnded = (job: Job, ending: Ending): readonly string[] => {
  const open = ending.open === '' ? '' : ` (open: ${ending.open})`
  switch (ending.cause) {
    case 'limit':
      return [`did not finish within ${job.limitMs / 1000} s: a host, timer or socket is still open?${open}`]
    case 'lingered':
      return [`its tests ended, its process did not: a host, timer or socket is still open?${open}`]
    case 'aborted':
      return ['interrupted']
    case 'unstartable':
      return [`could not be started: ${ending.code}`]
    case 'exit':
      return ending.leftovers.map((command) => `left a process behind: ${command}`)
  }
}

const whatItCounted = (tally: Tally | undefined, ending: Ending): readonly string[] => {
  if (ending.cause !== 'exit') return []
  if (!tally) {
    return ending.code === 0
      ? ['no test ran: a uvu file ends with .run()']
      : [`ended with ${ending.code} before its tests were done`]
  }
  const whole = tally.passed === tally.total
  return [
    ...(tally.total === 0 ? ['no test ran: a suite without tests is no suite'] : []),
    ...(tally.skipped > 0 ? [`${tally.skipped} skipped: every test runs, always`] : []),
    ...(!whole && ending.code === 0 ? ['a before or after hook failed, which uvu does not report'] : []),
    ...(whole && ending.code !== 0 ? [`its tests passed, then it ended with ${ending.code}`] : []),
  ]
}

/** The verdict on a finished job, from nothing but what was seen of it. */
export const judge = (job: Job, ending: Ending, ms: number): Outcome => {
  const good = ending.cause === 'exit' && ending.code === 0
  const tally = job.tally ? job.tally(ending.output) : { total: 1, passed: good ? 1 : 0, skipped: 0 }
  const reasons = [...howItEnded(job, ending), ...(job.tally ? whatItCounted(tally, ending) : [])]
  const failing = tally ? tally.total - tally.passed : 0
  return {
    name: job.name,
    passed: tally?.passed ?? 0,
    failed: Math.max(failing, reasons.length > 0 || !good ? 1 : 0),
    ms,
    reasons,
    output: ending.output,
  }
}

const runJob = async (job: Job, root: string, abort: AbortSignal): Promise<Outcome> => {
  if (job.refused.length > 0) return { name: job.name, passed: 0, failed: 1, ms: 0, reasons: job.refused, output: '' }
  const since = performance.now()
  const ending = await runChild(
    {
      command: job.command,
      args: job.args,
      cwd: root,
      limitMs: job.limitMs,
      graceMs: job.graceMs,
      finished: job.finished,
    },
    abort,
  )
  return judge(job, ending, Math.round(performance.now() - since))
}

/**
 * Run all jobs, at most `width` at a time; those that want to be alone follow, one by one, and last those that come
 * in pairs; those that run beside all others start at once. Outcomes in the order of their end. After an abort nothing new is started and what runs is killed.
 */
export const runJobs = async (
  jobs: readonly Job[],
  options: { readonly root: string; readonly width: number },
  deps: { readonly onOutcome: (outcome: Outcome) => void; readonly abort: AbortSignal },
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  const drain = async (queue: Job[]): Promise<void> => {
    for (let job = queue.shift(); job && !deps.abort.aborted; job = queue.shift()) {
      const outcome = await runJob(job, options.root, deps.abort)
      outcomes.push(outcome)
      deps.onOutcome(outcome)
    }
  }
  const those = (company: Company): Job[] => jobs.filter((job) => job.company === company)
  const beside = those('beside').map((job) => drain([job]))
  const together = those('others')
  await Promise.all(Array.from({ length: options.width }, () => drain(together)))
  await drain(those('alone'))
  const pairs = those('pair')
  await Promise.all([drain(pairs), drain(pairs)])
  await Promise.all(beside)
  return outcomes
}
