// Leaves of posted periods: computed by ourselves, kept in the store, or fetched from peers, and always checked against the
// root on chain before anybody continues from them.

import type { EvidencePeers, EvidenceStore } from '../core/ports.ts'
import type { Hex, Leaf } from '../core/types.ts'
import type { Base } from './context.ts'
import { summaryRoot } from './tree.ts'

/** Results computed lately, waiting to be posted: one period has few candidates. */
const CANDIDATES_MAX = 16

export interface Summaries {
  /** Leaves we computed: kept in case their root is posted. */
  remember(root: Hex, leaves: readonly Leaf[]): void
  /** Leaves of the base; undefined when nobody we asked has them. None for no base. */
  leavesOf(base: Base, signal: AbortSignal): Promise<readonly Leaf[] | undefined>
  /** The root is on chain: makes its leaves durable when we have them. */
  posted(period: number, root: Hex): Promise<void>
}

/** Whether leaves are those of a root, whoever gave them. */
export function isSummary(root: Hex, leaves: readonly Leaf[]): boolean {
  try {
    return leaves.length > 0 && summaryRoot(leaves) === root
  } catch {
    return false // a stranger's leaves may not even be encodable
  }
}

export function createSummaries(
  store: Pick<EvidenceStore, 'summary' | 'putSummary'>,
  peers: Pick<EvidencePeers, 'summary'>,
): Summaries {
  const candidates = new Map<Hex, readonly Leaf[]>()

  function remember(root: Hex, leaves: readonly Leaf[]): void {
    candidates.delete(root)
    candidates.set(root, leaves)
    const [oldest] = candidates.keys()
    if (candidates.size > CANDIDATES_MAX && oldest !== undefined) candidates.delete(oldest)
  }

  async function leavesOf(base: Base, signal: AbortSignal): Promise<readonly Leaf[] | undefined> {
    if (!base) return []
    const known = candidates.get(base.root)
    if (known) return known
    const kept = await store.summary(base.period)
    if (kept && isSummary(base.root, kept)) {
      remember(base.root, kept)
      return kept
    }
    const fetched = await peers.summary(base.period, signal)
    if (!fetched || !isSummary(base.root, fetched)) return undefined
    await store.putSummary(base.period, fetched)
    remember(base.root, fetched)
    return fetched
  }

  return {
    remember,
    leavesOf,
    async posted(period, root) {
      const leaves = candidates.get(root)
      if (leaves) await store.putSummary(period, leaves)
    },
  }
}
