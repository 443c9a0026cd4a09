// The supervisor's states on a clock that stands still until told: readiness, health, ever slower restarts, a crash loop, and
// a stop in every state. One life at a time, always.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { silentLog } from '../../src/system.ts'
import { FIRST_DELAY_MS, LAST_DELAY_MS, delayMs } from '../../src/workload/backoff.ts'
import { createSupervisor } from '../../src/workload/supervisor.ts'
import type { SupervisorOptions } from '../../src/workload/supervisor.ts'
import { createFakeNode } from '../support/fake-runner.ts'
import { createManualClock, settle } from '../support/manual-clock.ts'
import { createRandom } from '../support/sim-random.ts'

const test = suite('workload/supervisor')
const HEALTH_MS = 5_000

function setUp(change: Partial<SupervisorOptions> = {}, manages = true) {
  const clock = createManualClock(1_000_000)
  const node = createFakeNode(manages)
  const states: string[] = []
  const state = { occupied: false }
  const supervisor = createSupervisor(
    {
      endpoint: '127.0.0.1:8545',
      job: undefined,
      startMs: 60_000,
      healthMs: HEALTH_MS,
      hangMs: 30_000,
      graceMs: 9_000,
      crashes: 4,
      crashWindowMs: 600_000,
      keep: false,
      ...change,
    },
    {
      clock,
      random: createRandom('supervisor').bytes,
      log: silentLog,
      runner: node.runner,
      workload: node.workload,
      occupied: async () => state.occupied,
      watch: {
        look: async () => undefined,
        view: () => ({ usage: undefined, disk: undefined, clockOffsetMs: undefined, warnings: [] }),
      },
      changed: (now, code) => states.push(code === undefined ? now : `${now} ${code}`),
    },
  )
  return { clock, node, states, state, supervisor }
}

test('starts it, waits for its first answer, looks after its health', async () => {
  const { clock, node, states, supervisor } = setUp()
  assert.is(supervisor.status().state, 'stopped')
  node.silent = 'workload-unreachable'
  supervisor.start()
  await clock.advance(HEALTH_MS * 3)
  assert.equal(states, ['starting'])
  node.silent = undefined
  await clock.advance(HEALTH_MS)
  node.silent = 'workload-timeout'
  await clock.advance(HEALTH_MS)
  node.silent = undefined
  await clock.advance(HEALTH_MS)
  assert.equal(states, ['starting', 'ready', 'unhealthy workload-timeout', 'ready'])
  const { state, since, pid, starts, answer, endpoint } = supervisor.status()
  assert.equal([state, pid, starts, answer?.headNumber, endpoint], ['ready', 4242, 1, 7, '127.0.0.1:8545'])
  assert.is(since, clock.now())
  const stopped = supervisor.stop()
  await settle()
  await stopped
  assert.equal(states.slice(-2), ['stopping', 'stopped'])
  assert.equal(node.lines, ['start', 'stop 9000'])
  assert.is(clock.pending(), 0, 'nothing is left to happen')
})

test('what never answers, and what answers no more, is ended and started again', async () => {
  const { clock, node, states, supervisor } = setUp()
  node.silent = 'workload-unreachable'
  supervisor.start()
  await clock.advance(60_000)
  assert.equal(states, ['starting', 'backing-off workload-not-ready'])
  node.silent = undefined
  await clock.advance(FIRST_DELAY_MS)
  assert.is(supervisor.status().state, 'ready')
  node.silent = 'workload-timeout'
  await clock.advance(30_000 + HEALTH_MS)
  assert.ok(states.includes('backing-off workload-hung'), states.join())
  assert.is(node.alive() + Number(supervisor.status().state === 'backing-off'), 1)
  await supervisor.stop()
})

test('restarts come ever more slowly, then not at all: a crash loop is said and ends there', async () => {
  const { clock, node, states, supervisor } = setUp()
  supervisor.start()
  await settle()
  for (let crash = 1; crash <= 4; crash++) {
    assert.is(supervisor.status().state, 'ready', `life ${crash}`)
    node.crash()
    await settle()
    if (crash === 4) break
    const { state, code, retryAt, crashes } = supervisor.status()
    assert.equal([state, code, crashes], ['backing-off', 'workload-exited', crash])
    const delay = (retryAt ?? 0) - clock.now()
    assert.ok(
      delay >= (FIRST_DELAY_MS * 2 ** (crash - 1)) / 2 && delay <= FIRST_DELAY_MS * 2 ** (crash - 1),
      `${delay}`,
    )
    await clock.advance(delay)
  }
  assert.equal([supervisor.status().state, supervisor.status().code], ['crash-looping', 'workload-crash-loop'])
  await clock.advance(3_600_000)
  assert.is(node.lines.filter((line) => line === 'start').length, 4)
  assert.is(states.at(-1), 'crash-looping workload-crash-loop')
  await supervisor.stop()
  assert.is(supervisor.status().state, 'stopped')
})

test('a node that ran well for long is no crash loop, and starts again at once', async () => {
  const { clock, node, supervisor } = setUp()
  supervisor.start()
  for (let life = 0; life < 6; life++) {
    await clock.advance(700_000)
    node.crash()
    await settle()
    const { state, retryAt, crashes } = supervisor.status()
    assert.equal([state, crashes], ['backing-off', 1], `life ${life}`)
    assert.ok((retryAt ?? 0) - clock.now() <= FIRST_DELAY_MS, `life ${life}`)
  }
  await supervisor.stop()
})

test('a command that cannot be run is a crash loop, too', async () => {
  const { clock, node, states, supervisor } = setUp()
  node.refuses = 'workload-start'
  supervisor.start()
  await clock.advance(600_000)
  assert.is(states.at(-1), 'crash-looping workload-crash-loop')
  await supervisor.stop()
})

test('an endpoint that is taken is waited for, for ever, and nothing is started beside it', async () => {
  const { clock, node, state, supervisor } = setUp()
  state.occupied = true
  supervisor.start()
  await clock.advance(7_200_000)
  assert.equal([supervisor.status().state, supervisor.status().code], ['backing-off', 'workload-occupied'])
  assert.equal(node.lines, [])
  state.occupied = false
  await clock.advance(LAST_DELAY_MS)
  assert.is(supervisor.status().state, 'ready')
  await supervisor.stop()
})

test('what an earlier life left running is taken over, not started again', async () => {
  const { clock, node, state, supervisor } = setUp()
  node.left = true
  state.occupied = true // by itself
  supervisor.start()
  await clock.advance(HEALTH_MS)
  assert.equal([supervisor.status().state, supervisor.status().starts], ['ready', 0])
  assert.equal(node.lines, ['find'])
  await supervisor.stop()
})

test('it is left running when it is to be kept, unless it is ended for good', async () => {
  for (const [forGood, ended] of [
    [false, 0],
    [true, 1],
  ] as const) {
    const { node, supervisor } = setUp({ keep: true })
    supervisor.start()
    await settle()
    await supervisor.stop(forGood)
    assert.is(node.lines.filter((line) => line.startsWith('stop')).length, ended)
    assert.is(supervisor.status().state, 'stopped')
  }
})

test('a node of somebody else is watched and never touched', async () => {
  const { clock, node, states, supervisor } = setUp({}, false)
  node.left = true
  node.silent = 'workload-unreachable'
  supervisor.start()
  await clock.advance(3_600_000)
  assert.equal(states, ['starting', 'unhealthy workload-unreachable'])
  node.silent = undefined
  await clock.advance(HEALTH_MS)
  assert.is(supervisor.status().state, 'ready')
  node.left = false
  node.crash() // its pid is gone
  await clock.advance(HEALTH_MS * 2)
  assert.equal(states.slice(-2), ['unhealthy workload-exited', 'unhealthy workload-absent'])
  await supervisor.stop()
  assert.equal(node.lines, ['find', 'stop 9000'], 'which does nothing to it')
})

test('a stop at any moment: nothing lives on, nothing is left to happen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('crash', 'silent', 'answer', 'wait', 'long'), { maxLength: 12 }),
      async (steps) => {
        const { clock, node, supervisor } = setUp()
        supervisor.start()
        for (const step of steps) {
          if (step === 'crash') node.crash()
          else if (step === 'silent') node.silent = 'workload-timeout'
          else if (step === 'answer') node.silent = undefined
          await clock.advance(step === 'long' ? 40_000 : step === 'wait' ? HEALTH_MS : 1)
        }
        const stopped = supervisor.stop()
        await settle()
        await stopped
        assert.equal([node.alive(), clock.pending(), supervisor.status().state], [0, 0, 'stopped'])
      },
    ),
    { numRuns: 40 },
  )
})

test('delays double up to a limit and keep at least half of it', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.string(), (failures, seed) => {
      const whole = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1))
      const delay = delayMs(failures, createRandom(seed).bytes)
      assert.ok(delay >= Math.floor(whole / 2) && delay <= whole, `${delay} of ${whole}`)
    }),
  )
})

test.run()
