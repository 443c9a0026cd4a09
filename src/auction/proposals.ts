// Which bids were in time: what a leader proposes and how a member judges it. A member believes nothing: it finds or
// fetches every statement and every listed bid, passes them through the same checks as gossip, asks its own view of the
// chain for commitments, and derives the set itself. A member votes for one set and never for another, so no two can be
// certified; a leader that has voted proposes again what it voted for.

import { equalBytes, fromHex, toHex } from '../core/bytes.ts'
import type { EvidencePeers, Verdict } from '../core/ports.ts'
import { SEATS_MAX } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { Hex, OnChainBid, SignedRecord } from '../core/types.ts'
import type { Computed } from '../round/agreement.ts'
import { certificateDigest } from '../round/certificate.ts'
import type { Envelopes } from '../round/envelopes.ts'
import { nameOf } from '../round/record.ts'
import { admissionContent, admit, entryOf } from './admission.ts'
import type { AdmittedBid } from './admission.ts'
import { openProposal, openSealedBid, openStatement } from './bodies.ts'
import type { Book } from './book.ts'
import { AuctionProposalBody } from './codec.ts'
import type { AdmittedEntry, AuctionProposal } from './codec.ts'
import type { AuctionContext } from './context.ts'

/** Something is refused, or cannot be judged, with a code an operator can look up. */
export type Refusal = { readonly code: string; readonly where: string }
export const isRefusal = (value: object): value is Refusal => 'code' in value && 'where' in value

/** An admitted set, as it is certified. */
export interface AdmittedSet {
  readonly content: Uint8Array
  readonly bids: readonly AdmittedBid[]
}

export interface ProposalDeps {
  readonly book: Book
  readonly envelopes: Envelopes
  readonly peers: Pick<EvidencePeers, 'records'>
  readonly signal: AbortSignal
  /** Final from the close on. Faults: the market's. */
  commitments(): Promise<readonly OnChainBid[]>
  /** Digest of the set we voted for. */
  voted(): Uint8Array | undefined
  /** A fetched bid or variant becomes part of what we serve. */
  keep(record: SignedRecord): void
  /** Our own door, for fetched statements. */
  admit(record: SignedRecord): Verdict
  /** Checks content and signature of a statement that has no place (its author made two). */
  isSound(record: SignedRecord): boolean
}

export interface Proposals {
  /** Body of our own proposal. Faults: the market's. */
  make(): Promise<Uint8Array | Refusal>
  judge(proposal: SignedRecord): Promise<Computed<AdmittedSet> | Refusal>
  /** The bids a certificate lists, fetched if need be. */
  resolve(entries: readonly AdmittedEntry[]): Promise<readonly AdmittedBid[] | Refusal>
}

export const admissionDigest = ({ network, job, epoch }: AuctionContext, content: Uint8Array): Uint8Array =>
  certificateDigest(network.separator, { kind: CERTIFICATE_KINDS.admission, unit: job.id, epoch, content })

/** One statement of each of at least q members, in seat order; the flaw otherwise. */
export function statementsFlaw(context: AuctionContext, statements: readonly SignedRecord[]): Refusal | undefined {
  const { committee } = context
  const seats = statements.map(({ author, kind }) =>
    kind === RECORD_KINDS.auctionStatement ? committee.seatOf(author) : undefined,
  )
  const unordered = seats.findIndex((seat, i) => seat === undefined || seat <= (seats[i - 1] ?? -1))
  if (unordered >= 0) return { code: 'statements-order', where: `statements[${unordered}]` }
  return statements.length < committee.quorum
    ? { code: 'too-few-statements', where: `${statements.length} of ${committee.quorum}` }
    : undefined
}

export function createProposals(context: AuctionContext, deps: ProposalDeps): Proposals {
  const { committee, bidders, job } = context
  const { book, envelopes } = deps
  /** Second statements of members that made two: a proposal may rest on either. */
  const variants = new Map<Hex, SignedRecord>()

  const statement = (name: Hex): SignedRecord | undefined => envelopes.byName(name) ?? variants.get(name)

  async function fetch(names: readonly Hex[], take: (record: SignedRecord) => void): Promise<void> {
    if (names.length === 0) return
    const asked = new Set(names)
    for (const record of await deps.peers.records(names, deps.signal)) if (asked.has(nameOf(record))) take(record)
  }

  function takeStatement(record: SignedRecord): void {
    deps.admit(record)
    const name = nameOf(record)
    if (statement(name) || variants.size >= SEATS_MAX || !deps.isSound(record)) return
    variants.set(name, record)
    deps.keep(record)
  }

  function takeBid(record: SignedRecord): void {
    if (book.fetch(record).verdict === 'accept') deps.keep(record)
  }

  async function derive(statements: readonly SignedRecord[]): Promise<AdmittedSet | Refusal> {
    const input = {
      committee,
      bidders,
      statements: statements.map(openStatement),
      onChain: await deps.commitments(),
      byName: book.byName,
    }
    const first = admit(input)
    if (!first.complete) await fetch(first.missing, takeBid)
    const admission = first.complete ? first : admit(input)
    if (!admission.complete) return { code: 'bid-missing', where: admission.missing[0] ?? '' }
    return { content: admissionContent(job.id, admission.bids.map(entryOf)), bids: admission.bids }
  }

  /** A proposal for what we have voted for; another one could not get our own vote. */
  function again(digest: Uint8Array): Uint8Array | Refusal {
    for (let view = 0; ; view++) {
      const leader = committee.seats[context.leader(view)]
      const known = leader && envelopes.first(RECORD_KINDS.auctionProposal, leader.id, view)
      if (known && equalBytes(admissionDigest(context, openProposal(known).content), digest)) return known.body
      if (view > committee.seats.length) return { code: 'voted-for-another', where: toHex(digest) }
    }
  }

  async function make(): Promise<Uint8Array | Refusal> {
    const voted = deps.voted()
    if (voted) return again(voted)
    const contradicted = envelopes.equivocations()
    const statements = committee.seats.flatMap(({ id }) =>
      contradicted.has(id) ? [] : (envelopes.first(RECORD_KINDS.auctionStatement, id, 0) ?? []),
    )
    const flaw = statementsFlaw(context, statements)
    if (flaw) return flaw
    const set = await derive(statements)
    if (isRefusal(set)) return set
    const names = statements.map((record) => fromHex(nameOf(record), 32))
    return AuctionProposalBody.serialize({ content: set.content, statements: names })
  }

  async function gather({ statements }: AuctionProposal): Promise<readonly SignedRecord[] | Refusal> {
    const names = statements.map(toHex)
    await fetch(
      names.filter((name) => !statement(name)),
      takeStatement,
    )
    const missing = names.find((name) => !statement(name))
    if (missing) return { code: 'record-missing', where: missing }
    const found = names.flatMap((name) => statement(name) ?? [])
    return statementsFlaw(context, found) ?? found
  }

  async function judge(record: SignedRecord): Promise<Computed<AdmittedSet> | Refusal> {
    const proposal = openProposal(record)
    const statements = await gather(proposal)
    if (isRefusal(statements)) return statements
    const set = await derive(statements)
    if (isRefusal(set)) return set
    // It leaves a bid out, adds one, or its leader saw another chain than we do.
    if (!equalBytes(set.content, proposal.content)) return { code: 'wrong-admission', where: `view ${record.sequence}` }
    return { digest: admissionDigest(context, set.content), result: set }
  }

  async function resolve(entries: readonly AdmittedEntry[]): Promise<readonly AdmittedBid[] | Refusal> {
    const gossiped = entries.filter(({ author }) => author !== 0)
    const missing = gossiped.map(({ name }) => toHex(name)).filter((name) => !book.byName(name))
    await fetch(missing, takeBid)
    const onChain = entries.length > gossiped.length ? await deps.commitments() : []
    const bids: AdmittedBid[] = []
    for (const entry of entries) {
      const record = entry.author === 0 ? undefined : book.byName(toHex(entry.name))
      const posted = entry.author === 0 ? onChain.find(({ provider }) => provider === entry.provider) : undefined
      const bid = record ? openSealedBid(record) : posted?.bid
      const found = bid && { provider: entry.provider, bid, record }
      if (!found || !equalBytes(entryOf(found).name, entry.name))
        return { code: 'bid-missing', where: toHex(entry.name) }
      bids.push(found)
    }
    return bids
  }

  return { make, judge, resolve }
}
