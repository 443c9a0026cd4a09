// Virtual time for simulations: a queue of events, run in order of time and then of scheduling, with every promise settled
// between two moments. Promises the same order for the same calls. Knows no wall clock.

import type { Clock } from '../../src/core/ports.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

export interface VirtualClock extends Clock {
  /** Runs everything due up to `until` (unix ms), or until `done` says so. */
  run(until: number, done?: () => boolean): Promise<void>
}

/** Lets every promise chain that is not waiting for an event run to its end. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Binary heap: a period of 200 nodes schedules hundreds of thousands of events. */
function createQueue() {
  const heap: Event[] = []
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]]
    if (a && b) [heap[i], heap[j]] = [b, a]
  }
  const less = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]]
    return a !== undefined && b !== undefined && before(a, b)
  }
  return {
    peek: () => heap[0],
    push(event: Event) {
      heap.push(event)
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1
        if (!less(i, parent)) break
        swap(i, parent)
        i = parent
      }
    },
    pop() {
      swap(0, heap.length - 1)
      const top = heap.pop()
      for (let i = 0; ;) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (less(left, least)) least = left
        if (less(right, least)) least = right
        if (least === i) break
        swap(i, least)
        i = least
      }
      return top
    },
  }
}

export function createVirtualClock(startAt: number): VirtualClock {
  const queue = createQueue()
  let nowAt = startAt
  let order = 0

  return {
    now: () => nowAt,
    at(at, task) {
      let cancelled = false
      queue.push({ at: Math.max(at, nowAt), order: order++, task: () => (cancelled ? undefined : task()) })
      return () => (cancelled = true)
    },
    async run(until, done = () => false) {
      await settle()
      for (let next = queue.peek(); next && next.at <= until && !done(); next = queue.peek()) {
        nowAt = next.at
        while (queue.peek()?.at === nowAt) queue.pop()?.task()
        await settle()
      }
      nowAt = Math.max(nowAt, done() ? nowAt : until)
    },
  }
}
