// What each kind of audit record must satisfy by its content alone, given the period's context: the [REJECT] sentences
// that need neither time nor memory. The door uses them on gossip, agreement on fetched records, `verify` on bundles, so
// nothing gets in anywhere under other rules. The author's signature comes last: it costs most.

import { phaseRounds, viewStart } from '../core/clock.ts'
import { reject } from '../core/errors.ts'
import type { Fault } from '../core/errors.ts'
import type { Bls, RecordVerifier, Topic } from '../core/ports.ts'
import { SealBody } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { Member, Network, SignedRecord } from '../core/types.ts'
import { isSignedBy } from '../round/record.ts'
import { certificateFlaw } from '../round/certificate.ts'
import { targetsOf } from './assignment.ts'
import { openCertificate, openProposal, openReveal, openSeal, openStatement, openVote } from './bodies.ts'
import { viewsOf } from './context.ts'
import type { PeriodContext } from './context.ts'
import { commitmentOf, reportFlaw } from './report.ts'
import { certificateOf } from './result.ts'

export interface CheckDeps {
  readonly verifier: RecordVerifier
  readonly bls: Bls
}

export interface Rule {
  readonly topic: Topic
  /** First round in which such a record may be said; Fault when its sequence cannot exist. */
  due(network: Network, record: SignedRecord): number
  /** Throws a reject Fault unless the content is possible for this author. */
  content(context: PeriodContext, author: Member, record: SignedRecord, deps: CheckDeps): void
}

const badSequence = (record: SignedRecord): Fault =>
  reject('bad-sequence', `kind ${record.kind} has no sequence ${record.sequence}`)

function only(sequence: number, record: SignedRecord): void {
  if (record.sequence !== sequence) throw badSequence(record)
}

function viewRound(network: Network, record: SignedRecord): number {
  if (record.sequence >= viewsOf(network)) throw badSequence(record)
  return viewStart(network.schedule, record.unit, record.sequence)
}

function mustSit(context: PeriodContext, author: Member): number {
  const seat = context.committee.seatOf(author.id)
  if (seat === undefined) throw reject('not-a-member', `sidecar ${author.id} has no seat in epoch ${context.epoch}`)
  return seat
}

const seals = new WeakMap<SignedRecord, SignedRecord>()

/** The seal a reveal opens, as its author signed it. */
export function sealOf(separator: Uint8Array, reveal: SignedRecord): SignedRecord {
  const known = seals.get(reveal)
  if (known) return known
  const seal = openSealOf(separator, reveal)
  seals.set(reveal, seal)
  return seal
}

function openSealOf(separator: Uint8Array, reveal: SignedRecord): SignedRecord {
  const { salt, report, sealSignature } = openReveal(reveal)
  const commitment = commitmentOf(separator, reveal.unit, reveal.author, { salt, report })
  return {
    kind: RECORD_KINDS.seal,
    author: reveal.author,
    unit: reveal.unit,
    sequence: 0,
    body: SealBody.serialize({ commitment }),
    signature: sealSignature,
  }
}

function checkReveal(context: PeriodContext, author: Member, record: SignedRecord, deps: CheckDeps): void {
  const { report } = openReveal(record)
  const targets = targetsOf(context.assignment, author.slot)
  if (report.length !== targets.length || report.some(({ slot }, i) => slot !== targets[i]))
    throw reject('wrong-targets', `the report of sidecar ${author.id} is not about its targets in ring order`)
  for (const entry of report) {
    const flaw = reportFlaw(entry)
    if (flaw) throw reject(flaw, `the report of sidecar ${author.id} on slot ${entry.slot} is impossible`)
  }
  const { separator } = context.network
  if (!isSignedBy(deps.verifier, separator, author, sealOf(separator, record)))
    throw reject('bad-opening', `what sidecar ${author.id} reveals is not what its seal hid`)
}

function checkStatement(context: PeriodContext, author: Member, record: SignedRecord): void {
  mustSit(context, author)
  const { seen } = openStatement(record)
  if (seen.bitLen !== context.roster.members.length)
    throw reject('wrong-length', `a statement has one bit for each of ${context.roster.members.length} slots`)
}

function checkProposal(context: PeriodContext, author: Member, record: SignedRecord): void {
  if (mustSit(context, author) !== context.leader(record.sequence))
    throw reject('not-the-leader', `sidecar ${author.id} does not lead view ${record.sequence}`)
  openProposal(record)
}

function checkCertificate(context: PeriodContext, record: SignedRecord, { bls }: CheckDeps): void {
  const value = openCertificate(record)
  if (value.certificateKind !== CERTIFICATE_KINDS.audit)
    throw reject('wrong-certificate-kind', `certificate kind ${value.certificateKind} does not certify an audit`)
  const { certificate } = certificateOf(context.period, value)
  const flaw = certificateFlaw(bls, context.committee, context.network.separator, certificate)
  if (flaw) throw reject(flaw, 'the certificate does not hold')
}

/** By kind. */
export const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [
    RECORD_KINDS.seal,
    {
      topic: 'seal',
      due: (network, record) => (only(0, record), phaseRounds(network.schedule, record.unit).seal),
      content: (_context, _author, record) => void openSeal(record),
    },
  ],
  [
    RECORD_KINDS.reveal,
    {
      topic: 'reveal',
      due: (network, record) => (only(0, record), phaseRounds(network.schedule, record.unit).reveal),
      content: checkReveal,
    },
  ],
  [
    RECORD_KINDS.statement,
    {
      topic: 'statement',
      due(network, record) {
        if (record.sequence > 1) throw badSequence(record)
        const phases = phaseRounds(network.schedule, record.unit)
        return record.sequence === 0 ? phases.reveal : phases.state
      },
      content: checkStatement,
    },
  ],
  [RECORD_KINDS.proposal, { topic: 'certificate', due: viewRound, content: checkProposal }],
  [
    RECORD_KINDS.vote,
    {
      topic: 'certificate',
      due: viewRound,
      content(context, author, record) {
        mustSit(context, author)
        openVote(record)
      },
    },
  ],
  [
    RECORD_KINDS.certificate,
    {
      topic: 'certificate',
      // Its sequence is the view it was made in: on a new base the same author may have to make another.
      due: viewRound,
      content: (context, _author, record, deps) => checkCertificate(context, record, deps),
    },
  ],
])

/** Everything content can tell about a record of the context's period, the signature last. Throws a reject Fault. */
export function checkRecord(context: PeriodContext, record: SignedRecord, deps: CheckDeps): Member {
  const author = context.member(record.author)
  if (!author) throw reject('unknown-author', `sidecar ${record.author} is not in epoch ${context.epoch}`)
  const rule = RULES.get(record.kind)
  if (!rule) throw reject('unknown-kind', `kind ${record.kind} is not part of an audit`)
  if (record.unit !== context.period) throw reject('wrong-period', `the record is about period ${record.unit}`)
  rule.due(context.network, record)
  rule.content(context, author, record, deps)
  if (!isSignedBy(deps.verifier, context.network.separator, author, record))
    throw reject('bad-signature', `the record is not signed by sidecar ${record.author}`)
  return author
}

/** The topic that carries a kind; undefined for kinds that are not an audit's. */
export const topicOf = (kind: number): Exclude<Topic, 'beacon'> | undefined => {
  const topic = RULES.get(kind)?.topic
  return topic === 'beacon' ? undefined : topic
}
