// runs alone
// The local chain over real HTTP: drand-client and our own client against it, its process, and hostile servers.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetchBeacon, HttpCachingChain, HttpChainClient } from 'drand-client'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findChainHash } from '../../src/beacon/discover.ts'
import { parseOptions } from '../../src/beacon/main-local.ts'
import { openBeacons } from '../../src/beacon/open.ts'
import { createHttpRelay, decodeBeacon, decodeInfo, MAX_ANSWER_BYTES } from '../../src/beacon/relay.ts'
import { serveBeacons } from '../../src/beacon/server.ts'
import type { BeaconServer } from '../../src/beacon/server.ts'
import type { Clock } from '../../src/core/ports.ts'
import { codeRejected, codeThrown } from '../support/faults.ts'
import { createLocal } from '../support/local-beacons.ts'

const test = suite('beacon HTTP')
const local = await createLocal()
const { hash } = local.source.info
const signal = new AbortController().signal

const serve = (): Promise<BeaconServer> =>
  serveBeacons({ host: '127.0.0.1', port: 0 }, { chain: local.source, now: () => local.clock.now() })

/** A server of one behaviour; its base URL and its end. */
const hostile = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

const systemClock: Clock = {
  now: () => local.clock.now(),
  at: (at, task) => {
    const timer = setTimeout(task, Math.min(Math.max(0, at - local.clock.now()), 2 ** 31 - 1))
    return () => {
      clearTimeout(timer)
    }
  },
}

test('answers every route as drand does', async () => {
  const server = await serve()
  const root = server.url.slice(0, -hash.length - 1)
  const cases: readonly (readonly [string, number])[] = [
    ['/info', 200],
    ['/chains', 200],
    ['/health', 200],
    [`/${hash}/info`, 200],
    [`/${hash}/health`, 200],
    [`/${hash}/public/latest`, 200],
    [`/${hash}/public/1?1234`, 200],
    ['/public/10', 200],
    ['/public/11', 425],
    ['/public/9007199254740991', 425],
    ['/public/9007199254740993', 404],
    ['/public/0', 404],
    ['/public/-1', 404],
    ['/public/1e1', 404],
    ['/public/010', 404],
    ['/public/', 404],
    ['/public', 404],
    ['/public/1/2', 404],
    ['/info/x', 404],
    [`/${'0'.repeat(64)}/info`, 404],
    ['/', 404],
    [`/${'a'.repeat(300)}`, 414],
  ]
  for (const [path, status] of cases) {
    const response = await fetch(`${root}${path}`)
    assert.is(response.status, status, path)
    assert.is(typeof (await response.json()), 'object', path)
  }
  assert.is((await fetch(`${root}/info`, { method: 'POST', body: 'x' })).status, 405)
  assert.equal(await (await fetch(`${root}/chains`)).json(), [hash])
  await server.close()
})

test('drand-client accepts the chain with verification on and pinned', async () => {
  const server = await serve()
  const chainVerificationParams = { chainHash: hash, publicKey: local.source.info.public_key }
  const options = { disableBeaconVerification: false, noCache: false, chainVerificationParams }
  const client = new HttpChainClient(new HttpCachingChain(server.url, options), options)
  assert.is((await fetchBeacon(client, 5)).signature, local.source.sign(5).signature)
  await server.close()
})

test('our client follows it among hostile relays', async () => {
  const server = await serve()
  const hanging = await hostile(() => undefined)
  const endless = await hostile((_, response) => {
    response.writeHead(200)
    response.write('x'.repeat(100_000))
  })
  const html = await hostile((_, response) => response.end('<html>'))
  const gone = await hostile(() => undefined)
  await gone.close()
  const urls = [gone.url, html.url, endless.url, hanging.url, server.url]
  const { chain } = local
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const options = { chain, relayUrls: urls, fetchDelayMs: () => 0 }
  const client = await openBeacons(options, { clock: systemClock, log })
  assert.is((await client.get(4)).round, 4)
  const faults = new Map(client.relays().map((standing) => [standing.url, standing.lastFault]))
  assert.is(faults.get(gone.url), 'relay-unreachable')
  assert.is(faults.get(html.url), 'relay-garbled')
  assert.is(faults.get(endless.url), 'relay-oversized')
  assert.is(faults.get(server.url), undefined)
  await client.close()
  await Promise.all([server.close(), hanging.close(), endless.close(), html.close()])
})

test('a relay tells its failures apart', async () => {
  const cases: readonly (readonly [string, RequestListener])[] = [
    ['relay-behind', (_, response) => response.writeHead(425).end()],
    ['relay-behind', (_, response) => response.writeHead(404).end()],
    ['relay-status', (_, response) => response.writeHead(500).end('x'.repeat(100_000))],
    ['relay-unreachable', (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['relay-unreachable', (request) => request.socket.destroy()],
    ['relay-garbled', (_, response) => response.end('{"round":1}')],
    ['relay-oversized', (_, response) => response.end(`{"round":1,"pad":"${'x'.repeat(MAX_ANSWER_BYTES)}"}`)],
  ]
  for (const [code, listener] of cases) {
    const server = await hostile(listener)
    assert.is(await codeRejected(createHttpRelay(server.url, local.chain).fetch(1, signal)), code)
    await server.close()
  }
})

test("a relay's chain info must be the pinned chain's in every field", async () => {
  const { info } = local.source
  const lies = [
    { ...info, period: 2 },
    { ...info, genesis_time: 1 },
    { ...info, groupHash: '00'.repeat(32) },
    { ...info, hash: '00'.repeat(32) },
    { ...info, schemeID: 'bls-unchained-on-g1' },
    { ...info, metadata: { beaconID: 'other' } },
    { ...info, public_key: (await createLocal(2)).source.info.public_key },
  ]
  for (const [index, lie] of lies.entries()) {
    const server = await hostile((_, response) => response.end(JSON.stringify(lie)))
    assert.is(await codeRejected(createHttpRelay(server.url, local.chain).info(signal)), 'relay-chain', `lie ${index}`)
    await server.close()
  }
})

test("a trusted chain's hash is learned from the first relay that describes exactly that chain", async () => {
  const server = await serve()
  const wrong = await hostile((_, response) => response.end(JSON.stringify({ ...local.source.info, period: 2 })))
  const { publicKey, genesisTime, periodSeconds } = local.chain
  const trusted = { publicKey, genesisTime, periodSeconds }
  assert.is(await findChainHash(trusted, [wrong.url, server.url]), hash)
  assert.is(await codeRejected(findChainHash(trusted, [wrong.url])), 'relay-none-answers')
  assert.is(await codeRejected(findChainHash({ ...trusted, periodSeconds: 2 }, [server.url])), 'relay-none-answers')
  await Promise.all([server.close(), wrong.close()])
})

test('only plain http(s) URLs are relays', () => {
  for (const url of ['', 'x', 'file:///etc', 'ftp://a', 'http://u:p@a', 'http://a/?q', 'http://a/#f']) {
    assert.is(
      codeThrown(() => createHttpRelay(url, local.chain)),
      'relay-url',
      url,
    )
  }
  assert.is(createHttpRelay('https://a/b//', local.chain).url, 'https://a/b')
})

test('decoders say nothing to random and mutated answers, and never throw', () => {
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const beacon = { ...local.source.sign(3) }
  assert.is(decodeBeacon(encode(beacon))?.round, 3)
  assert.equal(decodeInfo(encode(local.source.info)), local.source.info)
  assert.is(decodeBeacon(encode({ ...beacon, previous_signature: 'aa' })), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.jsonValue(), (bytes, value) => {
      for (const input of [bytes, encode(value)]) {
        assert.is(decodeBeacon(input), undefined)
        assert.is(decodeInfo(input), undefined)
      }
    }),
    { numRuns: 500 },
  )
  const fields = fc.constantFrom(...Object.keys(beacon), ...Object.keys(local.source.info))
  fc.assert(
    fc.property(fields, fc.jsonValue(), (field, value) => {
      const claim = decodeBeacon(encode({ ...beacon, [field]: value }))
      assert.ok(claim === undefined || (claim.signature.length === 48 && Number.isSafeInteger(claim.round)), field)
      const info = decodeInfo(encode({ ...local.source.info, [field]: value }))
      assert.ok(info === undefined || info.public_key.length === 192, field)
    }),
    { numRuns: 500 },
  )
})

test("the process's options are read strictly", () => {
  const good = { seed: '00'.repeat(32), genesis: 1 }
  assert.is(parseOptions(JSON.stringify(good)).period, 1)
  for (const bad of [
    '',
    '[]',
    'null',
    '{}',
    '{"seed":"xx","genesis":1}',
    JSON.stringify({ ...good, port: '1' }),
    JSON.stringify({ ...good, extra: 1 }),
  ]) {
    assert.throws(() => parseOptions(bad), undefined, bad)
  }
})

test('the process serves, continues after a restart and stops on SIGTERM', async () => {
  const genesis = Math.floor(Date.now() / 1000) - 5
  const entry = new URL('../../src/beacon/main-local.ts', import.meta.url)
  const run = async (): Promise<readonly [string, unknown]> => {
    const child = fork(entry, [JSON.stringify({ seed: 'ab'.repeat(32), genesis })], { silent: true })
    assert.ok(child.stdout)
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const ready = JSON.parse(line.toString()) as { listening: string; hash: string }
    const answer: unknown = await (await fetch(`${ready.listening}/public/3`)).json()
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    assert.is(code, 0, 'ends by itself')
    return [ready.hash, answer]
  }
  assert.equal(await run(), await run())
})

test.run()
