// Peers by the key the registry knows them by: 32 bytes of Ed25519 public key on one side, libp2p's PeerId on the
// other. Finds a connection to a key: the open one, else addresses from the peer store, else the DHT. Keeps no address
// book of its own: identify, DHT and bootstrap already feed the peer store.

import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { equalBytes } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import type { Node } from './node.ts'

const PING_MS = 2000
/** Distinct peers pinged before we call ourselves cut off. */
const PINGS = 4
/** How long one dial may take, address lookup in the DHT included. */
const DIAL_MS = 8000

/** PeerId of an Ed25519 public key. Fault `bad-peer-key` when it is not 32 bytes. */
export function peerIdOf(peerKey: Uint8Array): PeerId {
  if (peerKey.length !== 32) throw new Fault('bad-peer-key', `a peer key has 32 bytes, got ${peerKey.length}`)
  return peerIdFromPublicKey(publicKeyFromRaw(peerKey))
}

/** Ed25519 public key behind a PeerId; undefined for peers with another kind of key, which no member has. */
export function peerKeyOf(peer: PeerId): Uint8Array | undefined {
  return peer.type === 'Ed25519' ? peer.publicKey.raw : undefined
}

const openConnection = (node: Node, peer: PeerId): Connection | undefined =>
  node.getConnections(peer).find((connection) => connection.status === 'open')

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
}

export function createPeers(deps: { node: Node; random: RandomBytes }): Peers {
  const { node, random } = deps

  async function dial(peer: PeerId, force: boolean, signal: AbortSignal): Promise<Connection> {
    try {
      return await node.dial(peer, { force, signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]) })
    } catch (cause) {
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
  }
}
