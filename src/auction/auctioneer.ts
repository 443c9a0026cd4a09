// The auction workflow of one sidecar. Driven by beacons, records and what the chain says of jobs; acts only through
// ports. It follows every job that is under way, because members state which bids were in time and anybody settles, and
// bids on those its provider's strategy wants. The wiring hands it verified beacons, decoded records and jobs.

import { epochOf, periodOf } from '../core/clock.ts'
import { codeOf, ignore } from '../core/errors.ts'
import type { Beacon, Capacity, MarketJob, QualifiedBidder, Roster } from '../core/types.ts'
import { createLane } from '../round/lane.ts'
import { createWaiting } from '../round/waiting.ts'
import { createAuction } from './auction.ts'
import type { Auction, AuctionDeps } from './auction.ts'
import { createCompletion } from './completion.ts'
import { gatherBundle } from './bundle.ts'
import { createDoor } from './door.ts'
import type { Auctioneer, AuctioneerDeps, AuctioneerOptions, AuctioneerStatus } from './options.ts'

/** Auctions under way at a time; each costs its requester FP. More of them are left to those who follow fewer. */
export const JOBS_MAX = 128

/** What failed is said once; beyond so many different failures, again. */
const REPORTED_MAX = 1_024

/** Memory of early messages: a few records of each author, a few rounds ahead, for several jobs at a time. */
const WAITING = { perAuthor: 32, total: 4096, aheadRounds: 3 }

const NOTHING: Capacity = { cpuMilliGhz: 0, memoryMilliGb: 0, storageMilliGb: 0 }
const plus = (a: Capacity, b: Capacity): Capacity => ({
  cpuMilliGhz: a.cpuMilliGhz + b.cpuMilliGhz,
  memoryMilliGb: a.memoryMilliGb + b.memoryMilliGb,
  storageMilliGb: a.storageMilliGb + b.storageMilliGb,
})

export function createAuctioneer(options: AuctioneerOptions, deps: AuctioneerDeps): Auctioneer {
  const { network } = options
  const stopping = new AbortController()
  const waiting = createWaiting(WAITING)
  const auctions = new Map<number, Auction>()
  /** Jobs the chain has shown us that are not open here yet. */
  const announced = new Map<number, MarketJob>()
  /** Jobs that are over, and the round from which their evidence is not kept. */
  const expiring = new Map<number, number>()
  const keptRounds = network.schedule.evidencePeriods * network.schedule.periodRounds
  const reported = new Set<string>()
  let newestJob = 0
  let round = 0
  let acted = 0
  let roster: Roster | undefined
  const lane = createLane((error) => failed(0, 'round', error))

  function failed(job: number, step: string, error: unknown): void {
    if (stopping.signal.aborted) return
    const code = codeOf(error)
    deps.log.warn('a step failed', { step, job, code, error })
    if (reported.has(`${job}/${step}/${code}`)) return
    if (reported.size >= REPORTED_MAX) reported.clear()
    reported.add(`${job}/${step}/${code}`)
    deps.emit({ type: 'job-stuck', job, step, code })
  }

  const door = createDoor({
    ...deps,
    network,
    waiting,
    round: () => round,
    roster: () => roster,
    auction: (job) => auctions.get(job),
    newestJob: () => newestJob,
  })

  const completion = createCompletion(
    { network, own: () => roster?.members.find(({ signer }) => signer === deps.signer.address)?.id },
    { ...deps, signal: stopping.signal, failed },
  )

  let deciding: Promise<void> = Promise.resolve()
  function alone(work: () => Promise<void>): Promise<void> {
    const turn = deciding.then(work)
    deciding = turn.catch(() => undefined)
    return turn
  }

  const auctionDeps = (job: number): AuctionDeps => ({
    ports: deps,
    signal: stopping.signal,
    round: () => round,
    door: () => door,
    alone,
    engaged: () =>
      [...auctions].flatMap(([id, auction]) => (id === job ? [] : (auction.engages() ?? []))).reduce(plus, NOTHING),
    rivals: () => [...auctions].filter(([id, auction]) => id !== job && auction.claims()).length,
  })

  function onBeacon(beacon: Beacon): void {
    if (beacon.round <= round || stopping.signal.aborted) return
    round = beacon.round
    waiting.handled(round)
    // The lane keeps only the newest: after a stall we act once, on the round that is now.
    lane.run(() => act(round))
  }

  /** Worth following: an auction that is not over, whose bids may still be made, opened or settled. */
  const isUnderWay = ({ state }: MarketJob): boolean =>
    state === 'announced' || state === 'certified' || state === 'awarded' || state === 'reported'

  function onJob(job: MarketJob): void {
    if (stopping.signal.aborted) return
    const open = auctions.get(job.id)
    if (open) return open.onJob(job)
    if (!isUnderWay(job) || announced.has(job.id)) return
    if (auctions.size + announced.size >= JOBS_MAX) return failed(job.id, 'follow', ignore('too-many-jobs', 'full'))
    announced.set(job.id, job)
    lane.run(() => act(round))
  }

  /** Kept beyond this process: an Ethereum node soon forgets the state that tells. */
  async function biddersOf(job: MarketJob): Promise<readonly QualifiedBidder[]> {
    const known = await deps.store.bidders(job.id)
    if (known) return known
    const bidders = await deps.market.bidders(job)
    await deps.store.putBidders(job.id, bidders)
    return bidders
  }

  /** Opens what was announced: who may bid is asked for, what an earlier life left is loaded. */
  async function openAnnounced(): Promise<void> {
    for (const [id, job] of announced) {
      try {
        const auction = createAuction(options, auctionDeps(id), job, await biddersOf(job))
        await auction.resume()
        auctions.set(id, auction)
        announced.delete(id)
        newestJob = Math.max(newestJob, id)
      } catch (error) {
        failed(id, 'open', error) // the next beacon tries again
      }
    }
  }

  async function act(now: number): Promise<void> {
    await follow(now).catch((error: unknown) => failed(0, 'roster', error))
    await openAnnounced()
    for (const auction of auctions.values()) auction.act(now)
    completion.tick(now)
    await prune(now)
    acted = now
  }

  async function follow(now: number): Promise<void> {
    const epoch = Math.max(0, epochOf(network.schedule, Math.max(0, periodOf(network.schedule, now))))
    if (roster?.epoch !== epoch) roster = await deps.ledger.roster(epoch)
  }

  async function prune(now: number): Promise<void> {
    for (const [id, auction] of auctions) {
      if (!auction.over(now)) continue
      auctions.delete(id)
      await auction.flush().catch((error: unknown) => failed(id, 'store', error))
      expiring.set(id, now + keptRounds)
    }
    for (const [id, until] of expiring) {
      if (now < until) continue
      expiring.delete(id)
      await deps.store.forget(id).catch((error: unknown) => failed(id, 'store', error))
    }
  }

  /** Evidence of jobs an earlier life had followed to their end. */
  async function findExpiring(): Promise<void> {
    for (const id of await deps.store.jobs()) {
      if (announced.has(id) || auctions.has(id)) continue
      const job = await deps.market.job(id)
      expiring.set(id, (job?.pickRound ?? 0) + keptRounds)
    }
  }

  const known = (job: number): Auction => {
    const auction = auctions.get(job)
    if (!auction) throw ignore('job-unknown', `job ${job} is not under way here`)
    return auction
  }

  const status = (): AuctioneerStatus => ({
    round: acted,
    jobs: [...auctions.values()].map((auction) => auction.status()).toSorted((a, b) => a.id - b.id),
    waiting: waiting.size,
  })

  async function start(): Promise<void> {
    try {
      for (const job of await deps.market.jobs()) onJob(job)
      await findExpiring()
    } catch (error) {
      failed(0, 'jobs', error) // changes still reach us through onJob
    }
    const newest = deps.beacons.latest()
    // Before the first beacon too: records that wait for news need to know whose they are.
    if (newest) onBeacon(newest)
    else await follow(round).catch((error: unknown) => failed(0, 'roster', error))
    await lane.idle()
  }

  async function stop(): Promise<void> {
    stopping.abort()
    waiting.stop()
    await lane.idle()
    await completion.idle()
    for (const [id, auction] of auctions) {
      await auction.idle()
      await auction.flush().catch((error: unknown) => failed(id, 'store', error))
    }
  }

  return {
    onBeacon,
    onJob,
    onRecord: (topic, record) => door.enter(topic, record),
    rebid: async (job, price) => known(job).rebid(price),
    async bundle(job) {
      await auctions.get(job)?.flush()
      return gatherBundle(job, deps.store)
    },
    status,
    start,
    stop,
  }
}
