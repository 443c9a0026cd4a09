// What is watched besides health: the disk's straight line, the clock, the client, strangers at the endpoint.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import { createClockOffset, fetchDate } from '../../src/workload/clock-offset.ts'
import { fullAt } from '../../src/workload/disk.ts'
import { accepts, endpointOf, exposedAt } from '../../src/workload/exposure.ts'
import { createWatch } from '../../src/workload/watch.ts'
import type { WatchDeps, WatchOptions } from '../../src/workload/watch.ts'
import { createManualClock } from '../support/manual-clock.ts'

const test = suite('workload/watch')
const never = new AbortController().signal
const HOUR_MS = 3_600_000

test('a disk that fills steadily is full when the line says; one that does not never is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 60 }), fc.integer({ min: -50, max: 50 }), (count, rate) => {
      const samples = Array.from({ length: count }, (_, i) => ({
        at: 1e12 + i * 1000,
        freeBytes: 1e9 + i * rate * 1000,
      }))
      const found = fullAt(samples)
      if (rate >= 0) return assert.is(found, undefined)
      const last = samples.at(-1)
      const wanted = (last?.at ?? 0) + (last?.freeBytes ?? 0) / -rate
      assert.ok(Math.abs((found ?? 0) - wanted) < 10, `${found} instead of ${wanted}`)
    }),
  )
  assert.is(fullAt([]), undefined)
  assert.is(
    fullAt([
      { at: 1, freeBytes: 5 },
      { at: 2, freeBytes: 4 },
    ]),
    undefined,
    'two say nothing',
  )
  assert.is(fullAt([1, 1, 1].map((at) => ({ at, freeBytes: 5 - at }))), undefined, 'no time passed')
})

function setUp(options: Partial<WatchOptions> = {}, deps: Partial<WatchDeps> = {}) {
  const clock = createManualClock(1e12)
  const watch = createWatch(
    { url: 'http://127.0.0.1:1', folder: '/', client: '', badClients: [], exposed: false, ...options },
    {
      clock,
      flaws: async () => [],
      offsetMs: () => undefined,
      addresses: () => [],
      space: async () => ({ freeBytes: 50, totalBytes: 100 }),
      ...deps,
    },
  )
  const answer = { at: 0, client: 'Geth/v1.13.0-stable', headNumber: 1, peers: 1, syncDistance: 0 }
  const codes = async (): Promise<readonly string[]> => {
    await watch.look(undefined, answer)
    return watch.view().warnings.map(({ code }) => code)
  }
  return { clock, watch, codes }
}

test('nothing to warn of', async () => {
  const { codes, watch } = setUp()
  assert.equal(await codes(), [])
  assert.equal(watch.view().disk, { freeBytes: 50, totalBytes: 100, fullAt: undefined })
})

test('each warning by its code', async () => {
  const cases: readonly [readonly string[], Partial<WatchOptions>, Partial<WatchDeps>?][] = [
    [['client-unexpected'], { client: 'reth/' }],
    [[], { client: 'Geth/' }],
    [['client-bad'], { badClients: ['reth/', 'Geth/v1.13.0'] }],
    [['disk-full'], {}, { space: async () => ({ freeBytes: 4, totalBytes: 100 }) }],
    [['clock-off'], {}, { offsetMs: () => -2_001 }],
    [[], {}, { offsetMs: () => 2_000 }],
    [['beacon-fork'], {}, { flaws: async () => [new Fault('beacon-fork', 'upgrade')] }],
    [[], {}, { flaws: async () => Promise.reject(new Fault('workload-timeout', 'no')) }],
    [[], {}, { space: async () => Promise.reject(new Error('no such folder')) }],
  ]
  for (const [i, [wanted, options, deps]] of cases.entries())
    assert.equal(await setUp(options, deps).codes(), wanted, `case ${i}`)
})

test('a disk that will be full within a week is warned of days before', async () => {
  let freeBytes = 1_000
  const { clock, codes } = setUp({}, { space: async () => ({ freeBytes, totalBytes: 1_000 }) })
  for (let i = 0; i < 4; i++) {
    assert.equal(await codes(), i < 2 ? [] : i === 2 ? ['disk-full'] : ['disk-full'], `sample ${i}`)
    freeBytes -= 10
    await clock.advance(HOUR_MS)
  }
})

test('the endpoint, tried at addresses that are not meant to answer', async () => {
  const server = createServer((_, response) => response.end())
  // All addresses of 127/8 are this machine's; one of them plays the stranger's way in.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve))
  const { port } = server.address() as AddressInfo
  try {
    assert.is(await accepts('127.0.0.2', port), true)
    assert.is(await accepts('127.0.0.3', port), false)
    assert.equal(await exposedAt(`http://127.0.0.1:${port}`, ['127.0.0.2', '127.0.0.3']), ['127.0.0.2'])
    assert.equal(await exposedAt(`http://192.0.2.1:${port}`, ['127.0.0.2']), [], 'a node on another machine')
    const url = `http://127.0.0.1:${port}`
    const addresses = (): readonly string[] => ['127.0.0.2']
    assert.equal(await setUp({ url }, { addresses }).codes(), ['workload-exposed'])
    assert.equal(await setUp({ url, exposed: true }, { addresses }).codes(), [])
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
  assert.equal(endpointOf('https://[::1]/key'), { host: '::1', port: 443 })
  assert.is(endpointOf('nonsense'), undefined)
})

test('the clock, by beacons and by what others call the time', async () => {
  const clock = createManualClock(1e12)
  const told = new Map<string, number>()
  const offset = createClockOffset(clock, async (url) => told.get(url))
  assert.is(offset.offsetMs(), undefined)
  offset.arrived(clock.now() - 900)
  offset.arrived(clock.now() - 300)
  assert.is(offset.offsetMs(), 300, 'the least delay')
  offset.arrived(clock.now() + 4_000)
  assert.is(offset.offsetMs(), -4_000, 'a round before it was due: we are behind')
  told
    .set('a', clock.now() - 5_500)
    .set('b', clock.now() - 5_000)
    .set('c', clock.now() + 999_000)
  await offset.ask(['a', 'b', 'c', 'silent'], never)
  assert.is(offset.offsetMs(), 4_500, 'the middle one: no single liar decides')
})

test('the Date of an answer', async () => {
  const server = createServer((_, response) => response.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const at = await fetchDate(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, never)
    assert.ok(at !== undefined && at % 1000 === 0)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test.run()
