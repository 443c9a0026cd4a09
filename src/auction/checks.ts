// What each kind of auction record but a bid must satisfy by its content alone, given the auction's context: the [REJECT]
// sentences that need neither time nor memory. The door uses them on gossip, proposals on fetched records, `verify` on
// bundles. Bids, which come before there is a context, are judged by their book. Signatures last: they cost most.

import { equalBytes } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'
import type { Fault } from '../core/errors.ts'
import type { Bls, RecordVerifier, Topic } from '../core/ports.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { Certificate, Job, Member, Network, SignedRecord } from '../core/types.ts'
import { certificateFlaw } from '../round/certificate.ts'
import { isSignedBy } from '../round/record.ts'
import { admissionContent } from './admission.ts'
import { openCertificate, openProposal, openStatement, openVote } from './bodies.ts'
import { PHASES } from './codec.ts'
import type { AuctionCertificate } from './codec.ts'
import { admissionViews, admissionViewStart } from './context.ts'
import type { AuctionContext } from './context.ts'

export interface CheckDeps {
  readonly verifier: RecordVerifier
  readonly bls: Bls
}

export interface Rule {
  readonly topic: Topic
  /** First round in which such a record may be said; Fault when its sequence cannot exist. */
  due(network: Network, job: Job, record: SignedRecord): number
  /** First round in which it says nothing any more. */
  over(job: Job): number
  /** Throws a reject Fault unless the content is possible for this author. */
  content(context: AuctionContext, author: Member, record: SignedRecord, deps: CheckDeps): void
}

/** Certificates and votes about openings are told until long after the draw: a late settlement needs them too. */
const NEVER = Number.MAX_SAFE_INTEGER

const badSequence = (record: SignedRecord): Fault =>
  reject('bad-sequence', `kind ${record.kind} has no sequence ${record.sequence}`)

function mustSit(context: AuctionContext, author: Member): number {
  const seat = context.committee.seatOf(author.id)
  if (seat === undefined) throw reject('not-a-member', `sidecar ${author.id} has no seat in epoch ${context.epoch}`)
  return seat
}

/** First round of a phase's votes and certificates. */
function phaseDue(network: Network, job: Job, record: SignedRecord): number {
  if (record.sequence === PHASES.admission) return admissionViewStart(network, job, 0)
  if (record.sequence === PHASES.openings) return job.openRound
  throw badSequence(record)
}

export function certificateOf(job: number, value: AuctionCertificate): Certificate {
  const { certificateKind: kind, epoch, content, absentees, signature } = value
  return { kind, unit: job, epoch, content, absentees, signature }
}

function checkCertificate(context: AuctionContext, record: SignedRecord, { bls }: CheckDeps): void {
  const value = openCertificate(record)
  const { admission, openings } = CERTIFICATE_KINDS
  if (value.certificateKind !== (record.sequence === PHASES.admission ? admission : openings))
    throw reject('wrong-certificate-kind', `certificate kind ${value.certificateKind} is not for this phase`)
  const { admitted } = value
  if (value.certificateKind === openings && admitted.length > 0)
    throw reject('bad-encoding', 'a certificate of openings lists no bids')
  if (admitted.some(({ provider }, i) => provider <= (admitted[i - 1]?.provider ?? 0)))
    throw reject('admission-order', 'admitted bids are in strictly increasing order of providers')
  if (value.certificateKind === admission && !equalBytes(value.content, admissionContent(record.unit, admitted)))
    throw reject('wrong-content', 'the certificate is not over the bids it lists')
  const flaw = certificateFlaw(bls, context.committee, context.network.separator, certificateOf(record.unit, value))
  if (flaw) throw reject(flaw, 'the certificate does not hold')
}

/** By kind. */
export const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [
    RECORD_KINDS.auctionStatement,
    {
      topic: 'statement',
      due(_network, job, record) {
        if (record.sequence !== 0) throw badSequence(record)
        return job.closeRound
      },
      over: (job) => job.openRound,
      content(context, author, record) {
        mustSit(context, author)
        openStatement(record)
      },
    },
  ],
  [
    RECORD_KINDS.auctionProposal,
    {
      topic: 'certificate',
      due(network, job, record) {
        if (record.sequence >= admissionViews(network, job)) throw badSequence(record)
        return admissionViewStart(network, job, record.sequence)
      },
      over: (job) => job.openRound,
      content(context, author, record) {
        if (mustSit(context, author) !== context.leader(record.sequence))
          throw reject('not-the-leader', `sidecar ${author.id} does not lead view ${record.sequence}`)
        openProposal(record)
      },
    },
  ],
  [
    RECORD_KINDS.auctionVote,
    {
      topic: 'certificate',
      due: phaseDue,
      over: () => NEVER,
      content(context, author, record) {
        mustSit(context, author)
        openVote(record)
      },
    },
  ],
  [
    RECORD_KINDS.auctionCertificate,
    {
      topic: 'certificate',
      due: phaseDue,
      over: () => NEVER,
      content: (context, _author, record, deps) => checkCertificate(context, record, deps),
    },
  ],
])

/** The topic that carries a kind; undefined for kinds that are not an auction's. */
export const topicOf = (kind: number): Exclude<Topic, 'beacon'> | undefined => {
  const topic = kind === RECORD_KINDS.bid ? 'seal' : RULES.get(kind)?.topic
  return topic === 'beacon' ? undefined : topic
}

/** Everything content can tell about a record of the context's job, the signature last. Throws a reject Fault. */
export function checkRecord(context: AuctionContext, record: SignedRecord, deps: CheckDeps): Member {
  const author = context.member(record.author)
  if (!author) throw reject('unknown-author', `sidecar ${record.author} is not in epoch ${context.epoch}`)
  const rule = RULES.get(record.kind)
  if (!rule) throw reject('unknown-kind', `kind ${record.kind} is not part of an auction`)
  if (record.unit !== context.job.id) throw reject('wrong-job', `the record is about job ${record.unit}`)
  rule.due(context.network, context.job, record)
  rule.content(context, author, record, deps)
  if (!isSignedBy(deps.verifier, context.network.separator, author, record))
    throw reject('bad-signature', `the record is not signed by sidecar ${record.author}`)
  return author
}
