// Results of audits as contracts take them: a leaf and its way up to a root on chain. Promises a leaf of a root that the
// chain has, whoever handed the leaves over. It sends nothing.

import type { EvidencePeers, EvidenceStore, Ledger, Proofs } from '../core/ports.ts'
import type { ProvenLeaf } from '../core/types.ts'
import { UNOBSERVED } from '../core/types.ts'
import { createSummaries } from './summaries.ts'
import { leafProof } from './tree.ts'

/** Results looked at in one go, newest first: whoever asks asks again. */
const PERIODS_MAX = 8

export interface ProofsDeps {
  readonly ledger: Pick<Ledger, 'lastPosted' | 'posted'>
  readonly evidence: Pick<EvidenceStore, 'summary' | 'putSummary'>
  readonly peers: Pick<EvidencePeers, 'summary'>
}

export interface LeafProofs extends Proofs {
  /** The sidecar's result of one period; undefined when it was not posted or nobody we asked has it. */
  of(sidecar: number, period: number, signal: AbortSignal): Promise<ProvenLeaf | undefined>
}

export function createProofs({ ledger, evidence, peers }: ProofsDeps): LeafProofs {
  const summaries = createSummaries(evidence, peers)

  async function of(sidecar: number, period: number, signal: AbortSignal): Promise<ProvenLeaf | undefined> {
    const posted = await ledger.posted(period)
    const leaves = posted && (await summaries.leavesOf(posted, signal))
    const leaf = leaves?.find(({ id }) => id === sidecar)
    return leaf && { period, leaf, proof: leafProof(leaves ?? [], leaf.slot) }
  }

  return {
    of,
    upAfter: async (sidecar, after, leastBps, signal) => {
      const newest = (await ledger.lastPosted())?.period ?? -1
      const oldest = Math.max(after + 1, newest - PERIODS_MAX + 1)
      for (let period = newest; period >= oldest && !signal.aborted; period--) {
        const found = await of(sidecar, period, signal)
        if (found && found.leaf.uptimeBps !== UNOBSERVED && found.leaf.uptimeBps >= leastBps) return found
      }
      return undefined
    },
  }
}
