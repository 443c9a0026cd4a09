// The runner must be stricter than uvu: each fixture under test/fixtures/runner is a way of looking successful, or of
// never ending, and has to come out as told in the table. The reading functions are tested on plain text.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forgeTally, readHead, strayMarks, uvuTally } from './support/runner-read.ts'
import { fileJob, judge, runJobs } from './support/runner.ts'
import type { Job, Outcome } from './support/runner.ts'

const ROOT = new URL('..', import.meta.url).pathname
const NEVER = new AbortController().signal

const fixture = (name: string, limits = {}): Job => fileJob(ROOT, `test/fixtures/runner/${name}.ts`, limits)
const step = (name: string, script: string): Job => ({
  ...fixture('passing'),
  name,
  args: ['-e', script],
  tally: undefined,
  finished: () => false,
})
const run = (jobs: readonly Job[], abort = NEVER, onOutcome: (outcome: Outcome) => void = () => {}) =>
  runJobs(jobs, { root: ROOT, width: 6 }, { onOutcome, abort })

/** A killed orphan may stay in the table as a zombie until its new parent looks. */
const isAlive = (pid: string): boolean => {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !readFileSync(path, 'utf8').includes(') Z ')
}

type Expected = readonly [passed: number, failed: number, reason: RegExp | undefined]

// Long enough for a process to start on a busy machine; only the fixtures that hang wait for it.
const HANGING = { limitMs: 3_000 }
const FIXTURES: readonly (readonly [Job, Expected])[] = [
  [fixture('hanging', HANGING), [0, 1, /did not finish within 3 s: .*\(open: TCPServerWrap ×1\)/]],
  [fixture('deaf', HANGING), [0, 1, /did not finish within 3 s: .*still open\?$/]],
  [fixture('short-limit'), [0, 1, /did not finish within 1 s/]],
  [fixture('lingering', { graceMs: 300 }), [1, 1, /its process did not: .*\(open: TCPServerWrap ×1\)/]],
  [fixture('passing'), [2, 0, undefined]],
  [fixture('failing'), [1, 1, undefined]],
  [fixture('without-run'), [0, 1, /no test ran: .*\.run\(\)/]],
  [fixture('empty'), [0, 1, /no test ran/]],
  [fixture('stray-only'), [0, 1, /line 4 has a stray \.only\(/]],
  [fixture('hidden-skip'), [1, 1, /1 skipped/]],
  [fixture('never-settles'), [0, 1, /before its tests were done/]],
  [fixture('broken-hook'), [0, 1, /hook failed/]],
  [fixture('late-crash'), [1, 1, /its tests passed, then it ended with 1/]],
  [fixture('leaves-child'), [1, 1, /left a process behind: .*setTimeout/]],
  [fixture('leaves-detached'), [1, 1, /left a process behind: .*setTimeout/]],
  [step('good step', ''), [1, 0, undefined]],
  [step('bad step', 'process.exit(3)'), [0, 1, undefined]],
]

const test = suite('runner')

test('judges every fixture as the table says', async () => {
  const outcomes = await run(FIXTURES.map(([job]) => job))
  for (const [job, [passed, failed, reason]] of FIXTURES) {
    const outcome = outcomes.find(({ name }) => name === job.name)
    assert.ok(outcome, `${job.name} was run`)
    const said = JSON.stringify({ ...outcome, output: outcome.output.slice(-600) })
    assert.is(outcome.passed, passed, `passed, ${said}`)
    assert.is(outcome.failed, failed, `failed, ${said}`)
    if (reason) assert.match(outcome.reasons.join('\n'), reason)
    else assert.equal(outcome.reasons, [], said)
  }
})

test('shows the output of a failing test in full', async () => {
  const [outcome] = await run([fixture('failing')])
  assert.match(outcome?.output ?? '', 'one is not two')
})

test('leaves no process of a killed job behind', async () => {
  const script = "const c = require('child_process').spawn('sleep', ['60']).on('spawn', () => console.log('up', c.pid))"
  const abort = new AbortController()
  const job: Job = { ...step('parent', script), finished: (tail) => (tail.includes('up') && abort.abort(), false) }
  const [outcome] = await run([job], abort.signal)
  assert.equal(outcome?.reasons, ['interrupted'])
  const child = /up (\d+)/.exec(outcome?.output ?? '')?.[1]
  assert.ok(child, 'the child was started')
  assert.not.ok(isAlive(child), `process ${child} is gone`)
})

test('starts nothing after an abort', async () => {
  assert.equal(await run([fixture('passing')], AbortSignal.abort()), [])
})

test('says when a command cannot be started', async () => {
  const [outcome] = await run([{ ...step('ghost', ''), command: 'no-such-command' }])
  assert.is(outcome?.failed, 1)
  assert.match(outcome?.reasons.join() ?? '', /could not be started: .*ENOENT/)
})

test('runs last what wants to be alone', async () => {
  const order: string[] = []
  const jobs = ['a', 'b', 'c'].map((name) => step(name, ''))
  const lonely = { ...step('alone', ''), company: 'alone' as const }
  await run([lonely, ...jobs], NEVER, ({ name }) => order.push(name))
  assert.is(order.length, 4)
  assert.is(order.at(-1), 'alone')
})

test('runs two at a time what comes in pairs, after what runs alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-runner-'))
  const sign = (name: string): string => JSON.stringify(join(folder, name))
  // Each writes its own sign and ends once it sees the other's.
  const meets = (own: string, other: string): Job => ({
    ...step(
      own,
      `const fs = require('node:fs'); fs.writeFileSync(${sign(own)}, ''); setInterval(() => fs.existsSync(${sign(other)}) && process.exit(), 20)`,
    ),
    company: 'pair',
  })
  const lonely = { ...step('alone', ''), company: 'alone' as const }
  const order: string[] = []
  const outcomes = await run([meets('left', 'right'), lonely, meets('right', 'left')], NEVER, ({ name }) =>
    order.push(name),
  )
  rmSync(folder, { recursive: true })
  assert.equal([order[0], outcomes.filter(({ failed }) => failed > 0).length], ['alone', 0])
})

test('runs beside all others what mostly waits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-runner-'))
  const sign = JSON.stringify(join(folder, 'sign'))
  // It ends once the one that runs alone was there: neither has waited for the other.
  const waiting = `const { existsSync } = require('node:fs'); setInterval(() => existsSync(${sign}) && process.exit(), 20)`
  const patient = { ...step('patient', waiting), company: 'beside' as const }
  const writing = `require('node:fs').writeFileSync(${sign}, '')`
  const lonely = { ...step('alone', writing), company: 'alone' as const }
  const outcomes = await run([lonely, patient, step('a', '')])
  rmSync(folder, { recursive: true })
  assert.equal(
    outcomes.map(({ failed }) => failed),
    [0, 0, 0],
  )
})

test('fails a job whose counts hide a failure behind exit code 0', () => {
  const ending = { cause: 'exit', code: 0, output: '', open: '', leftovers: [] } as const
  const counted = { ...fixture('passing'), tally: () => ({ total: 5, passed: 4, skipped: 0 }) }
  assert.is(judge(counted, ending, 1).failed, 1)
  assert.is(judge(counted, ending, 1).passed, 4)
})

test('reads directives in the head comment only', () => {
  const none = { company: 'others', limitMs: undefined } as const
  const cases: readonly (readonly [string, ReturnType<typeof readHead>])[] = [
    ['// runs alone\n// time limit: 120 s\nimport x', { company: 'alone', limitMs: 120_000 }],
    ['// About hosts.\n\n/* time limit: 5 s\n   runs alone */\ncode', { company: 'alone', limitMs: 5_000 }],
    ['// runs in a pair\ncode', { company: 'pair', limitMs: undefined }],
    ['// runs beside all others\ncode', { company: 'beside', limitMs: undefined }],
    ['code\n// runs alone\n// time limit: 120 s', none],
    ['// this never runs alone and has no time limit: see below\ncode', none],
    ['', none],
  ]
  for (const [text, expected] of cases) assert.equal(readHead(text), expected, text)
})

test('finds stray marks by line', () => {
  assert.equal(strayMarks('const only = 1\nlist.skipped()\n'), [])
  assert.is(strayMarks(['test', 'only(1)\ntest', 'skip(2)'].join('.')).length, 2)
  assert.is(strayMarks('// Head.\n// time limit: 9 s\ncode\n// time limit: 9 s\n').length, 1)
})

test('reads the counts of uvu, coloured or not, and the last block', () => {
  const block = (total: number): string =>
    `\n  Total:     ${total}\n\x1b[32m  Passed:    ${total}\x1b[39m\n  Skipped:   0\n  Duration:  1.25ms\n\n`
  assert.equal(uvuTally(block(3)), { total: 3, passed: 3, skipped: 0 })
  assert.equal(uvuTally(`${block(9)} later ${block(4)}`), { total: 4, passed: 4, skipped: 0 })
  for (const text of ['', 'Total: 3', '  Total:     3\n  Passed:    3\n']) assert.is(uvuTally(text), undefined, text)
})

test('reads the counts of forge', () => {
  const line = 'Ran 3 test suites in 1.2s (2s CPU time): 12 tests passed, 1 failed, 2 skipped (15 total tests)'
  assert.equal(forgeTally(`Suite result: FAILED.\n${line}\n`), { total: 13, passed: 12, skipped: 2 })
  assert.is(forgeTally('Compiler run failed'), undefined)
})

test.run()
