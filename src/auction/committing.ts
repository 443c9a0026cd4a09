// The committee's part in one auction, from the close on: state which bids were in time, agree on the admitted set before
// the open round, open it, agree on what it opened to. Members and observers run the same; only members are heard. What
// missed its phase is void and says so. Two agreements, one vote of a member in each, ever.

import { equalBytes } from '../core/bytes.ts'
import { codeOf } from '../core/errors.ts'
import { VoteBody } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { Hex, OnChainBid, SignedRecord } from '../core/types.ts'
import { createAgreement } from '../round/agreement.ts'
import type { Computed } from '../round/agreement.ts'
import { certificateDigest } from '../round/certificate.ts'
import type { Aggregate } from '../round/certificate.ts'
import type { Envelopes } from '../round/envelopes.ts'
import { createLane } from '../round/lane.ts'
import { entryOf, statementOf } from './admission.ts'
import type { AdmittedBid } from './admission.ts'
import { openCertificate, openVote } from './bodies.ts'
import type { Book } from './book.ts'
import { certificateOf, checkRecord } from './checks.ts'
import { AuctionCertificateBody, AuctionStatementBody, PHASES } from './codec.ts'
import type { AuctionCertificate } from './codec.ts'
import { admissionViewOf, admissionViews, openingsViewOf } from './context.ts'
import type { AuctionContext } from './context.ts'
import type { CertifiedOpenings } from './duties.ts'
import { openEntry, openingsHash, priceOf } from './openings.ts'
import type { OpenedEntry } from './openings.ts'
import type { AuctioneerDeps } from './options.ts'
import { createProposals, isRefusal } from './proposals.ts'
import type { AdmittedSet, Refusal } from './proposals.ts'
import type { Voice } from '../round/voice.ts'

export interface CommittingDeps {
  readonly ports: AuctioneerDeps
  readonly book: Book
  readonly envelopes: Envelopes
  readonly voice: Voice | undefined
  readonly signal: AbortSignal
  round(): number
  /** Our sidecar id. */
  readonly id: number | undefined
  /** Were we here before the close? Else our statement would call everything late that we did not see. */
  readonly present: boolean
  admit(record: SignedRecord): ReturnType<Book['offer']>
  commitments(): Promise<readonly OnChainBid[]>
  /** Does the chain still wait for a certificate? */
  wanted(): boolean
  /** A record that was fetched becomes part of what we serve. */
  keep(record: SignedRecord): void
  /** Everything that arrived is durable and can be fetched from us when this resolves. */
  flush(): Promise<void>
  opened(entries: readonly OpenedEntry[]): void
  certified(openings: CertifiedOpenings): void
  stuck(step: string, code: string, detail?: object): void
}

export interface Committing {
  arrived(record: SignedRecord): void
  redundant(record: SignedRecord): boolean
  act(round: number): Promise<void>
  admitted(): readonly AdmittedBid[] | undefined
  entries(): readonly OpenedEntry[] | undefined
  idle(): Promise<void>
}

type Phase = keyof typeof PHASES

export function createCommitting(context: AuctionContext, deps: CommittingDeps): Committing {
  const { network, job, committee, epoch } = context
  const { ports, envelopes, book, voice, stuck } = deps
  const { emit } = ports
  const seat = deps.id === undefined ? undefined : committee.seatOf(deps.id)
  const certificates = new Map<number, { readonly record: SignedRecord; readonly value: AuctionCertificate }>()
  const votes = new Map<number, Uint8Array>()
  let bids: readonly AdmittedBid[] | undefined
  let entries: readonly OpenedEntry[] | undefined
  let stated = seat === undefined
  const opening = createLane((error) => stuck('open', codeOf(error), { error }))

  const digestOf = (phase: Phase, content: Uint8Array): Uint8Array =>
    certificateDigest(network.separator, { kind: CERTIFICATE_KINDS[phase], unit: job.id, epoch, content })

  const proposals = createProposals(context, {
    book,
    envelopes,
    peers: ports.peers,
    signal: deps.signal,
    commitments: deps.commitments,
    voted: () => votes.get(PHASES.admission),
    admit: deps.admit,
    keep: deps.keep,
    isSound(record) {
      try {
        return checkRecord(context, record, ports).id === record.author
      } catch {
        return false
      }
    },
  })

  const isOver = (): boolean => deps.signal.aborted || deps.round() >= job.openRound
  const shared = { bls: ports.bls, failed: (step: string, error: unknown) => stuck(step, codeOf(error), { error }) }

  const admission = createAgreement<AdmittedSet>(
    { committee, unitSeed: context.seed, seat },
    {
      ...shared,
      open: async () => !isOver() && !certificates.has(PHASES.admission),
      propose: async () => unlessRefused('propose', await proposals.make()),
      compute: async (record) => unlessRefused('vote', await proposals.judge(record)),
      async sayProposal(view, body) {
        await deps.flush() // whoever lacks a record we name must be able to fetch it from us
        await voice?.say(RECORD_KINDS.auctionProposal, view, () => body)
      },
      async sayVote(_view, computed) {
        // From here on bids can be read: whoever chose among sets now could choose a winner.
        if (isOver()) return stuck('vote', 'admission-missed')
        await sayVote('admission', computed)
      },
      certified: (computed, aggregate) =>
        tell('admission', computed.result.content, computed.result.bids.map(entryOf), aggregate),
    },
  )

  const openings = createAgreement<Uint8Array>(
    { committee, unitSeed: context.seed, seat },
    {
      ...shared,
      open: async () => !deps.signal.aborted && deps.wanted() && !certificates.has(PHASES.openings),
      // Nothing to propose: what was admitted is certified, and what it opened to follows.
      propose: async () => undefined,
      compute: async () => computedOpenings(),
      sayProposal: async () => undefined,
      sayVote: (_view, computed) => sayVote('openings', computed),
      certified: (computed, aggregate) => tell('openings', computed.result, [], aggregate),
    },
  )

  function unlessRefused<T extends object>(step: string, value: T | Refusal): T | undefined {
    if (!isRefusal(value)) return value
    stuck(step, value.code, { where: value.where })
    return undefined
  }

  function computedOpenings(): Computed<Uint8Array> | undefined {
    const content = entries && openingsHash(entries)
    return content && { digest: digestOf('openings', content), result: content }
  }

  async function sayVote(phase: Phase, { digest }: Computed<unknown>): Promise<void> {
    const share = (): Uint8Array => VoteBody.serialize({ digest, signature: ports.certificateSigner.sign(digest) })
    const said = await voice?.say(RECORD_KINDS.auctionVote, PHASES[phase], share)
    if (said && !equalBytes(openVote(said).digest, digest)) stuck('vote', 'voted-for-another', { phase })
  }

  async function tell(
    phase: Phase,
    content: Uint8Array,
    admitted: AuctionCertificate['admitted'],
    { absentees, signature }: Aggregate,
  ): Promise<void> {
    await deps.flush()
    const certificateKind = CERTIFICATE_KINDS[phase]
    const value = { certificateKind, epoch, content, admitted, absentees: [...absentees], signature }
    await voice?.tell(RECORD_KINDS.auctionCertificate, PHASES[phase], AuctionCertificateBody.serialize(value))
  }

  function arrived(record: SignedRecord): void {
    switch (record.kind) {
      case RECORD_KINDS.auctionProposal:
        admission.onProposal(record.sequence, record)
        break
      case RECORD_KINDS.auctionVote: {
        const { digest, signature } = openVote(record)
        if (record.author === deps.id) votes.set(record.sequence, digest)
        const agreement = record.sequence === PHASES.admission ? admission : openings
        agreement.onVote(committee.seatOf(record.author) ?? -1, digest, signature)
        break
      }
      case RECORD_KINDS.auctionCertificate:
        onCertificate(record)
        break
    }
  }

  function onCertificate(record: SignedRecord): void {
    const value = openCertificate(record)
    const known = certificates.get(record.sequence)
    if (known) {
      // More than f members voted twice: the first stays, and everybody is told.
      if (!equalBytes(known.value.content, value.content)) stuck('certify', 'certified-twice')
      return
    }
    certificates.set(record.sequence, { record, value })
    if (record.sequence === PHASES.admission) {
      admission.settle(digestOf('admission', value.content))
      const providers = value.admitted.map(({ provider }) => provider)
      const onChain = value.admitted.filter(({ author }) => author === 0).length
      const signers = committee.seats.length - value.absentees.length
      emit({ type: 'bids-admitted', job: job.id, providers, onChain, signers })
      return
    }
    openings.settle(digestOf('openings', value.content))
    deps.certified({ certificate: certificateOf(job.id, value), author: record.author })
  }

  function redundant(record: SignedRecord): boolean {
    if (record.kind !== RECORD_KINDS.auctionCertificate) return false
    const known = certificates.get(record.sequence)
    try {
      return known !== undefined && equalBytes(known.value.content, openCertificate(record).content)
    } catch {
      return false // the checks that follow say what is wrong with it
    }
  }

  async function state(round: number): Promise<void> {
    if (stated || round < job.closeRound) return
    // Said in an earlier life.
    if (deps.id !== undefined && envelopes.first(RECORD_KINDS.auctionStatement, deps.id, 0)) stated = true
    if (stated) return
    if (!deps.present || round >= job.openRound) {
      stated = true
      return stuck('state', 'missed')
    }
    const seen: readonly Hex[] = book.seen()
    const body = AuctionStatementBody.serialize(statementOf(seen))
    await voice?.say(RECORD_KINDS.auctionStatement, 0, () => body)
    stated = true
    emit({ type: 'bids-stated', job: job.id, seen: seen.length })
  }

  /** Proposals that could not be judged (a record or the chain was missing) get another chance in each round. */
  function admitAgain(view: number): void {
    if (votes.has(PHASES.admission)) return
    for (const one of [view - 1, view]) {
      const leader = one < 0 ? undefined : committee.seats[context.leader(one)]
      const known = leader && envelopes.first(RECORD_KINDS.auctionProposal, leader.id, one)
      if (known) admission.onProposal(one, known)
    }
  }

  async function openAll(admitted: readonly AdmittedBid[]): Promise<void> {
    const beacon = await ports.beacons.get(job.openRound, deps.signal)
    const done: OpenedEntry[] = []
    for (const bid of admitted) {
      if (deps.signal.aborted) return
      done.push(openEntry(network, job, bid, beacon, ports.timelock))
      // A pairing takes milliseconds and there may be many bids: others get their turn in between.
      await new Promise<void>((resolve) => ports.clock.at(ports.clock.now(), resolve))
    }
    entries = done
    emit({
      type: 'bids-opened',
      job: job.id,
      bids: done.map((entry) => ({
        provider: entry.provider,
        price: priceOf(entry),
        code: entry.result.valid ? undefined : entry.result.code,
      })),
    })
    deps.opened(done)
    voteOpenings()
  }

  function voteOpenings(): void {
    const certified = certificates.get(PHASES.admission)
    if (!entries || !certified) return
    const view = Math.max(0, openingsViewOf(network, job, deps.round()))
    openings.enter(view, deps.round())
    if (!votes.has(PHASES.openings) || !certificates.has(PHASES.openings)) openings.onProposal(view, certified.record)
  }

  async function resolve(): Promise<void> {
    const certified = certificates.get(PHASES.admission)
    if (bids || !certified) return
    bids = unlessRefused('open', await proposals.resolve(certified.value.admitted))
  }

  async function act(round: number): Promise<void> {
    await state(round)
    const view = admissionViewOf(network, job, round)
    if (view >= 0 && view < admissionViews(network, job)) {
      admission.enter(view, round)
      admitAgain(view)
    } else if (round >= job.openRound) {
      // Votes cast in time may still be added up.
      admission.enter(admissionViews(network, job) - 1, round)
      if (!certificates.has(PHASES.admission)) stuck('admit', 'not-admitted')
    }
    await resolve()
    if (round < job.openRound) return
    if (bids && !entries) {
      const admitted = bids
      opening.run(async () => (entries ? undefined : openAll(admitted)))
    } else voteOpenings()
  }

  return {
    arrived,
    redundant,
    act,
    admitted: () => bids,
    entries: () => entries,
    idle: async () => {
      await Promise.all([opening.idle(), admission.idle(), openings.idle()])
    },
  }
}
