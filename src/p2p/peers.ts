// Peers by the key the registry knows them by: 32 bytes of Ed25519 public key on one side, libp2p's PeerId on the
// other. Finds a connection to a key: the open one, else addresses from the peer store, else the DHT. Keeps no address
// book of its own: identify, DHT and bootstrap already feed the peer store.

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { equalBytes } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import { HOP, isLimited, isPublic, rankRelays } from './limited.ts'
import type { Node } from './node.ts'

const PING_MS = 2000
/** Distinct peers pinged before we call ourselves cut off. */
const PINGS = 4
/** How long one dial may take, address lookup in the DHT included. */
const DIAL_MS = 8000
/** Relays tried for one peer. */
const RELAYS_MAX = 12
/** How long the end of a relay excuses those behind it: they have found another one long before. */
const DEPARTED_MS = 600_000
const DEPARTURES_MAX = 1024

/** PeerId of an Ed25519 public key. Fault `bad-peer-key` when it is not 32 bytes. */
export function peerIdOf(peerKey: Uint8Array): PeerId {
  if (peerKey.length !== 32) throw new Fault('bad-peer-key', `a peer key has 32 bytes, got ${peerKey.length}`)
  return peerIdFromPublicKey(publicKeyFromRaw(peerKey))
}

/** Ed25519 public key behind a PeerId; undefined for peers with another kind of key, which no member has. */
export function peerKeyOf(peer: PeerId): Uint8Array | undefined {
  return peer.type === 'Ed25519' ? peer.publicKey.raw : undefined
}

/** A direct one if there is any. */
function openConnection(node: Node, peer: PeerId): Connection | undefined {
  const open = node.getConnections(peer).filter(({ status }) => status === 'open')
  return open.find((connection) => !isLimited(connection)) ?? open[0]
}

/** Distinct connected peers in random order, so that no neighbour is always asked first. */
export function connectedPeers(node: Node, random: RandomBytes): readonly PeerId[] {
  const peers = [...node.getPeers()]
  const seed = new DataView(random(4 * Math.max(1, peers.length)).buffer)
  return peers
    .map((peer, index) => ({ peer, draw: seed.getUint32(index * 4) }))
    .sort((a, b) => a.draw - b.draw)
    .map(({ peer }) => peer)
}

export interface Peers {
  /** An open connection, else a new one. Fault `unreachable`. */
  reach(peerKey: Uint8Array, signal: AbortSignal): Promise<Connection>
  /**
   * A connection made now, beside the ones that exist. `release` closes it unless it has become the only one to that
   * peer and others use it. Fault `unreachable`.
   */
  reachAnew(peerKey: Uint8Array, signal: AbortSignal): Promise<{ connection: Connection; release(): Promise<void> }>
  /** True as soon as one connected peer outside `except` answers a ping, or, with none connected, one known is dialled. */
  anybody(except: readonly Uint8Array[], signal: AbortSignal): Promise<boolean>
  /** Do the only known ways to a peer lead through relays that we were connected to a moment ago and that are gone? */
  relaysDown(peerKey: Uint8Array, signal: AbortSignal): Promise<boolean>
}

export interface PeersDeps {
  readonly node: Node
  readonly random: RandomBytes
  members(): readonly Uint8Array[]
  now(): number
}

export function createPeers(deps: PeersDeps): Peers {
  const { node, random } = deps
  const departed = createDepartures(node, deps.now)

  async function dial(peer: PeerId, force: boolean, signal: AbortSignal): Promise<Connection> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)])
    try {
      return await node.dial(peer, { force, signal: limit })
    } catch (cause) {
      const relayed = await dialRelayed(node, deps.members(), peer, signal)
      if (relayed) return relayed
      throw new Fault('unreachable', 'no address of the peer could be dialled', { cause })
    }
  }

  async function pings(peer: PeerId, signal: AbortSignal): Promise<boolean> {
    const { ping } = node.services
    await ping.ping(peer, { signal: AbortSignal.any([signal, AbortSignal.timeout(PING_MS)]) })
    return true
  }

  return {
    reach: async (peerKey, signal) => {
      const peer = peerIdOf(peerKey)
      return openConnection(node, peer) ?? (await dial(peer, false, signal))
    },

    reachAnew: async (peerKey, signal) => {
      const peer = peerIdOf(peerKey)
      const connection = await dial(peer, true, signal)
      const release = async (): Promise<void> => {
        const others = node.getConnections(peer).some((other) => other.id !== connection.id && other.status === 'open')
        if (!others && connection.streams.length > 0) return
        await connection.close({ signal: AbortSignal.timeout(1000) }).catch((error: Error) => connection.abort(error))
      }
      return { connection, release }
    },

    anybody: async (except, signal) => {
      const allowed = (peer: PeerId): boolean => {
        const key = peerKeyOf(peer)
        return key === undefined || !except.some((suspect) => equalBytes(suspect, key))
      }
      const connected = connectedPeers(node, random).filter(allowed).slice(0, PINGS)
      const known = connected.length > 0 ? [] : await node.peerStore.all({ limit: 64 })
      const candidates = [
        ...connected,
        ...known.map(({ id }) => id).filter((id) => !id.equals(node.peerId) && allowed(id)),
      ]
      return Promise.any(candidates.slice(0, PINGS).map((peer) => pings(peer, signal))).catch(() => false)
    },

    relaysDown: async (peerKey, signal) => {
      const stored = await node.peerStore.get(peerIdOf(peerKey)).catch(() => undefined)
      const addresses = stored?.addresses.map(({ multiaddr: address }) => address.toString()) ?? []
      const relays = relaysIn(peerIdOf(peerKey), addresses)
      if (relays.length === 0) return false
      const gone = await Promise.all(
        relays.map(async (relay) => departed.lately(relay) && !(await pings(relay, signal).catch(() => false))),
      )
      return gone.every(Boolean)
    },
  }
}

/** The relays that all ways lead through; none when an address of the open internet is among them. */
function relaysIn(peer: PeerId, addresses: readonly string[]): readonly PeerId[] {
  const relays = new Map<string, PeerId>()
  for (const address of addresses) {
    const relay = /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1]
    if (relay !== undefined) relays.set(relay, peerIdFromString(relay))
    else if (isPublic(peer, address)) return []
  }
  return [...relays.values()]
}

/** Who was connected lately and is no longer: bounded in number, and in time, so that a dead relay excuses nobody for long. */
function createDepartures(node: Node, now: () => number) {
  const departures = new Map<string, number>()
  node.addEventListener('peer:disconnect', ({ detail: peer }) => {
    const name = peer.toString()
    departures.delete(name)
    departures.set(name, now())
    const oldest = departures.keys().next()
    if (departures.size > DEPARTURES_MAX && oldest.done !== true) departures.delete(oldest.value)
  })
  return {
    lately: (peer: PeerId): boolean =>
      node.getConnections(peer).length === 0 && now() - (departures.get(peer.toString()) ?? -Infinity) < DEPARTED_MS,
  }
}

/** Through the relays where the peer is looked for first, and those we are connected to anyway; undefined when none helps. */
async function dialRelayed(
  node: Node,
  members: readonly Uint8Array[],
  peer: PeerId,
  signal: AbortSignal,
): Promise<Connection | undefined> {
  const key = peerKeyOf(peer)
  const ranked = key === undefined ? [] : rankRelays(members, key).map(peerIdOf)
  const relays = new Map(ranked.map((relay) => [relay.toString(), relay]))
  for (const { id, protocols } of await node.peerStore.all().catch(() => []))
    if (protocols.includes(HOP) && node.getConnections(id).length > 0) relays.set(id.toString(), id)
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)])
  for (const relay of [...relays.values()].slice(0, RELAYS_MAX)) {
    if (limit.aborted || relay.equals(peer) || relay.equals(node.peerId)) continue
    const address = multiaddr(`/p2p/${relay.toString()}/p2p-circuit/p2p/${peer.toString()}`)
    const found = await node.dial(address, { force: true, signal: limit }).catch(() => undefined)
    if (found) return found
  }
  return undefined
}
