// The promises of docs/protocol.md section 12 about the world: partitions, drand, the chain, and crashes at any instant.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { periodStart, phaseRounds } from '../../src/core/clock.ts'
import { RevealBody, isKind } from '../../src/core/records.ts'
import { decodeSecret } from '../../src/audit/report.ts'
import { toHex } from '../../src/core/bytes.ts'
import { assertSignedOnce, eventsOf, leavesOf, nodeAt, stuckCodes } from '../support/sim-checks.ts'
import { createRandom } from '../support/sim-random.ts'
import { simulate } from '../support/sim-network.ts'
import { SIM_SCHEDULE } from '../support/sim-scenario.ts'
import type { SimNetwork } from '../support/sim-network.ts'

const test = suite('sim: a hostile world')

const posted = (sim: SimNetwork): number[] => sim.ledger.posted.map(({ period }) => period)
const startOf = (period: number): number => periodStart(SIM_SCHEDULE, period)

test('partition with a quorum on one side: that side certifies, the other catches up', async () => {
  const side = [0, 1, 2]
  const sim = simulate({ seed: 41, nodes: 10, partition: { side, from: startOf(1), to: startOf(2) } })
  await sim.through(1)
  assert.equal(posted(sim), [0, 1])
  for (const index of side)
    assert.not(
      sim.nodes[index]?.events.some((event) => event.type === 'certified' && event.period === 1),
      `node ${index} could not certify`,
    )
  await sim.through(2)
  assert.equal(posted(sim), [0, 1, 2])
  for (const node of sim.nodes) {
    assert.is(eventsOf(node, 'posted').length, 3, `node ${node.index} knows all three`)
    assert.ok(
      eventsOf(node, 'voted').some(({ period }) => period === 2),
      `node ${node.index} votes again: it has the leaves of the base`,
    )
  }
  assertSignedOnce(sim)
})

test('partition without a quorum anywhere: nobody certifies; afterwards it goes on', async () => {
  const side = [0, 1, 2, 3, 4]
  const sim = simulate({ seed: 42, nodes: 10, partition: { side, from: startOf(1), to: startOf(2) } })
  await sim.through(1)
  assert.equal(posted(sim), [0])
  await sim.through(2)
  assert.ok(posted(sim).includes(2))
  assertSignedOnce(sim)
})

test('drand halts: work waits, what missed its phase is void, the next period is whole', async () => {
  for (const from of [2, 5, 7, 11]) {
    const halt = { from: startOf(1) + from, to: startOf(2) - 1 }
    const sim = simulate({ seed: 43, nodes: 8, halt })
    await sim.untilRound(halt.to)
    const before = sim.trace.length
    await sim.through(3)
    assert.ok(sim.trace.length > before, `halt at +${from}: it resumed`)
    assert.ok(posted(sim).includes(2) && posted(sim).includes(3), `halt at +${from}: ${String(posted(sim))}`)
    assertSignedOnce(sim)
  }
})

test('the chain is unreachable while a period is certified: posting waits and happens', async () => {
  const sim = simulate({ seed: 44, nodes: 8 })
  await sim.untilRound(startOf(1) + 3)
  for (const { index } of sim.nodes) sim.ledger.unreachable.add(index)
  await sim.untilRound(startOf(1) + phaseRounds(SIM_SCHEDULE, 0).certify - SIM_SCHEDULE.genesisRound + 4)
  assert.equal(posted(sim), [0])
  assert.ok(eventsOf(nodeAt(sim, 0), 'certified').length === 2, 'certified without the chain')
  sim.ledger.unreachable.clear()
  await sim.through(2)
  assert.equal(posted(sim), [0, 1, 2])
  assert.ok(stuckCodes(sim).has('ledger/rpc-unreachable'), 'and it was said')
})

test('the endpoints of f members are dead: the others certify and post', async () => {
  const sim = simulate({ seed: 45, nodes: 8 })
  await sim.untilRound(startOf(0) + 1)
  for (const index of [0, 4]) sim.ledger.unreachable.add(index)
  await sim.through(1)
  assert.equal(posted(sim), [0, 1])
})

test('a reorganisation takes a period back: it is posted again', async () => {
  const sim = simulate({ seed: 46, nodes: 8 })
  await sim.through(1)
  const taken = sim.ledger.posted.at(-1)
  sim.ledger.reorganise()
  assert.equal(posted(sim), [0])
  await sim.untilRound(startOf(2) + 2)
  assert.equal(sim.ledger.posted.at(-1), taken, 'the same result by the same certificate')
  await sim.through(2)
  assert.equal(posted(sim), [0, 1, 2])
  assertSignedOnce(sim)
})

test('killed and restarted at random moments: nothing is signed twice, no salt is lost', async () => {
  for (const seed of [51, 52, 53, 54]) {
    const dice = createRandom(`crash ${seed}`)
    const sim = simulate({ seed, nodes: 7 })
    for (const index of [2, 5]) {
      const node = nodeAt(sim, index)
      const at = sim.clock.now() + (startOf(0) + dice.below(28)) * 3_000 + dice.below(3_000)
      sim.clock.at(at, () => {
        node.kill()
        sim.clock.at(sim.clock.now() + 1_000 + dice.below(6_000), () => node.restart())
      })
    }
    await sim.through(2)
    assert.equal(posted(sim), [0, 1, 2], `seed ${seed}`)
    assertSignedOnce(sim)
    assertNoSaltLost(sim)
  }
})

test('dying before and after every single journal write of a period', async () => {
  // Seal: secret and record; reveal; two statements; a vote; perhaps a proposal.
  for (const nth of [1, 2, 3, 4, 5, 6])
    for (const when of ['before', 'after'] as const) {
      const sim = simulate({ seed: 60 + nth, nodes: 7 })
      const node = nodeAt(sim, 3)
      let died = 0
      node.disk.killAt(nth, when, () => {
        died++
        node.kill()
        sim.clock.at(sim.clock.now() + 500, () => node.restart())
      })
      await sim.through(1)
      const label = `death ${when} write ${nth}`
      assert.is(died, 1, `${label} happened`)
      assert.equal(posted(sim), [0, 1], label)
      assertSignedOnce(sim)
      assertNoSaltLost(sim)
      const leaf = (await leavesOf(sim, 1))[3]
      // Before its secret is on disk a report exists in memory only: that period it has nothing to seal.
      const lost = nth === 1 && when === 'before'
      assert.is(leaf?.diligenceSum, lost ? 10_000 : 20_000, `${label}: seal and reveal came in time all the same`)
    }
})

test('state stays bounded: what is older than the evidence window is forgotten', async () => {
  const sim = simulate({ seed: 70, nodes: 5, schedule: { evidencePeriods: 3 } })
  await sim.through(4)
  const sizes = async (): Promise<number[]> =>
    Promise.all(
      sim.nodes.map(async ({ disk }) => {
        const units = await Promise.all(Array.from({ length: 12 }, (_, unit) => disk.evidence.ofUnit(unit)))
        return units.filter((records) => records.length > 0).length
      }),
    )
  assert.equal(await sizes(), Array<number>(5).fill(4), 'three periods and the running one')
  await sim.through(10)
  assert.equal(await sizes(), Array<number>(5).fill(4), 'and no more after twice the time')
  assert.is(posted(sim).length, 11)
  for (const node of sim.nodes) assert.is(node.auditor().status().waiting, 0, `node ${node.index} has nobody waiting`)
})

/** Every seal that was ever published can be opened by what its author has on disk. */
function assertNoSaltLost(sim: SimNetwork): void {
  for (const { index, disk, published } of sim.nodes)
    for (const record of published) {
      if (!isKind(record, 'reveal')) continue
      const secret = disk.secrets.get(record.unit)
      assert.ok(secret, `node ${index} kept the secret of period ${record.unit}`)
      const { salt } = RevealBody.deserialize(record.body)
      assert.is(toHex(salt), toHex(decodeSecret(secret).salt), `node ${index} revealed what it had kept`)
    }
}

test.run()
