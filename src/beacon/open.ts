// Puts the beacon client together from a pinned chain and a list of relay URLs.
// Promises: an impossible configuration (bad URL, no relay, bad key) is a Fault now, not silence later.
// It adds no behaviour of its own.
import { Fault } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import { createBeaconClient } from './client.ts'
import type { BeaconClient, BeaconClientOptions } from './client.ts'
import { confirmWithDrandClient } from './confirm.ts'
import { createRace } from './race.ts'
import { createHttpRelay } from './relay.ts'
import { createScores } from './scores.ts'
import { createBeaconVerifier } from './verify.ts'

export interface OpenBeaconsOptions extends BeaconClientOptions {
  /** Bases of drand HTTP relays, `https://host/<chain hash>`; the first is asked first until experience says otherwise. */
  readonly relayUrls: readonly string[]
}

/** @throws Fault `relay-url`, `relay-none`, `chain-key`. */
export const openBeacons = async (
  options: OpenBeaconsOptions,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<BeaconClient> => {
  const { chain, relayUrls } = options
  const { clock } = deps
  const relays = [...new Set(relayUrls)].map((url) => createHttpRelay(url, chain))
  if (relays.length === 0)
    throw new Fault('relay-none', 'no drand relay is configured: name at least one, better three')
  const verifier = await createBeaconVerifier({ chain }, { clock })
  const scores = createScores(
    relays.map((relay) => relay.url),
    () => clock.now(),
  )
  const race = createRace({ relays, clock, verifier, scores, confirm: confirmWithDrandClient })
  return createBeaconClient(options, { ...deps, verifier, race, scores })
}
