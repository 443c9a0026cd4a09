// Waiting that ends: until a moment, until a signal, whichever comes first, on the injected clock.
// Promises: every timer and listener is gone when the wait is over, and a task that ignores its signal is left behind
// rather than waited for. It retries nothing.
import { ignore } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

/** Resolves at `at` (unix ms) or as soon as `signal` aborts; the caller looks which. */
export const waitUntil = (clock: Clock, at: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const finish = (): void => {
      cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.at(at, finish)
    signal.addEventListener('abort', finish, { once: true })
  })

/**
 * The task's result, unless it takes longer than `spanMs` or `outer` aborts; both abort the task's own signal.
 * @throws Fault `relay-timeout` (ignore) when time is up; `outer`'s reason when it aborts; else what the task throws.
 */
export const withDeadline = async <T>(
  clock: Clock,
  spanMs: number,
  outer: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  outer.throwIfAborted()
  const inner = new AbortController()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown): void => {
    reject(reason)
    inner.abort(reason)
  }
  const follow = (): void => {
    end(outer.reason)
  }
  outer.addEventListener('abort', follow, { once: true })
  const cancel = clock.at(clock.now() + spanMs, () => {
    end(ignore('relay-timeout', 'a drand relay did not answer in time', { spanMs }))
  })
  try {
    return await Promise.race([task(inner.signal), aborted])
  } finally {
    cancel()
    outer.removeEventListener('abort', follow)
  }
}
