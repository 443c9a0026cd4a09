// A declared health probe: what counts as healthy, what two sidecars can compare, and that a command leaves nothing behind.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { createGeneric, declarationOf } from '../../src/workload/generic.ts'
import type { HealthProbe } from '../../src/workload/generic.ts'
import { codeRejected } from '../support/faults.ts'

const test = suite('workload/generic')
const never = new AbortController().signal
const env = { PATH: process.env['PATH'] ?? '' }

const withService = async (
  answer: { status: number; body: string },
  run: (url: string) => Promise<void>,
): Promise<void> => {
  const server = createServer((request, response) => {
    if (request.url === '/base/health') response.writeHead(answer.status).end(answer.body)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const http = (change: Partial<Extract<HealthProbe, { type: 'http' }>> = {}): HealthProbe => ({
  type: 'http',
  path: '/health',
  status: 200,
  field: undefined,
  ...change,
})
const make = (probe: HealthProbe, url = 'http://127.0.0.1:1', timeoutMs = 2_000) =>
  createGeneric({ probe, url, timeoutMs, env })

test('the expected status, and the field when one is declared', async () => {
  const answer = { status: 200, body: '{"a":{"state":"ok"},"n":1}' }
  await withService(answer, async (url) => {
    const proof = async (probe: HealthProbe): Promise<string> =>
      toHex((await make(probe, url).proof(3, never)) ?? new Uint8Array())
    const plain = await proof(http())
    const state = await proof(http({ field: 'a.state' }))
    assert.not.equal(plain, state)
    assert.is(await proof(http({ field: 'a.state' })), state, 'the same for everybody, whatever the height')
    answer.body = '{"a":{"state":"worse"}}'
    assert.is(await proof(http()), plain)
    assert.not.equal(await proof(http({ field: 'a.state' })), state)
    for (const field of ['b', 'a', 'a.state.length', '__proto__', 'a.constructor'])
      assert.is(await codeRejected(make(http({ field }), url).status(never)), 'workload-garbled', field)
    answer.status = 503
    assert.is(await codeRejected(make(http(), url).status(never)), 'workload-status')
    answer.status = 200
    answer.body = '<html>'
    assert.is(await codeRejected(make(http({ field: 'a' }), url).status(never)), 'workload-garbled')
  })
})

test('declarations that differ cannot be compared; addresses are no part of them', async () => {
  const probes: readonly HealthProbe[] = [
    http(),
    http({ path: '/other' }),
    http({ status: 204 }),
    http({ field: 'a' }),
    { type: 'command', command: ['true'] },
    { type: 'command', command: ['true', 'a b'] },
    { type: 'command', command: ['true', 'a', 'b'] },
  ]
  assert.is(new Set(probes.map((probe) => toHex(declarationOf(probe)))).size, probes.length)
})

test('a command is healthy with exit code 0 alone', async () => {
  const command = (script: string): HealthProbe => ({ type: 'command', command: ['sh', '-c', script] })
  assert.is((await make(command('exit 0')).status(never)).client, 'generic')
  assert.is(await codeRejected(make(command('exit 1')).status(never)), 'workload-unhealthy')
  assert.is(await codeRejected(make(command('kill -9 $$')).status(never)), 'workload-unhealthy')
  const missing = make({ type: 'command', command: ['/nowhere/to/be/found'] })
  assert.is(await codeRejected(missing.status(never)), 'workload-unreachable')
  assert.is(await codeRejected(make(command('test -z "$HOME"')).status(never)), 'nothing', 'it sees PATH alone')
})

/** Is the process gone, or dead and only not yet buried? */
const isGone = (pid: number): boolean => {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

test('a command that hangs is left at the time limit', async () => {
  const hanging = make({ type: 'command', command: ['sleep', '600'] }, '', 50)
  assert.is(await codeRejected(hanging.status(never)), 'workload-timeout')
})

test('a command is ended with all it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-health-'))
  try {
    const pidFile = join(folder, 'pid')
    const script = `sleep 600 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exit 1`
    assert.is(
      await codeRejected(make({ type: 'command', command: ['sh', '-c', script] }).status(never)),
      'workload-unhealthy',
    )
    const pid = Number(readFileSync(pidFile, 'utf8'))
    while (!isGone(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('any answer: healthy or a Fault', async () => {
  const answer = { status: 200, body: '' }
  await withService(answer, async (url) => {
    const client = make(http({ field: 'a.b' }), url)
    const anything = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.jsonValue().map((value) => JSON.stringify({ a: { b: value } })),
    )
    await fc.assert(
      fc.asyncProperty(anything, fc.constantFrom(200, 200, 204, 404, 500), async (body, status) => {
        Object.assign(answer, { body, status })
        try {
          assert.is((await client.proof(0, never))?.length, 32)
        } catch (error) {
          assert.instance(error, Fault, String(error))
        }
      }),
      { numRuns: 60 },
    )
  })
})

test.run()
