// One beacon from many relays: the best-ranked is asked first, another after a short stagger or at once on failure,
// and the first *verified* answer wins; the rest is aborted.
// Promises: a relay that lies, hangs, dies or crawls changes nothing but its standing; at most one request per relay
// and race, each with a deadline; the first answer ever is also verified by drand-client. It does not retry.
import { Fault, ignore, reject } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Beacon } from '../core/types.ts'
import type { ChainInfo } from './chain-info.ts'
import type { Relay } from './relay.ts'
import type { RelayOutcome, Scores } from './scores.ts'
import type { BeaconVerifier, ClaimedBeacon } from './verify.ts'
import { withDeadline } from './waiting.ts'

/** A certain round, or whatever is newest provided it is newer than what we have (0: anything). */
export type Wanted = { readonly round: number } | { readonly newerThan: number }

export interface RaceDeps {
  readonly relays: readonly Relay[]
  readonly clock: Clock
  readonly verifier: BeaconVerifier
  readonly scores: Scores
  /** A second implementation's opinion. @throws Fault if it refuses what the door accepted. */
  readonly confirm: (info: ChainInfo, claim: ClaimedBeacon) => Promise<void>
}

export interface Race {
  /**
   * @throws Fault ignore `beacon-unavailable` when every relay failed (data: the code of each), or the signal's reason.
   */
  readonly fetch: (wanted: Wanted, signal: AbortSignal) => Promise<Beacon>
}

/** A relay that has not answered by now gets company: above a good relay's round trip, below what a round can wait. */
export const STAGGER_MS = 300
/** A relay that has not answered by now is given up: drand's own period is 3 s. */
export const REQUEST_TIMEOUT_MS = 3_000

const BEHIND = new Set(['relay-behind', 'beacon-stale'])

const outcomeOf = (error: unknown): RelayOutcome => {
  if (!(error instanceof Fault)) return 'failed'
  if (error.code === 'relay-timeout') return 'timeout'
  if (BEHIND.has(error.code)) return 'behind'
  return error.verdict === 'reject' ? 'lied' : 'failed'
}

const codeFor = (error: unknown): string => (error instanceof Fault ? error.code : 'relay-failed')

const checkWanted = (wanted: Wanted, claim: ClaimedBeacon, url: string): void => {
  const { round } = claim
  if ('round' in wanted) {
    if (round === wanted.round) return
    const data = { url, round, asked: wanted.round }
    throw reject('beacon-wrong-round', 'a drand relay answered with another round than asked', data)
  }
  if (round > wanted.newerThan) return
  throw ignore('beacon-stale', 'a drand relay calls a round newest that is old', { url, round })
}

interface Answer {
  readonly beacon: Beacon
  readonly info: ChainInfo
}

const createAsk = (verifier: BeaconVerifier) => {
  const introduced = new Map<string, ChainInfo>()

  /** A relay first says which chain it serves: "wrong chain" helps an operator more than "bad signature". */
  const introduce = async (relay: Relay, signal: AbortSignal): Promise<ChainInfo> => {
    const known = introduced.get(relay.url)
    if (known) return known
    const info = await relay.info(signal)
    introduced.set(relay.url, info)
    return info
  }

  return async (relay: Relay, wanted: Wanted, signal: AbortSignal): Promise<Answer> => {
    const info = await introduce(relay, signal)
    const claim = await relay.fetch('round' in wanted ? wanted.round : 'latest', signal)
    signal.throwIfAborted() // the race is over: do not spend a pairing
    checkWanted(wanted, claim, relay.url)
    return { beacon: verifier.verify(claim), info }
  }
}

/** Asks for the second opinion once; a refusal is not remembered, so every fetch fails until it is resolved. */
const createConfirmation = (confirm: RaceDeps['confirm']) => {
  let confirmed = false
  return async ({ info, beacon }: Answer): Promise<Beacon> => {
    if (!confirmed) await confirm(info, beacon)
    confirmed = true
    return beacon
  }
}

export const createRace = (deps: RaceDeps): Race => {
  const { relays, clock, scores } = deps
  const byUrl = new Map(relays.map((relay) => [relay.url, relay]))
  const ask = createAsk(deps.verifier)
  const confirmed = createConfirmation(deps.confirm)

  const attempt = async (relay: Relay, wanted: Wanted, signal: AbortSignal): Promise<Answer> => {
    const startedAt = clock.now()
    try {
      const answer = await withDeadline(clock, REQUEST_TIMEOUT_MS, signal, (inner) => ask(relay, wanted, inner))
      scores.record(relay.url, 'served', clock.now() - startedAt)
      return answer
    } catch (error) {
      if (signal.aborted) scores.record(relay.url, 'cancelled', clock.now() - startedAt)
      else scores.record(relay.url, outcomeOf(error), clock.now() - startedAt, codeFor(error))
      throw error
    }
  }

  const run = async (wanted: Wanted, outer: AbortSignal): Promise<Answer> => {
    outer.throwIfAborted()
    const over = new AbortController()
    const { promise, resolve, reject: fail } = Promise.withResolvers<Answer>()
    const queue = scores.ranking().flatMap((url) => byUrl.get(url) ?? [])
    const codes: string[] = []
    let running = 0
    let cancelStagger = (): void => undefined

    const next = (): void => {
      cancelStagger()
      if (over.signal.aborted) return
      const relay = queue.shift()
      if (!relay) {
        const faults = codes.join(' ')
        if (running === 0) fail(ignore('beacon-unavailable', 'no drand relay has the beacon', { faults }))
        return
      }
      running++
      attempt(relay, wanted, over.signal).then(resolve, (error: unknown) => {
        running--
        codes.push(codeFor(error))
        next()
      })
      if (queue.length > 0) cancelStagger = clock.at(clock.now() + STAGGER_MS, next)
    }

    const stop = (): void => {
      fail(outer.reason)
    }
    outer.addEventListener('abort', stop, { once: true })
    next()
    try {
      return await promise
    } finally {
      outer.removeEventListener('abort', stop)
      cancelStagger()
      over.abort()
    }
  }

  return {
    // Outside the race and its deadlines: a broken installation is no relay's failure.
    fetch: async (wanted, signal) => confirmed(await run(wanted, signal)),
  }
}
