// A network without faults, and the promise every other simulation rests on: same seed, same trace.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { periodStart } from '../../src/core/clock.ts'
import { verifyPeriod } from '../../src/audit/verify.ts'
import { gatherBundle } from '../../src/audit/bundle.ts'
import { memoBls, memoVerifier, traceHash } from '../support/sim-crypto.ts'
import { assertSignedOnce, eventsOf, leavesOf, stuckCodes, uptimes } from '../support/sim-checks.ts'
import { simulate } from '../support/sim-network.ts'

const test = suite('sim: no faults')

test('three periods land, each continuing from the one before', async () => {
  const sim = simulate({ seed: 1, nodes: 8 })
  await sim.through(2)
  assert.equal(
    sim.ledger.posted.map(({ period }) => period),
    [0, 1, 2],
  )
  assert.is(sim.ledger.landed, 3, 'one transaction for each period')
  assert.is(sim.ledger.wasted, 0, 'backups looked before they sent')
  assert.equal([...stuckCodes(sim)], [])
  const leaves = await leavesOf(sim, 2)
  assert.equal(uptimes(leaves), Array<number>(8).fill(10_000))
  for (const leaf of leaves) {
    assert.is(leaf.observers, 4, `slot ${leaf.slot} is judged by all its auditors`)
    assert.is(leaf.periodsObserved, 3, `slot ${leaf.slot} has been observed in every period`)
    assert.is(leaf.uptimeSum, 30_000, `slot ${leaf.slot} keeps its uptime`)
    assert.is(leaf.diligenceSum, 30_000, `slot ${leaf.slot} was diligent`)
    assert.ok(leaf.blockNumber > 900, `slot ${leaf.slot} has its last checked block`)
  }
  for (const node of sim.nodes) {
    assert.is(eventsOf(node, 'posted').length, 3, `node ${node.index} knows what is on chain`)
    assert.is(eventsOf(node, 'posted').filter(({ ours }) => ours).length <= 3, true)
  }
  assertSignedOnce(sim)
})

test('everybody can show the evidence of a period, and it verifies', async () => {
  const sim = simulate({ seed: 2, nodes: 8 })
  await sim.through(1)
  for (const { index, disk } of sim.nodes) {
    const ledger = sim.ledger.handle(index)
    const bundle = await gatherBundle(1, { ledger, evidence: disk.evidence })
    assert.ok(bundle, `node ${index} has all of it`)
    const verification = await verifyPeriod(bundle, {
      network: sim.network,
      period: 1,
      roster: sim.roster,
      beacon: sim.beacon(periodStart(sim.network.schedule, 1)),
      posted: ledger.posted,
      verifier: memoVerifier(),
      bls: memoBls(),
    })
    assert.ok(verification.ok, `node ${index}: ${JSON.stringify(verification)}`)
  }
})

test('same seed, same trace; another seed, another trace', async () => {
  const run = async (seed: number): Promise<string> => {
    const sim = simulate({ seed, nodes: 10, faults: { silent: [1], lying: [2], dropping: [3], late: [4], early: [5] } })
    await sim.through(1)
    assert.ok(sim.trace.length > 100, 'something happened')
    return traceHash(sim.trace)
  }
  assert.is(await run(7), await run(7))
  assert.is.not(await run(7), await run(8))
})

test('the smallest networks work: one, two and three sidecars', async () => {
  for (const nodes of [1, 2, 3]) {
    const sim = simulate({ seed: nodes, nodes })
    await sim.through(1)
    assert.is(sim.ledger.posted.length, 2, `${nodes} sidecars certify both periods`)
    const expected = nodes === 1 ? -1 : 10_000
    assert.equal(uptimes(await leavesOf(sim, 1)), Array<number>(nodes).fill(expected), `${nodes} sidecars`)
  }
})

test('seats are drawn when there are more sidecars than seats', async () => {
  const sim = simulate({ seed: 3, nodes: 12, seatsMax: 5 })
  await sim.through(4)
  assert.is(sim.ledger.posted.length, 5, 'across an epoch boundary')
  const voters = sim.nodes.filter((node) => eventsOf(node, 'stated').some(({ period }) => period < 4))
  assert.is(voters.length, 5, 'only seated members state')
  for (const node of sim.nodes)
    assert.is(eventsOf(node, 'certified').length, 5, `node ${node.index} sees all certificates`)
})

test.run()
