// Two hundred sidecars through a period with everything going wrong at once, with a drawn committee and with the largest
// one. The same code as eight: what changes is only who holds the seats.
// time limit: 240 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { auditorsOf } from '../../src/audit/assignment.ts'
import { drawContext } from '../../src/audit/context.ts'
import { UNOBSERVED } from '../../src/core/types.ts'
import { assertSignedOnce, eventsOf, leavesOf } from '../support/sim-checks.ts'
import { simulate } from '../support/sim-network.ts'
import { SIM_SCHEDULE } from '../support/sim-scenario.ts'

const test = suite('sim: two hundred sidecars')

const NODES = 200
/** Every nth sidecar, so that all together are fewer than a third of any likely committee. */
const faults = {
  silent: [3, 53, 103, 153],
  lying: [11, 61, 111, 161],
  dropping: [20, 70, 120],
  late: [31, 81, 131],
  early: [42, 92, 142, 192],
  equivocating: [47, 97, 147],
  stopped: [59, 159],
}
const partition = { side: [5, 6, 7, 8], from: SIM_SCHEDULE.genesisRound + 5, to: SIM_SCHEDULE.genesisRound + 9 }

for (const seatsMax of [32, 128])
  test(`${seatsMax} seats, every fault at once`, async () => {
    const sim = simulate({ seed: seatsMax, nodes: NODES, seatsMax, faults, partition, jitterMs: 400 })
    await sim.through(0)
    assert.equal(
      sim.ledger.posted.map(({ period }) => period),
      [0],
    )
    assert.equal([...sim.ledger.slashed].sort(), [148, 48, 98], 'the equivocators are slashed')
    assertSignedOnce(sim, faults.equivocating)
    const unseen = sim.nodes.filter((node) => eventsOf(node, 'posted').length === 0)
    assert.equal(unseen, [], 'everybody knows what is on chain')
    const { assignment } = drawContext(sim.network, 0, sim.roster, sim.beacon(SIM_SCHEDULE.genesisRound))
    const loud = (slot: number): boolean =>
      ![faults.silent, faults.late, faults.dropping, faults.equivocating, faults.stopped, partition.side].some((list) =>
        list.includes(slot),
      )
    for (const { slot, uptimeBps } of await leavesOf(sim, 0)) {
      const auditors = auditorsOf(assignment, slot).filter(loud)
      const liars = auditors.filter((auditor) => faults.lying.includes(auditor))
      if (uptimeBps === UNOBSERVED || auditors.length < 3 || liars.length * 2 >= auditors.length) continue
      const down = faults.silent.includes(slot) || faults.stopped.includes(slot)
      assert.is(uptimeBps, down ? 0 : 10_000, `slot ${slot}`)
    }
  })

test.run()
