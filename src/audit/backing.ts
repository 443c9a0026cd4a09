// Is a report backed by the answers its auditor shows? Every answer must be signed by the target, for this auditor and this
// period; together they must make the root the report committed to, and there must be a faultless one for every `up`. A
// lazy auditor that never asked has nothing to show. Whoever doubts a verdict runs this on answers fetched from the auditor.

import { equalBytes } from '../core/bytes.ts'
import { decodeAnswer, isAnswer } from '../core/answers.ts'
import type { RecordVerifier } from '../core/ports.ts'
import type { Member, SignedRecord, TargetReport } from '../core/types.ts'
import { isSignedBy, nameOf } from '../round/record.ts'
import { openReveal } from './bodies.ts'
import type { PeriodContext } from './context.ts'
import type { Flaw } from './result.ts'
import { answersRoot } from './tree.ts'

/** The first entry of `reveal` that `answers` do not back; undefined when all are. Answers about nobody's entry do not count. */
export function backingFlaw(
  context: PeriodContext,
  reveal: SignedRecord,
  answers: readonly SignedRecord[],
  verifier: RecordVerifier,
): Flaw | undefined {
  for (const entry of openReveal(reveal).report) {
    const target = context.roster.members[entry.slot]
    if (!target) continue // the door refuses reports about slots that do not exist
    const code = entryFlaw(context, reveal.author, entry, target, answers, verifier)
    if (code) return { code, where: `answers of sidecar ${target.id} to sidecar ${reveal.author}` }
  }
  return undefined
}

function entryFlaw(
  { period, network }: PeriodContext,
  auditor: number,
  { up, answersRoot: root }: TargetReport,
  target: Member,
  answers: readonly SignedRecord[],
  verifier: RecordVerifier,
): 'answers-not-shown' | 'answers-differ' | 'answer-not-signed' | 'answers-too-few' | undefined {
  const about = answers.filter(({ author }) => author === target.id)
  if (!equalBytes(answersRoot(about.map(nameOf)), root))
    return about.length === 0 ? 'answers-not-shown' : 'answers-differ'
  const sound = (record: SignedRecord): boolean =>
    isAnswer(record) &&
    record.unit === period &&
    record.sequence === auditor &&
    isSignedBy(verifier, network.separator, target, record)
  if (!about.every(sound)) return 'answer-not-signed'
  return about.filter(isFaultless).length < up ? 'answers-too-few' : undefined
}

/** A target may sign anything as an answer; only a whole one without a fault can stand behind an `up`. */
function isFaultless(record: SignedRecord): boolean {
  try {
    return decodeAnswer(record).fault === 0
  } catch {
    return false
  }
}
