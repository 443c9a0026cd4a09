// The promises of docs/protocol.md section 12 about misbehaving sidecars: each with up to f of them, on the whole workflow.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { auditorsOf } from '../../src/audit/assignment.ts'
import { drawContext } from '../../src/audit/context.ts'
import { periodStart } from '../../src/core/clock.ts'
import { UNOBSERVED } from '../../src/core/types.ts'
import { assertSignedOnce, eventsOf, leavesOf, nodeAt, stuckCodes, uptimes } from '../support/sim-checks.ts'
import { simulate } from '../support/sim-network.ts'
import type { SimNetwork } from '../support/sim-network.ts'
import type { Scenario } from '../support/sim-scenario.ts'

const test = suite('sim: misbehaving sidecars')

const posted = (sim: SimNetwork): number[] => sim.ledger.posted.map(({ period }) => period)

async function run(scenario: Scenario, lastPeriod: number): Promise<SimNetwork> {
  const sim = simulate(scenario)
  await sim.through(lastPeriod)
  return sim
}

const contextOf = (sim: SimNetwork, period: number) =>
  drawContext(sim.network, period, sim.roster, sim.beacon(periodStart(sim.network.schedule, period)))

test('f silent members: every period lands, the silent are down and nobody else is', async () => {
  const sim = await run({ seed: 11, nodes: 10, faults: { silent: [2, 5, 9] } }, 2)
  assert.equal(posted(sim), [0, 1, 2])
  for (const { slot, uptimeBps } of await leavesOf(sim, 2)) {
    const silent = [2, 5, 9].includes(slot)
    // A target whose auditors happen to be silent may stay unobserved: praise or blame for nobody without a quorum.
    if (uptimeBps !== UNOBSERVED) assert.is(uptimeBps, silent ? 0 : 10_000, `slot ${slot}`)
  }
  for (const { absent } of eventsOf(nodeAt(sim, 0), 'certified'))
    assert.equal(absent, [3, 6, 10], 'the certificate names who did not sign')
})

test('one member more than f silent: nothing is certified and nothing is signed twice', async () => {
  const sim = await run({ seed: 12, nodes: 10, faults: { silent: [2, 5, 8, 9] } }, 1)
  assert.equal(posted(sim), [])
  assert.ok(stuckCodes(sim).has('propose/too-few-statements'), 'and the leaders say why')
  assertSignedOnce(sim)
})

test('f lying members: wrong statements, roots and shares change nothing', async () => {
  const sim = await run({ seed: 13, nodes: 10, faults: { lying: [0, 4, 7] } }, 5)
  const honest = simulate({ seed: 13, nodes: 10 })
  await honest.through(5)
  assert.equal(posted(sim), [0, 1, 2, 3, 4, 5])
  assert.ok(stuckCodes(sim).has('vote/wrong-root'), 'a lying leader had its turn and was not believed')
  for (const { slot, uptimeBps } of await leavesOf(sim, 5))
    if (uptimeBps !== UNOBSERVED)
      assert.ok(uptimeBps === 10_000 || !minorityLies(sim, 5, slot, [0, 4, 7]), `slot ${slot}`)
  assert.equal(uptimes(await leavesOf(honest, 5)), Array<number>(10).fill(10_000))
})

/** Do fewer than half of the target's auditors lie? Then its result must be an honest one. */
const minorityLies = (sim: SimNetwork, period: number, target: number, liars: readonly number[]): boolean => {
  const auditors = auditorsOf(contextOf(sim, period).assignment, target)
  return auditors.filter((slot) => liars.includes(slot)).length * 2 < auditors.length
}

test('a minority of liars among the auditors moves no result', async () => {
  for (const seed of [21, 22, 23]) {
    const sim = await run({ seed, nodes: 8, faults: { lying: [5] } }, 0)
    assert.equal(uptimes(await leavesOf(sim, 0)), Array<number>(8).fill(10_000), `seed ${seed}`)
    const liar = (await leavesOf(sim, 0))[5]
    assert.is(liar?.diligenceSum, 0, `seed ${seed}: the liar is far from every median`)
  }
})

test('lazy auditors: found down-talking without a probe, and paid nothing', async () => {
  const sim = await run({ seed: 24, nodes: 9, faults: { lazy: [1, 6] } }, 0)
  const leaves = await leavesOf(sim, 0)
  for (const { slot, diligenceSum } of leaves)
    if ([1, 6].includes(slot)) assert.ok(diligenceSum <= 5_000, `slot ${slot} earns next to nothing`)
    else assert.ok(diligenceSum >= 5_000, `slot ${slot} keeps its diligence`)
})

test('late seals do not count, and the late are not diligent', async () => {
  const sim = await run({ seed: 25, nodes: 10, faults: { late: [3] } }, 1)
  assert.equal(posted(sim), [0, 1])
  const leaves = await leavesOf(sim, 1)
  assert.is(leaves[3]?.diligenceSum, 0)
  assert.is(leaves[3]?.uptimeBps, 10_000, 'its node was up all the same')
  assert.is(leaves[4]?.diligenceSum, 20_000)
})

test('early messages wait for their round: nobody loses one', async () => {
  const sim = await run({ seed: 26, nodes: 8, faults: { early: [0, 3, 6] }, jitterMs: 900 }, 1)
  assert.equal(posted(sim), [0, 1])
  for (const node of sim.nodes)
    for (const { seen, phase, period } of eventsOf(node, 'stated'))
      assert.is(seen, 8, `node ${node.index}, period ${period}, phase ${phase}: everything was seen in time`)
})

test('members that lose half of all messages: periods still land', async () => {
  const sim = await run({ seed: 27, nodes: 10, faults: { dropping: [1, 4] } }, 2)
  assert.equal(posted(sim), [0, 1, 2])
})

test('equivocators lose their stake by their own two records, once each', async () => {
  const sim = await run({ seed: 28, nodes: 10, faults: { equivocating: [2, 6] } }, 1)
  assert.equal(posted(sim), [0, 1])
  assert.equal([...sim.ledger.slashed].sort(), [3, 7])
  assertSignedOnce(sim, [2, 6])
  for (const node of sim.nodes)
    assert.ok(eventsOf(node, 'equivocation').length > 0, `node ${node.index} has seen the contradiction`)
})

test('a stopped blockchain node beside a live sidecar is found; its owner blames nobody', async () => {
  const sim = await run({ seed: 29, nodes: 8, faults: { stopped: [4] } }, 0)
  const leaves = await leavesOf(sim, 0)
  assert.is(leaves[4]?.uptimeBps, 0)
  assert.equal(
    uptimes(leaves).filter((uptime) => uptime !== 10_000),
    [0],
    'nobody else is blamed',
  )
  const own = nodeAt(sim, 4)
  for (const { outcome, reason } of eventsOf(own, 'probed'))
    assert.equal([outcome, reason], ['inconclusive', 'own-workload-silent'], 'the auditor with the stopped node')
})

test('an auditor that reaches nobody blames nobody', async () => {
  const sim = await run({ seed: 30, nodes: 8, faults: { isolated: [4] } }, 0)
  const own = nodeAt(sim, 4)
  for (const { outcome, reason } of eventsOf(own, 'probed'))
    assert.equal([outcome, reason], ['inconclusive', 'own-network'])
  assert.is((await leavesOf(sim, 0))[4]?.uptimeBps, 0, 'the others could not reach it')
})

test('a lagging node is degraded, not down', async () => {
  const sim = await run({ seed: 31, nodes: 8, faults: { lagging: [1] } }, 0)
  assert.is((await leavesOf(sim, 0))[1]?.uptimeBps, 0, 'degraded probes are not up')
  const found = sim.nodes
    .filter(({ index }) => index !== 1)
    .flatMap((node) => eventsOf(node, 'probed'))
    .filter(({ target }) => target === 2)
  assert.ok(found.length > 0)
  for (const { outcome, reason } of found) assert.equal([outcome, reason], ['degraded', 'block-missing'])
})

test.run()
