// The book of one job: every bid record a sidecar has seen, taken in only while bidding is open, bounded by who may bid
// and how often. It judges records as a gossip validator does and says what its sidecar may state it saw in time. Which
// bids take part is not its word but that of many statements: see admission.ts. It opens nothing.

import { decode } from '../core/records.ts'
import type { RecordVerifier, Verdict } from '../core/ports.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Bidder, Hex, Job, Member, SignedRecord } from '../core/types.ts'
import { codeOf, ignore } from '../core/errors.ts'
import { createEnvelopes } from '../round/envelopes.ts'
import type { Equivocation } from '../round/envelopes.ts'
import { isSignedBy, nameOf } from '../round/record.ts'
import { SealedBidBody } from './codec.ts'
import { BIDS_MAX, BIDS_PER_BIDDER_MAX } from './job.ts'

export interface BookOptions {
  readonly job: Job
  /** Who may bid: qualified, with capacity and collateral, as the ledger said when the job was announced. */
  readonly bidders: readonly Bidder[]
}

export interface BookDeps {
  readonly separator: Uint8Array
  readonly verifier: RecordVerifier
  /** The registered signer of a sidecar id. */
  readonly memberOf: (author: number) => Pick<Member, 'signer'> | undefined
}

export interface Book {
  /**
   * A record somebody sent, at drand round `round`. In this order:
   * [REJECT] `bid-kind` not a bid · [IGNORE] `bid-other-job` · [REJECT] `bid-sequence` one replacement too many ·
   * [IGNORE] `bid-not-qualified` author may not bid, as far as we know · [IGNORE] `bid-late` bidding is closed ·
   * [REJECT] `oversized`, `bad-encoding` · [IGNORE] `bid-known` the same body was here · [IGNORE] `bid-spent` contradiction already proven ·
   * [REJECT] `bid-signature`. The first contradiction of a bid is accepted: it has to travel as evidence.
   */
  readonly offer: (record: SignedRecord, round: number) => Verdict
  /** Names of the bids seen in time, increasing: what a closing statement lists. */
  readonly seen: () => readonly Hex[]
  /**
   * A record we asked for by name because enough statements list it: kept although it did not come in time here, and
   * although its author had contradicted itself before. Same checks otherwise; `bid-fetched-enough` beyond FETCHED_MAX.
   */
  readonly fetch: (record: SignedRecord) => Verdict
  readonly byName: (name: Hex) => SignedRecord | undefined
  readonly equivocations: () => ReadonlyMap<number, Equivocation>
}

/** At most c · 512 listings, f+1 of them for each name, and c ≤ 3(f+1): no more names can ever be asked for. */
export const FETCHED_MAX = 3 * BIDS_MAX * BIDS_PER_BIDDER_MAX

const accept: Verdict = { verdict: 'accept' }
const refuse = (verdict: 'reject' | 'ignore', code: string): Verdict => ({ verdict, code })

/** @throws Fault `auction-bidders` more than BIDS_MAX, or a provider or sidecar twice: one live bid a provider. */
export function checkBidders(bidders: readonly Bidder[]): void {
  const distinct = (key: keyof Bidder) => new Set(bidders.map((bidder) => bidder[key])).size === bidders.length
  if (bidders.length > BIDS_MAX || !distinct('provider') || !distinct('author'))
    throw ignore('auction-bidders', `an auction has at most ${BIDS_MAX} bidders, each once`, { count: bidders.length })
}

export function createBook({ job, bidders }: BookOptions, { separator, verifier, memberOf }: BookDeps): Book {
  checkBidders(bidders)
  const authors = new Set(bidders.map((bidder) => bidder.author))
  const envelopes = createEnvelopes()
  const inTime = new Set<Hex>()
  const fetched = new Map<Hex, SignedRecord>()

  /** What is wrong with a record's place, before anybody looks into it. */
  function misplaced({ kind, unit, sequence, author }: SignedRecord): Verdict | undefined {
    if (kind !== RECORD_KINDS.bid) return refuse('reject', 'bid-kind')
    if (unit !== job.id) return refuse('ignore', 'bid-other-job')
    if (sequence >= BIDS_PER_BIDDER_MAX) return refuse('reject', 'bid-sequence')
    if (!authors.has(author)) return refuse('ignore', 'bid-not-qualified')
    return undefined
  }

  function malformed({ body }: SignedRecord): Verdict | undefined {
    try {
      decode(SealedBidBody, body, 'a sealed bid')
      return undefined
    } catch (error) {
      return refuse('reject', codeOf(error))
    }
  }

  /** Signature last: it costs more than everything before it. */
  function unsigned(record: SignedRecord): Verdict | undefined {
    const member = memberOf(record.author)
    if (!member) return refuse('ignore', 'bid-not-qualified')
    return isSignedBy(verifier, separator, member, record) ? undefined : refuse('reject', 'bid-signature')
  }

  function offer(record: SignedRecord, round: number): Verdict {
    const late = round >= job.closeRound ? refuse('ignore', 'bid-late') : undefined
    const flaw = misplaced(record) ?? late ?? malformed(record)
    if (flaw) return flaw
    const { outcome } = envelopes.judge(record)
    if (outcome === 'known') return refuse('ignore', 'bid-known')
    if (outcome === 'spent') return refuse('ignore', 'bid-spent')
    const forged = unsigned(record)
    if (forged) return forged
    // A contradiction is evidence, not a bid: each place is listed once, so a statement's size is bounded.
    if (envelopes.insert(record).outcome === 'first') inTime.add(nameOf(record))
    return accept
  }

  const byName = (name: Hex): SignedRecord | undefined => envelopes.byName(name) ?? fetched.get(name)

  function fetch(record: SignedRecord): Verdict {
    const flaw = misplaced(record) ?? malformed(record)
    if (flaw) return flaw
    const name = nameOf(record)
    if (byName(name)) return refuse('ignore', 'bid-known')
    if (fetched.size >= FETCHED_MAX) return refuse('ignore', 'bid-fetched-enough')
    const forged = unsigned(record)
    if (forged) return forged
    envelopes.insert(record)
    fetched.set(name, record)
    return accept
  }

  return {
    offer,
    fetch,
    seen: () => [...inTime].sort(),
    byName,
    equivocations: envelopes.equivocations,
  }
}
