// Behind a NAT: a host that nobody can dial keeps reservations at a relay, is probed over it, and gets its reservation back
// after the relay was killed and started again.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import type { Member } from '../../src/core/types.ts'
import { rankRelays } from '../../src/p2p/limited.ts'
import type { Host, HostOptions, ReachOptions } from '../../src/p2p/options.ts'
import { isDirect, reservedAt } from '../../src/p2p/reachability.ts'
import { PROBE_REQUEST, answerTo, closers, openHost, seededBytes, until } from '../support/p2p.ts'

const pure = suite('relays: judging')
const keys = Array.from({ length: 40 }, (_, seed) => seededBytes(seed + 1)(32))

pure('everybody ranks the same relays for a target, in whatever order the roster comes', () => {
  const [target = new Uint8Array()] = keys
  const ranked = rankRelays(keys, target).map(toHex)
  assert.equal(rankRelays(keys.toReversed(), target).map(toHex), ranked)
  assert.not(ranked.includes(toHex(target)), 'nobody relays for itself')
  assert.is(new Set(ranked).size, 8)
  assert.not.equal(rankRelays(keys, keys[1] ?? new Uint8Array()).map(toHex), ranked, 'another target, other relays')
})

const open = (address: string): boolean => !address.startsWith('/ip4/10.')
const DIRECT: readonly (readonly [address: string, verified: boolean, type: string, direct: boolean])[] = [
  ['/ip4/45.0.0.1/tcp/1', true, 'observed', true],
  ['/ip4/45.0.0.1/tcp/1', false, 'observed', false],
  ['/ip4/10.0.0.1/tcp/1', true, 'transport', false],
  ['/ip4/10.0.0.1/tcp/1', true, 'announce', true],
  ['/ip4/45.0.0.1/tcp/1/p2p/x/p2p-circuit', true, 'transport', false],
]
for (const [address, verified, type, direct] of DIRECT)
  pure(`${type} ${address}, ${verified ? 'verified' : 'not verified'}: ${direct ? 'direct' : 'not direct'}`, () => {
    assert.is(isDirect({ multiaddr: address, verified, type }, open), direct)
  })

pure('each relay counts once', () => {
  const at = (multiaddr: string) => ({ multiaddr, verified: true, type: 'transport' })
  const through = [
    '/ip4/45.0.0.1/tcp/1/p2p/x/p2p-circuit',
    '/ip4/45.0.0.1/tcp/2/ws/p2p/x/p2p-circuit',
    '/ip4/10.0.0.1/tcp/1',
  ]
  assert.equal(reservedAt(through.map(at)), ['x'])
})

pure.run()

const test = suite('relays: real hosts')

const NAT: ReachOptions = { upnp: false, reservations: 1, settleMs: 0 }
const RELAY: ReachOptions = { ...NAT, reservations: 0, relay: { reservations: 4, seconds: 120, bytes: 1_048_576 } }
const HOUR = 3_600_000

const memberOf = ({ peerKey }: Host): Member => ({
  id: 1,
  slot: 0,
  signer: '0x00',
  peerKey,
  blsKey: new Uint8Array(48),
})
const limit = (): AbortSignal => AbortSignal.timeout(20_000)

/** A relay says where it can be dialled; on the same port after a restart. */
const openRelay = (port: number): Promise<Host> => {
  const address = `/ip4/127.0.0.1/tcp/${port}`
  const options: Partial<HostOptions> = { reach: RELAY, listen: [address], announce: [address] }
  return openHost(1, {}, options)
}
const freePort = async (): Promise<number> => {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
const reachOf = (host: Host): string => JSON.stringify(host.status().reach)

test('a host that cannot be dialled is probed over its relay, and again after the relay was killed and restarted', async () => {
  const { add, close } = closers()
  try {
    const port = await freePort()
    let relay = await openRelay(port)
    add({ stop: () => relay.stop() })
    await until(
      () => relay.status().reach.verdict === 'reachable',
      () => reachOf(relay),
    )
    const [bootstrap = ''] = relay.addresses()
    const quiet = { listen: [], bootstrap: [bootstrap] }
    const target = add(await openHost(2, { onProbe: async (asked) => answerTo(asked) }, { ...quiet, reach: NAT }))
    const auditor = add(await openHost(3, {}, { ...quiet, reach: { ...NAT, reservations: 0 } }))

    const reserved = () => target.status().reach.relays.length === 1 && relay.status().reach.relaying === 1
    const connected = () => auditor.status().peers > 0
    const described = () => `target ${reachOf(target)}, relay ${reachOf(relay)}, auditor ${reachOf(auditor)}`
    await until(() => reserved() && connected(), described)
    assert.is(target.status().reach.verdict, 'private')
    for (const fresh of [false, true]) {
      const reply = await auditor.prober.probe(memberOf(target), PROBE_REQUEST, { fresh, signal: limit() })
      assert.ok(reply.ok, `fresh ${fresh}: ${reply.ok ? '' : reply.reason}`)
    }

    await relay.stop()
    await until(() => target.status().reach.relays.length === 0 && !connected(), described)
    relay = await openRelay(port)
    await until(() => reserved() && connected(), described, 60_000)
    const reply = await auditor.prober.probe(memberOf(target), PROBE_REQUEST, { fresh: true, signal: limit() })
    assert.ok(reply.ok, `after the restart: ${reply.ok ? '' : reply.reason}`)
  } finally {
    await close()
  }
})

test('a stranger gets no reservation', async () => {
  const { add, close } = closers()
  try {
    const port = await freePort()
    const address = `/ip4/127.0.0.1/tcp/${port}`
    const options: Partial<HostOptions> = { reach: RELAY, listen: [address], announce: [address] }
    const relay = add(await openHost(1, { isMember: () => false }, options))
    const quiet = { listen: [], bootstrap: relay.addresses(), reach: NAT }
    const debug: string[] = []
    const log = { debug: (said: string) => void debug.push(said), info() {}, warn() {}, error() {} }
    const stranger = add(await openHost(2, { log }, quiet))
    await until(
      () => debug.includes('relay not reserved'),
      () => reachOf(stranger),
    )
    assert.is(relay.status().reach.relaying, 0)
  } finally {
    await close()
  }
})

test('nobody has confirmed anything yet: unknown, and nothing is reserved', async () => {
  const { add, close } = closers()
  try {
    const host = add(await openHost(5, {}, { reach: { ...NAT, settleMs: HOUR } }))
    const other = add(await openHost(6))
    await other.connect(host.addresses()[0] ?? '')
    const nothing = { confirmed: [], relays: [], relaying: 0, relayed: 0 }
    // The dialled side hears of its connection a moment later.
    await until(
      () => host.status().reach.direct === 1,
      () => reachOf(host),
    )
    assert.equal(host.status().reach, { ...nothing, verdict: 'unknown', direct: 1 })
    assert.equal(other.status().reach, { ...nothing, verdict: 'unchecked', direct: 1 })
  } finally {
    await close()
  }
})

test.run()
