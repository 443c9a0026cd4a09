// `npm test`: every uvu file in a process of its own, then the steps that are not uvu files (types, lint, format, the
// contracts' own tests). Arguments narrow the run to names that contain one of them; `--json` prints one JSON object
// instead of the report. The last line of the report is always `N passed, N failed`; the exit code follows it.
import { globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import picocolors from 'picocolors'
import { forgeTally } from '../test/support/runner-read.ts'
import { fileJob, runJobs } from '../test/support/runner.ts'
import type { Job, Outcome } from '../test/support/runner.ts'

const ROOT = join(import.meta.dirname, '..')
/** Two cores are what the project promises to be testable on; more would only make timings less repeatable. */
const WIDTH = 2
const SLOWEST = 5

type Step = Pick<Job, 'tally' | 'company'> & {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly limitSeconds: number
}

const STEPS: readonly Step[] = [
  { name: 'types', command: ['tsc', '--noEmit'], limitSeconds: 180, company: 'others', tally: undefined },
  {
    name: 'lint',
    command: ['eslint', '--max-warnings', '0', '.'],
    limitSeconds: 300,
    company: 'others',
    tally: undefined,
  },
  {
    name: 'format',
    command: ['prettier', '--check', '--log-level', 'warn', '.'],
    limitSeconds: 120,
    company: 'others',
    tally: undefined,
  },
  { name: 'forge test', command: ['forge', 'test'], limitSeconds: 900, company: 'alone', tally: forgeTally },
  {
    // After forge, which has compiled all of it.
    name: 'bindings',
    command: [process.execPath, 'scripts/compile.ts', '--check'],
    limitSeconds: 300,
    company: 'alone',
    tally: undefined,
  },
  {
    name: 'faults',
    command: [process.execPath, 'scripts/faults.ts', '--quick'],
    limitSeconds: 300,
    company: 'alone',
    tally: undefined,
  },
  { name: 'gas', command: [process.execPath, 'scripts/gas.ts'], limitSeconds: 300, company: 'alone', tally: undefined },
]

const stepJob = ({ name, command: [command, ...args], limitSeconds, company, tally }: Step): Job => ({
  name,
  command,
  args,
  limitMs: limitSeconds * 1000,
  graceMs: 0,
  company,
  refused: [],
  tally,
  finished: () => false,
})

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const progressLine = ({ name, passed, failed, ms }: Outcome): string => {
  const mark = failed === 0 ? picocolors.green('ok  ') : picocolors.red('FAIL')
  return `${mark} ${name}  ${picocolors.dim(`${passed}${failed > 0 ? `, ${failed} failed` : ''}, ${seconds(ms)}`)}\n`
}

const failureText = ({ name, reasons, output }: Outcome): string =>
  [picocolors.red(`── ${name}`), ...reasons.map((reason) => `   ${reason}`), output.trimEnd(), ''].join('\n') + '\n'

const sum = (outcomes: readonly Outcome[]): { passed: number; failed: number } => ({
  passed: outcomes.reduce((total, { passed }) => total + passed, 0),
  failed: outcomes.reduce((total, { failed }) => total + failed, 0),
})

const report = (outcomes: readonly Outcome[]): string => {
  const failures = outcomes.filter(({ failed }) => failed > 0).map(failureText)
  const slowest = outcomes.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST)
  const slow = slowest.map(({ name, ms }) => `${seconds(ms)} ${name}`).join(' · ')
  const { passed, failed } = sum(outcomes)
  return `\n${failures.join('\n')}${picocolors.dim(`slowest: ${slow}`)}\n${passed} passed, ${failed} failed\n`
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } })
  // Tools come from this checkout, also when the script was not started by npm.
  process.env['PATH'] = join(ROOT, 'node_modules', '.bin') + delimiter + (process.env['PATH'] ?? '')
  const wanted = ({ name }: Job): boolean => positionals.length === 0 || positionals.some((part) => name.includes(part))
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).toSorted()
  const jobs = [...STEPS.map(stepJob), ...files.map((path) => fileJob(ROOT, path))].filter(wanted)
  if (jobs.length === 0) process.stderr.write(`nothing to test is called like ${positionals.join(', ')}\n`)

  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  const onOutcome = values.json
    ? () => {}
    : (outcome: Outcome): void => void process.stdout.write(progressLine(outcome))
  const outcomes = await runJobs(jobs, { root: ROOT, width: WIDTH }, { onOutcome, abort: controller.signal })

  const { passed, failed } = sum(outcomes)
  const complete = jobs.length > 0 && outcomes.length === jobs.length
  const ok = failed === 0 && complete
  process.stdout.write(values.json ? `${JSON.stringify({ ok, passed, failed, files: outcomes })}\n` : report(outcomes))
  process.exitCode = ok ? 0 : 1
}

await main()
