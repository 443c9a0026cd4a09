// The libp2p node: transports, encryption, multiplexing, identity, DHT, limits. Strict on the open internet, relaxed
// where many sidecars share an address. Reasons for the numbers: docs/protocol.md, Host. It is made unstarted and knows
// nothing of records.

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify, identifyPush } from '@libp2p/identify'
import type { CircuitRelayServerComponents, CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { ComponentLogger, Libp2p, Logger, PeerId } from '@libp2p/interface'
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { BlackHoleDatastore } from 'datastore-core/black-hole'
import { createLibp2p } from 'libp2p'
import type { ServiceFactoryMap } from 'libp2p'
import { Fault } from '../core/errors.ts'
import type { Conduct } from './conduct.ts'
import type { HostOptions } from './options.ts'
import { peerKeyOf } from './peers.ts'
import type { Parts } from './reachability.ts'
import type { Reservations } from './relays.ts'
import { guardedGossipsub } from './router.ts'
import type { RouterDeps } from './router.ts'

/** Connections on the open internet; a mesh of 4096 needs a few dozen and probes come and go. */
const CONNECTIONS_MAX = 200

/** libp2p formats every debug line before it asks whether anybody reads it: nobody does. */
const silent: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: (): Logger => silent,
})
export const silence: ComponentLogger = { forComponent: () => silent }

function connectionLimits(local: boolean) {
  if (local)
    return {
      maxConnections: 1024,
      maxIncomingPendingConnections: 256,
      inboundConnectionThreshold: 1000,
      // These ranges are exempt from the limit per address, which would reset the dials of neighbours on one machine.
      allow: ['/ip4/127.0.0.0/ipcidr/8', '/ip6/::1/ipcidr/128'],
    }
  return {
    maxConnections: CONNECTIONS_MAX,
    maxIncomingPendingConnections: 20,
    inboundConnectionThreshold: 5,
    maxParallelDials: 20,
    maxDialQueueLength: 200,
    inboundUpgradeTimeout: 5000,
  }
}

type Hold = { reservations: Reservations | undefined; parts: Parts | undefined }

/** WebSocket, memory transport, mDNS and relaying are loaded only where they are used: a cold start pays for every module. */
async function transports(options: HostOptions, hold: Hold) {
  const addresses = [...options.listen, ...options.bootstrap]
  const wants = (part: RegExp): boolean => addresses.some((address) => part.test(address))
  return [
    tcp({ inboundSocketInactivityTimeout: 120_000, outboundSocketInactivityTimeout: 120_000 }),
    ...(!options.local || wants(/\/wss?(?:\/|$)/) ? [(await import('@libp2p/websockets')).webSockets()] : []),
    ...(wants(/^\/memory\//) ? [(await import('@libp2p/memory')).memory()] : []),
    ...(options.reach || wants(/\/p2p-circuit/)
      ? [(await import('./relays.ts')).circuitTransport((reservations) => (hold.reservations = reservations))]
      : []),
  ]
}

async function openStore(path: string) {
  const { LevelDatastore } = await import('datastore-level')
  const store = new LevelDatastore(path)
  await store.open().catch((cause: unknown) => {
    throw new Fault('peer-store', 'the peer store cannot be opened: is another sidecar using it?', { cause })
  })
  return store
}

/**
 * The DHT finds peers and stores nothing: provider records of strangers, which it would keep for two days each, go into
 * a datastore that forgets.
 */
function peerRoutingOnly(options: HostOptions) {
  const create = kadDHT({
    protocol: `/stkr/${options.network}/kad/1.0.0`,
    clientMode: options.reach !== undefined || !options.reachable,
    peerInfoMapper: options.local ? passthroughMapper : removePrivateAddressesMapper,
    // Asked while everybody boots, it makes everybody dial everybody: 190 dials became 902 connections.
    initialQuerySelfInterval: options.local ? 60_000 : 15_000,
    allowQueryWithZeroPeers: true,
  })
  return (components: Parameters<typeof create>[0]) =>
    create(Object.create(components, { datastore: { value: new BlackHoleDatastore() } }) as typeof components)
}

/** Finding out whether we can be dialled, and hole punching. */
async function reachServices({ reach }: HostOptions, hold: Hold): Promise<ServiceFactoryMap> {
  if (!reach) return {}
  const [{ autoNAT }, { dcutr }, { createRelayServer }] = await Promise.all([
    import('@libp2p/autonat'),
    import('@libp2p/dcutr'),
    import('./relays.ts'),
  ])
  const parts = (components: CircuitRelayServerComponents & CircuitRelayTransportComponents): unknown => {
    const { addressManager, transportManager } = components
    const relayServer = reach.relay && createRelayServer(reach.relay, components)
    hold.parts = { addressManager, transportManager, relayServer, reservations: () => hold.reservations }
    return {}
  }
  return {
    autoNAT: autoNAT(),
    dcutr: dcutr(),
    parts,
    ...(reach.upnp && { upnp: (await import('@libp2p/upnp-nat')).uPnPNAT() }),
  }
}

function services(options: HostOptions, deps: RouterDeps) {
  return {
    identify: identify(),
    identifyPush: identifyPush(),
    ping: ping({ maxInboundStreams: 4 }),
    dht: peerRoutingOnly(options),
    gossip: guardedGossipsub({ network: options.network, local: options.local }, deps),
  }
}

type Services = { [K in keyof ReturnType<typeof services>]: ReturnType<ReturnType<typeof services>[K]> }
export type Node = Libp2p<Services>

/** The node, not started, and what to close after it. Faults: `bad-secret-key`, `peer-store`. */
export async function createNode(
  options: HostOptions,
  deps: RouterDeps & { readonly conduct: Conduct; isMember(peerKey: Uint8Array): boolean },
): Promise<{ node: Node; parts: Parts | undefined; closeStore(): Promise<void> }> {
  if (options.secretKey.length !== 32)
    throw new Fault('bad-secret-key', `an Ed25519 seed has 32 bytes, got ${options.secretKey.length}`)
  const store = options.storePath === undefined ? undefined : await openStore(options.storePath)
  const hold: Hold = { reservations: undefined, parts: undefined }
  const isStranger = (peer: PeerId): boolean => {
    const key = peerKeyOf(peer)
    return key === undefined || !deps.isMember(key)
  }
  const isBanned = (peer: { toString(): string }): boolean => deps.conduct.isBanned(peer.toString())
  const node = await createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.secretKey),
    nodeInfo: { name: 'stkr', version: '1', userAgent: 'stkr/1' },
    logger: silence,
    addresses: { listen: [...options.listen], announce: [...(options.announce ?? [])] },
    transports: await transports(options, hold),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: connectionLimits(options.local),
    connectionMonitor: { enabled: !options.local },
    connectionGater: {
      denyDialPeer: isBanned,
      denyInboundEncryptedConnection: isBanned,
      // The library refuses nothing by itself here: private addresses are dialled on purpose in private networks.
      denyDialMultiaddr: () => false,
      // What a relay gives is bounded; members are who it is for.
      denyInboundRelayReservation: isStranger,
    },
    peerDiscovery: options.mdns
      ? [(await import('@libp2p/mdns')).mdns({ serviceTag: `_stkr-${options.network}._udp.local` })]
      : [],
    services: { ...(await reachServices(options, hold)), ...services(options, deps) },
    ...(store && { datastore: store }),
  })
  return { node, parts: hold.parts, closeStore: async () => store?.close() }
}
