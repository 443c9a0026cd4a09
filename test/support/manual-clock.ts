// A clock that stands still until told: every timer fires in order of its moment, between turns of the event loop.
import type { Clock } from '../../src/core/ports.ts'

export interface ManualClock extends Clock {
  /** Moves time on, running what is due on the way and letting its consequences settle. */
  readonly advance: (spanMs: number) => Promise<void>
  /** Jumps as after a stall: what was due meanwhile runs late, at the new moment. */
  readonly jump: (spanMs: number) => Promise<void>
  readonly pending: () => number
}

/** Lets promise chains of in-memory fakes run dry; they need no real I/O. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export const createManualClock = (startAt: number): ManualClock => {
  let nowAt = startAt
  let nextId = 0
  const timers = new Map<number, { readonly at: number; readonly task: () => void }>()

  const takeDue = (until: number): (() => void) | undefined => {
    const due = [...timers].filter(([, { at }]) => at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
    if (!due) return undefined
    const [id, { at, task }] = due
    timers.delete(id)
    nowAt = Math.max(nowAt, at)
    return task
  }

  const runUntil = async (until: number): Promise<void> => {
    await settle()
    for (let task = takeDue(until); task; task = takeDue(until)) {
      task()
      await settle()
    }
    nowAt = Math.max(nowAt, until)
  }

  return {
    now: () => nowAt,
    at: (at, task) => {
      const id = nextId++
      timers.set(id, { at, task })
      return () => void timers.delete(id)
    },
    advance: (spanMs) => runUntil(nowAt + spanMs),
    jump: async (spanMs) => {
      nowAt += spanMs
      await runUntil(nowAt)
    },
    pending: () => timers.size,
  }
}
