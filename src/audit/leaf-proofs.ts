// Results of audits as contracts take them: a leaf and its way up to a root on chain. Promises a leaf of a root that the
// chain has, whoever handed the leaves over. It sends nothing.

import type { EvidencePeers, EvidenceStore, Ledger, Proofs } from '../core/ports.ts'
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

export function createProofs({ ledger, evidence, peers }: ProofsDeps): Proofs {
  const summaries = createSummaries(evidence, peers)

  return {
    upAfter: async (sidecar, after, leastBps, signal) => {
      const newest = (await ledger.lastPosted())?.period ?? -1
      const oldest = Math.max(after + 1, newest - PERIODS_MAX + 1)
      for (let period = newest; period >= oldest && !signal.aborted; period--) {
        const posted = await ledger.posted(period)
        const leaves = posted && (await summaries.leavesOf(posted, signal))
        const leaf = leaves?.find(({ id }) => id === sidecar)
        if (leaf && leaf.uptimeBps !== UNOBSERVED && leaf.uptimeBps >= leastBps)
          return { period, leaf, proof: leafProof(leaves ?? [], leaf.slot) }
      }
      return undefined
    },
  }
}
