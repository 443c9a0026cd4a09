// One period of one sidecar, from its first beacon to its certificate: what is known, what we have said, and what is to
// be done in a round. Phases follow from the round alone; what missed its phase is void and says so. It decides nothing
// about others: the door judges records, agreement judges results, duties towards the chain are elsewhere.

import { toHex } from '../core/bytes.ts'
import { viewOf } from '../core/clock.ts'
import { codeOf } from '../core/errors.ts'
import type { MeshEvent, Verdict } from '../core/ports.ts'
import { CertificateBody, RevealBody, SealBody, StatementBody, VoteBody } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { AuditResult, Hex, Member, SignedRecord } from '../core/types.ts'
import { createAgreement } from '../round/agreement.ts'
import type { Agreement, Computed } from '../round/agreement.ts'
import type { Aggregate } from '../round/certificate.ts'
import { certificateDigest } from '../round/certificate.ts'
import { createEnvelopes } from '../round/envelopes.ts'
import { seenBits } from '../round/statement.ts'
import { createVoice, places } from '../round/voice.ts'
import type { Place, Voice } from '../round/voice.ts'
import type { Archive } from './archive.ts'
import type { AuditorDeps, AuditorOptions } from './auditor.ts'
import { createResponder } from './answer.ts'
import type { Responder } from './answer.ts'
import { targetsOf } from './assignment.ts'
import { openCertificate, openProposal, openVote } from './bodies.ts'
import type { ChainDuties } from './chain.ts'
import { checkRecord, sealOf, topicOf } from './checks.ts'
import { viewsOf } from './context.ts'
import type { PeriodContext } from './context.ts'
import type { OpenPeriod } from './door.ts'
import { createProbing } from './probing.ts'
import type { Probing } from './probing.ts'
import { createProposals, isRefusal } from './proposals.ts'
import type { Refusal } from './proposals.ts'
import { commitmentOf, decodeSecret, encodeSecret } from './report.ts'
import type { Secret } from './report.ts'
import { certificateOf, claimOf } from './result.ts'
import type { Summaries } from './summaries.ts'

export interface PeriodDeps {
  readonly ports: AuditorDeps
  readonly archive: Archive
  readonly summaries: Summaries
  readonly chain: ChainDuties
  readonly signal: AbortSignal
  /** Newest round handled. */
  round(): number
  /** The door's part that needs no waiting. */
  admit(period: OpenPeriod, record: SignedRecord): Verdict
}

export interface Period extends OpenPeriod {
  readonly me: Member | undefined
  readonly responder: Responder | undefined
  /** What a kill left behind: records from the store, then our own from the journal. */
  resume(): Promise<void>
  /** Does what is due; call once for each round that is handled. */
  act(round: number): Promise<void>
  end(): Promise<void>
  idle(): Promise<void>
}

/** Where we may have signed something in this period before a restart. */
const ownPlaces = (views: number): readonly Place[] => [
  ...places(RECORD_KINDS.seal, 1),
  ...places(RECORD_KINDS.reveal, 1),
  ...places(RECORD_KINDS.statement, 2),
  ...places(RECORD_KINDS.proposal, views),
  ...places(RECORD_KINDS.vote, views),
]

type Step = 'seal' | 'reveal' | 'state-seals' | 'state-reveals'

export function createPeriod(
  options: AuditorOptions,
  deps: PeriodDeps,
  context: PeriodContext,
  me: Member | undefined,
): Period {
  const { ports, archive, chain } = deps
  const { period, phases, committee, network } = context
  const openedRound = deps.round()
  const envelopes = createEnvelopes()
  /** Slots whose seal [0] or reveal [1] came in time: what our statements will say. */
  const inTime: readonly [Set<number>, Set<number>] = [new Set(), new Set()]
  const certified = new Set<Hex>()
  const done = new Set<Step>()
  const seat = me && committee.seatOf(me.id)
  let resuming = false

  const emit = (event: MeshEvent): void => ports.emit(event)
  const stuck = (step: string, code: string, detail?: object): void => {
    ports.log.info('stuck', { period, step, code, ...detail })
    emit({ type: 'stuck', period, step, code })
  }

  const self: OpenPeriod = { context, envelopes, arrived, equivocated, redundant }
  const admit = (record: SignedRecord): Verdict => deps.admit(self, record)
  const voice: Voice | undefined =
    me &&
    createVoice(
      {
        journal: ports.journal,
        signer: ports.signer,
        gossip: ports.gossip,
        topicOf,
        admit,
        stopped: () => deps.signal.aborted,
        unsent: (record, error) => ports.log.warn('publishing failed', { period, kind: record.kind, error }),
      },
      { separator: network.separator, unit: period, author: me.id },
    )
  const probing: Probing | undefined = me && createProbing({ ...options }, ports, context, me)
  const responder: Responder | undefined =
    me && createResponder({ ...ports, timeoutMs: options.probeTimeoutMs, signal: deps.signal }, context, me)
  const proposals = createProposals(context, {
    envelopes,
    peers: ports.peers,
    summaries: deps.summaries,
    signal: deps.signal,
    base: () => chain.base(),
    admit,
    isSound(record) {
      try {
        return checkRecord(context, record, ports).id === record.author
      } catch {
        return false
      }
    },
  })
  const agreement: Agreement = createAgreement<AuditResult>(
    { committee, unitSeed: context.seed, seat },
    {
      bls: ports.bls,
      open: async () => !deps.signal.aborted && !(await chain.isCovered(period)),
      propose: async () => unlessRefused('propose', await proposals.make()),
      compute: async (record) => unlessRefused('vote', await proposals.judge(record)),
      sayProposal,
      sayVote,
      certified: certify,
      failed: (step, error) => stuck(step, codeOf(error), { error }),
    },
  )

  function unlessRefused<T extends object>(step: string, value: T | Refusal): T | undefined {
    if (!isRefusal(value)) return value
    stuck(step, value.code, { where: value.where })
    return undefined
  }

  function redundant(record: SignedRecord): boolean {
    if (record.kind !== RECORD_KINDS.certificate) return false
    try {
      return certified.has(certificateOf(period, openCertificate(record)).result.contentId)
    } catch {
      return false // the checks that follow say what is wrong with it
    }
  }

  function arrived(record: SignedRecord): void {
    if (!resuming) archive.add(record)
    const slot = context.member(record.author)?.slot ?? -1
    switch (record.kind) {
      case RECORD_KINDS.seal:
        if (deps.round() < phases.reveal) inTime[0].add(slot)
        break
      case RECORD_KINDS.reveal:
        if (deps.round() < phases.state) inTime[1].add(slot)
        compareSeal(record)
        break
      case RECORD_KINDS.proposal:
        agreement.onProposal(record.sequence, record)
        break
      case RECORD_KINDS.vote: {
        const { digest, signature } = openVote(record)
        agreement.onVote(committee.seatOf(record.author) ?? -1, digest, signature)
        break
      }
      case RECORD_KINDS.certificate:
        onCertificate(record)
        break
    }
  }

  /** A reveal carries its seal: one that differs from the seal we saw is an equivocation by itself. */
  function compareSeal(reveal: SignedRecord): void {
    const seal = sealOf(network.separator, reveal)
    const insertion = envelopes.insert(seal)
    if (insertion.outcome === 'first') archive.add(seal)
    if (insertion.outcome === 'contradiction') equivocated(insertion.earlier, seal)
  }

  function equivocated(earlier: SignedRecord, later: SignedRecord): void {
    if (!resuming) archive.add(later)
    emit({ type: 'equivocation', id: later.author, kind: later.kind, unit: later.unit })
    chain.accuse(context, earlier, later)
  }

  function onCertificate(record: SignedRecord): void {
    const { certificate, result } = certificateOf(period, openCertificate(record))
    certified.add(result.contentId)
    agreement.settle(certificateDigest(network.separator, certificate))
    const { root } = result
    const absent = certificate.absentees.map((missing) => committee.seats[missing]?.id ?? 0)
    emit({ type: 'certified', period, root, signers: committee.seats.length - absent.length, absent })
    chain.certified({ result, certificate, context, author: record.author })
  }

  async function sayProposal(view: number, body: Uint8Array): Promise<void> {
    await archive.flush() // whoever lacks a record we name must be able to fetch it from us
    await voice?.say(RECORD_KINDS.proposal, view, () => body)
    const said = envelopes.first(RECORD_KINDS.proposal, me?.id ?? 0, view)
    if (said) emit({ type: 'proposed', period, view, root: toHex(openProposal(said).root) })
  }

  async function sayVote(view: number, { digest, result }: Computed<AuditResult>): Promise<void> {
    const share = (): Uint8Array => VoteBody.serialize({ digest, signature: ports.certificateSigner.sign(digest) })
    await voice?.say(RECORD_KINDS.vote, view, share)
    emit({ type: 'voted', period, view, root: result.root })
  }

  async function certify({ result }: Computed<AuditResult>, { absentees, signature }: Aggregate): Promise<void> {
    const view = Math.max(0, viewOf(network.schedule, period, deps.round()))
    const body = CertificateBody.serialize({
      certificateKind: CERTIFICATE_KINDS.audit,
      epoch: context.epoch,
      ...claimOf(result),
      absentees: [...absentees],
      signature,
    })
    await voice?.tell(RECORD_KINDS.certificate, view, body)
  }

  async function act(round: number): Promise<void> {
    if (voice && me) {
      await voice.resend()
      if (round < phases.seal) probing?.begin()
      await perform('seal', round, phases.seal, phases.reveal, () => seal(voice, me))
      if (seat !== undefined && openedRound < phases.reveal)
        await perform('state-seals', round, phases.reveal, phases.state, () => state(voice, 0))
      await perform('reveal', round, phases.reveal, phases.state, () => reveal(voice))
      if (seat !== undefined && openedRound < phases.state)
        await perform('state-reveals', round, phases.state, phases.certify, () => state(voice, 1))
    }
    if (round >= phases.certify) agreement.enter(viewOf(network.schedule, period, round), round)
  }

  /** Once, in its phase; a failure is tried again with the next beacon, a missed phase is void. */
  async function perform(
    step: Step,
    round: number,
    from: number,
    to: number,
    work: () => Promise<void>,
  ): Promise<void> {
    if (round < from || done.has(step)) return
    if (round >= to) {
      done.add(step)
      return stuck(step, 'missed')
    }
    try {
      await work()
      done.add(step)
    } catch (error) {
      stuck(step, codeOf(error), { error })
    }
  }

  async function seal(say: Voice, { id }: Member): Promise<void> {
    await probing?.end()
    const secret = await secretOf()
    if (!secret) return stuck('seal', 'no-probes')
    const body = SealBody.serialize({ commitment: commitmentOf(network.separator, period, id, secret) })
    await say.say(RECORD_KINDS.seal, 0, () => body)
    emit({ type: 'sealed', period })
  }

  /** The secret of this period: the stored one, whatever we would say now; else a new one, durable before it is used. */
  async function secretOf(): Promise<Secret | undefined> {
    const stored = await ports.journal.secret(period)
    if (stored) return decodeSecret(stored)
    if (!probing || probing.attempts === 0) return undefined
    const secret: Secret = { salt: ports.random(32), report: probing.report() }
    await ports.evidence.putAnswers(period, probing.answers())
    await ports.journal.putSecret(period, encodeSecret(secret))
    return secret
  }

  async function reveal(say: Voice): Promise<void> {
    const sealed = await ports.journal.signed(RECORD_KINDS.seal, period, 0)
    const stored = await ports.journal.secret(period)
    if (!sealed || !stored) return stuck('reveal', 'nothing-sealed')
    const body = RevealBody.serialize({ ...decodeSecret(stored), sealSignature: sealed.signature })
    await say.say(RECORD_KINDS.reveal, 0, () => body)
    emit({ type: 'revealed', period })
  }

  async function state(say: Voice, phase: 0 | 1): Promise<void> {
    const seen = inTime[phase]
    const body = StatementBody.serialize({ seen: seenBits(context.roster.members.length, seen) })
    await say.say(RECORD_KINDS.statement, phase, () => body)
    emit({ type: 'stated', period, phase, seen: seen.size })
  }

  async function resume(): Promise<void> {
    const targets = me
      ? targetsOf(context.assignment, me.slot).map((slot) => context.roster.members[slot]?.id ?? 0)
      : []
    emit({ type: 'period-started', period, members: context.roster.members.length, targets })
    resuming = true
    try {
      for (const record of await ports.evidence.ofUnit(period)) admit(record)
    } finally {
      resuming = false
    }
    await voice?.repeat(ownPlaces(viewsOf(network)))
  }

  return {
    ...self,
    me,
    responder,
    resume,
    act,
    end: async () => probing?.end(),
    idle: () => agreement.idle(),
  }
}
