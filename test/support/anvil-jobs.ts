// Jobs of a market on a test network from their bids to their start: what committee, winner and auditors would do.
import { createProofs } from '../../src/audit/leaf-proofs.ts'
import { summaryRoot } from '../../src/audit/tree.ts'
import { periodStart } from '../../src/core/clock.ts'
import type { Posting } from '../../src/core/ports.ts'
import type { BidProof, Leaf, ListedBid, MarketJob, ProvenLeaf } from '../../src/core/types.ts'
import { SCHEDULE, anyResult } from './anvil-network.ts'
import { ANKR, bidOf, certifyBids } from './anvil-market.ts'
import type { TestMarket } from './anvil-market.ts'

export interface SettledJob {
  readonly list: readonly ListedBid[]
  readonly proofs: readonly BidProof[]
  readonly posting: Posting
}

/** Certified and settled: provider 1 at the first of the prices in ANKR, provider 2 at the next, and so on. */
export async function settleJob(
  { net, market }: TestMarket,
  job: MarketJob,
  prices: readonly bigint[] = [60n, 70n],
): Promise<SettledJob> {
  const bids = await Promise.all(prices.map((price, i) => bidOf(net, job, i + 1, price * ANKR)))
  await net.goTo(job.pickRound)
  const { list, certificate } = await certifyBids(net, job, bids)
  await market.certifyOpenings(job, list, certificate, await net.ledger.roster(0))
  const proofs = bids.map(({ record }, position) => ({ position, record }))
  return { list, proofs, posting: await market.settle(job, list, proofs, net.beacon(job.pickRound)) }
}

/** A result of one period in which all of four sidecars were up. */
export const upLeaves: readonly Leaf[] = [1, 2, 3, 4].map((id) => ({
  ...{ id, slot: id - 1, uptimeBps: 10_000, latencyMs: 1, observers: 2, blockNumber: 5 },
  ...{ periodsObserved: 1, uptimeSum: 10_000, diligenceSum: 0 },
}))

/** Puts leaves on chain as the result of `period`, which must be of epoch 0. */
export async function postLeaves({ net }: TestMarket, period: number, leaves: readonly Leaf[]): Promise<void> {
  await net.goTo(periodStart(SCHEDULE, period))
  const result = { ...anyResult(period, await net.ledger.lastPosted()), root: summaryRoot(leaves) }
  await net.ledger.post(result, await net.certify(result), await net.ledger.roster(0))
}

/** A period in which all were up, on chain. The leaf of sidecar 1, as sidecars find it. */
export async function provenUp(world: TestMarket, period: number): Promise<ProvenLeaf> {
  const { net } = world
  await postLeaves(world, period, upLeaves)
  const evidence = { summary: async () => upLeaves, putSummary: async () => undefined }
  const proofs = createProofs({ ledger: net.ledger, evidence, peers: { summary: async () => undefined } })
  const leaf = await proofs.upAfter(1, period - 1, 9000, new AbortController().signal)
  if (!leaf) throw new Error(`period ${period} shows nothing`)
  return leaf
}
