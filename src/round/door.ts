// What the doors of both workflows do alike: the last steps for a record whose time has come and whose author may speak.
// First of its place or first contradiction of that, not said by another, right in itself; then it is in, for good.

import { Fault, ignore } from '../core/errors.ts'
import type { Verdict } from '../core/ports.ts'
import type { SignedRecord } from '../core/types.ts'
import type { Envelopes } from './envelopes.ts'

/** A unit of work (a period, an auction) as its door sees it. */
export interface OpenUnit {
  readonly envelopes: Envelopes
  /** Says the same as something we hold from another author: a second certificate of one result. */
  redundant(record: SignedRecord): boolean
  /** A record is in: kept, counted, acted on. Must not throw. */
  arrived(record: SignedRecord): void
  /** Two records of one author contradict each other. */
  equivocated(earlier: SignedRecord, later: SignedRecord): void
}

const ACCEPT: Verdict = { verdict: 'accept' }

/** Faults become verdicts; an error of ours is nobody's fault but ours, so the sender is not blamed. */
export const verdictOf = (error: unknown): Verdict =>
  error instanceof Fault ? { verdict: error.verdict, code: error.code } : { verdict: 'ignore', code: 'internal' }

/** `check` throws the Fault of a record that is wrong: author, role, body, signature. Never throws itself. */
export function admitRecord(unit: OpenUnit, record: SignedRecord, check: (record: SignedRecord) => void): Verdict {
  try {
    // [IGNORE] It says something new: the first of its place, or the first contradiction of that.
    const { outcome } = unit.envelopes.judge(record)
    if (outcome === 'known' || outcome === 'spent') throw ignore(outcome, `sidecar ${record.author} has said its say`)
    // [IGNORE] Nobody else has said the same before.
    if (unit.redundant(record)) throw ignore('redundant', 'another author has said the same')
    // [REJECT] Author, role, body and signature are right.
    check(record)
    const insertion = unit.envelopes.insert(record)
    if (insertion.outcome === 'contradiction') unit.equivocated(insertion.earlier, record)
    else unit.arrived(record)
    return ACCEPT
  } catch (error) {
    return verdictOf(error)
  }
}
