// The table of meters over prom-client. Two ways in: events are counted as they come, everything else is read off the
// status when somebody scrapes. Nothing here can grow without bound: past its limit a label's new values are `other`.

import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { METERS } from './meters.ts'
import type { MeterName } from './meters.ts'

export type Labels = Readonly<Record<string, string>>

export interface Metrics {
  /** Adds to a counter. */
  count(name: MeterName, labels?: Labels, by?: number): void
  /** Sets a gauge, or a counter that somebody else counts. */
  set(name: MeterName, value: number, labels?: Labels): void
  /** Forgets all series of a metric, before those that exist now are set. */
  clear(name: MeterName): void
  text(): Promise<string>
  readonly contentType: string
}

const OTHER = 'other'
const LABEL_MAX = 64
const names = Object.keys(METERS) as readonly MeterName[]

export function createMetrics(): Metrics {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const counters = new Map<MeterName, Counter>()
  const gauges = new Map<MeterName, Gauge>()
  /** Series of each metric that has labels, by their joined values. */
  const series = new Map<MeterName, Set<string>>()

  for (const name of names) {
    const { type, help, labels } = METERS[name]
    const definition = { name, help, labelNames: [...labels], registers: [register] }
    if (type === 'counter') counters.set(name, new Counter(definition))
    else gauges.set(name, new Gauge(definition))
  }

  /** The labels as they are, or all `other` where this metric has as many series as it may. */
  function bounded(name: MeterName, labels: Labels): Labels {
    const short = Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value.slice(0, LABEL_MAX)]))
    const known = series.get(name) ?? new Set<string>()
    series.set(name, known)
    const key = Object.values(short).join('\0')
    if (!known.has(key) && known.size >= METERS[name].most)
      return Object.fromEntries(Object.keys(short).map((label) => [label, OTHER]))
    known.add(key)
    return short
  }

  return {
    count: (name, labels = {}, by = 1) => {
      counters.get(name)?.inc(bounded(name, labels), by)
    },
    set(name, value, labels = {}) {
      const kept = bounded(name, labels)
      gauges.get(name)?.set(kept, value)
      counters.get(name)?.inc(kept, value)
    },
    clear(name) {
      gauges.get(name)?.reset()
      counters.get(name)?.reset()
      series.delete(name)
    },
    text: async () => register.metrics(),
    contentType: register.contentType,
  }
}
