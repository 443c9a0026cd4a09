// What an external pricer is given and what it may answer: one JSON object each way. Amounts are decimal strings of ANKR
// base units, because JSON numbers lose digits. The answer is a price, or null for "no bid"; everything else is refused.

import * as z from 'zod'
import { Fault } from '../core/errors.ts'
import type { MarketJob } from '../core/types.ts'

/** Largest answer that is read. */
export const ANSWER_MAX_BYTES = 4096

const Answer = z.strictObject({ price: z.union([z.string().regex(/^\d{1,29}$/), z.null()]) })

/** The question: `{job, kind, specHash, requester, requirements, reserve, fixedPrice, closeRound, openRound, pickRound}`. */
export function question(job: MarketJob): string {
  const { id, kind, specHash, requester, requirements, rules, fixedPrice, closeRound, openRound, pickRound } = job
  return JSON.stringify({
    job: id,
    kind,
    specHash,
    requester,
    requirements,
    reserve: String(rules.reserve),
    fixedPrice: String(fixedPrice),
    closeRound,
    openRound,
    pickRound,
  })
}

/** Price in base units, undefined for no bid. Fault `pricer-answer` unless it is `{"price": "digits"}` or `{"price": null}`. */
export function readAnswer(bytes: Uint8Array): bigint | undefined {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new Fault('pricer-answer', 'the pricer answered something that is not JSON', { cause })
  }
  const answer = Answer.safeParse(value)
  if (!answer.success)
    throw new Fault('pricer-answer', 'the pricer answers {"price": "base units"} or {"price": null} and nothing else')
  return answer.data.price === null ? undefined : BigInt(answer.data.price)
}

export const oversized = (): Fault =>
  new Fault('pricer-oversized', `the pricer answered more than ${ANSWER_MAX_BYTES} bytes`)

export const timedOut = (limitMs: number): Fault =>
  new Fault('pricer-timeout', `the pricer did not answer within ${limitMs} ms`, { data: { limitMs } })

export const aborted = (): Fault => new Fault('pricer-aborted', 'the pricer was not waited for: the sidecar stops')
