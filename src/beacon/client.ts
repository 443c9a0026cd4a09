// The mesh's clock: verified drand rounds from relays, from the mesh and from whoever offers them, behind the port
// `Beacons`. Follows the newest round, fetches older ones on demand.
// Promises: nothing unverified leaves it; after a stall it asks for the newest round only, never for a pile; each round
// is announced once; waits end by signal or close. It does not gossip: the wiring connects onBeacon and offer.
import { roundAt } from '../core/clock.ts'
import { ignore, reject } from '../core/errors.ts'
import type { Fault } from '../core/errors.ts'
import type { Beacons, Clock, Log } from '../core/ports.ts'
import type { Beacon, DrandChain } from '../core/types.ts'
import { follow } from './follow.ts'
import { createLookups } from './lookups.ts'
import type { Race, Wanted } from './race.ts'
import { createRecent } from './recent.ts'
import type { Scores, RelayStanding } from './scores.ts'
import { REMEMBERED_ROUNDS } from './verify.ts'
import type { BeaconVerifier, ClaimedBeacon } from './verify.ts'

export interface BeaconClientOptions {
  readonly chain: DrandChain
  /**
   * How long after a round is due to ask relays for it, ms. In a mesh most sidecars get it from a peer meanwhile, so
   * a spread of delays keeps all but a few off the relays.
   */
  readonly fetchDelayMs: (round: number) => number
}

export interface BeaconClientDeps {
  readonly clock: Clock
  readonly log: Log
  readonly verifier: BeaconVerifier
  readonly race: Race
  readonly scores: Scores
}

export interface BeaconClient extends Beacons {
  /** What each relay has been worth, for metrics and `stkr status`. */
  readonly relays: () => readonly RelayStanding[]
  /** Ends every wait with Fault `beacons-closed` and resolves when nothing runs any more. */
  readonly close: () => Promise<void>
}

type Listener = Parameters<Beacons['onBeacon']>[0]
type Source = Parameters<Listener>[1]

const closedFault = (): Fault => ignore('beacons-closed', 'the beacon client is closed')

const createListeners = (log: Log) => {
  const listeners = new Set<Listener>()
  return {
    add: (listener: Listener): (() => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** A listener that throws is our bug in one place, not a reason to keep the beacon from the others. */
    tell: (beacon: Beacon, source: Source): void => {
      for (const listener of [...listeners]) {
        try {
          listener(beacon, source)
        } catch (error) {
          log.error('a beacon listener failed', { round: beacon.round, error: String(error) })
        }
      }
    },
  }
}

/** Starts following at once. Faults of `get`: `beacon-round`, `beacons-busy`, `beacons-closed`. */
export const createBeaconClient = (options: BeaconClientOptions, deps: BeaconClientDeps): BeaconClient => {
  const { chain, fetchDelayMs } = options
  const { clock, log, verifier, race, scores } = deps
  const closing = new AbortController()
  const listeners = createListeners(log)
  const accepted = createRecent(REMEMBERED_ROUNDS)
  let newest: Beacon | undefined

  const accept = (beacon: Beacon, source: Source): void => {
    if (accepted.get(beacon.round)) return // it came by two ways at once
    accepted.put(beacon)
    if (newest === undefined || beacon.round > newest.round) newest = beacon
    head.wake(beacon.round)
    lookups.resolve(beacon)
    listeners.tell(beacon, source)
  }

  const bring = async (wanted: Wanted, signal: AbortSignal): Promise<void> => {
    accept(await race.fetch(wanted, signal), 'relay')
  }

  const latestRound = (): number => newest?.round ?? 0
  const head = follow({ chain, fetchDelayMs }, { clock, log, latestRound, fetch: bring, signal: closing.signal })
  const lookups = createLookups({
    clock,
    fetch: (round, signal) => bring({ round }, signal),
    // The newest due round is the head's: asking for it here would defeat the delay that spares the relays.
    isPast: (round) => round < roundAt(chain, clock.now()),
    signal: closing.signal,
  })

  const offer = async (claim: ClaimedBeacon): Promise<Beacon> => {
    if (closing.signal.aborted) throw closedFault()
    const stale = claim.round <= latestRound() - REMEMBERED_ROUNDS
    if (stale && !lookups.awaits(claim.round)) {
      // Authentic or not, it is of no use here, and each would cost a pairing: old rounds are without end.
      throw ignore('beacon-stale', 'a beacon of a round long past was offered', { round: claim.round })
    }
    const beacon = verifier.verify(claim)
    accept(beacon, 'offer')
    return beacon
  }

  const get = async (round: number, signal?: AbortSignal): Promise<Beacon> => {
    if (closing.signal.aborted) throw closedFault()
    signal?.throwIfAborted()
    if (!Number.isSafeInteger(round) || round < 1) {
      throw reject('beacon-round', 'a beacon was asked for that is no positive round', { round })
    }
    return accepted.get(round) ?? lookups.add(round, signal)
  }

  return {
    chain,
    latest: () => newest,
    get,
    offer,
    onBeacon: listeners.add,
    relays: scores.standings,
    close: async () => {
      closing.abort(closedFault())
      await Promise.all([head.ended, lookups.ended()])
    },
  }
}
