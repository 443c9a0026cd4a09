// The machine's own clock and randomness behind the ports, and a log that says nothing. Chosen once, by whoever wires:
// the domain and its tests have others.

import { randomBytes } from 'node:crypto'
import type { Clock, Log, RandomBytes } from './core/ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  at: (at, task) => {
    const timer = setTimeout(task, Math.max(0, at - Date.now()))
    return () => {
      clearTimeout(timer)
    }
  },
}

/** From the operating system's secret source. */
export const systemRandom: RandomBytes = (length) => new Uint8Array(randomBytes(length))

/** For commands whose adapters' notes are of no use to the one who watches. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
