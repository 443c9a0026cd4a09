// The host of a holder of a threshold key, apart from any sidecar's: TCP, noise and yamux, one protocol, and nobody but the
// holders of the group gets a connection. No gossip, no DHT, no relays: holders know each other's addresses. Sizes and form
// are checked here; what is asked for and answered is the custody's.

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Connection, PeerId } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { toHex } from '../core/bytes.ts'
import { CustodyAnswerType, CustodyRequestType } from '../core/custody-wire.ts'
import type { CustodyAnswer, CustodyRequest } from '../core/custody-wire.ts'
import { Fault } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { decode } from '../core/records.ts'
import { createConduct } from './conduct.ts'
import { createTally } from './limits.ts'
import { parseBootstrap } from './mesh.ts'
import { silence } from './node.ts'
import { peerIdOf, peerKeyOf } from './peers.ts'
import { ask, refused, serve } from './streams.ts'
import type { Admission, Protocol } from './streams.ts'

const DIAL_MS = 5000

export const CUSTODY: Protocol = {
  id: '/stkr/custody/1',
  request: { frameMaxBytes: CustodyRequestType.maxSize, totalMaxBytes: CustodyRequestType.maxSize + 16 },
  answer: { frameMaxBytes: CustodyAnswerType.maxSize, totalMaxBytes: CustodyAnswerType.maxSize + 32 },
  limitMs: 10_000,
}

/** A ceremony asks each holder twice a second; a signing round is three requests. */
const ADMISSION: Admission = { rate: { perSecond: 8, burst: 60 }, perPeerMax: 4, inAllMax: 64 }

export interface CustodyHostOptions {
  /** Ed25519 seed of this holder, 32 bytes. */
  readonly secretKey: Uint8Array
  /** Multiaddrs to listen on; empty for one that only asks. */
  readonly listen: readonly string[]
  /** Where each holder is dialled, ending in its `/p2p/…`; this one among them. */
  readonly addresses: readonly string[]
}

export interface CustodyHostDeps {
  readonly log: Log
  /** Answers a holder, named by its peer key; a Fault is sent back as a refusal. */
  onRequest(request: CustodyRequest, from: Uint8Array): Promise<CustodyAnswer>
}

export interface CustodyHost {
  start(): Promise<void>
  /** Closes every stream and connection; may be called twice. */
  stop(): Promise<void>
  addresses(): readonly string[]
  /** Faults: `unreachable`, those of a stream, `bad-encoding`. */
  ask(peerKey: Uint8Array, request: CustodyRequest, signal: AbortSignal): Promise<CustodyAnswer>
  /** Requests turned away, by code. */
  refused(): Readonly<Record<string, number>>
}

/** Peer key of an address that ends in `/p2p/<peer id>`. Fault `bad-address`. */
export function peerKeyIn(address: string): Uint8Array {
  const key = peerKeyOf(parseBootstrap(address).peer)
  if (key === undefined) throw new Fault('bad-address', `${address} names a peer whose key is not Ed25519`)
  return key
}

async function createNode(options: CustodyHostOptions, isStranger: (peer: PeerId) => boolean) {
  const addresses = options.addresses.length
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', options.secretKey),
    logger: silence,
    addresses: { listen: [...options.listen] },
    transports: [tcp({ inboundSocketInactivityTimeout: 120_000, outboundSocketInactivityTimeout: 120_000 })],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {
      // Both sides may dial at the same moment, and a command may run beside a holder that serves.
      maxConnections: 4 * addresses,
      maxIncomingPendingConnections: 4 * addresses,
      // Holders on one machine share an address; strangers are cut off by their key, right after the handshake.
      inboundConnectionThreshold: 4 * addresses,
      inboundUpgradeTimeout: 5000,
    },
    connectionMonitor: { enabled: false },
    connectionGater: {
      denyDialPeer: isStranger,
      denyInboundEncryptedConnection: isStranger,
      denyDialMultiaddr: () => false,
    },
  })
}

/** The host, not started. Faults: `bad-address`. */
export async function createCustodyHost(options: CustodyHostOptions, deps: CustodyHostDeps): Promise<CustodyHost> {
  const holders = new Map(options.addresses.map((address) => [toHex(peerKeyIn(address)), multiaddr(address)]))
  const stopped = new AbortController()
  const tally = createTally()
  const now = (): number => Date.now()
  const conduct = createConduct({
    now,
    onBan(peer, offence) {
      deps.log.warn('holder cut off', { peer, offence })
      for (const connection of node.getConnections())
        if (connection.remotePeer.toString() === peer) connection.abort(new Fault('banned', 'the peer misbehaved'))
    },
  })
  const isHolder = (peer: PeerId): boolean => {
    const key = peerKeyOf(peer)
    return key !== undefined && holders.has(toHex(key))
  }
  const node = await createNode(options, (peer) => !isHolder(peer) || conduct.isBanned(peer.toString()))

  async function reach(peerKey: Uint8Array, signal: AbortSignal): Promise<Connection> {
    const address = holders.get(toHex(peerKey))
    if (!address) throw new Fault('unreachable', 'the group names no address of this peer')
    const open = node.getConnections(peerIdOf(peerKey)).find(({ status }) => status === 'open')
    if (open) return open
    try {
      return await node.dial(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]) })
    } catch (cause) {
      throw new Fault('unreachable', `${address.toString()} could not be dialled`, { cause })
    }
  }

  const server = { node, log: deps.log, conduct, tally, now, stopped: stopped.signal }
  return {
    async start() {
      const isAllowed = (connection: Connection): boolean => isHolder(connection.remotePeer)
      await serve(CUSTODY, ADMISSION, server, isAllowed, async function* (bytes, connection) {
        const request = decode(CustodyRequestType, bytes, 'custody request')
        const from = peerKeyOf(connection.remotePeer)
        if (from === undefined) throw refused('only holders may ask')
        yield CustodyAnswerType.serialize(await deps.onRequest(request, from))
      })
      await node.start()
    },
    async stop() {
      if (stopped.signal.aborted) return
      stopped.abort()
      await node.stop()
    },
    addresses: () => node.getMultiaddrs().map(String),
    async ask(peerKey, request, signal) {
      const connection = await reach(peerKey, signal)
      try {
        for await (const frame of ask(connection, CUSTODY, CustodyRequestType.serialize(request), signal))
          return decode(CustodyAnswerType, frame, 'custody answer')
      } catch (error) {
        // Open, yet it carries no stream (its other end gave it up while it was new): the next question dials anew.
        if (error instanceof Fault && error.code === 'unreachable') connection.abort(error)
        throw error
      }
      throw new Fault('garbled', 'the holder answered without an answer')
    },
    refused: () => tally.read(),
  }
}
