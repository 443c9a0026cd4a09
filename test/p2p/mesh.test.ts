// Many hosts in one process: they find each other from one bootstrap, form a mesh in which every message reaches
// everybody, and find back after a neighbour is gone.
// runs alone
// time limit: 150 s

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '../../src/core/ports.ts'
import { parseBootstrap, pauseMs } from '../../src/p2p/mesh.ts'
import type { Host } from '../../src/p2p/options.ts'
import { addressOf, closers, meshed, openHost, record, seededBytes, until } from '../support/p2p.ts'

const test = suite('mesh')
const NODES = 32

interface Member {
  readonly host: Host
  readonly got: Set<number>
}

/** Hosts that know one bootstrap and the roster's keys, and nothing else. */
async function openNetwork(count: number, memory: boolean, add: (host: Host) => void): Promise<readonly Member[]> {
  const members: Member[] = []
  const keys = (): readonly Uint8Array[] => members.map(({ host }) => host.peerKey)
  for (let index = 0; index < count; index++) {
    const got = new Set<number>()
    const onRecord = async (_topic: string, { author }: { author: number }): Promise<Verdict> => {
      got.add(author)
      return { verdict: 'accept' }
    }
    const first = members[0]
    const options = first ? { bootstrap: [addressOf(first.host)], memory } : { reachable: true, memory }
    const host = await openHost(100 + index, { onRecord, members: keys }, options)
    add(host)
    members.push({ host, got })
  }
  return members
}

const describe = (members: readonly Member[]) => (): string =>
  members.map(({ host, got }) => `${host.status().peers}/${host.status().mesh.seal}/${got.size}`).join(' ')

async function everybodyHearsEverybody(members: readonly Member[]): Promise<void> {
  for (const [index, { host }] of members.entries())
    await host.gossip.publish('seal', record({ author: index }, seededBytes(index + 1)))
  await until(() => members.every(({ got }) => got.size === members.length - 1), describe(members))
}

for (const [name, memory] of [
  ['TCP', false],
  ['memory', true],
] as const)
  test(`${NODES} hosts over ${name} form a mesh from one bootstrap`, async () => {
    const open = closers()
    try {
      const startedAt = performance.now()
      const members = await openNetwork(NODES, memory, open.add)
      const hosts = members.map(({ host }) => host)
      await until(meshed(hosts, 3), describe(members), 60_000)
      const formedMs = performance.now() - startedAt
      await everybodyHearsEverybody(members)
      const connections = hosts.reduce((sum, host) => sum + host.status().connections, 0) / 2
      console.log(`  ${NODES} hosts over ${name}: mesh after ${Math.round(formedMs)} ms, ${connections} connections`)
      assert.ok(connections < NODES * 14, `${connections} connections are a storm`)
      for (const host of hosts) assert.is(host.status().banned, 0, 'nobody honest is cut off')
    } finally {
      await open.close()
    }
  })

test('a host whose only bootstrap restarts finds it again', async () => {
  const open = closers()
  try {
    const first = await openHost(1, {}, { listen: ['/ip4/127.0.0.1/tcp/0'] })
    const address = addressOf(first)
    const second = open.add(await openHost(2, {}, { bootstrap: [address] }))
    await until(
      () => second.status().mesh.seal === 1,
      () => 'never connected',
    )
    await first.stop()
    await until(
      () => second.status().peers === 0,
      () => 'never noticed',
    )
    const again = open.add(await openHost(1, {}, { listen: [address.split('/p2p/')[0] ?? ''] }))
    assert.is(addressOf(again), address, 'the same key has the same address')
    await until(
      () => second.status().mesh.seal === 1,
      () => 'never came back',
    )
  } finally {
    await open.close()
  }
})

test('pauses between failed dials grow, are capped and spread', () => {
  assert.is(pauseMs(1, 0.5), 1000)
  assert.is(pauseMs(3, 0.5), 4000)
  assert.is(pauseMs(50, 0.5), 60_000)
  assert.is(pauseMs(1, 0), 500)
  assert.ok(pauseMs(1, 0.999) < 1500)
})

test('a bootstrap without a peer id is refused at once', () => {
  for (const bad of ['', 'nonsense', '/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/1/p2p/x'])
    assert.throws(() => parseBootstrap(bad), /is not a multiaddr/, bad)
})

test.run()
