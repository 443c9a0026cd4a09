// Work with an end: runs against an AbortSignal that fires after a span of the given clock or with the caller's signal.
// What fails or takes too long is `undefined`: for reads whose absence is a finding, not an error.

import type { Clock } from '../core/ports.ts'

export async function deadline<T>(
  clock: Clock,
  spanMs: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (parent.aborted) return undefined
  parent.addEventListener('abort', abort, { once: true })
  const cancel = clock.at(clock.now() + spanMs, abort)
  // The race ends even when a port ignores its signal.
  const over = new Promise<undefined>((resolve) =>
    controller.signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  )
  try {
    return await Promise.race([work(controller.signal), over])
  } catch {
    return undefined
  } finally {
    cancel()
    parent.removeEventListener('abort', abort)
  }
}
