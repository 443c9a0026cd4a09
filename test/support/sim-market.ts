// The marketplace of a simulation: what `Marketplace.sol` checks and does, with the TypeScript outcome, at once and for
// free. One shared state, one handle for each sidecar. What it refuses, it refuses with the contract's error name.

import { commitmentOf } from '../../src/auction/bid.ts'
import { openSealedBid } from '../../src/auction/bodies.ts'
import { awardOf } from '../../src/auction/outcome.ts'
import type { Award, ValidBid } from '../../src/auction/outcome.ts'
import { pickSeed } from '../../src/auction/job.ts'
import { priceIn } from '../../src/auction/bid.ts'
import { concatBytes, equalBytes, keccak256, toHex, word } from '../../src/core/bytes.ts'
import { epochOf, periodOf, roundAt, roundDueAt } from '../../src/core/clock.ts'
import { Fault, ignore } from '../../src/core/errors.ts'
import type { Bls, Clock, Market, Posting, RecordVerifier } from '../../src/core/ports.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../../src/core/types.ts'
import type {
  Beacon,
  BidProof,
  Certificate,
  ListedBid,
  MarketJob,
  Network,
  OnChainBid,
  ProviderStanding,
  QualifiedBidder,
  Roster,
  SealedBid,
} from '../../src/core/types.ts'
import { certificateFlaw } from '../../src/round/certificate.ts'
import { drawCommittee } from '../../src/round/committee.ts'
import { isSignedBy } from '../../src/round/record.ts'

export interface SimProvider extends QualifiedBidder {
  readonly score: number
  readonly standing: ProviderStanding
  /** Can it take a job now? */
  able: boolean
}

/** What a job is when it is announced. */
const FRESH = {
  state: 'announced',
  rank: 0,
  winner: 0,
  price: 0n,
  openingsHash: undefined,
  took: undefined,
  run: undefined,
} as const

/** Seconds to report a start, and to confirm it. */
const START_SECONDS = 30
const CONFIRM_SECONDS = 30
/** Seconds from the end of a job until anybody may complete it, and once more after a dispute nobody ruled on. */
const CHALLENGE_SECONDS = 120

export interface SimMarket extends Market {
  announce(spec: Omit<MarketJob, 'id' | keyof typeof FRESH>): MarketJob
  /** A party of the job asks the government, who has until then. */
  dispute(id: number, untilAt: number): void
  /** `job: code` of everything that was refused. */
  readonly refused: readonly string[]
  /** Providers whose bids were void, in the order of forfeits. */
  readonly forfeited: readonly number[]
  /** What settlements were sent with, refused ones included. */
  readonly settlements: readonly { readonly bids: readonly ListedBid[]; readonly proofs: readonly BidProof[] }[]
  /** Transactions that changed something. */
  readonly landed: readonly string[]
  readonly filledPools: Set<number>
  readonly penalised: readonly number[]
  onChange(listener: (job: MarketJob) => void): void
  /** The endpoint of everybody is dead. */
  down: boolean
  /** Rounds until a block of some moment is confirmed. */
  lagRounds: number
  /** The endpoint has forgotten the states of announcements. */
  pruned: boolean
}

interface MarketDeps {
  readonly clock: Clock
  readonly bls: Bls
  readonly verifier: RecordVerifier
  readonly beacon: (round: number) => Beacon
  readonly landingMs: number
}

const hashOf = (separator: Uint8Array, job: MarketJob, bids: readonly ListedBid[]): Uint8Array =>
  keccak256(
    concatBytes(
      ...bids.flatMap((bid) => [word(bid.provider * 256 + (bid.opened ? 1 : 0)), listed(separator, job, bid)]),
    ),
  )
const listed = (separator: Uint8Array, job: MarketJob, { provider, opened, content }: ListedBid): Uint8Array =>
  opened ? commitmentOf({ separator, job, provider }, content) : content

export function createSimMarket(
  network: Network,
  roster: Roster,
  providers: readonly SimProvider[],
  { clock, bls, verifier, beacon, landingMs }: MarketDeps,
): SimMarket {
  const { separator, schedule } = network
  const jobs = new Map<number, MarketJob>()
  const onChain = new Map<number, Map<number, SealedBid>>()
  const listeners: ((job: MarketJob) => void)[] = []
  const refused: string[] = []
  const forfeited: number[] = []
  const penalised: number[] = []
  const landed: string[] = []
  const filledPools = new Set<number>()
  const settlements: { readonly bids: readonly ListedBid[]; readonly proofs: readonly BidProof[] }[] = []
  const state = { down: false, lagRounds: 0, pruned: false }

  const landing = (): Promise<void> => new Promise((resolve) => clock.at(clock.now() + landingMs, resolve))
  const reach = (): void => {
    if (state.down) throw new Fault('rpc-unreachable', 'the endpoint does not answer')
  }
  const refuse = (job: number, reason: string): Fault => {
    refused.push(`${job}: ${reason}`)
    return new Fault('market-refused', `the marketplace refuses: ${reason}`, { data: { reason } })
  }
  const isDue = (round: number): boolean => clock.now() >= roundDueAt(network.drand, round)
  const nowSeconds = (): number => clock.now() / 1000

  function jobOf(id: number): MarketJob {
    const job = jobs.get(id)
    if (!job) throw refuse(id, 'UnknownJob')
    return job
  }

  function change(job: MarketJob, what: string): Posting {
    jobs.set(job.id, job)
    landed.push(`${job.id}: ${what}`)
    for (const listener of listeners) listener(job)
    return { tx: `0x${what.length.toString(16).padStart(64, '0')}`, gasUsed: 100_000n, ours: true }
  }
  const done: Posting = { tx: undefined, gasUsed: 0n, ours: false }

  async function certifyOpenings({ id }: MarketJob, bids: readonly ListedBid[], certificate: Certificate) {
    reach()
    await landing()
    const job = jobOf(id)
    if (job.state !== 'announced') return done
    if (!isDue(job.openRound)) throw refuse(id, 'NotOpenedYet')
    if (nowSeconds() >= job.deadlineAt) throw refuse(id, 'DeadlinePassed')
    const content = hashOf(separator, job, bids)
    for (const [provider, { commitment }] of onChain.get(id) ?? []) {
      const bid = bids.find((one) => one.provider === provider)
      if (!bid || !equalBytes(listed(separator, job, bid), commitment)) throw refuse(id, 'CommitmentLeftOut')
    }
    const epoch = epochOf(schedule, periodOf(schedule, job.closeRound))
    const committee = drawCommittee({ ...roster, epoch }, schedule.seatsMax, new Uint8Array(32))
    const flaw = certificateFlaw(bls, committee, separator, {
      ...certificate,
      kind: CERTIFICATE_KINDS.openings,
      unit: id,
      content,
    })
    if (flaw) throw refuse(id, flaw)
    return change({ ...job, state: 'certified', openingsHash: toHex(content) }, 'certified')
  }

  /** Positions whose bidder's own word is shown. */
  function shownBy(job: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[]): ReadonlySet<number> {
    for (const { position, record } of proofs) {
      const bid = bids[position]
      if (!bid) throw refuse(job.id, 'PositionOutOfRange')
      const commitment = listed(separator, job, bid)
      const posted = onChain.get(job.id)?.get(bid.provider)
      const owner = providers.find(({ author }) => author === record?.author)
      const own = record
        ? record.kind === RECORD_KINDS.bid &&
          record.unit === job.id &&
          owner?.provider === bid.provider &&
          equalBytes(openSealedBid(record).commitment, commitment) &&
          isSignedBy(verifier, separator, owner, record)
        : posted !== undefined && equalBytes(posted.commitment, commitment)
      if (!own) throw refuse(job.id, 'RecordNotSigned')
    }
    return new Set(proofs.map(({ position }) => position))
  }

  function requireShown(
    job: MarketJob,
    bids: readonly ListedBid[],
    shown: ReadonlySet<number>,
    named: readonly number[],
  ): void {
    for (const provider of named)
      if (!shown.has(bids.findIndex((bid) => bid.provider === provider))) throw refuse(job.id, 'ProofMissing')
  }

  const isValid = (job: MarketJob, { opened, content }: ListedBid): boolean =>
    opened && content.subarray(12).some((byte) => byte !== 0) && priceIn(content) <= job.rules.reserve

  const award = (job: MarketJob, bids: readonly ValidBid[], rank: number): Award | undefined =>
    awardOf(bids, job.rules, pickSeed(separator, job.id, beacon(job.pickRound).randomness), rank)

  function give(job: MarketJob, won: Award, rank: number, took: readonly number[], what: string): Posting {
    const { winner, price } = won
    const deadlineAt = nowSeconds() + START_SECONDS
    const awarded = {
      state: 'awarded',
      winner: winner.provider,
      price,
      rank,
      took,
      deadlineAt,
      run: undefined,
    } as const
    return change({ ...job, ...awarded }, what)
  }

  const weighed = (bids: readonly ListedBid[], positions: readonly number[]): readonly ValidBid[] =>
    positions.flatMap((position) => {
      const bid = bids[position]
      const provider = providers.find((one) => one.provider === bid?.provider)
      return bid && provider ? [{ provider: bid.provider, price: priceIn(bid.content), weight: provider.score }] : []
    })

  async function settle({ id }: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[]): Promise<Posting> {
    reach()
    settlements.push({ bids, proofs })
    await landing()
    const job = jobOf(id)
    if (job.state !== 'announced' && job.state !== 'certified') return done
    if (job.state !== 'certified') throw refuse(id, 'WrongState')
    if (!isDue(job.pickRound)) throw refuse(id, 'RoundNotProven')
    if (bids.some(({ provider }, i) => provider <= (bids[i - 1]?.provider ?? 0))) throw refuse(id, 'BidsNotIncreasing')
    if (toHex(hashOf(separator, job, bids)) !== job.openingsHash) throw refuse(id, 'OpeningsMismatch')
    const shown = shownBy(job, bids, proofs)
    const voids = bids.filter((bid) => !isValid(job, bid)).map(({ provider }) => provider)
    requireShown(job, bids, shown, voids)
    const able = (bid: ListedBid): boolean => providers.find((one) => one.provider === bid.provider)?.able ?? false
    const took = [...bids.keys()].filter((i) => bids[i] && isValid(job, bids[i]) && able(bids[i]))
    const won = award(job, weighed(bids, took), 0)
    forfeited.push(...voids)
    if (!won) return change({ ...job, state: 'unsold' }, 'unsold')
    requireShown(job, bids, shown, [won.winner.provider, ...(won.setter ? [won.setter.provider] : [])])
    return give(job, won, 0, took, 'settled')
  }

  async function nextInLine({ id, rank: from }: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[]) {
    reach()
    await landing()
    const job = jobOf(id)
    if ((job.state !== 'awarded' && job.state !== 'reported') || job.rank !== from) return done
    if (nowSeconds() < job.deadlineAt) throw refuse(id, 'DeadlineNotPassed')
    if (toHex(hashOf(separator, job, bids)) !== job.openingsHash) throw refuse(id, 'OpeningsMismatch')
    const shown = shownBy(job, bids, proofs)
    penalised.push(job.winner)
    const took = job.took ?? []
    const part = weighed(bids, took)
    for (let rank = job.rank + 1; rank < part.length; rank++) {
      const won = award(job, part, rank)
      if (!won || !providers.find((one) => one.provider === won.winner.provider)?.able) continue
      requireShown(job, bids, shown, [won.winner.provider, ...(won.setter ? [won.setter.provider] : [])])
      return give(job, won, rank, took, 'taken over')
    }
    return change({ ...job, state: 'unsold' }, 'unsold')
  }

  async function end(id: number, from: 'running' | 'disputed', to: 'completed' | 'running'): Promise<Posting> {
    reach()
    await landing()
    const job = jobOf(id)
    if (job.state === to || !job.run) return done
    if (job.state !== from) throw refuse(id, 'WrongProject')
    if (nowSeconds() < job.run.completableAt) throw refuse(id, to === 'completed' ? 'NotEnded' : 'RulingOpen')
    const completableAt = nowSeconds() + CHALLENGE_SECONDS
    return change({ ...job, state: to, run: { ...job.run, completableAt } }, to === 'completed' ? to : 'resumed')
  }

  return {
    refused,
    forfeited,
    penalised,
    landed,
    filledPools,
    settlements,
    get down() {
      return state.down
    },
    set down(value) {
      state.down = value
    },
    get lagRounds() {
      return state.lagRounds
    },
    set lagRounds(value) {
      state.lagRounds = value
    },
    get pruned() {
      return state.pruned
    },
    set pruned(value) {
      state.pruned = value
    },
    onChange: (listener) => void listeners.push(listener),
    announce(spec) {
      const id = jobs.size + 1
      const job: MarketJob = { ...spec, ...FRESH, id }
      change(job, 'announced')
      return job
    },
    dispute(id, untilAt) {
      const job = jobOf(id)
      if (job.run) change({ ...job, state: 'disputed', run: { ...job.run, completableAt: untilAt } }, 'disputed')
    },
    async jobs() {
      reach()
      return [...jobs.values()]
    },
    async job(id) {
      reach()
      return jobs.get(id)
    },
    async bidders() {
      reach()
      if (state.pruned) throw ignore('rpc-error', 'missing trie node')
      return providers.map(({ provider, author, signer }) => ({ provider, author, signer }))
    },
    async commitments({ id, closeRound }): Promise<readonly OnChainBid[]> {
      reach()
      if (!isDue(closeRound + state.lagRounds)) throw ignore('market-behind', 'the endpoint has no block of the close')
      const made = [...(onChain.get(id) ?? [])].map(([provider, bid]) => ({ provider, bid }))
      return made.sort((a, b) => a.provider - b.provider)
    },
    async isEngaged(sidecar) {
      reach()
      return [...jobs.values()].some(({ state, run }) => state === 'running' && run?.sidecar === sidecar)
    },
    async standing(id) {
      reach()
      const provider = providers.find((one) => one.provider === id)
      if (!provider) throw new Fault('provider-unknown', 'there is no such provider')
      return provider.standing
    },
    async screen(_job, bids) {
      reach()
      return bids.map(({ provider }) => {
        const known = providers.find((one) => one.provider === provider)
        return { provider, weight: known?.score ?? 0, able: known?.able ?? false }
      })
    },
    async commitBid({ id }, sidecar, bid) {
      reach()
      await landing()
      const job = jobOf(id)
      const owner = providers.find(({ author }) => author === sidecar)
      if (!owner) throw refuse(id, 'NotBidder')
      if (isDue(job.closeRound)) throw refuse(id, 'BiddingClosed')
      const made = onChain.get(id) ?? new Map<number, SealedBid>()
      onChain.set(id, made.set(owner.provider, bid))
      return change(job, 'committed')
    },
    certifyOpenings,
    settle,
    nextInLine,
    async reportStarted(id, sidecar) {
      reach()
      await landing()
      const job = jobOf(id)
      if (job.state !== 'awarded') return done
      if (providers.find(({ author }) => author === sidecar)?.provider !== job.winner) throw refuse(id, 'NotWinner')
      if (nowSeconds() >= job.deadlineAt) throw refuse(id, 'DeadlinePassed')
      const startedAt = nowSeconds()
      const since = periodOf(schedule, roundAt(network.drand, clock.now()))
      const terms = { sidecar, since, serviceBps: 9_000, startedAt, endsAt: 0, completableAt: 0 }
      const run = { ...terms, profit: 0n, profitEth: 0n }
      return change({ ...job, state: 'reported', run, deadlineAt: startedAt + CONFIRM_SECONDS }, 'reported')
    },
    async heldJob(sidecar) {
      reach()
      const held = [...jobs.values()].find(
        ({ state, run }) => (state === 'running' || state === 'disputed') && run?.sidecar === sidecar,
      )
      if (!held?.run) return undefined
      return { job: held.id, disputed: held.state === 'disputed', completableAt: held.run.completableAt }
    },
    complete: (id) => end(id, 'running', 'completed'),
    resume: (id) => end(id, 'disputed', 'running'),
    async startPool(sidecar) {
      if (!filledPools.delete(sidecar)) return undefined
      return { ...done, ours: landed.push(`pool of ${sidecar}: started`) > 0 }
    },
    async confirm(id, { period, leaf }) {
      reach()
      await landing()
      const job = jobOf(id)
      if (job.state !== 'reported' || !job.run) return done
      if (leaf.id !== job.run.sidecar) throw refuse(id, 'SidecarMismatch')
      if (period <= job.run.since) throw refuse(id, 'LeafTooEarly')
      if (nowSeconds() >= job.deadlineAt) throw refuse(id, 'DeadlinePassed')
      const endsAt = job.run.startedAt + job.requirements.durationSeconds
      const run = { ...job.run, since: period, endsAt, completableAt: endsAt + CHALLENGE_SECONDS }
      return change({ ...job, state: 'running', deadlineAt: endsAt, run }, 'started')
    },
  }
}
