// Health: each line turns with what it measures, and with nothing else; a hung outside is noticed and never piles up.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createCheck } from '../../src/api/checks.ts'
import { FRESH_MS } from '../../src/api/health.ts'
import type { ApiSources } from '../../src/api/options.ts'
import { Fault } from '../../src/core/errors.ts'
import { WORKLOAD, ask, startApi, statusNow } from '../support/api.ts'
import { createManualClock, settle } from '../support/manual-clock.ts'

interface Health {
  readonly ok: boolean
  readonly checks: readonly {
    readonly check: string
    readonly ok: boolean
    readonly code?: string
    readonly cause?: string
  }[]
}

const bad = ({ checks }: Health) => checks.filter(({ ok }) => !ok).map(({ check, code, cause }) => [check, code, cause])

const health = suite('api: health')

const NOW = 1_700_000_000_000
const failing = (code: string) => async () => {
  throw new Fault(code, 'out of order')
}
const clocked = createManualClock(NOW)
const status = statusNow(clocked)
const at = (over: Partial<typeof status>): Partial<ApiSources> => ({ status: () => ({ ...status, ...over }) })

const CASES: readonly (readonly [
  what: string,
  sources: Partial<ApiSources>,
  bad: readonly unknown[],
  alive: number,
])[] = [
  ['all is well', at({}), [], 200],
  ['no beacon yet', at({ beacon: undefined }), [['beacon', 'unready-beacon', undefined]], 200],
  [
    'an old beacon',
    at({ beacon: { round: 1, dueAt: NOW - 15_001, periodSeconds: 3 } }),
    [['beacon', 'unready-beacon', undefined]],
    200,
  ],
  ['a beacon of slow rounds', at({ beacon: { round: 1, dueAt: NOW - 100_000, periodSeconds: 30 } }), [], 200],
  ['no peers', at({ mesh: { ...status.mesh, peers: 0 } }), [['mesh', 'unready-mesh', undefined]], 200],
  [
    'no endpoint',
    { ...at({}), chain: failing('rpc-unreachable') },
    [['chain', 'unready-chain', 'rpc-unreachable']],
    200,
  ],
  [
    'a disk that takes nothing',
    { ...at({}), store: failing('store-unreadable') },
    [['store', 'unready-store', 'store-unreadable']],
    503,
  ],
  [
    'a mistake of ours',
    { ...at({}), store: () => Promise.reject(new TypeError('x')) },
    [['store', 'unready-store', 'internal']],
    503,
  ],
  [
    'no workload',
    { ...at({}), workload: failing('workload-timeout') },
    [['workload', 'unready-workload', 'workload-timeout']],
    200,
  ],
  ['no node to run between jobs', { ...at({}), workload: failing('workload-idle') }, [], 200],
  [
    'a workload behind',
    { ...at({}), workload: async () => ({ ...WORKLOAD, syncDistance: 3 }) },
    [['workload', 'unready-syncing', undefined]],
    200,
  ],
]

for (const [what, sources, wanted, alive] of CASES)
  health(what, async () => {
    const { url, stop } = await startApi({ clock: createManualClock(NOW), sources })
    await settle()
    const said = await ask(`${url}/readyz`)
    assert.equal(bad(said.json as Health), wanted)
    assert.is(said.status, wanted.length === 0 ? 200 : 503)
    assert.is((await ask(`${url}/healthz`)).status, alive)
    await stop()
  })

health('what worked once and hangs now is noticed, and asked no second time meanwhile', async () => {
  const clock = createManualClock(NOW)
  let asked = 0
  const chain = () => {
    asked++
    return asked === 1 ? Promise.resolve({ balance: 1n, block: 1 }) : new Promise<never>(() => undefined)
  }
  const sources = { chain, status: () => statusNow(clock) }
  const { url, stop } = await startApi({ clock, sources })
  await settle()
  assert.is((await ask(`${url}/readyz`)).status, 200)
  await clock.advance(60_000)
  assert.equal(bad((await ask(`${url}/readyz`)).json as Health), [['chain', 'unready-chain', 'timeout']])
  await clock.advance(10 * FRESH_MS)
  assert.is(asked, 2)
  await stop()
  assert.is(clock.pending(), 0)
})

health('asking often costs the outside nothing', async () => {
  const clock = createManualClock(NOW)
  let asked = 0
  const chain = async () => {
    asked++
    return { balance: 1n, block: 1 }
  }
  const { url, stop } = await startApi({ clock, sources: { chain } })
  await settle()
  for (let i = 0; i < 20; i++) await ask(`${url}/readyz`)
  assert.is(asked, 1)
  await clock.advance(30_000)
  assert.is(asked, 2)
  await stop()
})

health('an attempt that fails later than it was given up is no success', async () => {
  const clock = createManualClock(NOW)
  const late = Promise.withResolvers<number>()
  const check = createCheck(() => late.promise, { everyMs: 1_000, limitMs: 500 }, clock)
  check.start()
  await clock.advance(600)
  assert.is(check.outcome().failedWith, 'timeout')
  late.resolve(5)
  await settle()
  assert.is(check.outcome().value, undefined)
  check.stop()
  assert.is(clock.pending(), 0)
})

health.run()
