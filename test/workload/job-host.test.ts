// Hosting the node of a job: one at a time, remembered before it is started, ended when the job is over, and no bid while
// there may be no room.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import type { Workload } from '../../src/core/ports.ts'
import type { MarketJob } from '../../src/core/types.ts'
import { silentLog } from '../../src/system.ts'
import { createJobHost } from '../../src/workload/job-host.ts'
import type { HostedNode, JobHostDeps } from '../../src/workload/job-host.ts'
import type { NodeStatus } from '../../src/workload/status.ts'
import { createManualClock, settle } from '../support/manual-clock.ts'
import { codeRejected } from '../support/faults.ts'
import { withFolder } from '../support/nodes.ts'

const test = suite('workload/job-host')
const never = new AbortController().signal
const NOW = 1_700_000_000_000

const jobOf = (id: number, change: Partial<MarketJob> = {}): MarketJob => ({
  id,
  rules: { shortlist: 1, pricing: 'vickrey', reserve: 80n },
  closeRound: 10,
  openRound: 12,
  pickRound: 14,
  requester: '0x00',
  kind: 'ethereum',
  specHash: '0x1234',
  requirements: { cpuMilliGhz: 1, memoryMilliGb: 2, storageMilliGb: 3, durationSeconds: 60 },
  fixedPrice: 100n,
  state: 'awarded',
  deadlineAt: NOW / 1000 + 100,
  rank: 0,
  winner: 5,
  price: 70n,
  openingsHash: undefined,
  took: undefined,
  run: undefined,
  ...change,
})

const standing: Workload = {
  kind: 'ethereum-execution',
  status: async () => {
    const none = new Uint8Array(32)
    return { client: '', network: none, headNumber: 1, headHash: none, peers: 0, syncDistance: 8 }
  },
  proof: async () => undefined,
}

function setUp(folder: string, change: Partial<JobHostDeps> = {}) {
  const clock = createManualClock(NOW)
  const lines: string[] = []
  const state = { node: 'starting', distance: 0, occupied: false }
  const chain = new Map<number, MarketJob>()
  const open = ({ id }: { readonly id: number }): HostedNode => ({
    workload: standing,
    start: () => lines.push(`start ${id}`),
    stop: async (forGood = false) => void lines.push(`stop ${id}${forGood ? ' for good' : ''}`),
    status: () => ({ state: state.node, answer: { syncDistance: state.distance } }) as unknown as NodeStatus,
  })
  const deps: JobHostDeps = {
    clock,
    log: silentLog,
    standing,
    open,
    occupied: async () => state.occupied,
    job: async (id) => chain.get(id),
    ...change,
  }
  const record = join(folder, 'job.json')
  const create = (templates: 'none' | 'ethereum' = 'ethereum') =>
    createJobHost({ kinds: templates === 'none' ? undefined : [templates], record }, deps)
  return { clock, lines, state, chain, record, create }
}

test('without templates the node beside the sidecar is the workload; only another bid of ours is in the way', () =>
  withFolder(async (folder) => {
    const { lines, create } = setUp(folder)
    const host = create('none')
    assert.is(await host.ready(jobOf(1), never), true)
    assert.is(await host.obstacle(jobOf(1), 0), undefined)
    assert.is((await host.obstacle(jobOf(1), 1))?.code, 'no-bid-node-busy')
    assert.equal([lines, host.node()], [[], undefined])
    const far = { ...standing, status: async () => ({ ...(await standing.status(never)), syncDistance: 9 }) }
    assert.is(await setUp(folder, { standing: far }).create('none').ready(jobOf(1), never), false)
  }))

test('the node of a job is written down, started once, and ready when it answers in sync', () =>
  withFolder(async (folder) => {
    const { lines, state, record, create } = setUp(folder)
    const host = create()
    assert.is(await host.ready(jobOf(1), never), false)
    assert.ok(existsSync(record))
    state.node = 'ready'
    state.distance = 9
    assert.is(await host.ready(jobOf(1), never), false)
    state.distance = 8
    assert.is(await host.ready(jobOf(1), never), true)
    assert.equal(lines, ['start 1'])
    assert.is(await codeRejected(host.ready(jobOf(2), never)), 'workload-busy')
    assert.is(await host.ready(jobOf(3, { kind: 'other' }), never), false, 'nobody said how')
  }))

test('what speaks against a bid: no template, a node that runs, one that may have to, a stranger at the endpoint', () =>
  withFolder(async (folder) => {
    const { state, create } = setUp(folder)
    const host = create()
    const codeOf = async (job: MarketJob, rivals = 0): Promise<string | undefined> =>
      (await host.obstacle(job, rivals))?.code
    assert.is(await codeOf(jobOf(1)), undefined)
    assert.is(await codeOf(jobOf(1, { kind: 'other' })), 'no-bid-template')
    assert.is(await codeOf(jobOf(1), 1), 'no-bid-node-busy')
    state.occupied = true
    assert.is(await codeOf(jobOf(1)), 'no-bid-node-busy')
    state.occupied = false
    await host.ready(jobOf(1), never)
    assert.is(await codeOf(jobOf(2)), 'no-bid-node-busy')
  }))

const ENDS: readonly (readonly [why: string, change: Partial<MarketJob>, ended: boolean])[] = [
  ['awarded still', {}, false],
  ['running', { state: 'running' }, false],
  ['its time is over', { state: 'running', deadlineAt: NOW / 1000 }, true],
  ['completed', { state: 'completed' }, true],
  ['refunded', { state: 'refunded' }, true],
  ['unsold', { state: 'unsold' }, true],
  ['somebody else took over', { winner: 6 }, true],
]
for (const [why, change, ended] of ENDS)
  test(`the end of a job: ${why}`, () =>
    withFolder(async (folder) => {
      const { lines, chain, record, create } = setUp(folder)
      const host = create()
      await host.ready(jobOf(1), never)
      chain.set(1, jobOf(1, change))
      host.tick()
      await settle()
      assert.equal(lines, ended ? ['start 1', 'stop 1 for good'] : ['start 1'])
      assert.is(existsSync(record), !ended)
      assert.is(host.node() === undefined, ended)
      assert.is((await host.obstacle(jobOf(2), 0)) === undefined, ended)
    }))

test('it ends in time although the chain is silent by then', () =>
  withFolder(async (folder) => {
    const world = setUp(folder)
    world.chain.set(1, jobOf(1, { state: 'running' }))
    const host = world.create()
    await host.ready(jobOf(1), never)
    host.tick()
    await settle()
    await host.stop()
    assert.equal(world.lines, ['start 1', 'stop 1'], 'the sidecar stops; the job goes on')

    const gone = setUp(folder, { job: () => Promise.reject(new Fault('rpc-unreachable', 'no')) })
    const next = gone.create()
    next.resume()
    next.tick()
    await settle()
    assert.equal(gone.lines, ['start 1'], 'found again')
    await gone.clock.advance(100_000)
    next.tick()
    await settle()
    assert.equal(gone.lines, ['start 1', 'stop 1 for good'])
  }))

test.run()
