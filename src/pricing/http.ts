// A provider's own pricing service: the job is posted to one URL as JSON, the answer is JSON. No redirects, one time limit
// for connection, headers and body together, and no more of the body is read than an answer can have.

import { readBounded } from '../core/bounded.ts'
import { Fault } from '../core/errors.ts'
import type { Pricer } from '../core/ports.ts'
import { ANSWER_MAX_BYTES, aborted, oversized, question, readAnswer, timedOut } from './message.ts'

export interface HttpPricerOptions {
  readonly url: string
  readonly limitMs: number
}

/** Faults: `pricer-failed`, `pricer-timeout`, `pricer-oversized`, `pricer-answer`, `pricer-aborted`. */
export function createHttpPricer({ url, limitMs }: HttpPricerOptions): Pricer {
  return {
    async price(job, signal) {
      const limit = AbortSignal.timeout(limitMs)
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: question(job),
          redirect: 'error',
          signal: AbortSignal.any([signal, limit]),
        })
        if (response.status !== 200) {
          await response.body?.cancel()
          throw new Fault('pricer-failed', 'the pricing service refused', { data: { status: response.status } })
        }
        const bytes = await readBounded(response.body, ANSWER_MAX_BYTES)
        if (!bytes) throw oversized()
        return readAnswer(bytes)
      } catch (error) {
        if (signal.aborted) throw aborted()
        if (limit.aborted) throw timedOut(limitMs)
        if (error instanceof Fault) throw error
        throw new Fault('pricer-failed', 'the pricing service cannot be reached', { cause: error })
      }
    },
  }
}
