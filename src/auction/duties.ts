// Our duties towards the chain for one job: post the certified openings, settle, hand on what was not started, report
// our own start and show that audits confirm it, slash who contradicted itself. Each but the start is anybody's right and
// nobody's alone: a leader first, the others after staggered rounds, looking before they act. The start is for who gains by
// it. The contract decides; this only brings it what it needs. Who runs the job also ends it (completion.ts).

import { equalBytes, fromHex } from '../core/bytes.ts'
import { epochStart } from '../core/clock.ts'
import { codeOf } from '../core/errors.ts'
import type { Posting } from '../core/ports.ts'
import type { Certificate, MarketJob, SignedRecord } from '../core/types.ts'
import { createLane } from '../round/lane.ts'
import type { AuctionContext } from './context.ts'
import { listOf, oddsOf, openingsHash, outcomeOf, pricesOf, proofsFor, proofsForNext, takingPart } from './openings.ts'
import type { OpenedEntry } from './openings.ts'
import type { AuctioneerDeps, AuctioneerOptions } from './options.ts'
import type { Award, ValidBid } from './outcome.ts'
import { rankOf } from './ranks.ts'

export interface DutiesOptions extends Pick<AuctioneerOptions, 'network' | 'staggerRounds'> {
  /** Our sidecar and the provider it bids for. */
  readonly own: () => { readonly id: number | undefined; readonly provider: number | undefined }
}

export interface DutiesDeps extends Pick<
  AuctioneerDeps,
  'market' | 'ledger' | 'beacons' | 'clock' | 'host' | 'proofs' | 'emit'
> {
  readonly signal: AbortSignal
  stuck(step: string, code: string, detail?: object): void
}

export interface CertifiedOpenings {
  readonly certificate: Certificate
  /** Who aggregated: posts first. */
  readonly author: number
}

export interface Duties {
  /** The chain's newest word on the job. */
  onJob(job: MarketJob): void
  job(): MarketJob
  opened(entries: readonly OpenedEntry[]): void
  certified(openings: CertifiedOpenings): void
  accuse(earlier: SignedRecord, later: SignedRecord): void
  /** Does what is due in `round`; returns at once. */
  tick(round: number, context: AuctionContext): void
  /** Resolves when the chain is not being read; what is being sent is remembered by the outbox. */
  idle(): Promise<void>
}

type Step = 'certify' | 'settle' | 'next'
interface Turn {
  dueRound: number
  attempts: number
}
/** Rounds between attempts double up to this many staggers. */
const PATIENCE_MAX = 16
const HAS_STARTED: readonly MarketJob['state'][] = ['running', 'disputed', 'completed', 'failed']
/** Accusations of one job waiting to be slashed. */
const ACCUSATIONS_MAX = 64

export function createDuties(first: MarketJob, options: DutiesOptions, deps: DutiesDeps): Duties {
  const { market, beacons, emit, clock } = deps
  const { network, staggerRounds } = options
  let job = first
  let entries: readonly OpenedEntry[] | undefined
  let openings: CertifiedOpenings | undefined
  let context: AuctionContext | undefined
  let round = 0
  let announced = -1
  let sending: Step | undefined
  let closed = false
  const turns = new Map<string, Turn>()
  const accusations = new Map<
    string,
    { readonly a: SignedRecord; readonly b: SignedRecord; readonly dueRound: number }
  >()
  const failed =
    (step: string) =>
    (error: unknown): void =>
      deps.stuck(step, codeOf(error), { error })
  const send = createLane(failed('market'))
  const look = createLane(failed('market'))
  const starting = createLane(failed('start'))
  const slashing = createLane(failed('slash'))

  const late = (): boolean => clock.now() / 1000 >= job.deadlineAt

  /** Is it our turn? The first answer fixes when; every attempt that fails moves it away. */
  function isDue(step: string, firstSeat: number): boolean {
    if (!context) return false
    const turn = turns.get(step) ?? {
      dueRound: round + rankOf(context, firstSeat, options.own().id) * staggerRounds,
      attempts: 0,
    }
    turns.set(step, turn)
    if (turn.dueRound > round) return false
    turn.attempts++
    turn.dueRound = round + staggerRounds * Math.min(PATIENCE_MAX, 2 ** turn.attempts)
    return true
  }

  function run(step: Step, work: () => Promise<void>): void {
    if (sending) return
    sending = step
    send.run(async () => {
      try {
        await work()
      } catch (error) {
        deps.stuck(step, codeOf(error), { error })
      } finally {
        sending = undefined
      }
    })
  }

  /** The job as it is now; undefined when somebody moved it on meanwhile. */
  async function still(state: MarketJob['state'], rank = job.rank): Promise<MarketJob | undefined> {
    const now = await market.job(job.id)
    if (!now) return undefined
    if (now.state === state && now.rank === rank) return now
    onJob(now)
    return undefined
  }

  async function certify(list: readonly OpenedEntry[], { certificate }: CertifiedOpenings): Promise<void> {
    const now = await still('announced')
    if (!now || !context) return
    const { epoch, roster } = context
    await deps.ledger.seat(epoch, await beacons.get(epochStart(network.schedule, epoch), deps.signal), roster)
    const { tx, gasUsed, ours } = await market.certifyOpenings(now, listOf(list), certificate, roster)
    emit({ type: 'openings-certified', job: job.id, tx, gasUsed, ours })
    await refresh()
  }

  async function settle(list: readonly OpenedEntry[]): Promise<void> {
    const now = await still('certified')
    if (!now) return
    const pick = await beacons.get(now.pickRound, deps.signal)
    const bids = takingPart(list, await market.screen(now, pricesOf(list)))
    const proofs = proofsFor(list, outcomeOf(network, now, bids, pick))
    const posting = await market.settle(now, listOf(list), proofs, pick)
    await refresh(posting)
  }

  /** The next award of the same draw whose winner can still take the job; none: the contract ends it unsold. */
  async function handOn(list: readonly OpenedEntry[]): Promise<void> {
    const now = await still(job.state)
    if (!now) return
    const pick = await beacons.get(now.pickRound, deps.signal)
    const screened = await market.screen(now, pricesOf(list))
    const able = new Set(screened.filter((one) => one.able).map(({ provider }) => provider))
    const award = nextOf(now, takingPart(list, screened, now.took ?? []), pick, able)
    const posting = await market.nextInLine(now, listOf(list), proofsForNext(list, award))
    await refresh(posting)
  }

  function nextOf(
    now: MarketJob,
    bids: readonly ValidBid[],
    pick: { readonly randomness: Uint8Array },
    able: ReadonlySet<number>,
  ): Award | undefined {
    for (let rank = now.rank + 1; rank < bids.length; rank++) {
      const award = outcomeOf(network, now, bids, pick, rank)
      if (award && able.has(award.winner.provider)) return award
    }
    return undefined
  }

  async function refresh(posting?: Posting): Promise<void> {
    const now = await market.job(job.id)
    if (!now) return
    job = now
    await told(posting)
  }

  /** Says once what became of the job, with the draw as we recompute it. */
  async function told(posting?: Posting): Promise<void> {
    if (job.state === 'unsold' || job.state === 'refunded' || job.state === 'relisted') return unsettled(job.state)
    if (HAS_STARTED.includes(job.state)) started()
    if (job.winner === 0 || job.rank <= announced) return
    const { winner, price, rank, id } = job
    announced = rank
    const { tx, gasUsed, ours } = posting ?? { tx: undefined, gasUsed: 0n, ours: false }
    const odds = await oddsNow().catch(() => [])
    emit({ type: 'job-settled', job: id, winner, price, rank, odds, tx, gasUsed, ours })
  }

  async function oddsNow(): Promise<ReturnType<typeof oddsOf>> {
    const { winner, price, rank } = job
    if (!entries || !job.took) return []
    const bids = takingPart(entries, await market.screen(job, pricesOf(entries)), job.took)
    const award = outcomeOf(network, job, bids, await beacons.get(job.pickRound, deps.signal), rank)
    if (award?.winner.provider === winner && award.price === price) return oddsOf(award)
    deps.stuck('settle', 'settled-otherwise', { winner, ours: award?.winner.provider })
    return []
  }

  let running = false
  function started(): void {
    if (running) return
    running = true
    emit({ type: 'job-started', job: job.id, provider: job.winner })
  }

  function unsettled(code: string): void {
    if (closed) return
    closed = true
    emit({ type: 'job-unsettled', job: job.id, code })
  }

  function onJob(now: MarketJob): void {
    job = now
    // While we send, the transaction's own answer says more.
    if (sending !== 'settle' && sending !== 'next') look.run(() => told())
  }

  async function startOurs(provider: number | undefined, id: number): Promise<void> {
    if (job.state !== 'awarded' || job.winner !== provider || late()) return
    if (!(await deps.host.ready(job, deps.signal)) || deps.signal.aborted) return
    await market.reportStarted(job.id, id)
    await refresh()
  }

  async function confirmOurs(provider: number | undefined): Promise<void> {
    const { run } = job
    if (job.state !== 'reported' || job.winner !== provider || !run || late()) return
    const leaf = await deps.proofs.upAfter(run.sidecar, run.since, run.serviceBps, deps.signal)
    if (!leaf || deps.signal.aborted) return
    await market.confirm(job.id, leaf)
    await refresh()
  }

  async function slashDue(): Promise<void> {
    for (const [key, { a, b, dueRound }] of accusations) {
      if (dueRound > round) continue
      await deps.ledger.slash(a, b)
      accusations.delete(key)
    }
  }

  function certifyOrSettle(list: readonly OpenedEntry[], leader: number): void {
    if (job.state === 'announced' && openings && context) {
      const known = openings
      const aggregator = context.committee.seatOf(known.author) ?? leader
      if (isDue('certify', aggregator)) run('certify', () => certify(list, known))
    }
    if (job.state !== 'certified' || round < job.pickRound) return
    if (job.openingsHash && !equalBytes(fromHex(job.openingsHash, 32), openingsHash(list)))
      return deps.stuck('settle', 'openings-differ')
    if (isDue('settle', leader)) run('settle', () => settle(list))
  }

  function tick(newRound: number, now: AuctionContext): void {
    round = newRound
    context = now
    const leader = now.leader(0)
    const { id, provider } = options.own()
    if (accusations.size > 0) slashing.run(slashDue)
    if (job.state === 'awarded' && provider === job.winner && id !== undefined)
      starting.run(() => startOurs(provider, id))
    if (job.state === 'reported' && provider === job.winner) starting.run(() => confirmOurs(provider))
    const open = job.state === 'announced' || job.state === 'certified'
    const isStarting = job.state === 'awarded' || job.state === 'reported'
    if (open && late()) return unsettled(openings ? 'settle-deadline' : 'certify-deadline')
    if (!entries) return
    const list = entries
    if (open) certifyOrSettle(list, leader)
    else if (isStarting && late() && isDue(`next ${job.rank}`, leader)) run('next', () => handOn(list))
  }

  function accuse(a: SignedRecord, b: SignedRecord): void {
    const key = `${a.kind}/${a.author}/${a.sequence}`
    if (accusations.has(key) || accusations.size >= ACCUSATIONS_MAX) return
    const turn = context ? rankOf(context, context.leader(0), options.own().id) : 0
    accusations.set(key, { a, b, dueRound: round + turn * staggerRounds })
    emit({ type: 'equivocation', id: a.author, kind: a.kind, unit: a.unit })
  }

  return {
    onJob,
    job: () => job,
    opened: (list) => void (entries = list),
    certified: (known) => void (openings ??= known),
    accuse,
    tick,
    idle: async () => {
      await Promise.all([look.idle(), starting.idle()])
    },
  }
}
