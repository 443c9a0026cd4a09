// Our duties towards the chain: look what is posted, seat the committee, post certified periods, report equivocations.
// Each is anybody's right and nobody's alone: the leader first, the others after staggered rounds, looking before they act.
// A certificate stays postable until the chain has moved past it, so an outage or a reorganisation heals by itself.

import { epochOf, epochStart } from '../core/clock.ts'
import { codeOf } from '../core/errors.ts'
import type { AuditorDeps, AuditorOptions } from './auditor.ts'
import type { AuditResult, Certificate, PostedPeriod, SignedRecord } from '../core/types.ts'
import { rankAfter } from '../round/committee.ts'
import { createLane } from '../round/lane.ts'
import { bodyHashOf } from '../round/record.ts'
import { toHex } from '../core/bytes.ts'
import type { Base, PeriodContext } from './context.ts'
import type { Summaries } from './summaries.ts'

/** Open accusations kept at a time; more equivocators than this in one network are slashed in turn. */
const ACCUSATIONS_MAX = 256

export interface Certified {
  readonly result: AuditResult
  readonly certificate: Certificate
  readonly context: PeriodContext
  /** Who aggregated: posts first. */
  readonly author: number
}

export interface ChainDuties {
  /** The newest posted period; what we last saw when the ledger does not answer. Faults: the ledger's, before the first look. */
  base(): Promise<Base>
  /** A valid certificate of this period that continues from what is on chain? Then there is nothing to agree on. */
  isCovered(period: number): Promise<boolean>
  certified(certified: Certified): void
  accuse(context: PeriodContext, earlier: SignedRecord, later: SignedRecord): void
  /** Does what is due in `round`; returns at once. */
  tick(round: number, context: PeriodContext): void
  lastPosted(): PostedPeriod | undefined
  /** Resolves when the chain is not being read. */
  idle(): Promise<void>
}

interface Waiting {
  dueRound: number
}
type Pending = Certified & Waiting
type Accusation = { readonly a: SignedRecord; readonly b: SignedRecord } & Waiting

export interface ChainOptions extends Pick<AuditorOptions, 'network' | 'staggerRounds'> {
  /** Our id in an epoch; undefined for observers. */
  me(context: PeriodContext): number | undefined
}

type ChainPorts = Pick<AuditorDeps, 'ledger' | 'beacons' | 'emit' | 'log'> & {
  readonly summaries: Summaries
  readonly signal: AbortSignal
}

const isBase = (base: Base, posted: PostedPeriod | undefined): boolean =>
  base?.period === posted?.period && base?.root === posted?.root

export function createChainDuties(options: ChainOptions, deps: ChainPorts): ChainDuties {
  const { ledger, beacons, emit, log, summaries } = deps
  const { network, staggerRounds } = options
  const pending = new Map<string, Pending>()
  const accusations = new Map<string, Accusation>()
  const seated = new Set<number>()
  let seatDue: { readonly epoch: number; round: number } | undefined
  let looked = false
  let newest: PostedPeriod | undefined
  let round = 0
  let posting: Pending | undefined
  let announced = -1

  const failed =
    (step: string) =>
    (error: unknown): void => {
      const code = codeOf(error)
      log.warn('duty towards the chain failed', { step, code, error })
      emit({ type: 'stuck', period: newest?.period ?? -1, step, code })
    }
  const looking = createLane(failed('ledger'))
  const post = createLane(failed('post'))
  const slash = createLane(failed('slash'))
  const seating = createLane(failed('seat'))

  async function look(): Promise<void> {
    const posted = await ledger.lastPosted()
    looked = true
    if (isBase(posted, newest)) return
    newest = posted
    if (!posted) return
    await summaries.posted(posted.period, posted.root)
    if (posting?.result.period !== posted.period) announce(posted, undefined, 0n, false)
  }

  function announce(
    { period, root }: PostedPeriod,
    tx: `0x${string}` | undefined,
    gasUsed: bigint,
    ours: boolean,
  ): void {
    if (period <= announced) return // seen before a reorganisation, or by look and by post
    announced = period
    emit({ type: 'posted', period, root, tx, gasUsed, ours })
  }

  const postable = ({ result }: Certified): boolean =>
    isBase(result.base, newest) && result.period > (newest?.period ?? -1)

  function postDue(): void {
    const due = [...pending.values()]
      .filter((one) => postable(one) && one.dueRound <= round)
      .sort((a, b) => a.result.period - b.result.period)[0]
    if (!due || posting) return
    posting = due
    post.run(() => send(due).finally(() => (posting = undefined)))
  }

  async function send(one: Pending): Promise<void> {
    one.dueRound = round + staggerRounds // when this attempt fails
    const { result, certificate, context } = one
    await seat(context)
    const { tx, gasUsed, ours } = await ledger.post(result, certificate, context.roster)
    await summaries.posted(result.period, result.root)
    announce({ period: result.period, root: result.root, contentId: result.contentId }, tx, gasUsed, ours)
  }

  async function seat({ epoch, roster }: PeriodContext): Promise<void> {
    if (seated.has(epoch)) return
    const beacon = await beacons.get(epochStart(network.schedule, epoch), deps.signal)
    await ledger.seat(epoch, beacon, roster)
    seated.add(epoch)
  }

  function seatIfDue(context: PeriodContext): void {
    const { epoch, committee } = context
    const me = options.me(context)
    const ours = me === undefined ? undefined : committee.seatOf(me)
    if (ours === undefined || seated.has(epoch)) return
    if (seatDue?.epoch !== epoch)
      seatDue = { epoch, round: round + rankAfter(committee, context.leader(0), ours) * staggerRounds }
    if (seatDue.round > round) return
    seatDue.round = round + staggerRounds
    seating.run(() => seat(context))
  }

  async function slashDue(): Promise<void> {
    for (const [key, accusation] of accusations) {
      if (accusation.dueRound > round) continue
      accusation.dueRound = round + staggerRounds
      await ledger.slash(accusation.a, accusation.b)
      accusations.delete(key)
    }
  }

  function rank(context: PeriodContext, author: number): number {
    const { committee, roster } = context
    const me = options.me(context)
    const first = committee.seatOf(author) ?? context.leader(0)
    const ours = me === undefined ? undefined : committee.seatOf(me)
    if (me === author) return 0
    // Members in seat order after the aggregator; everybody else only when all of them failed.
    const slot = me === undefined ? roster.members.length : (context.member(me)?.slot ?? 0)
    return ours === undefined ? committee.seats.length + slot : Math.max(1, rankAfter(committee, first, ours))
  }

  function certified(one: Certified): void {
    const key = toHex(one.certificate.content)
    if (pending.has(key)) return
    pending.set(key, { ...one, dueRound: round + rank(one.context, one.author) * staggerRounds })
    postDue()
  }

  function accuse(context: PeriodContext, a: SignedRecord, b: SignedRecord): void {
    const key = `${a.kind}/${a.author}/${a.unit}/${a.sequence}`
    if (accusations.has(key) || accusations.size >= ACCUSATIONS_MAX) return
    const slots = context.roster.members.length
    const me = options.me(context)
    const own = me === undefined ? undefined : context.member(me)?.slot
    const author = context.member(a.author)?.slot ?? 0
    const turn = own === undefined ? slots : (own - author - 1 + slots) % slots
    accusations.set(key, { a, b, dueRound: round + turn * staggerRounds })
    log.info('equivocation found', { author: a.author, kind: a.kind, bodies: [a, b].map((r) => toHex(bodyHashOf(r))) })
  }

  function prune(period: number): void {
    const oldest = period - network.schedule.evidencePeriods
    for (const [key, { result }] of pending) if (result.period < oldest) pending.delete(key)
    for (const epoch of seated) if (epoch < epochOf(network.schedule, period) - 1) seated.delete(epoch)
  }

  return {
    async base() {
      await look().catch((error: unknown) => {
        if (!looked) throw error
      })
      return newest && { period: newest.period, root: newest.root }
    },
    async isCovered(period) {
      await look().catch(() => undefined)
      if (newest && newest.period >= period) return true
      return [...pending.values()].some((one) => one.result.period === period && postable(one))
    },
    certified,
    accuse,
    tick(newRound, context) {
      round = newRound
      prune(context.period)
      looking.run(async () => {
        await look()
        postDue()
      })
      if (accusations.size > 0) slash.run(slashDue)
      seatIfDue(context)
    },
    lastPosted: () => newest,
    // Not what is being sent: a transaction may take long, and the outbox remembers it.
    idle: () => looking.idle(),
  }
}
