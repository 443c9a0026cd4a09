// Our own bid on one job: whether and at what price, then the secret, then the signature, then everybody. Each step is
// durable before the next, so that a kill at any instruction leaves one price, one body and one record for a sequence.
// The price comes from the strategy or from an external pricer held to the same limits; every refusal has a code.

import { concatBytes } from '../core/bytes.ts'
import { codeOf, ignore } from '../core/errors.ts'
import type { Obstacle } from '../core/ports.ts'
import { decode } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Capacity, MarketJob, Network, ProviderStanding, QualifiedBidder, SealedBid } from '../core/types.ts'
import { priceIn, sealBid } from './bid.ts'
import { SealedBidBody } from './codec.ts'
import { BIDS_PER_BIDDER_MAX } from './job.ts'
import type { AuctioneerDeps, AuctioneerOptions } from './options.ts'
import { acceptPrice, decideBid, declinedByPricer } from './strategy.ts'
import type { BidDecision, Strategy } from './strategy.ts'
import type { Voice } from '../round/voice.ts'

/** A bid needs a round to reach everybody before the last one in which it is in time ends. */
const TRAVEL_ROUNDS = 1

const OPENING_BYTES = 32

export interface BiddingOptions extends Pick<AuctioneerOptions, 'commitOnChain'> {
  readonly network: Network
  readonly job: MarketJob
  readonly me: QualifiedBidder
  readonly strategy: Strategy
}

export interface BiddingDeps extends Pick<
  AuctioneerDeps,
  'market' | 'store' | 'timelock' | 'random' | 'pricer' | 'host' | 'emit'
> {
  readonly voice: Voice
  readonly signal: AbortSignal
  /** Newest round handled. */
  round(): number
  /** One decision at a time, over all jobs: capacity promised to one is not offered to another. */
  alone(work: () => Promise<void>): Promise<void>
  /** What our live bids on other jobs would need if they all won. */
  engaged(): Capacity
  /** How many of our bids on other jobs may win or have won and not started. */
  rivals(): number
  /** Said once for each way something can go wrong; the next beacon tries again. */
  stuck(step: string, code: string, detail?: object): void
}

export interface OwnBid {
  readonly sequence: number
  readonly price: bigint
}

export interface Bidding {
  /** Does what is due before the close; once decided, nothing but what still fails. Faults: market's and store's. */
  act(): Promise<void>
  /** Replaces the bid. Faults: `bid-late`, `bid-sequence`, the strategy's codes. */
  replace(price: bigint): Promise<void>
  live(): OwnBid | undefined
  declined(): string | undefined
}

const encodeSecret = (opening: Uint8Array, body: SealedBid): Uint8Array =>
  concatBytes(opening, SealedBidBody.serialize(body))

const decodeSecret = (secret: Uint8Array): { readonly price: bigint; readonly body: SealedBid } => ({
  price: priceIn(secret.subarray(0, OPENING_BYTES)),
  body: decode(SealedBidBody, secret.subarray(OPENING_BYTES), 'a stored bid'),
})

const less = (free: Capacity, engaged: Capacity): Capacity => ({
  cpuMilliGhz: free.cpuMilliGhz - engaged.cpuMilliGhz,
  memoryMilliGb: free.memoryMilliGb - engaged.memoryMilliGb,
  storageMilliGb: free.storageMilliGb - engaged.storageMilliGb,
})

export function createBidding(options: BiddingOptions, deps: BiddingDeps): Bidding {
  const { job, me, network, strategy } = options
  const { market, store, voice } = deps
  const offer = { kind: job.kind, requirements: job.requirements, reserve: job.rules.reserve }
  let live: (OwnBid & { readonly body: SealedBid }) | undefined
  let declined: string | undefined
  let committed = -1
  let resumed = false

  const isOpen = (): boolean => deps.round() < job.closeRound - TRAVEL_ROUNDS

  /** What is left of an earlier life: the newest secret is the bid, whether its record got out or not. */
  async function resume(): Promise<void> {
    for (let sequence = 0; sequence < BIDS_PER_BIDDER_MAX; sequence++) {
      const secret = await store.secret(job.id, sequence)
      if (!secret) break
      live = { sequence, ...decodeSecret(secret) }
    }
    resumed = true
  }

  async function standing(): Promise<ProviderStanding> {
    const now = await market.standing(me.provider)
    return { ...now, free: less(now.free, deps.engaged()) }
  }

  /** One sidecar, one node: the contracts have it so. */
  async function inTheWay(): Promise<Obstacle | undefined> {
    if (!(await market.isEngaged(me.author))) return deps.host.obstacle(job, deps.rivals())
    return { code: 'no-bid-node-busy', detail: 'this sidecar controls a node already' }
  }

  /** The pricer's price within the strategy's limits; when it fails, the strategy's own: the safe default. */
  async function decide(): Promise<BidDecision> {
    const obstacle = strategy.kinds.includes(job.kind) ? await inTheWay() : undefined
    if (obstacle) return { bid: false, ...obstacle }
    const own = await standing()
    if (!deps.pricer) return decideBid(offer, strategy, own)
    try {
      const price = await deps.pricer.price(job, deps.signal)
      return price === undefined ? declinedByPricer : acceptPrice(price, offer, strategy, own)
    } catch (error) {
      deps.stuck('price', codeOf(error), { error })
      return decideBid(offer, strategy, own)
    }
  }

  async function place(sequence: number, price: bigint): Promise<void> {
    const context = { separator: network.separator, job, provider: me.provider }
    const sealed = sealBid(context, price, deps.round(), deps)
    const kept = decodeSecret(await store.putSecret(job.id, sequence, encodeSecret(sealed.opening, sealed.body)))
    live = { sequence, ...kept }
    await publish()
  }

  /** Signs and says the live bid; says the same again, and nothing new, when it was signed before. */
  async function publish(): Promise<void> {
    if (!live) return
    const { sequence, body } = live
    const record = await voice.say(RECORD_KINDS.bid, sequence, () => SealedBidBody.serialize(body))
    if (record) deps.emit({ type: 'bid-placed', job: job.id, provider: me.provider, sequence })
  }

  /** A transaction takes its time: other jobs are decided meanwhile. */
  async function commit(): Promise<void> {
    if (!options.commitOnChain || !live || committed >= live.sequence || deps.round() >= job.closeRound) return
    const { sequence, body } = live
    const before = committed
    committed = sequence
    try {
      await market.commitBid(job, me.author, body)
    } catch (error) {
      committed = Math.min(committed, before) // the next beacon tries again
      throw error
    }
  }

  function decline(code: string, detail: string): void {
    declined = code
    deps.emit({ type: 'bid-declined', job: job.id, code, detail })
  }

  const tooLate = (): void => decline('no-bid-time', `bids on job ${job.id} close in round ${job.closeRound}`)

  async function act(): Promise<void> {
    if (!resumed) {
      await resume()
      // Signed or not when we died: it is said now, if there is time.
      if (live && deps.round() < job.closeRound) await publish()
    }
    if (live || declined !== undefined) return
    if (!isOpen()) return tooLate()
    const decision = await decide()
    if (!isOpen()) return tooLate() // a price may take its time
    if (!decision.bid) return decline(decision.code, decision.detail)
    await place(0, decision.price)
  }

  async function replace(price: bigint): Promise<void> {
    if (!resumed) await resume()
    if (!isOpen()) throw ignore('bid-late', `bidding on job ${job.id} is closing`, { round: deps.round() })
    const sequence = live ? live.sequence + 1 : 0
    if (sequence >= BIDS_PER_BIDDER_MAX)
      throw ignore('bid-sequence', `a bid is replaced ${BIDS_PER_BIDDER_MAX - 1} times at most`, { job: job.id })
    const decision = acceptPrice(price, offer, strategy, await standing())
    if (!decision.bid) throw ignore(decision.code, decision.detail, { job: job.id })
    await place(sequence, decision.price)
  }

  return {
    async act() {
      await deps.alone(act)
      await commit()
    },
    async replace(price) {
      await deps.alone(() => replace(price))
      await commit()
    },
    live: () => live && { sequence: live.sequence, price: live.price },
    declined: () => declined,
  }
}
