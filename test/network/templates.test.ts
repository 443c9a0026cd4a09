// The life of a job's node, end to end: a sidecar that has templates alone runs nothing and is not down for it; when its bid
// wins it starts the node of the template by itself, audits find that up, the chain takes the start as confirmed; when the
// job is over the node is stopped and nothing of it is left.
// runs in a pair
// time limit: 300 s

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { MeshEvent } from '../../src/core/ports.ts'
import { DEMO_KIND } from '../../src/devnet/market.ts'
import type { NodeStatus } from '../../src/workload/status.ts'
import { startNetwork } from './support.ts'
import type { TestNetwork } from './support.ts'

/** Its sidecar has templates and no node of its own; nobody else bids. */
const HOST = 4
const TEMPLATE_NODE = join(import.meta.dirname, '../support/template-node.ts')

const templates = suite('network with job templates')
const folder = mkdtempSync(join(tmpdir(), 'stkr-templates-'))
let network: TestNetwork | undefined
let url = ''

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

templates.before(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const upstream = join(folder, 'upstream')
  const jobTemplates = join(folder, 'jobs.yaml')
  const command = [process.execPath, TEMPLATE_NODE, String(port), upstream]
  writeFileSync(jobTemplates, JSON.stringify({ [DEMO_KIND]: { url, command } }))
  const strategy = (index: number): Readonly<Record<string, unknown>> =>
    index === HOST - 1 ? { bidKinds: [DEMO_KIND], bidFloor: '60', jobTemplates } : {}
  network = await startNetwork(4, [], 0.5, { jobs: 1, payAsBid: false, strategy })
  writeFileSync(upstream, network.devnet.views[0]?.url ?? '')
})
templates.after(async () => {
  await network?.devnet.stop()
  rmSync(folder, { recursive: true, force: true })
})

const running = (): TestNetwork => {
  assert.ok(network, 'the network is running')
  return network
}

/** What sidecars told so far, with who told it. */
const told = (): readonly (readonly [by: number, event: MeshEvent])[] =>
  running().reports.flatMap((report) =>
    report.type === 'sidecar' && report.message.type === 'event' ? [[report.id, report.message.event] as const] : [],
  )
const statesOfNode = (): readonly string[] =>
  told().flatMap(([by, event]) => (by === HOST && event.type === 'workload-state' ? [event.state] : []))
/** What probes of the host came to, in their order. */
const probes = () => told().flatMap(([, event]) => (event.type === 'probed' && event.target === HOST ? [event] : []))
const jobStates = (): readonly string[] =>
  running().reports.flatMap((report) => (report.type === 'job' ? [report.report.job.state] : []))

async function until(what: string, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await done()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${what} never came; jobs: ${jobStates().join(' ')}; node: ${statesOfNode().join(' ')}`)
}

/** The host's node as its sidecar told last. */
function nodeNow(): Pick<NodeStatus, 'state' | 'code' | 'job'> {
  const last = running().reports.findLast(
    (report) => report.type === 'sidecar' && report.id === HOST && report.message.type === 'status',
  )
  assert.ok(last?.type === 'sidecar' && last.message.type === 'status', 'it tells its status')
  return last.message.status.node
}

const answers = (): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  )

templates('before its first job it has no node, and is not down for it', async () => {
  await until('a probe of the host', () => probes().some(({ reason }) => reason === 'workload-idle'))
  assert.equal(statesOfNode(), [])
  const { state, code } = nodeNow()
  assert.equal([state, code], ['idle', 'workload-idle'])
  assert.not.ok(await answers())
  for (const { outcome, reason } of probes()) assert.is.not(outcome, 'down', reason)
})

templates('the job it wins is run by the node of the template; audits find it up and confirm the start', async () => {
  const [report] = await running().devnet.jobs()
  assert.equal([report?.job.winner, report?.job.kind], [HOST, DEMO_KIND])
  await until('a ready node', () => statesOfNode().includes('ready'))
  assert.ok(await answers())
  await until('an up probe', () => probes().some(({ outcome }) => outcome === 'up'))
  await until('a confirmed start', () => jobStates().includes('running'))
  await until('the status of a hosted job', () => nodeNow().job === 1)
  assert.is(nodeNow().state, 'ready')
})

templates('when the job is over the node is stopped, and the sidecar is idle again', async () => {
  await until('completion', () => jobStates().includes('completed'))
  await until('an idle sidecar', () => nodeNow().state === 'idle')
  assert.ok(statesOfNode().includes('stopping'), 'it was asked to end')
  assert.not.ok(await answers())
  const { length } = probes()
  await until('a probe after it', () =>
    probes()
      .slice(length)
      .some(({ reason }) => reason === 'workload-idle'),
  )
})

templates.run()
