// Circuit relay v2 around libp2p's own: the transport whose search for relays is replaced by the keeper's (reachability.ts),
// a relay server that can be switched on and off, and which relays belong to whom. Members behind a NAT are in no routing
// table, so where to find one follows from its key alone: everybody ranks the same relays in the same order.

import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { CircuitRelayServerComponents, CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { PeerId, Transport } from '@libp2p/interface'
import type { RelayLimits } from './options.ts'

/** What the keeper needs of the library's reservation store; its own types do not show it. */
export interface Reservations {
  /** Asks for a reservation, which one of the addresses listened on as `/p2p-circuit` then takes. */
  addRelay(relay: PeerId, type: 'discovered'): Promise<unknown>
  hasReservation(relay: PeerId): boolean
  reservationCount(type: 'discovered'): number
}
type Inside = Transport & { discovery: unknown; reservationStore: Reservations & { relayFilter: unknown } }

/** Forgets: the library never asks a relay again that failed once, the keeper paces itself. */
const forgetful = { has: () => false, add: () => undefined }

/** The client's transport; `onReady` is handed its reservations. */
export const circuitTransport =
  (onReady: (reservations: Reservations) => void) =>
  (components: CircuitRelayTransportComponents): Transport => {
    const transport = circuitRelayTransport()(components) as Inside
    // After a relay has restarted the library's search does not return to it (js-libp2p#3601).
    transport.discovery = undefined
    const store = transport.reservationStore
    Object.defineProperty(store, 'relayFilter', { get: () => forgetful, set: () => undefined })
    onReady(store)
    return transport
  }

export interface RelayServer {
  start(): Promise<void>
  stop(): Promise<void>
  /** Reservations held by others. */
  held(): number
}

/** Serves nobody before `start`. A new one each time: the library's does not survive its own stop. */
export function createRelayServer(limits: RelayLimits, components: CircuitRelayServerComponents): RelayServer {
  const make = () =>
    circuitRelayServer({
      reservations: {
        maxReservations: limits.reservations,
        defaultDurationLimit: limits.seconds * 1000,
        defaultDataLimit: BigInt(limits.bytes),
      },
    })(components) as ReturnType<ReturnType<typeof circuitRelayServer>> & {
      start(): Promise<void>
      stop(): Promise<void>
    }
  let running: ReturnType<typeof make> | undefined
  return {
    async start() {
      running ??= make()
      await running.start()
    },
    async stop() {
      const stopped = running
      running = undefined
      await stopped?.stop()
    },
    held: () => running?.reservations.size ?? 0,
  }
}
