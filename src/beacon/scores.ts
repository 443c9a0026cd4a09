// What each relay has been worth so far, and the order in which to ask them.
// Promises: misdeeds weigh more than failures, failures more than slowness, and all of it fades, so that a relay that
// recovers is asked again. Bounded: a few numbers per configured relay. It decides nothing about beacons.

/** How one request to one relay ended. `behind`: honest but without the round; `cancelled`: another relay was faster. */
export type RelayOutcome = 'served' | 'lied' | 'failed' | 'behind' | 'timeout' | 'cancelled'

export type RelayCounters = Readonly<Record<RelayOutcome, number>>

/** A relay's line in metrics. `latencyMs` is a moving average; undefined before the first answer. */
export interface RelayStanding {
  readonly url: string
  readonly counters: RelayCounters
  /** Code of the last failure. */
  readonly lastFault: string | undefined
  readonly latencyMs: number | undefined
  /** The newest request failed. */
  readonly failing: boolean
  /** Why it is asked after the others: it failed or lied too often lately. */
  readonly demoted: 'relay-demoted' | undefined
  /** Lower is asked earlier. */
  readonly cost: number
}

export interface Scores {
  readonly record: (url: string, outcome: RelayOutcome, elapsedMs: number, code?: string) => void
  /** Best first. */
  readonly ranking: () => readonly string[]
  readonly standings: () => readonly RelayStanding[]
}

interface Score {
  readonly counters: Record<RelayOutcome, number>
  penalty: number
  penaltyAt: number
  latencyMs: number | undefined
  lastFault: string | undefined
  failing: boolean
}

/** In milliseconds of latency: a liar stays behind the slowest honest relay for about an hour, a failure for minutes. */
const PENALTY_MS: Readonly<Record<RelayOutcome, number>> = {
  served: 0,
  cancelled: 0,
  behind: 200,
  failed: 2_000,
  timeout: 4_000,
  lied: 1_000_000,
}
const MAX_PENALTY_MS = 4_000_000
const HALF_LIFE_MS = 300_000
/** More than one failure that has not faded. */
const DEMOTED_MS = 2_500
/** Weight of the newest latency: a handful of requests to change one's mind. */
const LATENCY_WEIGHT = 0.25

const createScore = (nowAt: number): Score => ({
  counters: { served: 0, lied: 0, failed: 0, behind: 0, timeout: 0, cancelled: 0 },
  penalty: 0,
  penaltyAt: nowAt,
  latencyMs: undefined,
  lastFault: undefined,
  failing: false,
})

const penaltyNow = (score: Score, nowAt: number): number =>
  score.penalty * 0.5 ** (Math.max(0, nowAt - score.penaltyAt) / HALF_LIFE_MS)

export const createScores = (urls: readonly string[], now: () => number): Scores => {
  const scores = new Map(urls.map((url) => [url, createScore(now())]))

  const record = (url: string, outcome: RelayOutcome, elapsedMs: number, code?: string): void => {
    const score = scores.get(url)
    if (!score) return
    score.counters[outcome]++
    score.penalty = Math.min(penaltyNow(score, now()) + PENALTY_MS[outcome], MAX_PENALTY_MS)
    score.penaltyAt = now()
    if (code !== undefined) score.lastFault = code
    if (outcome !== 'cancelled') score.failing = PENALTY_MS[outcome] >= PENALTY_MS.failed
    // A cancelled request says the relay takes at least this long; failures say nothing about speed.
    const slower = outcome === 'cancelled' && elapsedMs > (score.latencyMs ?? 0)
    if (outcome === 'served' || slower) {
      score.latencyMs = (score.latencyMs ?? elapsedMs) * (1 - LATENCY_WEIGHT) + elapsedMs * LATENCY_WEIGHT
    }
  }

  const standings = (): readonly RelayStanding[] =>
    [...scores].map(([url, score]) => {
      const { counters, latencyMs, lastFault, failing } = score
      const penalty = penaltyNow(score, now())
      return {
        url,
        counters: { ...counters },
        lastFault,
        latencyMs,
        failing,
        demoted: penalty >= DEMOTED_MS ? 'relay-demoted' : undefined,
        cost: penalty + (latencyMs ?? 0),
      }
    })

  return {
    record,
    // Untried relays cost nothing, so each is tried once before habits form; the sort is stable, ties keep their order.
    ranking: () => [...standings()].sort((a, b) => a.cost - b.cost).map((standing) => standing.url),
    standings,
  }
}
