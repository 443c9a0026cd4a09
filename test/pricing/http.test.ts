import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import { createHttpPricer } from '../../src/pricing/http.ts'
import { job } from './job.ts'

const test = suite('pricing/http')
const never = new AbortController().signal

/** Runs `work` against a server on a port of its own; nothing of it is left afterwards. */
async function serving<T>(listener: RequestListener, work: (url: string, server: Server) => Promise<T>): Promise<T> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/price`, server)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `answered ${String(value)}`,
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  )

test('posts the job as JSON and takes the price', async () => {
  let asked: unknown
  const listener: RequestListener = (request, response) => {
    assert.is(request.method, 'POST')
    assert.is(request.headers['content-type'], 'application/json')
    void textOf(request).then((text) => {
      asked = JSON.parse(text)
      response.end('{"price":"70000000000000000001"}')
    })
  }
  const price = await serving(listener, (url) => createHttpPricer({ url, limitMs: 5_000 }).price(job, never))
  assert.is(price, 70_000_000_000_000_000_001n)
  assert.equal(asked, {
    job: 7,
    kind: 'validator',
    specHash: job.specHash,
    requester: job.requester,
    requirements: job.requirements,
    reserve: '80000000000000000000',
    fixedPrice: '100000000000000000000',
    closeRound: 10,
    openRound: 12,
    pickRound: 14,
  })
})

test('refusals, redirects, rubbish and floods have codes', async () => {
  const cases: readonly [string, RequestListener][] = [
    ['pricer-failed', (_request, response) => response.writeHead(500).end('{"price":"1"}')],
    ['pricer-failed', (_request, response) => response.writeHead(302, { location: '/price' }).end()],
    ['pricer-failed', (request) => request.socket.destroy()],
    ['pricer-answer', (_request, response) => response.end('seventy')],
    ['pricer-answer', (_request, response) => response.end(Buffer.from([0xff, 0xfe]))],
    ['pricer-answer', (_request, response) => response.end(`{"price":"${'9'.repeat(30)}"}`)],
    ['pricer-oversized', (_request, response) => response.end(' '.repeat(5_000))],
  ]
  for (const [i, [code, listener]] of cases.entries()) {
    const found = await serving(listener, (url) => codeOf(createHttpPricer({ url, limitMs: 5_000 }).price(job, never)))
    assert.is(found, code, `case ${i}`)
  }
  assert.is(
    await codeOf(createHttpPricer({ url: 'http://127.0.0.1:1/', limitMs: 5_000 }).price(job, never)),
    'pricer-failed',
  )
})

test('one limit for everything: silent, or slow by the byte', async () => {
  const silent: RequestListener = () => undefined
  const slow: RequestListener = (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }
  for (const [name, listener] of [
    ['silent', silent],
    ['slow', slow],
  ] as const) {
    const found = await serving(listener, (url) => codeOf(createHttpPricer({ url, limitMs: 200 }).price(job, never)))
    assert.is(found, 'pricer-timeout', name)
  }
})

test('is not waited for once the sidecar stops', async () => {
  const stopping = new AbortController()
  const listener: RequestListener = () => stopping.abort()
  const found = await serving(listener, (url) =>
    codeOf(createHttpPricer({ url, limitMs: 5_000 }).price(job, stopping.signal)),
  )
  assert.is(found, 'pricer-aborted')
})

test.run()
