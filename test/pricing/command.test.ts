import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import { createCommandPricer } from '../../src/pricing/command.ts'
import { job } from './job.ts'

const test = suite('pricing/command')
const never = new AbortController().signal

/** A pricer that is this node running `script`. */
const pricer = (script: string, limitMs = 10_000) =>
  createCommandPricer({ command: [process.execPath, '-e', script], env: { ONLY: 'this' }, limitMs })

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `answered ${String(value)}`,
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  )

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('is given the job as JSON and answers a price, exactly', async () => {
  const half = `process.stdin.on('data', (text) => {
    const { reserve, requirements } = JSON.parse(text)
    process.stdout.write(JSON.stringify({ price: String(BigInt(reserve) / 2n + BigInt(requirements.cpuMilliGhz)) }))
  })`
  assert.is(await pricer(half).price(job, never), job.rules.reserve / 2n + 4_000n)
  assert.is(await pricer(`console.log('{"price": null}')`).price(job, never), undefined)
})

test('sees no environment but its own', async () => {
  const script = `console.log(JSON.stringify({ price: String(Object.keys(process.env).filter((k) => k !== '__CF_USER_TEXT_ENCODING').length) }))`
  assert.is(await pricer(script).price(job, never), 1n)
})

test('failures, rubbish and floods have codes', async () => {
  const cases: readonly [string, string][] = [
    ['pricer-failed', 'process.exit(3)'],
    ['pricer-failed', 'process.kill(process.pid, "SIGTERM")'],
    ['pricer-answer', 'console.log("70")'],
    ['pricer-answer', 'console.log(JSON.stringify({ price: 70 }))'],
    ['pricer-answer', 'console.log(JSON.stringify({ price: "-1" }))'],
    ['pricer-answer', 'console.log(JSON.stringify({ price: "1", more: 1 }))'],
    ['pricer-answer', ''],
    ['pricer-oversized', 'setInterval(() => process.stdout.write("x".repeat(1000)), 1)'],
  ]
  for (const [code, script] of cases) assert.is(await codeOf(pricer(script).price(job, never)), code, script)
  const missing = createCommandPricer({ command: ['/does/not/exist'], env: {}, limitMs: 1000 })
  assert.is(await codeOf(missing.price(job, never)), 'pricer-failed')
})

test('a command that hangs is killed with everything it started', async () => {
  const { mkdtempSync, readFileSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const { join } = await import('node:path')
  const dir = mkdtempSync(join(tmpdir(), 'stkr-pricer-'))
  const note = join(dir, 'pids')
  const family = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'])
    require('node:fs').writeFileSync(${JSON.stringify(note)}, process.pid + ' ' + child.pid)
    setInterval(() => 0, 1000)`
  try {
    assert.is(await codeOf(pricer(family, 1_500).price(job, never)), 'pricer-timeout')
    const pids = readFileSync(note, 'utf8').split(' ').map(Number)
    assert.is(pids.length, 2)
    const until = Date.now() + 5_000
    while (pids.some(isAlive) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(pids.filter(isAlive), [])
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a command that leaves somebody behind who holds its output still answers', async () => {
  const script = `
    require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' })
    process.stdout.write('{"price":"7"}', () => process.exit(0))`
  assert.is(await pricer(script).price(job, never), 7n)
})

test('is not waited for once the sidecar stops', async () => {
  const stopping = new AbortController()
  const asked = codeOf(pricer('setInterval(() => 0, 1000)').price(job, stopping.signal))
  stopping.abort()
  assert.is(await asked, 'pricer-aborted')
  assert.is(await codeOf(pricer('').price(job, stopping.signal)), 'pricer-aborted')
})

test.run()
