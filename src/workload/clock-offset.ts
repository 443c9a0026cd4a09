// How far this machine's clock is from everybody else's. drand beacons tell without being asked: a round that arrives
// before it is due shows a clock that is behind, and one that is always late by seconds a clock that is ahead. The Date of
// HTTP answers tells in whole seconds. It measures; setting clocks is NTP's business.

import type { Clock } from '../core/ports.ts'

const SAMPLES_MAX = 20
const TIMEOUT_MS = 5_000
/** Of a Date header, which has whole seconds: it is somewhere within. */
const HALF_SECOND_MS = 500

export interface ClockOffset {
  /** A relay's beacon came now that was due then (unix ms). */
  arrived(dueAt: number): void
  /** Asks each address for its Date. */
  ask(urls: readonly string[], signal: AbortSignal): Promise<void>
  /** Ours less theirs, ms; of beacons the least delay of late. Undefined while nobody told. */
  offsetMs(): number | undefined
}

/** The Date of an answer (unix ms); undefined without one. */
export type FetchDate = (url: string, signal: AbortSignal) => Promise<number | undefined>

export const fetchDate: FetchDate = async (url, signal) => {
  const response = await fetch(url, {
    method: 'HEAD',
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  const at = Date.parse(response.headers.get('date') ?? '')
  return Number.isNaN(at) ? undefined : at
}

export function createClockOffset(clock: Clock, fetchDateOf: FetchDate = fetchDate): ClockOffset {
  const delays: number[] = []
  let dates: readonly number[] = []

  async function offsetOf(url: string, signal: AbortSignal): Promise<number | undefined> {
    const askedAt = clock.now()
    const told = await fetchDateOf(url, signal).catch(() => undefined)
    return told === undefined ? undefined : (askedAt + clock.now()) / 2 - (told + HALF_SECOND_MS)
  }

  return {
    arrived: (dueAt) => {
      delays.push(clock.now() - dueAt)
      if (delays.length > SAMPLES_MAX) delays.shift()
    },
    ask: async (urls, signal) => {
      const found = await Promise.all(urls.map((url) => offsetOf(url, signal)))
      dates = found.filter((offset) => offset !== undefined).toSorted((a, b) => a - b)
    },
    offsetMs: () => {
      const middle = dates[Math.floor(dates.length / 2)]
      if (middle !== undefined) return Math.round(middle)
      return delays.length === 0 ? undefined : Math.min(...delays)
    },
  }
}
