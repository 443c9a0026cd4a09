// Incidents happen at their moment of the network's clock, to the right node, once; and can be taken back.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DrandChain } from '../../src/core/types.ts'
import { demoSchedule, leadRounds } from '../../src/devnet/demo-schedule.ts'
import { parseFaults } from '../../src/devnet/fault-spec.ts'
import { createJobKills, scheduleIncidents } from '../../src/devnet/incidents.ts'
import type { Report } from '../../src/devnet/progress.ts'
import type { Health, NodeView } from '../../src/devnet/node-view.ts'

const incidents = suite('incidents')

const drand: DrandChain = { hash: '', publicKey: new Uint8Array(96), genesisTime: 0, periodSeconds: 1 }

/** Genesis is due now, so period 0 has begun and later ones have not. */
function start(texts: readonly string[], random = 0) {
  const health: [number, Health][] = []
  const restarted: number[] = []
  const notes: string[] = []
  const view = (id: number): NodeView => ({
    url: '',
    health: () => 'good',
    setHealth: async (next) => void health.push([id, next]),
    close: async () => undefined,
  })
  const schedule = demoSchedule(8, 1)
  const cancel = scheduleIncidents(
    parseFaults(texts, 8),
    { schedule, drand },
    {
      nodes: { kill: async () => undefined, revive: async (id) => void restarted.push(id) },
      views: Array.from({ length: 8 }, (_, i) => view(i + 1)),
      now: () => 0,
      random: () => random,
      note: (text) => void notes.push(text),
    },
  )
  return { health, restarted, notes, cancel }
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 30))

incidents('what is due happens to the node it names', async () => {
  const { health, restarted, notes, cancel } = start([
    'stop:2',
    'lag:3',
    'kill:5',
    'stop:4@period1',
    'kill:6@period1',
    'silent:7',
  ])
  await soon()
  cancel()
  assert.equal(health, [
    [2, 'stop'],
    [3, 'lag'],
  ])
  assert.equal(restarted, [5])
  assert.is(notes.length, 3)
})

incidents('a kill falls inside its period, not at its start', async () => {
  const { restarted, cancel } = start(['kill:5'], 0.9)
  await soon()
  cancel()
  assert.equal(restarted, [])
})

incidents('a kill of a job lasts from its admission to its settlement, and is none of the periods', async () => {
  const done: string[] = []
  const nodes = {
    kill: async (id: number) => void done.push(`kill ${id}`),
    revive: async (id: number) => void done.push(`revive ${id}`),
  }
  const report = createJobKills(parseFaults(['kill:5@job2'], 8), { nodes, note: () => undefined })
  const admitted = (job: number): Report => ({
    type: 'sidecar',
    id: 1,
    message: { type: 'event', event: { type: 'bids-admitted', job, providers: [], onChain: 0, signers: 6 } },
  })
  const job = (id: number, state: string) => ({ type: 'job', report: { job: { id, state } } }) as unknown as Report
  for (const one of [job(2, 'announced'), admitted(1), job(1, 'awarded')]) report(one)
  await soon()
  assert.equal(done, [])
  for (const one of [admitted(2), admitted(2), job(2, 'certified')]) report(one)
  await soon()
  assert.equal(done, ['kill 5'])
  for (const one of [job(2, 'awarded'), job(2, 'running'), admitted(2)]) report(one)
  await soon()
  assert.equal(done, ['kill 5', 'revive 5'])
  const { restarted, cancel } = start(['kill:5@job2'])
  await soon()
  cancel()
  assert.equal(restarted, [])
})

incidents('the rhythm stretches with the nodes and keeps its order', () => {
  for (const nodes of [2, 4, 8, 16, 32, 64]) {
    const { sealRounds, closeRounds, revealCloseRounds, certifyRounds, periodRounds, audits } = demoSchedule(nodes, 1)
    const order = [0, sealRounds, closeRounds, revealCloseRounds, certifyRounds, periodRounds]
    assert.equal(
      order,
      [...order].sort((a, b) => a - b),
      `${nodes} nodes`,
    )
    assert.is(new Set(order).size, order.length, `${nodes} nodes: every phase has a round`)
    assert.ok(audits >= 1 && audits < nodes, `${nodes} nodes: ${audits} audits`)
  }
  assert.ok(leadRounds(16, 5_000) > leadRounds(8, 5_000), 'more nodes take longer')
  assert.ok(leadRounds(8, 20_000) > leadRounds(8, 5_000), 'a slow machine takes longer')
})

incidents.run()
