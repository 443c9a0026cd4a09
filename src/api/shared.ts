// One answer for everybody who asks at about the same time: what a question costs does not grow with those who ask.

import type { Clock } from '../core/ports.ts'

const FRESH_MS = 10_000

/** `ask`, at most once in FRESH_MS and never twice at once; a failure is not kept. */
export function shared<T>(ask: () => Promise<T>, clock: Clock): () => Promise<T> {
  let kept: { readonly answer: Promise<T>; readonly at: number } | undefined
  return () => {
    if (kept && clock.now() - kept.at < FRESH_MS) return kept.answer
    const mine = { answer: ask(), at: clock.now() }
    kept = mine
    mine.answer.catch(() => {
      if (kept === mine) kept = undefined
    })
    return mine.answer
  }
}
