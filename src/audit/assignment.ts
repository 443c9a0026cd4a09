// Who audits whom in a period: the ring of slots under the period's seed, k in and k out. Everything here is recomputed
// by contracts and by anybody who checks a bundle; nothing depends on who asks.

import { taggedHash, word } from '../core/bytes.ts'
import { drawRing } from '../round/permutation.ts'
import type { Ring } from '../round/permutation.ts'

export interface Assignment {
  readonly ring: Ring
  /** Targets of each auditor and auditors of each target: min(k, N−1). */
  readonly degree: number
}

/** H("stkr.audit", SEP, period, randomness of the period's first round). */
export const auditSeed = (separator: Uint8Array, period: number, randomness: Uint8Array): Uint8Array =>
  taggedHash('stkr.audit', separator, word(period), randomness)

export const assign = (seed: Uint8Array, slots: number, audits: number): Assignment => ({
  ring: drawRing(seed, slots),
  degree: Math.max(0, Math.min(audits, slots - 1)),
})

const along = ({ ring, degree }: Assignment, slot: number, direction: 1 | -1): readonly number[] => {
  const place = ring.places[slot]
  if (place === undefined) return []
  return Array.from(
    { length: degree },
    (_, i) => ring.slots[(place + direction * (i + 1) + ring.size) % ring.size] ?? 0,
  )
}

/** Slots that `slot` audits, in ring order: the order of its report. */
export const targetsOf = (assignment: Assignment, slot: number): readonly number[] => along(assignment, slot, 1)

/** Slots that audit `slot`, nearest first. */
export const auditorsOf = (assignment: Assignment, slot: number): readonly number[] => along(assignment, slot, -1)

export function audits({ ring, degree }: Assignment, auditor: number, target: number): boolean {
  const a = ring.places[auditor]
  const t = ring.places[target]
  if (a === undefined || t === undefined) return false
  const distance = (t - a + ring.size) % ring.size
  return distance >= 1 && distance <= degree
}

/** Fewest conclusive auditors that make a target observed: ⌈(k+1)/2⌉ of those it has. */
export const observersNeeded = ({ degree }: Assignment): number => Math.ceil((degree + 1) / 2)
