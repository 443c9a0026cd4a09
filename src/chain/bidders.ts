// Who may bid on a job, as the chain said in the block of its announcement: a list everybody is told alike. Reads that
// block's state, which full nodes keep for about 128 blocks and archive nodes for good; a list once read is kept.

import { BIDDERS_MAX } from '../core/types.ts'
import type { MarketJob, QualifiedBidder } from '../core/types.ts'
import type { JobHistory } from './job-history.ts'
import type { MarketHandles } from './market-handles.ts'

/** `IProviders.Status.Qualified`. */
const QUALIFIED = 2
/** Records asked for at once. */
const PAGE_PROVIDERS = 64
/** Lists kept: of more jobs than are open at once. */
const LISTS_MAX = 64

interface Candidate {
  readonly provider: number
  readonly author: number
  readonly score: number
}

export type Bidders = (job: MarketJob, head: number) => Promise<readonly QualifiedBidder[]>

export function createBidders({ providers }: Pick<MarketHandles, 'providers'>, history: JobHistory): Bidders {
  const lists = new Map<number, readonly QualifiedBidder[]>()

  async function candidatesAt(block: number): Promise<readonly Candidate[]> {
    const total = await providers.read('total', [], block)
    const found: Candidate[] = []
    for (let from = 1; from <= total; from += PAGE_PROVIDERS) {
      const ids = Array.from({ length: Math.min(PAGE_PROVIDERS, total - from + 1) }, (_, i) => from + i)
      const page = await Promise.all(ids.map((id) => providers.read('provider', [id], block)))
      for (const { id, status, score, sidecars } of page) {
        const [author] = sidecars
        if (status === QUALIFIED && author !== undefined) found.push({ provider: id, author, score })
      }
    }
    return found
  }

  async function load(job: MarketJob, head: number): Promise<readonly QualifiedBidder[]> {
    const block = await history.announcedIn(job.id, head)
    const best = (await candidatesAt(block))
      .toSorted((a, b) => b.score - a.score || a.provider - b.provider)
      .slice(0, BIDDERS_MAX)
      .toSorted((a, b) => a.provider - b.provider)
    return Promise.all(
      best.map(async ({ provider, author }) => {
        const [, signer] = await providers.read('bidderOf', [author], block)
        return { provider, author, signer }
      }),
    )
  }

  return async (job, head) => {
    const known = lists.get(job.id)
    if (known) return known
    const list = await load(job, head)
    if (lists.size >= LISTS_MAX) lists.clear()
    lists.set(job.id, list)
    return list
  }
}
