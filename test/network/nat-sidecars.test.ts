// Two whole sidecars behind separate NATs, as `stkr run` on the open internet starts them (`local: false`), audit each other through
// a third that relays, and the three put periods on chain. Most of the time goes to what the open internet asks for: a minute
// without anybody who confirms an address before a host counts as private. Where namespaces cannot be made it says so
// and the two listen nowhere instead, as in nat.test.ts.
// runs beside all others
// time limit: 300 s

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex } from '../../src/core/bytes.ts'
import { peerIdOf } from '../../src/p2p/peers.ts'
import { PRIVATE, PUBLIC, openNamespaces } from '../support/namespaces.ts'
import type { Space } from '../support/namespaces.ts'
import type { NatNetwork } from '../support/nat-network.ts'
import { until } from '../support/p2p.ts'
import { stkr } from './support.ts'

const AROUND = fileURLToPath(new URL('../support/nat-network.ts', import.meta.url))
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const WAIT_MS = 240_000
const test = suite('network/nat: whole sidecars')
const namespaces = openNamespaces()
if (!namespaces)
  console.error('NOT TESTED: network namespaces need root and ip; sidecars that listen nowhere stand in for a NAT')
/** Where the relay and what is around it are: on loopback with a port of its own. */
const [ADDRESS, PORT] = namespaces ? [PUBLIC, 9470] : ['127.0.0.1', 20_000 + (process.pid % 20_000)]

const folder = mkdtempSync(join(tmpdir(), 'stkr-nat-'))
const running: ChildProcess[] = []

function start(space: Space, command: readonly string[], onLine: (line: string) => void): void {
  const whole = [process.execPath, ...command]
  const [file = '', ...args] = namespaces ? namespaces.inside(space, whole) : whole
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  createInterface({ input: child.stdout }).on('line', onLine)
}

interface Told {
  readonly type?: string
  readonly target?: number
  readonly outcome?: string
  readonly reason?: string
  readonly period?: number
}

interface Sidecar {
  readonly dataDir: string
  readonly events: Told[]
}

/** In order of id: the relay, then the two behind NATs. */
function startSidecars({ rpcUrl, ledger, drandRelay, sidecars }: NatNetwork): readonly Sidecar[] {
  const relay = `/ip4/${ADDRESS}/tcp/${PORT}`
  const relayId = peerIdOf(fromHex(`0x${sidecars[0]?.peerKey ?? ''}`)).toString()
  const privately = (space: 'a' | 'b'): string => (namespaces ? `/ip4/${PRIVATE[space]}/tcp/9470` : '')
  const chain = ['--rpc-urls', rpcUrl, '--ledger', ledger, '--drand-relays', drandRelay, '--workload-url', rpcUrl]
  const quiet = ['--api-listen', '', '--log-level', 'error', '--json']
  const places: readonly (readonly [space: Space, ...args: string[]])[] = [
    ['r', '--listen', relay, '--announce', relay],
    ['a', '--listen', privately('a'), '--bootstrap', `${relay}/p2p/${relayId}`],
    ['b', '--listen', privately('b'), '--bootstrap', `${relay}/p2p/${relayId}`],
  ]
  return sidecars.map(({ dataDir }, i) => {
    const events: Told[] = []
    const [space = 'r', ...args] = places[i] ?? []
    start(space, [MAIN, 'run', '--data-dir', dataDir, ...chain, ...quiet, ...args], (line) => {
      events.push(JSON.parse(line) as Told)
    })
    return { dataDir, events }
  })
}

const probes = ({ events }: Sidecar, of: number): readonly Told[] =>
  events.filter(({ type, target }) => type === 'probed' && target === of)
const described = (sidecars: readonly Sidecar[]): string =>
  sidecars
    .map(({ events }) =>
      events
        .slice(-8)
        .map(({ type, target, outcome, reason }) => `${type} ${target ?? ''} ${outcome ?? ''} ${reason ?? ''}`),
    )
    .join('\n')

test.after(async () => {
  for (const child of running.toReversed()) {
    const gone = new Promise((resolve) => child.once('close', resolve))
    // What is around them ends its own processes when its input ends.
    if (child === running[0]) child.stdin?.end()
    else child.kill('SIGKILL')
    await gone
  }
  namespaces?.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('they probe each other up through the relay, and their periods come on chain', async () => {
  const around = await new Promise<NatNetwork>((resolve) => {
    start('r', [AROUND, folder, ADDRESS], (line) => resolve(JSON.parse(line) as NatNetwork))
  })
  const sidecars = startSidecars(around)
  const [relay, a, b] = sidecars as [Sidecar, Sidecar, Sidecar]
  const isUp = ({ outcome }: Told): boolean => outcome === 'up'
  await until(
    async () => probes(a, 3).some(isUp) && probes(b, 2).some(isUp),
    () => described(sidecars),
    WAIT_MS,
  )
  const from = Math.max(...[a, b].flatMap(({ events }) => events.map(({ period = 0 }) => period)))
  await until(
    async () => relay.events.some(({ type, period = 0 }) => type === 'posted' && period >= from),
    () => described(sidecars),
    WAIT_MS,
  )
  for (const { dataDir } of [a, b]) {
    const { code, json } = await stkr('status', '--data-dir', dataDir)
    assert.is(code, 0, JSON.stringify(json))
    const { reach } = (json as { status: { reach: { verdict: string; relays: string[]; relayed: number } } }).status
    assert.is(reach.verdict, 'private')
    assert.is(reach.relays.length, 1, 'one relay exists')
    assert.ok(reach.relayed >= 1, JSON.stringify(reach))
  }
  const { json } = await stkr('status', '--data-dir', relay.dataDir)
  const { reach } = (json as { status: { reach: { verdict: string; relaying: number; confirmed: string[] } } }).status
  assert.equal([reach.verdict, reach.relaying], ['reachable', 2])
  assert.match(reach.confirmed.join(), new RegExp(ADDRESS.replaceAll('.', '\\.')))
})

test.run()
