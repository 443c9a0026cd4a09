// When a node that ended is started again, and when not any more. Pure: moments and chance are given.

import { leadingUint64 } from '../core/bytes.ts'
import type { RandomBytes } from '../core/ports.ts'

export const FIRST_DELAY_MS = 1_000
export const LAST_DELAY_MS = 300_000

/** Doubles with each failure up to the last delay; half of it is drawn, so that many machines do not come back together. */
export function delayMs(failures: number, random: RandomBytes): number {
  const whole = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(20, Math.max(0, failures - 1)))
  return Math.floor(whole / 2) + Number(leadingUint64(random(8)) % BigInt(Math.floor(whole / 2) + 1))
}

/** Ends within `windowMs` before `now`. */
export const recent = (ends: readonly number[], now: number, windowMs: number): readonly number[] =>
  ends.filter((at) => at > now - windowMs)
