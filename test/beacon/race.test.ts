// The race among relays with every fault: the beacon arrives, the standings tell who did what.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { confirmWithDrandClient } from '../../src/beacon/confirm.ts'
import { createRace, REQUEST_TIMEOUT_MS, STAGGER_MS } from '../../src/beacon/race.ts'
import type { Race, RaceDeps, Wanted } from '../../src/beacon/race.ts'
import { createScores } from '../../src/beacon/scores.ts'
import type { Scores } from '../../src/beacon/scores.ts'
import type { Beacon } from '../../src/core/types.ts'
import { Fault } from '../../src/core/errors.ts'
import * as relays from '../support/fault-relays.ts'
import type { FakeRelay } from '../support/fault-relays.ts'
import { codeRejected } from '../support/faults.ts'
import { createLocal } from '../support/local-beacons.ts'
import type { Local } from '../support/local-beacons.ts'

const test = suite('beacon race')
const other = await createLocal(2)

interface Setup {
  readonly race: Race
  readonly scores: Scores
  readonly local: Local
}

const setUp = (
  local: Local,
  list: readonly FakeRelay[],
  confirm: RaceDeps['confirm'] = async () => undefined,
): Setup => {
  const { clock, verifier } = local
  const scores = createScores(
    list.map((relay) => relay.url),
    clock.now,
  )
  return { race: createRace({ relays: list, clock, verifier, scores, confirm }), scores, local }
}

const never = new AbortController().signal

/** Runs the clock until the fetch is over. */
const finish = async <T>(local: Local, promise: Promise<T>): Promise<T> => {
  const state = { over: false }
  const end = promise.finally(() => (state.over = true))
  end.catch(() => undefined)
  for (let step = 0; step < 100 && !state.over; step++) await local.clock.advance(100)
  assert.ok(state.over, 'the fetch did not end within 10 s of its clock')
  return end
}

const fetch = ({ race, local }: Setup, wanted: Wanted): Promise<Beacon> => finish(local, race.fetch(wanted, never))

const outcome = ({ scores }: Setup, url: string) => scores.standings().find((standing) => standing.url === url)

for (const [kind, counted] of [
  ['forging', 'lied'],
  ['stale', 'lied'],
  ['future', 'lied'],
  ['wrongChain', 'lied'],
  ['dead', 'failed'],
  ['hanging', 'cancelled'],
  ['slow', 'cancelled'],
  ['behind', 'behind'],
] as const) {
  test(`a relay that is ${kind} changes nothing but its standing`, async () => {
    const local = await createLocal()
    const make: Record<typeof kind, () => FakeRelay> = {
      forging: () => relays.forging('bad', local),
      stale: () => relays.stale('bad', local),
      future: () => relays.future('bad', local),
      wrongChain: () => relays.wrongChain('bad', local, other),
      dead: () => relays.dead('bad', local),
      hanging: () => relays.hanging('bad', local),
      slow: () => relays.slow('bad', local, 2_000),
      behind: () => relays.honest('bad', local, 5),
    }
    const setup = setUp(local, [make[kind](), relays.honest('good', local)])
    const startedAt = local.clock.now()
    assert.is((await fetch(setup, { round: 7 + Number(kind === 'behind') * 3 })).round, kind === 'behind' ? 10 : 7)
    assert.ok(local.clock.now() - startedAt <= STAGGER_MS + 100, 'no later than one stagger')
    assert.is(outcome(setup, 'bad')?.counters[counted], 1, JSON.stringify(outcome(setup, 'bad')))
    assert.is(outcome(setup, 'good')?.counters.served, 1)
    assert.is(setup.scores.ranking()[0], 'good', 'next time the good one is asked first')
    assert.is(local.clock.pending(), 0, 'no timer is left')
  })
}

test('the best relay alone is asked while it answers in time', async () => {
  const local = await createLocal()
  const list = [relays.honest('a', local), relays.honest('b', local)]
  await fetch(setUp(local, list), { round: 3 })
  assert.equal(
    list.map((relay) => relay.asked),
    [[3], []],
  )
})

test('a liar is asked last for a long time, then forgiven', async () => {
  const local = await createLocal()
  const liar = relays.forging('liar', local)
  const setup = setUp(local, [liar, relays.slow('slow', local, 200)])
  await fetch(setup, { round: 3 })
  await local.clock.advance(30 * 60_000)
  assert.equal(setup.scores.ranking(), ['slow', 'liar'])
  await local.clock.advance(3 * 3_600_000)
  assert.equal(setup.scores.ranking(), ['liar', 'slow'])
})

test('the newest must be newer than what we have', async () => {
  const local = await createLocal()
  const setup = setUp(local, [relays.stale('stale', local), relays.honest('good', local)])
  assert.is((await fetch(setup, { newerThan: 5 })).round, 10)
  assert.is(outcome(setup, 'stale')?.counters.behind, 1)
})

test('when every relay fails, the fault names each reason', async () => {
  const local = await createLocal()
  const setup = setUp(local, [relays.forging('a', local), relays.dead('b', local), relays.hanging('c', local)])
  const startedAt = local.clock.now()
  try {
    await fetch(setup, { round: 3 })
    assert.unreachable()
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'beacon-unavailable', String(error))
    assert.is(error.data['faults'], 'beacon-signature relay-failed relay-timeout')
  }
  assert.ok(local.clock.now() - startedAt <= REQUEST_TIMEOUT_MS + 2 * STAGGER_MS + 100)
  assert.is(outcome(setup, 'c')?.counters.timeout, 1)
})

test('abort ends the race at once and asks nobody else', async () => {
  const local = await createLocal()
  const list = [relays.hanging('a', local), relays.honest('b', local)]
  const setup = setUp(local, list)
  const abort = new AbortController()
  const fetching = setup.race.fetch({ round: 3 }, abort.signal)
  const code = fetching.then(String, String)
  abort.abort(new Error('enough'))
  assert.is(await code, 'Error: enough')
  await local.clock.advance(10_000)
  assert.equal(list[1]?.asked, [])
  assert.is(await setup.race.fetch({ round: 3 }, abort.signal).then(String, String), 'Error: enough', 'aborted before')
})

test('the first beacon is confirmed by drand-client, later ones are not', async () => {
  const local = await createLocal()
  let confirmed = 0
  const setup = setUp(local, [relays.honest('a', local)], async (info, claim) => {
    confirmed++
    await confirmWithDrandClient(info, claim)
  })
  for (const round of [3, 4, 5]) assert.is((await setup.race.fetch({ round }, never)).round, round, `round ${round}`)
  assert.is(confirmed, 1)
})

test("drand-client's refusal is a fault of the installation, and no relay's", async () => {
  const local = await createLocal()
  const wrong = { ...local.claim(3), round: 4 }
  const setup = setUp(local, [relays.honest('a', local)], (info) => confirmWithDrandClient(info, wrong))
  const error = console.error
  console.error = () => undefined // drand-client tells its reason there
  try {
    assert.is(await codeRejected(setup.race.fetch({ round: 3 }, never)), 'beacon-verifiers-disagree')
    assert.is(await codeRejected(setup.race.fetch({ round: 3 }, never)), 'beacon-verifiers-disagree', 'and stays one')
  } finally {
    console.error = error
  }
  assert.is(outcome(setup, 'a')?.counters.served, 2)
})

test.run()
