// Who this host is connected to, for people: address, direction, age, a measured round trip, standing. It looks, it
// changes nothing; a question costs one ping for each peer and a bounded time.

import type { Connection, PeerId } from '@libp2p/interface'
import { toHex } from '../core/bytes.ts'
import type { Hex } from '../core/types.ts'
import type { Conduct } from './conduct.ts'
import type { Node } from './node.ts'
import { peerKeyOf } from './peers.ts'

export interface Neighbour {
  readonly peerId: string
  /** Ed25519 key the registry would know it by; undefined for other kinds of keys, which no member has. */
  readonly peerKey: Hex | undefined
  readonly address: string
  /** Who dialled: inbound connections show that others can reach us. */
  readonly direction: 'inbound' | 'outbound'
  /** Unix ms. */
  readonly since: number
  /** Undefined when it did not answer a ping in time. */
  readonly latencyMs: number | undefined
  /** gossipsub's score: below 0 it is trusted less. */
  readonly score: number
  /** Offences, from 0 to 100, where it is cut off. */
  readonly points: number
  /** Name and version of its program. */
  readonly agent: string
  /** Newest gossip and Stkr protocols it speaks. */
  readonly protocols: readonly string[]
}

const PING_MS = 2_000
/** More than a host pings in reasonable time; the rest is listed without latency. */
const PINGS_MAX = 64

async function storedOf(node: Node, peer: PeerId): Promise<{ agent: string; protocols: readonly string[] }> {
  const stored = await node.peerStore.get(peer).catch(() => undefined)
  const agent = stored?.metadata.get('AgentVersion')
  const protocols = (stored?.protocols ?? []).filter((name) => /^\/(?:stkr|meshsub)\//.test(name))
  return { agent: agent ? new TextDecoder().decode(agent).slice(0, 64) : '', protocols: protocols.toSorted() }
}

const latencyOf = async (node: Node, peer: PeerId): Promise<number | undefined> =>
  node.services.ping.ping(peer, { signal: AbortSignal.timeout(PING_MS) }).catch(() => undefined)

/** One for each connected peer, oldest connection first. */
export async function listNeighbours(node: Node, conduct: Conduct): Promise<readonly Neighbour[]> {
  const describe = async (connection: Connection, index: number): Promise<Neighbour> => {
    const { remotePeer: peer } = connection
    const key = peerKeyOf(peer)
    const [stored, latencyMs] = await Promise.all([
      storedOf(node, peer),
      index < PINGS_MAX ? latencyOf(node, peer) : undefined,
    ])
    return {
      peerId: peer.toString(),
      peerKey: key && toHex(key),
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      since: connection.timeline.open,
      latencyMs,
      score: node.services.gossip.getScore(peer.toString()),
      points: Math.round(conduct.points(peer.toString())),
      ...stored,
    }
  }
  const first = new Map<string, Connection>()
  for (const connection of node.getConnections().toSorted((a, b) => a.timeline.open - b.timeline.open))
    if (connection.status === 'open' && !first.has(connection.remotePeer.toString()))
      first.set(connection.remotePeer.toString(), connection)
  return Promise.all([...first.values()].map(describe))
}
