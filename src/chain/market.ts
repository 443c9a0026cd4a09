// The Market port over the contracts: jobs and bidders as the chain has them, and the nine things a sidecar tells it. Like
// the ledger adapter it looks before it sends, takes "done already" for done whoever did it, and writes down what it
// sends (the outbox). It does not decide when to act or who should.

import { toHex } from '../core/bytes.ts'
import { roundDueAt } from '../core/clock.ts'
import { expandG1 } from '../core/eip2537.ts'
import { Fault, ignore } from '../core/errors.ts'
import type { Market, Posting } from '../core/ports.ts'
import type { Beacon, BidProof, Certificate, Hex, ListedBid, MarketJob, OnChainBid, Roster } from '../core/types.ts'
import { createBidders } from './bidders.ts'
import { createSeats, packCertificate } from './certificate.ts'
import type { Call } from './contracts.ts'
import { createJobHistory } from './job-history.ts'
import type { Origin } from './job-history.ts'
import { bidWord, listOf, needOf, newestCommitments, proofsOf, readScreened } from './market-bids.ts'
import { findMarket } from './market-handles.ts'
import { createJobReader, isOver } from './market-jobs.ts'
import type { Outbox } from './outbox.ts'
import { createPoolStart } from './pool-start.ts'
import { provenArgs } from './proven-leaf.ts'
import type { Provider } from './rpc.ts'

export interface MarketOptions {
  /** The Marketplace contract: the only address of the market a sidecar is told. */
  readonly marketplace: Hex
  /** The network's registry: the market must be its market. */
  readonly sidecars: Hex
  /** Blocks on top, counting its own, before what a block says is believed; 1 on a local chain. */
  readonly confirmations: number
}

export interface MarketDeps {
  readonly provider: Provider
  readonly outbox: Outbox
}

/** `IProviders.Status.Qualified`. */
const QUALIFIED = 2
/** `IProjects.State`. */
const PROJECT_RUNNING = 2
const PROJECT_DISPUTED = 3
/** Jobs read at once. */
const PAGE_JOBS = 16
/** A job that is not over may be as old as the longest auction, twice the time to settle, and the longest time to start and to confirm. */
const START_MOST_SECONDS = 60 * 24 * 3600
const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`

/** Finds the contracts. Faults: `contract-missing`, `rpc-unreachable`, `market-mismatch`. */
export async function createMarket(options: MarketOptions, { provider, outbox }: MarketDeps): Promise<Market> {
  const handles = await findMarket(provider, options.marketplace, options.sidecars)
  const { marketplace, projects, nodes, providers, quotes, committee, beacons, clock, timing } = handles
  const history = createJobHistory(handles, provider)
  const reader = createJobReader(handles, history, provider)
  const bidders = createBidders(handles, history)
  const seatsOf = createSeats(committee)

  const newest = (): Promise<number> => provider.getBlockNumber()
  /** Newest block that is believed. */
  const head = async (): Promise<number> => Math.max(0, (await newest()) - options.confirmations + 1)
  const secondsOf = (round: number): number => roundDueAt(clock, round) / 1000

  async function postingOf({ tx }: Origin): Promise<Posting> {
    const receipt = await provider.getTransactionReceipt(tx)
    return { tx, gasUsed: receipt?.gasUsed ?? 0n, ours: receipt?.from.toLowerCase() === outbox.sender }
  }

  /**
   * Sends unless `done`, which tells the event that shows it. Anybody's doing counts, at once and unconfirmed: ours could
   * only be refused after it. A failure counts only if it is still not done afterwards.
   */
  async function perform(key: string, call: () => Promise<Call>, done: () => Promise<Origin | undefined>) {
    const before = await done()
    if (before) return postingOf(before)
    const obsolete = async () => ((await done()) ? 'done-already' : undefined)
    try {
      const receipt = await outbox.submit({ key, ...(await call()), obsolete })
      return { tx: receipt.hash as Hex, gasUsed: receipt.gasUsed, ours: true }
    } catch (error) {
      const after = await done()
      if (after) return postingOf(after)
      throw refusal(error, key)
    }
  }

  const certified = async (id: number): Promise<Origin | undefined> =>
    (await history.all(id, 'OpeningsCertified', await newest()))[0]

  /** The settlement, with a winner or without. */
  async function settled(id: number): Promise<Origin | undefined> {
    const at = await newest()
    return (await history.all(id, 'Settled', at))[0] ?? (await history.all(id, 'Unsold', at))[0]
  }

  /** Handed on past `rank`, or given up because nobody was left. */
  async function handedOn(id: number, rank: number): Promise<Origin | undefined> {
    const at = await newest()
    const taken = (await history.all(id, 'TakenOver', at)).find(({ args }) => args.rank > rank)
    return taken ?? (await history.all(id, 'Unsold', at))[0]
  }

  async function committed(id: number, sidecar: number, commitment: Hex): Promise<Origin | undefined> {
    const mine = (await history.all(id, 'BidCommitted', await newest())).filter(({ args }) => args.sidecar === sidecar)
    const last = mine.at(-1)
    return last?.args.commitment === commitment ? last : undefined
  }

  async function prove({ round, signature }: Beacon): Promise<void> {
    const proven = async () => (await beacons.read('randomnessOf', [BigInt(round)])) !== ZERO_HASH
    if (await proven()) return
    const call = beacons.call('proveRound', [BigInt(round), toHex(expandG1(signature))])
    const obsolete = async () => ((await proven()) ? 'done-already' : undefined)
    try {
      await outbox.submit({ key: `round:${round}`, ...call, obsolete })
    } catch (error) {
      if (!(await proven())) throw refusal(error, `round:${round}`)
    }
  }

  async function jobs(): Promise<readonly MarketJob[]> {
    const at = await head()
    const block = await provider.getBlock(at)
    const span = (timing.longestRounds + 2 * timing.settleRounds) * clock.periodSeconds + START_MOST_SECONDS
    const tooOld = (block?.timestamp ?? 0) - span
    const alive: MarketJob[] = []
    for (let to = Number(await marketplace.read('total', [], at)); to > 0; to -= PAGE_JOBS) {
      const ids = Array.from({ length: Math.min(PAGE_JOBS, to) }, (_, i) => to - i)
      const page = (await Promise.all(ids.map((id) => reader.job(id, at)))).filter((job) => job !== undefined)
      alive.push(...page.filter(({ state }) => !isOver(state)))
      if (page.some((job) => secondsOf(job.pickRound) < tooOld)) break
    }
    return alive.reverse()
  }

  /** A set read too early is one the contract refuses: it insists on every commitment made before the close. */
  async function commitments({ id, closeRound }: MarketJob): Promise<readonly OnChainBid[]> {
    const at = await head()
    const confirmed = (await provider.getBlock(at))?.timestamp ?? 0
    const closesAt = secondsOf(closeRound)
    if (confirmed < closesAt)
      throw ignore('market-behind', `block ${at} is older than the close of job ${id}`, { confirmed, closesAt })
    return newestCommitments((await history.all(id, 'BidCommitted', at)).map(({ args }) => args))
  }

  async function certifyCall(
    { id }: MarketJob,
    bids: readonly ListedBid[],
    certificate: Certificate,
    roster: Roster,
  ): Promise<Call> {
    const { committed: onChain } = await marketplace.read('jobOf', [BigInt(id)])
    const packed = packCertificate(certificate, await seatsOf(roster))
    // The list itself costs gas; the contract looks at it only to find what was committed on chain.
    const list = onChain > 0 ? listOf(bids) : []
    return marketplace.call('certifyOpenings', [BigInt(id), toHex(certificate.content), list, packed])
  }

  async function nextCall({ id }: MarketJob, bids: readonly ListedBid[], proofs: readonly BidProof[]): Promise<Call> {
    const settlement = await reader.settlement(id, await newest())
    if (!settlement) throw new Fault('market-refused', `job ${id} has no settlement`, { data: { job: id } })
    const shown = await proofsOf(handles, proofs)
    return marketplace.call('nextInLine', [BigInt(id), settlement.certified, settlement.eligible, listOf(bids), shown])
  }

  return {
    jobs,
    job: async (id) => reader.job(id, await head()),
    bidders: async (job) => bidders(job, await head()),
    commitments,
    isEngaged: async (sidecar) => nodes.read('isEngaged', [sidecar], await head()),
    standing: async (id) => {
      const at = await head()
      const [found, [usd, decimals], { minCollateral }] = await Promise.all([
        providers.read('provider', [id], at),
        quotes.read('tokenPrice', [], at),
        providers.read('policy', [], at),
      ])
      // All or nothing: below P_min it wins no job, and running jobs bind the largest requirement, not the sum.
      const counts = found.status === QUALIFIED && found.collateral >= minCollateral
      const { free, ceiling, collateral } = found
      return { free, ceiling, freeCollateral: counts ? collateral : 0n, tokenPrice: { usd, decimals } }
    },
    screen: async (job, bids) => {
      const need = needOf(job, secondsOf(job.closeRound))
      return (await providers.read('screen', [need, bids.map(bidWord)], await head())).map(readScreened)
    },
    commitBid: async ({ id }, sidecar, { commitment, ciphertext }) => {
      const name = toHex(commitment)
      const call = marketplace.call('commitBid', [BigInt(id), sidecar, name, toHex(ciphertext)])
      return perform(
        `commit:${id}:${name}`,
        async () => call,
        () => committed(id, sidecar, name),
      )
    },
    certifyOpenings: async (job, bids, certificate, roster) =>
      perform(
        `openings:${job.id}`,
        () => certifyCall(job, bids, certificate, roster),
        () => certified(job.id),
      ),
    settle: async ({ id }, bids, proofs, pick) => {
      if (!(await settled(id))) await prove(pick)
      const call = async () => marketplace.call('settle', [BigInt(id), listOf(bids), await proofsOf(handles, proofs)])
      return perform(`settle:${id}`, call, () => settled(id))
    },
    nextInLine: async (job, bids, proofs) =>
      perform(
        `next:${job.id}:${job.rank}`,
        () => nextCall(job, bids, proofs),
        () => handedOn(job.id, job.rank),
      ),
    reportStarted: async (id, sidecar) => {
      const call = marketplace.call('reportStarted', [BigInt(id), sidecar])
      // A job that was handed on may have been reported by another before.
      const done = async () =>
        (await history.all(id, 'StartReported', await newest())).find(({ args }) => args.sidecar === sidecar)
      return perform(`started:${id}`, async () => call, done)
    },
    confirm: async (id, leaf) => {
      const call = projects.call('confirm', [BigInt(id), provenArgs(leaf)])
      return perform(
        `confirm:${id}`,
        async () => call,
        async () => history.ofProject(id, 'Started', await newest()),
      )
    },
    heldJob: async (sidecar) => {
      const at = await head()
      const job = await projects.read('jobOn', [sidecar], at)
      if (job === 0n) return undefined
      const { state, completableAt } = await projects.read('projectOf', [job], at)
      if (state !== PROJECT_RUNNING && state !== PROJECT_DISPUTED) return undefined
      return { job: Number(job), disputed: state === PROJECT_DISPUTED, completableAt }
    },
    complete: async (id) =>
      perform(
        `complete:${id}`,
        async () => projects.call('complete', [BigInt(id)]),
        async () => history.ofProject(id, 'Completed', await newest()),
      ),
    resume: async (id) =>
      perform(
        `resume:${id}`,
        async () => projects.call('resume', [BigInt(id)]),
        async () => {
          const at = await newest()
          const ends = ['Resumed', 'Completed', 'Failed'] as const
          return (await Promise.all(ends.map((name) => history.ofProject(id, name, at)))).find((found) => found)
        },
      ),
    startPool: createPoolStart(handles, provider, outbox),
  }
}

/** What the contract said, under one code; everything else passes unchanged. */
function refusal(error: unknown, key: string): unknown {
  if (!(error instanceof Fault) || !error.code.startsWith('revert-')) return error
  return new Fault('market-refused', `the market refuses ${key}: ${error.code}`, {
    verdict: 'reject',
    data: { ...error.data, reason: error.code },
    cause: error,
  })
}
