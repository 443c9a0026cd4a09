// The host around the protocols: transports, limits of production, what survives a restart, what `stop` leaves behind,
// and options that cannot work refused by name.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fault } from '../../src/core/errors.ts'
import { createHost } from '../../src/p2p/host.ts'
import type { HostOptions } from '../../src/p2p/options.ts'
import { peerIdOf, peerKeyOf } from '../../src/p2p/peers.ts'
import { connected, openDhtStranger, openStranger } from '../support/p2p-stranger.ts'
import { NETWORK, addressOf, closers, hostDeps, meshed, openHost, record, seededBytes, until } from '../support/p2p.ts'

const test = suite('host')

test('peer keys and peer ids are two names of one thing', () => {
  const key = seededBytes(4)(32)
  const peer = peerIdOf(key)
  assert.is(peer.type, 'Ed25519')
  assert.equal(Buffer.from(peerKeyOf(peer) ?? []), Buffer.from(key))
  assert.throws(() => peerIdOf(new Uint8Array(31)), /32 bytes/)
})

test('options that cannot work are refused by name', async () => {
  const good: HostOptions = {
    network: NETWORK,
    secretKey: new Uint8Array(32),
    listen: [],
    bootstrap: [],
    local: true,
    reachable: false,
    mdns: false,
  }
  const bad: readonly (readonly [string, Partial<HostOptions>])[] = [
    ['bad-secret-key', { secretKey: new Uint8Array(31) }],
    ['bad-address', { bootstrap: ['/ip4/127.0.0.1/tcp/1'] }],
    ['bad-address', { bootstrap: ['example.org'] }],
    ['peer-store', { storePath: '/dev/null/store' }],
  ]
  for (const [code, over] of bad) {
    const failed = await createHost({ ...good, ...over }, hostDeps(1)).then(
      () => 'made',
      (error: unknown) => (error instanceof Fault ? error.code : error),
    )
    assert.is(failed, code)
  }
})

test('TCP and WebSocket hosts form one mesh', async () => {
  const open = closers()
  try {
    const first = open.add(await openHost(1, {}, { listen: ['/ip4/127.0.0.1/tcp/0/ws'] }))
    const second = open.add(await openHost(2, {}, { bootstrap: [addressOf(first)] }))
    assert.match(addressOf(first), /\/ws\/p2p\//)
    await until(meshed([first, second], 1), () => 'no mesh over WebSocket')
  } finally {
    await open.close()
  }
})

test('a record published before anybody listens is heard by the first who does', async () => {
  const open = closers()
  try {
    const heard: number[] = []
    const first = open.add(await openHost(1))
    await first.gossip.publish('seal', record({ author: 42 }))
    const onRecord = async (_topic: string, { author }: { author: number }) => {
      heard.push(author)
      return { verdict: 'accept' } as const
    }
    const second = open.add(await openHost(2, { onRecord }))
    await second.connect(addressOf(first))
    await until(
      () => heard.length === 1,
      () => 'the early record is lost',
    )
    assert.equal(heard, [42])
  } finally {
    await open.close()
  }
})

test('peers met before are found again without a bootstrap', async () => {
  const open = closers()
  const storePath = await mkdtemp(join(tmpdir(), 'stkr-peers-'))
  try {
    const friend = open.add(await openHost(1))
    const before = await openHost(2, {}, { storePath })
    await before.connect(addressOf(friend))
    await until(meshed([before, friend], 1), () => 'never met')
    await before.stop()
    const after = open.add(await openHost(2, {}, { storePath }))
    await until(meshed([after], 1), () => 'forgotten over the restart')
  } finally {
    await open.close()
    await rm(storePath, { recursive: true, force: true })
  }
})

test('a member nobody introduced is found through the DHT of a bootstrap', async () => {
  const open = closers()
  try {
    const bootstrap = open.add(await openHost(1, {}, { reachable: true }))
    const target = open.add(await openHost(2, {}, { bootstrap: [addressOf(bootstrap)] }))
    const auditor = open.add(await openHost(3, {}, { bootstrap: [addressOf(bootstrap)] }))
    const both = () => bootstrap.status().mesh.seal === 2 && auditor.status().peers >= 1
    await until(both, () => 'the bootstrap is alone')
    const member = {
      id: 1,
      slot: 0,
      signer: '0x00',
      peerKey: target.peerKey,
      blsKey: new Uint8Array(48),
    } as const
    const nonce = new Uint8Array(32)
    const request = {
      version: 2,
      period: 1,
      auditor: 1,
      round: 1,
      nonce,
      workload: 'ethereum-execution',
      height: 1,
    } as const
    // As an auditor does: once more when the first came before the routing table had its first entry.
    await until(
      async () => {
        await auditor.prober.probe(member, request, { fresh: false, signal: AbortSignal.timeout(5_000) })
        return auditor.status().peers === 2
      },
      () => 'the DHT does not know the member',
    )
  } finally {
    await open.close()
  }
})

test('the DHT keeps nothing for strangers', async () => {
  const open = closers()
  try {
    const server = open.add(await openHost(1, {}, { reachable: true }))
    const strangers = [open.add(await openDhtStranger(NETWORK)), open.add(await openDhtStranger(NETWORK))] as const
    // Any sha256 content id will do; the id of an RSA key is one.
    const key = peerIdFromString('QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN').toCID()
    for (const stranger of strangers) {
      await stranger.dial(multiaddr(addressOf(server)))
      await until(
        () => stranger.services.dht.routingTable.size === 1,
        () => 'the stranger does not take the host for a DHT server',
      )
    }
    const limit = { signal: AbortSignal.timeout(10_000) }
    const told: string[] = []
    for await (const { name } of strangers[0].services.dht.provide(key, limit)) told.push(name)
    assert.ok(told.length > 0, 'nothing was sent')
    for await (const event of strangers[1].services.dht.findProviders(key, limit))
      if (event.name === 'PEER_RESPONSE') assert.equal(event.providers, [], 'a record was kept')
  } finally {
    await open.close()
  }
})

test('outside local networks one address may not open connections without end', async () => {
  const open = closers()
  try {
    const strict = open.add(await openHost(1, {}, { local: false }))
    const strangers = await Promise.all(Array.from({ length: 20 }, openStranger))
    for (const stranger of strangers) open.add(stranger)
    await Promise.allSettled(strangers.map((stranger) => stranger.dial(multiaddr(addressOf(strict)))))
    const through = strangers.filter(connected).length
    assert.ok(through >= 1 && through <= 10, `${through} of 20 came through at once`)
  } finally {
    await open.close()
  }
})

test('stop may be called twice and leaves nothing open', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
  const first = await openHost(1)
  const second = await openHost(2, {}, { bootstrap: [addressOf(first)] })
  await until(meshed([first, second], 1), () => 'no mesh')
  await Promise.all([second.stop(), first.stop()])
  await first.stop()
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
  await until(
    () => sockets() <= before,
    () => `${sockets() - before} sockets are left`,
  )
  assert.is(first.status().connections, 0)
})

test.run()
