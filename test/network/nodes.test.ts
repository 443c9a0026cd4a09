// Broken blockchain nodes beside live sidecars, and an equivocator: the first are found by their auditors within the
// period while the sidecar beside one blames nobody; the second loses stake on chain by its two records alone.
// runs in a pair
// time limit: 240 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findContracts } from '../../src/chain/handles.ts'
import { connectRpc } from '../../src/chain/rpc.ts'
import { UNOBSERVED } from '../../src/core/types.ts'
import { startNetwork, verified } from './support.ts'
import type { TestNetwork } from './support.ts'

const [STOPPED, LIES, EQUIVOCATOR] = [4, 7, 6]

const nodes = suite('network with broken nodes')
let network: TestNetwork | undefined

nodes.before(async () => {
  const faults = [`stop:${STOPPED}@period1`, `lie:${LIES}@period1`, `equivocate:${EQUIVOCATOR}@period1`]
  network = await startNetwork(8, faults, 0.5)
})
nodes.after(async () => {
  await network?.devnet.stop()
})

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

/** Outcomes of the probes that sidecar `id` made, or of those made of it. */
function outcomes({ reports }: TestNetwork, period: number, role: 'auditor' | 'target', id: number): readonly string[] {
  return reports.flatMap((report) => {
    if (report.type !== 'sidecar' || report.message.type !== 'event') return []
    const { event } = report.message
    if (event.type !== 'probed' || event.period !== period) return []
    return (role === 'auditor' ? report.id : event.target) === id ? [event.outcome] : []
  })
}

/** Periods looked at before giving up: a busy machine can leave auditors unsure of one, never wrong about it. */
const TRIES = 3

nodes('a stopped node and a lying node are found in the first period their auditors are sure of', async () => {
  const { devnet } = running()
  const open = new Set([STOPPED, LIES])
  for (let period = 1; period <= TRIES && open.size > 0; period++) {
    await devnet.periods(period + 1)
    const { leaves } = await verified(devnet, period, 1)
    const healthy = leaves.filter(({ id, uptimeBps }) => ![STOPPED, LIES].includes(id) && uptimeBps !== UNOBSERVED)
    const up = healthy.filter(({ uptimeBps }) => uptimeBps > 0)
    assert.ok(up.length * 2 >= healthy.length, `period ${period}: ${up.length} of ${healthy.length} good nodes are up`)
    for (const { id, uptimeBps } of leaves) {
      if (uptimeBps === UNOBSERVED) continue
      if (id === STOPPED || id === LIES)
        assert.is(uptimeBps, 0, `sidecar ${id} in period ${period}: its auditors agree`)
      open.delete(id)
    }
  }
  assert.equal([...open], [], 'found')
})

nodes('an auditor whose own node is stopped blames nobody', () => {
  const found = outcomes(running(), 1, 'auditor', STOPPED)
  assert.ok(found.length > 0, 'it did try')
  // What it probed in the first instant, before its node stopped, may have been judged.
  assert.not.ok(found.includes('down'), found.join(' '))
  assert.not.ok(found.includes('degraded'), found.join(' '))
})

nodes('an equivocator loses stake on chain', async () => {
  const { devnet } = running()
  await devnet.periods(3)
  const provider = await connectRpc({ urls: [devnet.rpcUrl], timeoutMs: 5_000 })
  const { sidecars } = await findContracts(provider, devnet.ledger)
  const { minStake, slashBps } = await sidecars.read('params', [])
  const { stake } = await sidecars.read('sidecar', [EQUIVOCATOR])
  assert.is(stake, minStake - (minStake * BigInt(slashBps)) / 10_000n)
  const honest = await sidecars.read('sidecar', [1])
  assert.is(honest.stake, minStake, 'nobody else lost anything')
  provider.destroy()
})

nodes.run()
