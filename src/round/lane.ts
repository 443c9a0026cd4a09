// One piece of work at a time, and only the newest request waits: how a sidecar stays current after a stall instead of
// working off a backlog. A failure is handed to `failed` and does not stop the lane.

export interface Lane {
  /** Runs `task` when the lane is free; replaces whatever waited. */
  run(task: () => Promise<void>): void
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
}

export function createLane(failed: (error: unknown) => void): Lane {
  let next: (() => Promise<void>) | undefined
  let current: Promise<void> | undefined

  async function drain(): Promise<void> {
    while (next) {
      const task = next
      next = undefined
      try {
        await task()
      } catch (error) {
        failed(error)
      }
    }
    current = undefined
  }

  return {
    run(task) {
      next = task
      current ??= drain()
    },
    idle: async () => current,
  }
}
