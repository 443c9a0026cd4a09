// Slow and flapping endpoints are asked last, for a while, and come back: the numbers by themselves on a clock of the test's
// own, and a provider over real endpoints whose answers take as long as that clock is told.
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDemotions } from '../../src/chain/demotion.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import type { Log } from '../../src/core/ports.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { silentLog } from '../support/anvil-network.ts'
import { startRpcDouble } from '../support/rpc-double.ts'
import type { RpcDouble } from '../support/rpc-double.ts'

const LIMIT_MS = 10_000
const MINUTE = 60_000

const pure = suite('chain/demotion')

const create = (count: number) => {
  const clock = { now: 0 }
  return { clock, demotions: createDemotions(count, LIMIT_MS, () => clock.now) }
}

pure('two failures in a row, or every second, are flapping; every fourth is not', () => {
  for (const [row, code] of [
    ['FF', 'rpc-flapping'],
    ['FAFA', undefined],
    ['FAFAF', 'rpc-flapping'],
    ['FAAAFAAAFAAAFAAAFAAAF', undefined],
  ] as const) {
    const { demotions } = create(2)
    for (const sign of row)
      if (sign === 'F') demotions.failed(0)
      else demotions.answered(0, 10)
    assert.is(demotions.of(0).code, code, row)
  }
})

pure('slow is several times slower than the fastest of the others, above a floor', () => {
  const { demotions } = create(3)
  demotions.answered(1, 100)
  demotions.answered(2, 900)
  assert.is(demotions.answered(0, 450), undefined, 'below the floor')
  for (let i = 0; i < 20; i++) demotions.answered(0, 700)
  assert.is(demotions.of(0).code, 'rpc-slow')
  assert.is(demotions.of(2).code, 'rpc-slow', 'judged by its own answer')
})

pure('with nothing known of the others half of the time limit is slow', () => {
  const { demotions } = create(2)
  assert.is(demotions.answered(0, 4_000), undefined)
  assert.is(demotions.answered(0, 9_900), 'rpc-slow')
})

pure('a demotion ends by itself, is twice as long on probation, and is forgotten after enough good answers', () => {
  const { clock, demotions } = create(2)
  const lasts = (): number => {
    const from = clock.now
    while (demotions.of(0).code !== undefined) clock.now += 1_000
    return clock.now - from
  }
  demotions.failed(0)
  assert.is(demotions.failed(0), 'rpc-flapping')
  assert.is(lasts(), MINUTE)
  assert.is(demotions.failed(0), 'rpc-flapping', 'one is enough now')
  assert.is(lasts(), 2 * MINUTE)
  for (let i = 0; i < 8; i++) demotions.answered(0, 10)
  assert.is(demotions.failed(0), undefined, 'like any other again')
  for (let times = 0; times < 20; times++) {
    demotions.failed(0)
    demotions.failed(0)
    assert.ok(lasts() <= 16 * MINUTE)
  }
})

pure('whatever happens: latency stays within the limit, one alone is never demoted, a demotion ends', () => {
  const step = fc.record({
    endpoint: fc.nat(2),
    tookMs: fc.option(fc.double({ min: -5, max: 1e9, noNaN: true }), { nil: undefined }),
    waitMs: fc.nat(200_000),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 80 }), (count, steps) => {
      const { clock, demotions } = create(count)
      for (const { endpoint, tookMs, waitMs } of steps) {
        const at = endpoint % count
        const code = tookMs === undefined ? demotions.failed(at) : demotions.answered(at, tookMs)
        const told = demotions.of(at)
        if (code !== undefined) assert.is(told.code, code)
        if (count === 1) assert.is(told.code, undefined)
        assert.ok((told.latencyMs ?? 0) >= 0 && (told.latencyMs ?? 0) <= LIMIT_MS, `${told.latencyMs}`)
        clock.now += waitMs
      }
      clock.now += 16 * MINUTE
      for (let at = 0; at < count; at++) assert.is(demotions.of(at).code, undefined)
    }),
  )
})

pure.run()

const test = suite('chain/demotion: real endpoints')
let anvil: Anvil
let doubles: RpcDouble[] = []
let nowMs = 0

test.before(async () => {
  anvil = await startAnvil()
})
test.after.each(async () => {
  for (const double of doubles) await double.stop()
})
test.after(async () => {
  await anvil.stop()
})

async function connect() {
  doubles = [await startRpcDouble(anvil.url), await startRpcDouble(anvil.url)]
  const [first, second] = doubles as [RpcDouble, RpcDouble]
  const warned: string[] = []
  const log: Log = {
    ...silentLog,
    warn: (_, fields) => void warned.push(fields && 'code' in fields ? String(fields.code) : ''),
  }
  const options = { urls: [first.url, second.url], timeoutMs: LIMIT_MS }
  const provider = await connectRpc(options, { now: () => nowMs, log })
  /** Who was asked the next question. */
  const asks = async (): Promise<string> => {
    const before = [first.requests, second.requests] as const
    await provider.getBlockNumber()
    return [...(first.requests > before[0] ? ['first'] : []), ...(second.requests > before[1] ? ['second'] : [])].join()
  }
  return { first, second, provider, warned, asks }
}

/** Answers, `ms` later by the test's clock. */
const after = (ms: number) => (): undefined => {
  nowMs += ms
}

test('one that became slow is asked last, and first again when the other becomes slow after its time', async () => {
  const { first, second, provider, warned, asks } = await connect()
  assert.is(await asks(), 'first')
  first.twists = after(7_000)
  while (warned.length === 0) await asks()
  assert.equal(warned, ['rpc-slow'])
  assert.is(await asks(), 'second')
  const told = provider.endpoints().map(({ demoted }) => demoted)
  assert.equal(told, ['rpc-slow', undefined])
  first.twists = undefined
  nowMs += MINUTE
  assert.is(provider.endpoints()[0]?.demoted, undefined, 'on probation')
  assert.is(await asks(), 'second', 'what works is not left without need')
  second.twists = after(7_000)
  while (warned.length === 1) await asks()
  assert.is(await asks(), 'first')
  assert.equal(warned, ['rpc-slow', 'rpc-slow'])
})

test('one that flaps is asked last, still serves when no other does, and has a code', async () => {
  const { first, second, provider, warned, asks } = await connect()
  assert.is(await asks(), 'first')
  second.wrong = (response) => response.writeHead(503).end('{}')
  for (let i = 0; warned.length === 0 && i < 20; i++) {
    // Every second request to the first fails; the second is of no help, so both are asked in turn.
    first.wrong = i % 2 === 0 ? (response) => response.destroy() : undefined
    await provider.getBlockNumber().catch(() => undefined)
    nowMs += 100
  }
  assert.ok(warned.includes('rpc-flapping'))
  first.wrong = undefined
  await provider.getBlockNumber()
  const [one, other] = provider.endpoints()
  assert.is(one?.lastCode, 'rpc-no-connection')
  assert.is(other?.lastCode, 'rpc-status')
  assert.ok([one?.demoted, other?.demoted].includes('rpc-flapping'))
})

test('comparison measures those that nobody asks', async () => {
  doubles = [await startRpcDouble(anvil.url), await startRpcDouble(anvil.url)]
  const [first, second] = doubles as [RpcDouble, RpcDouble]
  const compare = { everyMs: 1_000, depth: 1, lagBlocks: 5 }
  const provider = await connectRpc(
    { urls: [first.url, second.url], timeoutMs: LIMIT_MS, compare },
    { now: () => nowMs },
  )
  await provider.getBlockNumber()
  assert.is(typeof provider.endpoints()[1]?.latencyMs, 'number')
  second.wrong = (response) => response.destroy()
  const isDemoted = (): boolean => provider.endpoints()[1]?.demoted === 'rpc-flapping'
  for (let i = 0; i < 200 && !isDemoted(); i++) {
    nowMs += compare.everyMs
    await provider.getBlockNumber()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.ok(isDemoted())
  assert.is(provider.endpoints()[1]?.state, 'silent')
})

test.run()
