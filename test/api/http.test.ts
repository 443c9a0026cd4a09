// The API over real HTTP: what it answers, whom it answers, and what it refuses.
import { once } from 'node:events'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as z from 'zod'
import { LIMITS } from '../../src/api/server.ts'
import { codeOf } from '../../src/core/errors.ts'
import { TOKEN, ask, startApi } from '../support/api.ts'
import type { RunningApi, Said } from '../support/api.ts'

const codeIn = ({ json }: Said): unknown => (json as { readonly code?: unknown } | undefined)?.code

const refusing = suite('api: whom it answers')
let open: RunningApi
refusing.before(async () => {
  open = await startApi({ options: { origins: ['https://console.example'] } })
})
refusing.after(() => open.stop())

refusing('on loopback by any loopback name, and by no other', async () => {
  const { port } = new URL(open.url)
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.8.8.8', 'LOCALHOST'])
    assert.is((await ask(`${open.url}/v1/status`, { headers: { host: `${host}:${port}` } })).status, 200, host)
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '10.0.0.1', 'a@localhost']) {
    const said = await ask(`${open.url}/v1/status`, { headers: { host } })
    assert.is(said.status, 403, host)
    assert.is(codeIn(said), 'api-host')
  }
})

refusing('pages of named origins alone, preflights included', async () => {
  const named = { origin: 'https://console.example' }
  const said = await ask(`${open.url}/v1/status`, { headers: named })
  assert.is(said.status, 200)
  assert.is(said.headers['access-control-allow-origin'], named.origin)
  const flight = await ask(`${open.url}/v1/events`, { method: 'OPTIONS', headers: named })
  assert.is(flight.status, 204)
  assert.match(String(flight.headers['access-control-allow-headers']), 'authorization')
  for (const origin of ['https://evil.example', 'null', 'https://console.example.evil.example'])
    for (const method of ['GET', 'OPTIONS']) {
      const refused = await ask(`${open.url}/v1/status`, { method, headers: { origin } })
      assert.is(codeIn(refused), 'api-origin')
      assert.is(refused.headers['access-control-allow-origin'], undefined)
    }
})

refusing('beyond loopback only who has the token, whatever is asked', async () => {
  const wide = await startApi({ options: { listen: '0.0.0.0:0' } })
  try {
    const url = wide.url.replace('0.0.0.0', '127.0.0.1')
    const wrong = [undefined, '', 'Bearer', `Bearer ${TOKEN}f`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN]
    for (const path of ['/v1/status', '/metrics', '/healthz', '/openapi.json', '/v1/events', '/nowhere'])
      for (const authorization of wrong) {
        const said = await ask(`${url}${path}`, { headers: authorization === undefined ? {} : { authorization } })
        assert.is(said.status, 401, `${path} ${authorization}`)
        assert.is(codeIn(said), 'api-unauthorized')
        assert.is(said.headers['www-authenticate'], 'Bearer')
      }
    const headers = { authorization: `Bearer ${TOKEN}` }
    assert.is((await ask(`${url}/v1/status`, { headers })).status, 200)
    assert.is((await ask(`${url}/v1/status`, { headers: { ...headers, host: 'sidecar.example' } })).status, 200)
  } finally {
    await wide.stop()
  }
})

refusing('a port that is taken: by code, and everything is closed', async () => {
  const { host } = new URL(open.url)
  try {
    await startApi({ options: { listen: host } })
    assert.unreachable()
  } catch (error) {
    assert.is(codeOf(error), 'api-listen')
  }
})

const BAD: readonly (readonly [path: string, method: string, status: number, code: string])[] = [
  ['/', 'GET', 404, 'api-unknown-route'],
  ['/v1/keys', 'GET', 404, 'api-unknown-route'],
  ['/v1/../../etc/passwd', 'GET', 404, 'api-unknown-route'],
  ['/v1/status', 'POST', 405, 'api-method'],
  ['/v1/status', 'DELETE', 405, 'api-method'],
  ['/v1/periods/x', 'GET', 400, 'api-invalid'],
  ['/v1/periods/-1', 'GET', 400, 'api-invalid'],
  ['/v1/periods/1e99', 'GET', 400, 'api-invalid'],
  ['/v1/periods/3', 'GET', 404, 'api-unknown-period'],
  ['/v1/jobs/1', 'GET', 404, 'api-unknown-job'],
  ['/v1/events/recent?limit=0', 'GET', 400, 'api-invalid'],
  ['/v1/events/recent?limit=99999', 'GET', 400, 'api-invalid'],
  ['/v1/events/recent?after=x', 'GET', 400, 'api-invalid'],
  ['/%ff', 'GET', 400, 'api-invalid'],
]
for (const [path, method, status, code] of BAD)
  refusing(`${method} ${path}: ${status} ${code}`, async () => {
    const said = await ask(`${open.url}${path}`, { method })
    assert.is(said.status, status)
    assert.is(codeIn(said), code)
    assert.equal(Object.keys(said.json as object), ['ok', 'code', 'why'])
  })

refusing('a body larger than any is refused', async () => {
  const headers = { 'content-type': 'application/json' }
  const said = await ask(`${open.url}/v1/status`, { method: 'POST', headers, body: `"${'x'.repeat(100_000)}"` })
  assert.ok(said.status === 413 || said.status === 405, String(said.status))
})

/** What comes back for bytes as they are, until the other side closes. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(open.url).port), '127.0.0.1')
  let said = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  socket.write(text)
  await once(socket, 'close')
  return said
}

refusing('heads that are too large, not HTTP or never end get a line and a closed connection', async () => {
  assert.match(await raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(LIMITS.headerBytes)}\r\n\r\n`), / 431 /)
  assert.match(await raw('hello\r\n\r\n'), / 400 /)
  assert.match(await raw('GET / HTTP/1.1\r\nhost: localhost\r\nx: '), / 408 /)
})

refusing('more connections than the limit are not kept', async () => {
  const port = Number(new URL(open.url).port)
  const sockets = Array.from({ length: LIMITS.connections + 8 }, () => connect(port, '127.0.0.1'))
  const over = sockets.map((socket) => {
    socket.on('error', () => undefined)
    return once(socket, 'close').then(() => true)
  })
  assert.ok(await Promise.race(over))
  for (const socket of sockets) socket.destroy()
  await Promise.all(over)
  assert.is((await ask(`${open.url}/healthz`)).status, 200)
})

refusing.run()

const answering = suite('api: what it answers')
answering.before(async () => {
  open = await startApi()
  open.api.note({ type: 'period-started', period: 7, members: 8, targets: [4, 5] })
  open.api.note({ type: 'probed', period: 7, target: 4, outcome: 'up', reason: 'none' })
  open.api.note({ type: 'probed', period: 7, target: 4, outcome: 'down', reason: 'timeout' })
})
answering.after(() => open.stop())

answering('large numbers as decimal strings', async () => {
  const shape = z.object({ auctions: z.object({ jobs: z.array(z.object({ reserve: z.string() })) }) })
  const { auctions } = shape.parse((await ask(`${open.url}/v1/status`)).json)
  assert.is(auctions.jobs[0]?.reserve, '5000000000000000000')
})

answering('verdicts of a period as they came, results as they were certified', async () => {
  const seen = z.object({ seen: z.object({ verdicts: z.unknown(), targets: z.unknown() }) })
  const period = seen.parse((await ask(`${open.url}/v1/periods/7`)).json)
  assert.equal(period.seen.targets, [4, 5])
  assert.equal(period.seen.verdicts, [{ target: 4, outcomes: { up: 1, down: 1 }, reasons: { timeout: 1 } }])
  const results = z.object({ results: z.array(z.object({ id: z.number(), uptimeBps: z.number() })) })
  assert.equal(results.parse((await ask(`${open.url}/v1/periods/6`)).json).results, [{ id: 4, uptimeBps: 10_000 }])
})

answering('events after a number', async () => {
  const shape = z.object({ newest: z.number(), events: z.array(z.object({ id: z.number() })) })
  const said = shape.parse((await ask(`${open.url}/v1/events/recent?after=1&limit=1`)).json)
  assert.equal(said, { newest: 3, events: [{ id: 2 }] })
})

answering('peers are asked once for many askers', async () => {
  let asked = 0
  const other = await startApi({
    sources: {
      peers: async () => {
        asked++
        return []
      },
    },
  })
  await Promise.all(Array.from({ length: 5 }, () => ask(`${other.url}/v1/peers`)))
  assert.is(asked, 1)
  await other.stop()
})

answering('no caching, no sniffing', async () => {
  const { headers } = await ask(`${open.url}/metrics`)
  assert.is(headers['cache-control'], 'no-store')
  assert.is(headers['x-content-type-options'], 'nosniff')
})

answering.run()
