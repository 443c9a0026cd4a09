// A whole node beside the sidecar, with anvil in its place: started, killed, restarted, taken over, refused a taken port, and
// given up on when it ends at once. Only the delays between lives are shortened, by a clock that runs fast.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Clock } from '../../src/core/ports.ts'
import { anvilBinary } from '../../src/devnet/processes.ts'
import { silentLog, systemClock } from '../../src/system.ts'
import { createNode } from '../../src/workload/node.ts'
import type { NodeSpec } from '../../src/workload/node.ts'
import { isGone, sitterOptions, until, withFolder } from '../support/nodes.ts'
import { createRandom } from '../support/sim-random.ts'

const test = suite('workload/node')
const never = new AbortController().signal

/** Fifty times as fast as the machine's. */
const fast: Clock = {
  now: () => systemClock.now() * 50,
  at: (at, task) => systemClock.at(at / 50, task),
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const specIn = (folder: string, port: number, change: Partial<NodeSpec> = {}): NodeSpec => ({
  ...sitterOptions(folder, ['unused']),
  workload: {
    kind: 'ethereum-execution',
    url: `http://127.0.0.1:${port}`,
    probe: { type: 'http', path: '/', status: 200, field: undefined },
  },
  command: [anvilBinary(), '--host', '127.0.0.1', '--port', String(port), '--chain-id', '777'],
  container: undefined,
  containerProgram: 'docker',
  pidFile: undefined,
  folder: join(folder, 'data'),
  job: undefined,
  startMs: 3_600_000,
  hangMs: 0,
  graceMs: 600_000,
  crashes: 3,
  crashWindowMs: 3_600_000_000,
  keep: false,
  client: 'anvil',
  badClients: ['anvil/v0.0.1'],
  exposed: true,
  timeoutMs: 5_000,
  ...change,
})

const open = (spec: NodeSpec) =>
  createNode(spec, {
    clock: fast,
    random: createRandom('node').bytes,
    log: silentLog,
    offsetMs: () => undefined,
    changed: () => undefined,
  })
const stateOf = (node: ReturnType<typeof open>): string => node.status().state
const pidOf = (node: ReturnType<typeof open>): number => node.status().pid ?? 0

test('it is started, answers, is killed, and comes back by itself', () =>
  withFolder(async (folder) => {
    const node = open(specIn(folder, await freePort()))
    node.start()
    try {
      await until(() => stateOf(node) === 'ready')
      const first = pidOf(node)
      const { answer, warnings, mode, starts } = node.status()
      assert.equal([mode, starts, warnings], ['command', 1, []])
      assert.match(answer?.client ?? '', /^anvil/)
      assert.equal(await node.workload.proof(0, never), (await node.workload.status(never)).headHash)
      await until(() => (node.status().usage?.memoryBytes ?? 0) > 0)
      assert.ok((node.status().usage?.descriptors ?? 0) > 0)
      assert.ok((node.status().disk?.freeBytes ?? 0) > 0)

      process.kill(first, 'SIGKILL')
      await until(() => stateOf(node) === 'ready' && pidOf(node) !== first)
      assert.equal([node.status().starts, node.status().crashes], [2, 1])
    } finally {
      const last = pidOf(node)
      await node.stop()
      assert.ok(isGone(last))
      assert.is(stateOf(node), 'stopped')
    }
  }))

test('a sidecar that comes back takes over the node it had left, and ends it for good in the end', () =>
  withFolder(async (folder) => {
    const spec = specIn(folder, await freePort(), { keep: true })
    const before = open(spec)
    before.start()
    await until(() => stateOf(before) === 'ready')
    const pid = pidOf(before)
    await before.stop()
    assert.not.ok(isGone(pid), 'left running')
    const after = open(spec)
    after.start()
    await until(() => stateOf(after) === 'ready')
    assert.equal([pidOf(after), after.status().starts], [pid, 0])
    await after.stop(true)
    assert.ok(isGone(pid))
  }))

test('a port that is taken: nothing is started beside whoever has it, until it goes', () =>
  withFolder(async (folder) => {
    const squatter = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    const node = open(specIn(folder, (squatter.address() as AddressInfo).port))
    node.start()
    try {
      await until(() => node.status().code === 'workload-occupied')
      assert.equal([node.status().starts, node.status().pid], [0, undefined])
      await new Promise((resolve) => squatter.close(resolve))
      await until(() => stateOf(node) === 'ready')
    } finally {
      await node.stop()
    }
  }))

test('a command that ends at once is a crash loop, and is left alone', () =>
  withFolder(async (folder) => {
    const node = open(specIn(folder, await freePort(), { command: ['sh', '-c', 'echo no; exit 3'] }))
    node.start()
    await until(() => stateOf(node) === 'crash-looping')
    assert.equal([node.status().starts, node.status().code], [3, 'workload-crash-loop'])
    await node.stop()
  }))

test('what it is warned of: another client, a bad version', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'data'))
    const node = open(specIn(folder, await freePort(), { client: 'Geth/', badClients: ['anvil'] }))
    node.start()
    try {
      await until(() => node.status().warnings.length > 0)
      assert.equal(
        node.status().warnings.map(({ code }) => code),
        ['client-bad', 'client-unexpected'],
      )
    } finally {
      await node.stop()
    }
  }))

test.run()
