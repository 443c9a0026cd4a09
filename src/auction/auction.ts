// One auction of one sidecar, from its announcement to its start: what is known, what we have said, and what is to be done
// in a round. Phases follow from the round alone. It puts together the book and our own bid before the close, the
// committee's part after it, and the duties towards the chain; each of them knows nothing of the others.

import { epochStart } from '../core/clock.ts'
import { codeOf, ignore } from '../core/errors.ts'
import type { Verdict } from '../core/ports.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Capacity, MarketJob, OnChainBid, QualifiedBidder, SignedRecord } from '../core/types.ts'
import { createEnvelopes } from '../round/envelopes.ts'
import { createLane } from '../round/lane.ts'
import { createVoice } from '../round/voice.ts'
import type { Voice } from '../round/voice.ts'
import { createBidding } from './bidding.ts'
import type { Bidding } from './bidding.ts'
import { createBook } from './book.ts'
import { createCommitting } from './committing.ts'
import type { Committing } from './committing.ts'
import { admissionViews, drawAuction, epochOfJob } from './context.ts'
import { topicOf } from './checks.ts'
import type { AuctionContext } from './context.ts'
import type { Door, OpenAuction } from './door.ts'
import { createDuties } from './duties.ts'
import type { OpenedEntry } from './openings.ts'
import type { AuctioneerDeps, AuctioneerOptions, AuctionPhase, JobStatus } from './options.ts'
import { bidPlaces, memberPlaces } from './places.ts'

export interface AuctionDeps {
  readonly ports: AuctioneerDeps
  readonly signal: AbortSignal
  /** Newest round handled. */
  round(): number
  door(): Door
  /** Runs one decision about bids at a time, over all jobs. */
  alone(work: () => Promise<void>): Promise<void>
  /** What our live bids on other jobs would need if they all won. */
  engaged(): Capacity
  /** How many of our bids on other jobs may win or have won and not started. */
  rivals(): number
}

export interface Auction extends OpenAuction {
  /** What a kill left behind: records from the store, then our own from the journal. */
  resume(): Promise<void>
  onJob(job: MarketJob): void
  /** Does what is due in `round`; returns at once, so that no job waits for another. */
  act(round: number): void
  rebid(price: bigint): Promise<void>
  /** What our live bid would need if it won; undefined when it cannot win any more. */
  engages(): Capacity | undefined
  /** May our live bid still win, or has it won and the workload not started? */
  claims(): boolean
  flush(): Promise<void>
  status(): JobStatus
  /** Nothing more will come of it. */
  over(round: number): boolean
  idle(): Promise<void>
}

/** How long after its deadline an auction is followed that nobody settled or started: it may still be handed on. */
const AFTERMATH_SECONDS = 3_600
/** Rounds in which a settled one is still shown and told of. */
const EPILOGUE_ROUNDS = 8

const seatsAreDrawn = (seatsMax: number, members: number): boolean => members > seatsMax

export function createAuction(
  options: AuctioneerOptions,
  deps: AuctionDeps,
  first: MarketJob,
  bidders: readonly QualifiedBidder[],
): Auction {
  const { network, strategy } = options
  const { ports } = deps
  const { id } = first
  const job = first
  const openedRound = deps.round()
  const envelopes = createEnvelopes()
  const signers = new Map(bidders.map((bidder) => [bidder.author, bidder]))
  const book = createBook(
    { job, bidders },
    { ...ports, separator: network.separator, memberOf: (one) => signers.get(one) },
  )
  const bidder = bidders.find(({ signer }) => signer === ports.signer.address)
  const unwritten: SignedRecord[] = []
  const reported = new Set<string>()
  const accused = new Set<number>()
  let ours = bidder?.author
  let voice: Voice | undefined = bidder && speak(bidder.author)
  let context: AuctionContext | undefined
  let committing: Committing | undefined
  let onChain: readonly OnChainBid[] | undefined
  let opening: Promise<AuctionContext | undefined> | undefined
  let resuming = false
  const waitingRecords: SignedRecord[] = []

  function stuck(step: string, code: string, detail?: object): void {
    if (deps.signal.aborted) return
    ports.log.info('an auction is stuck', { job: id, step, code, ...detail })
    if (reported.has(`${step}/${code}`)) return
    reported.add(`${step}/${code}`)
    ports.emit({ type: 'job-stuck', job: id, step, code })
  }

  const duties = createDuties(
    first,
    { ...options, own: () => ({ id: ours, provider: bidder?.provider }) },
    { ...ports, signal: deps.signal, stuck },
  )
  const bidding: Bidding | undefined =
    bidder && voice && strategy
      ? createBidding(
          { ...options, job, me: bidder, strategy },
          {
            ...ports,
            voice,
            signal: deps.signal,
            stuck,
            round: deps.round,
            engaged: deps.engaged,
            rivals: deps.rivals,
            alone: deps.alone,
          },
        )
      : undefined
  const acting = createLane((error) => stuck('round', codeOf(error), { error }))
  const placing = createLane((error) => stuck('bid', codeOf(error), { error }))

  function speak(author: number): Voice {
    return createVoice(
      {
        ...ports,
        topicOf,
        admit,
        stopped: () => deps.signal.aborted,
        unsent: (record, error) => ports.log.warn('publishing failed', { job: id, kind: record.kind, error }),
      },
      { separator: network.separator, unit: id, author },
    )
  }

  const self: OpenAuction = { job, envelopes, bid, context: open, redundant, arrived, equivocated }

  function admit(record: SignedRecord): Verdict {
    if (record.kind === RECORD_KINDS.bid) return bid(record)
    return context ? deps.door().admit(self, context, record) : { verdict: 'ignore', code: 'committee-unknown' }
  }

  function bid(record: SignedRecord): Verdict {
    const verdict = book.offer(record, deps.round())
    if (verdict.verdict !== 'accept') return verdict
    keep(record)
    const pair = book.equivocations().get(record.author)
    if (pair && !accused.has(record.author)) {
      accused.add(record.author)
      duties.accuse(...pair)
    }
    return verdict
  }

  function keep(record: SignedRecord): void {
    if (!resuming) unwritten.push(record)
  }

  function arrived(record: SignedRecord): void {
    keep(record)
    committing?.arrived(record)
  }

  function equivocated(earlier: SignedRecord, later: SignedRecord): void {
    keep(later)
    duties.accuse(earlier, later)
  }

  function redundant(record: SignedRecord): boolean {
    return committing?.redundant(record) ?? false
  }

  async function flush(): Promise<void> {
    const batch = unwritten.splice(0)
    if (batch.length === 0) return
    try {
      await ports.store.put(batch)
    } catch (error) {
      unwritten.unshift(...batch) // kept for the next flush; the job's records bound it
      throw error
    }
  }

  /** Commitments on chain are asked for until they are final, then kept. */
  async function commitments(): Promise<readonly OnChainBid[]> {
    onChain ??= await ports.market.commitments(job)
    return onChain
  }

  /** Everybody who asks meanwhile waits for the same opening; a failure is tried again by the next who asks. */
  async function open(): Promise<AuctionContext | undefined> {
    if (context || deps.round() < job.closeRound || deps.signal.aborted) return context
    opening ??= load().finally(() => (opening = undefined))
    return opening
  }

  async function load(): Promise<AuctionContext> {
    const epoch = epochOfJob(network, job)
    const { schedule } = network
    const roster = await ports.ledger.roster(epoch)
    const close = await ports.beacons.get(job.closeRound, deps.signal)
    const drawn = seatsAreDrawn(schedule.seatsMax, roster.members.length)
      ? await ports.beacons.get(epochStart(schedule, epoch), deps.signal)
      : undefined
    const made = drawAuction(network, job, bidders, roster, close.randomness, drawn?.randomness)
    ours ??= roster.members.find(({ signer }) => signer === ports.signer.address)?.id
    if (ours !== undefined) voice ??= speak(ours)
    context = made
    committing = createCommitting(made, {
      ports,
      book,
      envelopes,
      voice,
      signal: deps.signal,
      round: deps.round,
      id: ours,
      present: openedRound < job.closeRound,
      admit,
      commitments,
      wanted: () => duties.job().state === 'announced',
      flush,
      keep,
      opened: duties.opened,
      certified: duties.certified,
      stuck,
    })
    await catchUp()
    return made
  }

  /** Records of an earlier life that needed the committee, then what we ourselves had said. */
  async function catchUp(): Promise<void> {
    resuming = true
    try {
      for (const record of waitingRecords.splice(0)) admit(record)
    } finally {
      resuming = false
    }
    await voice?.repeat(memberPlaces(admissionViews(network, job)))
  }

  async function resume(): Promise<void> {
    resuming = true
    try {
      for (const record of await ports.store.ofJob(id)) {
        if (record.kind !== RECORD_KINDS.bid) waitingRecords.push(record)
        // Stored before the close: it came in time. Afterwards it counts only if enough others say so.
        else if (deps.round() < job.closeRound) bid(record)
        else book.fetch(record)
      }
    } finally {
      resuming = false
    }
    if (deps.round() < job.closeRound) await voice?.repeat(bidPlaces)
    const { kind, rules, closeRound, openRound, pickRound } = job
    const facts = { kind, reserve: rules.reserve, closeRound, openRound, pickRound, bidders: bidders.length }
    ports.emit({ type: 'job-announced', job: id, ...facts })
  }

  async function step(round: number): Promise<void> {
    await flush().catch((error: unknown) => stuck('store', codeOf(error), { error }))
    await voice?.resend()
    if (round < job.closeRound) {
      // A bid that is faster than the news of its job is lost on who has not heard of it.
      if (bidding && round > openedRound) placing.run(() => bidding.act())
      return
    }
    try {
      const known = await open()
      await committing?.act(round)
      if (known) duties.tick(round, known)
    } catch (error) {
      stuck('close', codeOf(error), { error })
    }
  }

  async function rebid(price: bigint): Promise<void> {
    if (!bidding) throw ignore('bid-not-qualified', `this sidecar does not bid on job ${id}`)
    await bidding.replace(price)
  }

  function engages(): Capacity | undefined {
    const { state, winner } = duties.job()
    const undecided = state === 'announced' || state === 'certified'
    return bidding?.live() && undecided && winner === 0 ? job.requirements : undefined
  }

  function claims(): boolean {
    const { state, winner } = duties.job()
    const won = (state === 'awarded' || state === 'reported') && winner === bidder?.provider
    return bidding?.live() !== undefined && (won || state === 'announced' || state === 'certified')
  }

  function phase(round: number): AuctionPhase {
    const { state } = duties.job()
    if (state === 'awarded' || state === 'reported') return 'starting'
    if (state !== 'announced' && state !== 'certified') return 'over'
    if (round < job.closeRound) return 'bidding'
    if (round < job.openRound) return 'admission'
    return round < job.pickRound ? 'opening' : 'settling'
  }

  function own(list: readonly OpenedEntry[] | undefined): JobStatus['own'] {
    const live = bidding?.live()
    // Our price is nobody's business while bids are sealed, and this status is shown to whoever asks.
    if (live) return { sequence: live.sequence, price: list && live.price }
    const code = bidding?.declined()
    return code === undefined ? undefined : { declined: code }
  }

  function status(): JobStatus {
    const { state, winner, price } = duties.job()
    const list = committing?.entries()
    return {
      id,
      kind: job.kind,
      state,
      phase: phase(deps.round()),
      closeRound: job.closeRound,
      openRound: job.openRound,
      pickRound: job.pickRound,
      reserve: job.rules.reserve,
      bidders: bidders.length,
      seen: book.seen().length,
      admitted: committing?.admitted()?.length,
      void: list?.filter(({ result }) => !result.valid).length,
      own: own(list),
      winner: winner === 0 ? undefined : winner,
      price: winner === 0 ? undefined : price,
    }
  }

  return {
    ...self,
    resume,
    onJob: duties.onJob,
    act: (round) => acting.run(() => step(round)),
    rebid,
    engages,
    claims,
    flush,
    status,
    over: (round) =>
      phase(round) === 'over'
        ? round > job.pickRound + EPILOGUE_ROUNDS
        : ports.clock.now() / 1000 > duties.job().deadlineAt + AFTERMATH_SECONDS,
    async idle() {
      await acting.idle()
      await placing.idle()
      await committing?.idle()
      await duties.idle()
    },
  }
}
