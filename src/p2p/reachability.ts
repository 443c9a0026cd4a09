// Can others dial this host? AutoNAT and the router's port mapping find out, the verdict decides what follows: serve the
// DHT and relay for others when they can; otherwise stay a DHT client and keep reservations at relays, made anew whenever
// one is lost. It looks every few seconds and never throws.

import type { PeerId } from '@libp2p/interface'
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import { multiaddr } from '@multiformats/multiaddr'
import type { Log, RandomBytes } from '../core/ports.ts'
import { pauseMs } from './mesh.ts'
import type { Node } from './node.ts'
import type { ReachFound, ReachOptions, Reachable } from './options.ts'
import { peerIdOf, peerKeyOf } from './peers.ts'
import { HOP, isPublic, isRelayed, rankRelays } from './limited.ts'
import type { RelayServer, Reservations } from './relays.ts'

const TICK_MS = 2_000
const DIAL_MS = 5_000

export interface Address {
  readonly multiaddr: { toString(): string }
  readonly verified: boolean
  readonly type: string
}

/** Parts of the library that only its services are handed. */
export interface Parts {
  readonly addressManager: CircuitRelayTransportComponents['addressManager']
  readonly transportManager: CircuitRelayTransportComponents['transportManager']
  readonly reservations: () => Reservations | undefined
  readonly relayServer: RelayServer | undefined
}

export interface ReachDeps {
  readonly node: Node
  readonly parts: Parts
  readonly log: Log
  readonly random: RandomBytes
  members(): readonly Uint8Array[]
  now(): number
}

/** An operator's `announce` is believed; any other address of ours must have been confirmed by those who dialled it. */
export const isDirect = (
  { verified, type, multiaddr: address }: Address,
  isOpen: (address: string) => boolean,
): boolean =>
  verified && !address.toString().includes('/p2p-circuit') && (type === 'announce' || isOpen(address.toString()))

export function createReachability(options: ReachOptions, deps: ReachDeps) {
  const { node, parts, log } = deps
  const pauses = new Map<string, { readonly failures: number; readonly notBefore: number }>()
  let verdict: Reachable = 'unknown'
  let connectedSince: number | undefined
  let listening = false
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const confirmed = (): readonly string[] =>
    parts.addressManager
      .getAddressesWithMetadata()
      .filter((address) => isDirect(address, (text) => isPublic(node.peerId, text)))
      .map((address) => address.multiaddr.toString())

  function judge(): Reachable {
    if (confirmed().length > 0) return 'reachable'
    if (node.getConnections().length > 0) connectedSince ??= deps.now()
    return connectedSince !== undefined && deps.now() - connectedSince >= options.settleMs ? 'private' : 'unknown'
  }

  async function follow(found: Reachable): Promise<void> {
    if (found === verdict) return
    log.info('reachability', { verdict: found, before: verdict })
    verdict = found
    await node.services.dht.setMode(found === 'reachable' ? 'server' : 'client')
    if (found === 'reachable') await parts.relayServer?.start()
    else await parts.relayServer?.stop()
  }

  const rests = (peer: PeerId): boolean => (pauses.get(peer.toString())?.notBefore ?? 0) > deps.now()

  /** Doubling pauses between failures, so that a relay that is full is not stormed. */
  async function attempt(peer: PeerId, task: () => Promise<unknown>): Promise<boolean> {
    const name = peer.toString()
    try {
      await task()
      pauses.delete(name)
      return true
    } catch {
      const failures = (pauses.get(name)?.failures ?? 0) + 1
      pauses.set(name, { failures, notBefore: deps.now() + pauseMs(failures, (deps.random(1)[0] ?? 0) / 256) })
      return false
    }
  }

  const direct = (peer: PeerId): boolean => node.getConnections(peer).some((connection) => !isRelayed(connection))

  async function serves(peer: PeerId): Promise<boolean> {
    const stored = await node.peerStore.get(peer).catch(() => undefined)
    return stored?.protocols.includes(HOP) ?? false
  }

  /** Those where others look for us first; then whoever is connected anyway. */
  async function candidates(): Promise<readonly PeerId[]> {
    const own = peerKeyOf(node.peerId)
    const ranked = own === undefined ? [] : rankRelays(deps.members(), own).map(peerIdOf)
    for (const peer of ranked)
      if (!direct(peer) && !rests(peer))
        await attempt(peer, async () => node.dial(peer, { signal: AbortSignal.timeout(DIAL_MS) }))
    const others = node.getPeers().filter((peer) => !ranked.some((one) => one.equals(peer)))
    const able: PeerId[] = []
    for (const peer of [...ranked, ...others]) if (direct(peer) && !rests(peer) && (await serves(peer))) able.push(peer)
    return able
  }

  async function keep(reservations: Reservations): Promise<void> {
    if (!listening) {
      listening = true
      await parts.transportManager.listen(Array.from({ length: options.reservations }, () => multiaddr('/p2p-circuit')))
    }
    if (reservations.reservationCount('discovered') >= options.reservations) return
    for (const relay of await candidates()) {
      if (stopped || reservations.reservationCount('discovered') >= options.reservations) return
      if (reservations.hasReservation(relay)) continue
      const made = await attempt(relay, () => reservations.addRelay(relay, 'discovered'))
      if (made) log.info('relay reserved', { relay: relay.toString() })
      else log.debug('relay not reserved', { relay: relay.toString() })
    }
  }

  async function tick(): Promise<void> {
    await follow(judge())
    for (const [name, { notBefore }] of pauses) if (notBefore + 600_000 < deps.now()) pauses.delete(name)
    const reservations = parts.reservations()
    if (verdict === 'private' && options.reservations > 0 && reservations) await keep(reservations)
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      tick()
        .catch((error: unknown) => {
          log.debug('reachability could not be looked at', { error: String(error) })
        })
        .finally(() => stopped || schedule(TICK_MS))
    }, delayMs)
  }

  return {
    start: () => schedule(0),
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await parts.relayServer?.stop()
    },
    status: (): ReachFound => ({
      verdict,
      confirmed: confirmed(),
      relays: reservedAt(parts.addressManager.getAddressesWithMetadata()),
      relaying: parts.relayServer?.held() ?? 0,
    }),
  }
}

/** Peer ids of the relays that our addresses lead through. */
export function reservedAt(addresses: readonly Address[]): readonly string[] {
  const relays = addresses.flatMap(
    ({ multiaddr: address }) => /\/p2p\/([^/]+)\/p2p-circuit/.exec(address.toString())?.[1] ?? [],
  )
  return [...new Set(relays)]
}
