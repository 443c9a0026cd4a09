// Keeps this host in the mesh: while it has too few neighbours it dials bootstraps, members of the roster and peers it
// has met, each with growing pauses between failures; and it drops connections that libp2p holds open but gossipsub has
// given up. It dials, it never judges.

import type { PeerId } from '@libp2p/interface'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { Fault } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import type { Conduct } from './conduct.ts'
import type { Node } from './node.ts'
import { peerIdOf } from './peers.ts'
import { isLimited } from './limited.ts'

/** Gossip neighbours below which we dial: D is 6, and a neighbour may leave at any time. */
const NEIGHBOURS_MIN = 8
const DIALS_AT_ONCE = 4
const TICK_MS = 1000
const DIAL_MS = 10_000
const PAUSE_MIN_MS = 1000
const PAUSE_MAX_MS = 60_000
/** Ticks a connected gossip peer may be missing from the router before its connection is closed. */
const LOST_TICKS = 5
const STORED_PEERS_MAX = 64

interface Attempt {
  readonly failures: number
  readonly notBefore: number
}

/** Pause after the n-th failure: doubling, capped, and spread over half to one and a half, so that a restarted bootstrap is not stormed. */
export const pauseMs = (failures: number, fraction: number): number =>
  Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** (failures - 1)) * (0.5 + fraction)

/** Peer id and address of a bootstrap entry. Fault `bad-address`. */
export function parseBootstrap(address: string): { readonly peer: PeerId; readonly address: Multiaddr } {
  try {
    const parsed = multiaddr(address)
    const id = parsed.getComponents().findLast((component) => component.code === CODE_P2P)?.value
    if (id === undefined) throw new Error('no /p2p/ component')
    return { peer: peerIdFromString(id), address: parsed }
  } catch (cause) {
    throw new Fault('bad-address', `${address} is not a multiaddr that ends in /p2p/<peer id>`, { cause })
  }
}

export interface MeshDeps {
  readonly node: Node
  readonly conduct: Conduct
  readonly random: RandomBytes
  members(): readonly Uint8Array[]
  now(): number
}

export function createMesh(bootstrap: readonly string[], deps: MeshDeps) {
  const { node, conduct } = deps
  const bootstraps = bootstrap.map(parseBootstrap)
  const attempts = new Map<string, Attempt>()
  const lost = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let stopping = new AbortController()

  const fraction = (): number => new DataView(deps.random(4).buffer).getUint32(0) / 2 ** 32

  async function dial(peer: PeerId, target: PeerId | Multiaddr): Promise<void> {
    const name = peer.toString()
    try {
      await node.dial(target, { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(DIAL_MS)]) })
      attempts.delete(name)
    } catch {
      const failures = (attempts.get(name)?.failures ?? 0) + 1
      attempts.set(name, { failures, notBefore: deps.now() + pauseMs(failures, fraction()) })
    }
  }

  const wanted = (peer: PeerId): boolean =>
    !peer.equals(node.peerId) &&
    !conduct.isBanned(peer.toString()) &&
    node.getConnections(peer).length === 0 &&
    (attempts.get(peer.toString())?.notBefore ?? 0) <= deps.now()

  /** Bootstraps first; then members in random order; then whoever the peer store remembers. */
  async function candidates(): Promise<readonly { readonly peer: PeerId; readonly target: PeerId | Multiaddr }[]> {
    const first = bootstraps.filter(({ peer }) => wanted(peer)).map(({ peer, address }) => ({ peer, target: address }))
    if (first.length >= DIALS_AT_ONCE) return first
    const members = deps.members()
    const start = Math.floor(fraction() * members.length)
    const shifted = [...members.slice(start), ...members.slice(0, start)]
    const second = shifted.map(peerIdOf).filter(wanted)
    if (second.length > 0) return [...first, ...second.map((peer) => ({ peer, target: peer }))]
    const stored = await node.peerStore.all({ limit: STORED_PEERS_MAX })
    return [...first, ...stored.filter(({ id }) => wanted(id)).map(({ id }) => ({ peer: id, target: id }))]
  }

  /** A gossip stream that failed is not reopened by the library while the connection lives. */
  async function dropLost(): Promise<void> {
    const neighbours = new Set(node.services.gossip.getPeers().map(String))
    const connected = new Set<string>()
    for (const peer of node.getPeers()) {
      const name = peer.toString()
      connected.add(name)
      // Gossip never goes over a relay: its caps are for probes.
      if (neighbours.has(name) || node.getConnections(peer).every(isLimited) || !(await speaksGossip(peer)))
        lost.delete(name)
      else lost.set(name, (lost.get(name) ?? 0) + 1)
      if ((lost.get(name) ?? 0) < LOST_TICKS) continue
      lost.delete(name)
      await node.hangUp(peer, { signal: AbortSignal.timeout(TICK_MS) })
    }
    for (const name of lost.keys()) if (!connected.has(name)) lost.delete(name)
  }

  async function speaksGossip(peer: PeerId): Promise<boolean> {
    const stored = await node.peerStore.get(peer).catch(() => undefined)
    return stored?.protocols.some((protocol) => protocol.startsWith('/meshsub/')) ?? false
  }

  async function tick(): Promise<void> {
    await dropLost()
    if (node.services.gossip.getPeers().length >= NEIGHBOURS_MIN) return
    const next = (await candidates()).slice(0, DIALS_AT_ONCE)
    await Promise.all(next.map(({ peer, target }) => dial(peer, target)))
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      tick()
        .catch(() => undefined) // Stopping under our feet, or one failed look at the store: the next tick looks again.
        .finally(() => stopping.signal.aborted || schedule(TICK_MS * (0.5 + fraction())))
    }, delayMs)
  }

  return {
    start() {
      stopping = new AbortController()
      schedule(0)
    },
    stop() {
      stopping.abort()
      clearTimeout(timer)
    },
    /** Addresses under a growing pause; never more than bootstraps, members and STORED_PEERS_MAX. */
    paused: () => attempts.size,
  }
}
