// Two hosts behind separate NATs audit each other through a third: each in a network namespace whose only way out is the
// relay's, which forwards nothing, so neither can be dialled by the other. Where namespaces cannot be made (no root, no `ip`)
// it says so and the hosts listen nowhere instead, which is the same for everything but the addresses.
// runs in a pair
// time limit: 300 s

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NatHost, Question } from '../support/nat-host.ts'
import { PRIVATE, PUBLIC, openNamespaces } from '../support/namespaces.ts'
import type { Space } from '../support/namespaces.ts'
import { until } from '../support/p2p.ts'

const HOST = fileURLToPath(new URL('../support/nat-host.ts', import.meta.url))
const test = suite('network/nat')

const namespaces = openNamespaces()
if (!namespaces)
  console.error('NOT TESTED: network namespaces need root and ip; hosts that listen nowhere stand in for a NAT')

/** In a network of their own any port is free; on loopback one of our own, the same after a restart. */
const RELAY = namespaces ? `/ip4/${PUBLIC}/tcp/9470` : `/ip4/127.0.0.1/tcp/${20_000 + (process.pid % 20_000)}`

interface Running {
  ask(question: Question): Promise<unknown>
  stop(): Promise<void>
}
const running: ChildProcess[] = []

async function start(space: Space, options: NatHost): Promise<Running> {
  const command = [process.execPath, HOST, JSON.stringify(options)]
  const [file = '', ...args] = namespaces ? namespaces.inside(space, command) : command
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const line = await lines.next()
    assert.not(line.done, `the host in ${space} ended`)
    return JSON.parse(String(line.value))
  }
  assert.is(await next(), 'ready')
  return {
    ask: (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return next()
    },
    stop: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}

interface Told {
  readonly verdict: string
  readonly relays: readonly string[]
  readonly relaying: number
  readonly addresses: readonly string[]
  readonly peerKey: string
  readonly peers: number
}
const told = async (host: Running): Promise<Told> => (await host.ask('status')) as Told

const REACH = { upnp: false, reservations: 1, settleMs: 0 }
const base = { members: [1, 2, 3], announce: [], bootstrap: [] }
const startRelay = () =>
  start('r', {
    ...base,
    seed: 1,
    listen: [RELAY],
    announce: [RELAY],
    reach: {
      ...REACH,
      reservations: 0,
      relay: { reservations: 4, seconds: 120, bytes: 1_048_576 },
    },
  })

test.after(() => {
  for (const child of running) child.kill('SIGKILL')
  namespaces?.remove()
})

test('two hosts behind separate NATs probe each other through a third, also after it was killed and restarted', async () => {
  let relay = await startRelay()
  const { addresses } = await told(relay)
  const behind = (seed: number, address: string): NatHost => ({
    ...base,
    seed,
    listen: namespaces ? [`/ip4/${address}/tcp/9470`] : [],
    bootstrap: addresses,
    reach: REACH,
  })
  const a = await start('a', behind(2, PRIVATE.a))
  const b = await start('b', behind(3, PRIVATE.b))
  const keys = [(await told(a)).peerKey, (await told(b)).peerKey] as const

  const both = async (): Promise<boolean> => {
    const [one, other] = [await told(a), await told(b)]
    return one.relays.length === 1 && other.relays.length === 1 && (await told(relay)).relaying === 2
  }
  await until(both, () => 'both hold a reservation', 60_000)
  assert.is((await told(a)).verdict, 'private')
  const direct = `/ip4/${PRIVATE.b}/tcp/9470`
  assert.is(await a.ask({ dial: direct }), 'not dialled', 'the NAT is one')
  assert.is(await a.ask({ probe: keys[1] }), 'up', 'a audits b')
  assert.is(await b.ask({ probe: keys[0] }), 'up', 'b audits a')

  await relay.stop()
  await until(
    async () => (await told(a)).peers === 0,
    () => 'a noticed',
    60_000,
  )
  assert.is(await a.ask({ probe: keys[1] }), 'relay-down', 'nothing is held against b')
  relay = await startRelay()
  await until(both, () => 'both reservations are made again', 90_000)
  assert.is(await a.ask({ probe: keys[1] }), 'up', 'a audits b again')
})

test.run()
