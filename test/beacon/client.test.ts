// The client on a fake clock: following, offers, lookups, stalls, halts, floods, close.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createBeaconClient } from '../../src/beacon/client.ts'
import type { BeaconClient } from '../../src/beacon/client.ts'
import { MAX_REQUESTS, MAX_WAITS } from '../../src/beacon/lookups.ts'
import { createRace } from '../../src/beacon/race.ts'
import { createScores } from '../../src/beacon/scores.ts'
import { REMEMBERED_ROUNDS } from '../../src/beacon/verify.ts'
import * as relays from '../support/fault-relays.ts'
import type { FakeRelay } from '../support/fault-relays.ts'
import { codeRejected } from '../support/faults.ts'
import { createLocal } from '../support/local-beacons.ts'
import type { Local } from '../support/local-beacons.ts'
import { settle } from '../support/manual-clock.ts'

const test = suite('beacon client')

interface Running {
  readonly client: BeaconClient
  readonly local: Local
  readonly heard: string[]
  readonly errors: string[]
}

const start = (local: Local, list: readonly FakeRelay[], delayMs = 0, fetchDelayMs = () => delayMs): Running => {
  const { chain, clock, verifier } = local
  const heard: string[] = []
  const errors: string[] = []
  const scores = createScores(
    list.map((relay) => relay.url),
    clock.now,
  )
  const race = createRace({ relays: list, clock, verifier, scores, confirm: async () => undefined })
  const quiet = (): void => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: (message: string) => void errors.push(message) }
  const client = createBeaconClient({ chain, fetchDelayMs }, { clock, log, verifier, race, scores })
  client.onBeacon((beacon, source) => heard.push(`${beacon.round} ${source}`))
  return { client, local, heard, errors }
}

const stop = async ({ client, local }: Running): Promise<void> => {
  await client.close()
  assert.is(local.clock.pending(), 0, 'no timer is left')
}

test('announces each round once, as it becomes due', async () => {
  const local = await createLocal()
  const running = start(local, [relays.honest('a', local)])
  await local.clock.advance(3_000)
  assert.equal(running.heard, ['10 relay', '11 relay', '12 relay', '13 relay'])
  assert.is(running.client.latest()?.round, 13)
  await stop(running)
})

test('a round the mesh delivers in time is not fetched', async () => {
  const local = await createLocal()
  const relay = relays.honest('a', local)
  const running = start(local, [relay], 400)
  await local.clock.advance(500)
  for (const round of [11, 12]) {
    await local.clock.advance(500)
    assert.is((await running.client.offer(local.claim(round))).round, round)
    await local.clock.advance(500)
  }
  assert.equal(relay.asked, [10])
  assert.equal(running.heard, ['10 relay', '11 offer', '12 offer'])
  await stop(running)
})

test('a round that is offered while relays hang ends the request for it', async () => {
  const local = await createLocal()
  const relay = relays.hanging('a', local)
  const running = start(local, [relay])
  await local.clock.advance(100)
  await running.client.offer(local.claim(10))
  await running.client.offer(local.claim(10))
  await settle()
  assert.equal(running.heard, ['10 offer'])
  assert.is(running.client.relays()[0]?.counters.cancelled, 1)
  await stop(running)
})

test('forged, future and long past offers are refused and change nothing', async () => {
  const local = await createLocal()
  await local.clock.advance(2_000_000)
  const other = await createLocal(2)
  const running = start(local, [relays.honest('a', local)])
  await local.clock.advance(100)
  const { client } = running
  const now = client.latest()?.round ?? 0
  assert.ok(now > REMEMBERED_ROUNDS)
  const cases: readonly (readonly [string, Parameters<BeaconClient['offer']>[0]])[] = [
    ['beacon-signature', { ...local.claim(now), round: now - 1 }],
    ['beacon-signature', other.claim(now - 1)],
    ['beacon-future', local.claim(now + 5)],
    ['beacon-stale', local.claim(now - REMEMBERED_ROUNDS)],
    ['beacon-signature-length', { round: now, signature: new Uint8Array(47) }],
  ]
  for (const [code, claim] of cases) assert.is(await codeRejected(client.offer(claim)), code, `round ${claim.round}`)
  assert.equal(running.heard, [`${now} relay`])
  await stop(running)
})

test('after a stall it asks for the newest round only, older ones on demand', async () => {
  const local = await createLocal()
  const relay = relays.honest('a', local)
  const running = start(local, [relay])
  await local.clock.advance(100)
  const skipped = running.client.get(500)
  await local.clock.jump(1_000_000)
  assert.equal(relay.asked, [10, 1010, 500])
  assert.is((await skipped).round, 500)
  assert.is((await running.client.get(700)).round, 700)
  assert.equal(running.heard, ['10 relay', '1010 relay', '500 relay', '700 relay'])
  assert.is((await running.client.get(700)).round, 700, 'remembered')
  assert.equal(relay.asked, [10, 1010, 500, 700])
  await stop(running)
})

test('a halted chain leaves work waiting; it resumes by itself', async () => {
  const local = await createLocal()
  let halted = true
  const relay = relays.honest('a', local)
  const halting: FakeRelay = {
    ...relay,
    fetch: (round, signal) => (halted ? Promise.reject(new Error('halted')) : relay.fetch(round, signal)),
  }
  const running = start(local, [halting])
  const waiting = running.client.get(12)
  await local.clock.advance(60_000)
  assert.is(running.client.latest(), undefined)
  const tries = running.client.relays()[0]?.counters.failed ?? 0
  assert.ok(tries >= 20 && tries <= 250, `retries are paced: ${tries} in a minute, two rounds wanted`)
  halted = false
  await local.clock.advance(3_000)
  assert.is((await waiting).round, 12)
  assert.ok((running.client.latest()?.round ?? 0) >= 72)
  await stop(running)
})

test('relays behind our clock still give their newest', async () => {
  const local = await createLocal()
  const running = start(local, [relays.honest('a', local, 4)])
  await local.clock.advance(10_000)
  const round = running.client.latest()?.round ?? 0
  assert.ok(round >= 13 && round <= 16, `round ${round} of 20 with relays four behind`)
  await stop(running)
})

test('a future round is waited for and fetched by the head alone, once for all who ask', async () => {
  const local = await createLocal()
  const relay = relays.honest('a', local)
  const running = start(local, [relay])
  const waits = [1, 2, 3].map(() => running.client.get(12))
  await local.clock.advance(2_000)
  for (const beacon of await Promise.all(waits)) assert.is(beacon.round, 12)
  assert.equal(relay.asked, [10, 11, 12])
  await stop(running)
})

test('lookups are shared, bounded, and go on past rounds nobody has', async () => {
  const local = await createLocal()
  await local.clock.advance(100_000)
  const relay = relays.honest('a', local)
  const missing = (round: number | 'latest'): boolean => round !== 'latest' && round <= 20
  const partial: FakeRelay = {
    ...relay,
    fetch: (round, signal) => (missing(round) ? Promise.reject(new Error('pruned')) : relay.fetch(round, signal)),
  }
  const running = start(local, [partial])
  const abort = new AbortController()
  const lost = Array.from({ length: 20 }, (_, index) =>
    running.client.get(index + 1, abort.signal).then(String, String),
  )
  const found = running.client.get(50)
  await local.clock.advance(10_000)
  assert.is((await found).round, 50)
  assert.ok(relay.mostOpen() <= MAX_REQUESTS + 1, `${relay.mostOpen()} open at once`)
  abort.abort(new Error('gave up'))
  assert.equal(new Set(await Promise.all(lost)), new Set(['Error: gave up']))
  await stop(running)
})

test('too many waits are refused', async () => {
  const local = await createLocal()
  const running = start(local, [relays.hanging('a', local)])
  const waits = Array.from({ length: MAX_WAITS }, (_, index) => codeRejected(running.client.get(1_000 + index)))
  assert.is(await codeRejected(running.client.get(5_000)), 'beacons-busy')
  await stop(running)
  assert.equal(new Set(await Promise.all(waits)), new Set(['beacons-closed']))
})

test('nonsense is refused, an aborted signal heeded', async () => {
  const local = await createLocal()
  const running = start(local, [relays.honest('a', local)])
  for (const round of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    assert.is(await codeRejected(running.client.get(round)), 'beacon-round', String(round))
  }
  const aborted = AbortSignal.abort(new Error('before'))
  assert.is(await running.client.get(11, aborted).then(String, String), 'Error: before')
  await stop(running)
})

test('a listener that throws neither stops the others nor the client', async () => {
  const local = await createLocal()
  const running = start(local, [relays.honest('a', local)])
  const rounds: number[] = []
  running.client.onBeacon(() => {
    throw new Error('mine')
  })
  const unsubscribe = running.client.onBeacon((beacon) => rounds.push(beacon.round))
  await local.clock.advance(1_000)
  unsubscribe()
  await local.clock.advance(1_000)
  assert.equal(rounds, [10, 11])
  assert.equal(running.errors.length, 3)
  await stop(running)
})

test('a wiring whose delay throws is told, and lookups go on', async () => {
  const local = await createLocal()
  const broken = (): number => {
    throw new Error('mine')
  }
  const running = start(local, [relays.honest('a', local)], 0, broken)
  const found = running.client.get(3)
  await local.clock.advance(10_000)
  assert.is((await found).round, 3)
  assert.ok(running.errors.length >= 1 && running.errors.length <= 10, `${running.errors.length} errors in 10 s`)
  await stop(running)
})

test('after close everything says so', async () => {
  const local = await createLocal()
  const running = start(local, [relays.hanging('a', local)])
  const waiting = codeRejected(running.client.get(11))
  await stop(running)
  assert.is(await waiting, 'beacons-closed')
  assert.is(await codeRejected(running.client.get(3)), 'beacons-closed')
  assert.is(await codeRejected(running.client.offer(local.claim(10))), 'beacons-closed')
})

test('before genesis it waits; the first round is the first thing heard', async () => {
  const local = await createLocal(1, -40 * 86_400) // longer than a timer can be set for
  const running = start(local, [relays.honest('a', local)])
  await local.clock.jump(40 * 86_400_000 - 1_500)
  assert.equal(running.heard, [])
  await local.clock.advance(3_000)
  assert.equal(running.heard, ['1 relay', '2 relay'])
  await stop(running)
})

test.run()
