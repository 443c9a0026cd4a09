// Which of several endpoints are asked last: those that are much slower than others, and those that fail again and again.
// A demotion ends by itself; then the endpoint is on probation, where one more bad sign demotes it for twice as long, up
// to a bound, until enough good answers make it like any other. A few numbers for each endpoint; the clock is passed in.

export type DemotionCode = 'rpc-slow' | 'rpc-flapping'

export interface Demotion {
  /** Moving average of how long its answers took, ms, never above the time limit; undefined before the first. */
  readonly latencyMs: number | undefined
  /** Why it is asked last; undefined: it is not. */
  readonly code: DemotionCode | undefined
}

export interface Demotions {
  /** Each gives the code of a demotion that it caused. */
  answered(endpoint: number, tookMs: number): DemotionCode | undefined
  failed(endpoint: number): DemotionCode | undefined
  of(endpoint: number): Demotion
}

/** Weight of the newest answer: a handful to change one's mind. */
const WEIGHT = 0.25
/** Share of failures, by the same weight, from which an endpoint flaps: two in a row, or about every third. */
const FLAPPING = 0.4
/** Slow: so many times slower than the fastest of the others, and never below the floor. */
const SLOW_TIMES = 4
const SLOW_FLOOR_MS = 500
/** Where nothing is known of the others: half of the time limit. */
const SLOW_SHARE = 0.5
const DEMOTED_MIN_MS = 60_000
const DEMOTED_MAX_MS = 960_000
/** Good answers that end a probation. */
const PROVEN = 8

interface Record {
  latencyMs: number | undefined
  failing: number
  code: DemotionCode | undefined
  until: number
  /** Demotions since it was last proven: each is twice as long as the one before. */
  times: number
  /** Good answers on probation. */
  proven: number
}

const mixed = (before: number, newest: number): number => before * (1 - WEIGHT) + newest * WEIGHT

/** `limitMs`: of one request. */
export function createDemotions(count: number, limitMs: number, now: () => number): Demotions {
  const records = Array.from({ length: count }, (): Record => ({
    latencyMs: undefined,
    failing: 0,
    code: undefined,
    until: 0,
    times: 0,
    proven: 0,
  }))

  /** What was bad before a demotion says nothing after it. */
  function at(endpoint: number): Record {
    const record = records[endpoint]
    if (!record) throw new Error('bug: there is no such endpoint')
    if (record.code !== undefined && now() >= record.until)
      Object.assign(record, { code: undefined, latencyMs: undefined, failing: 0, proven: 0 })
    return record
  }

  function isSlow(endpoint: number, latencyMs: number): boolean {
    const others = records.flatMap((other, i) =>
      i !== endpoint && at(i).code === undefined && other.latencyMs !== undefined ? [other.latencyMs] : [],
    )
    if (others.length === 0) return latencyMs > limitMs * SLOW_SHARE
    return latencyMs > Math.max(SLOW_FLOOR_MS, Math.min(...others) * SLOW_TIMES)
  }

  function demote(record: Record, code: DemotionCode): DemotionCode {
    record.code = code
    record.until = now() + Math.min(DEMOTED_MAX_MS, DEMOTED_MIN_MS * 2 ** record.times)
    record.times = Math.min(record.times + 1, 10)
    return code
  }

  return {
    answered(endpoint, tookMs) {
      const record = at(endpoint)
      const took = Math.min(limitMs, Math.max(0, tookMs))
      record.latencyMs = record.latencyMs === undefined ? took : mixed(record.latencyMs, took)
      record.failing = mixed(record.failing, 0)
      if (record.code !== undefined || count < 2) return undefined
      if (isSlow(endpoint, record.latencyMs)) return demote(record, 'rpc-slow')
      if (record.times > 0 && ++record.proven >= PROVEN) record.times = 0
      return undefined
    },
    failed(endpoint) {
      const record = at(endpoint)
      record.failing = mixed(record.failing, 1)
      if (record.code !== undefined || count < 2) return undefined
      const onProbation = record.times > 0
      return onProbation || record.failing > FLAPPING ? demote(record, 'rpc-flapping') : undefined
    },
    of: (endpoint) => {
      const { latencyMs, code } = at(endpoint)
      return { latencyMs, code }
    },
  }
}
