// One task at a time per key: read-decide-write without a second writer in between. Forgets a key when its last task
// is done.

export type Locks = <T>(key: string, task: () => Promise<T>) => Promise<T>

export function createLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>()
  return async (key, task) => {
    // A task that failed is its caller's business; the next one runs all the same.
    const run = (tails.get(key) ?? Promise.resolve()).then(task, task)
    tails.set(key, run)
    try {
      return await run
    } finally {
      if (tails.get(key) === run) tails.delete(key)
    }
  }
}
