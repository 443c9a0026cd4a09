// A proven result of the audits as contracts take it (`IAuditLedger.Proven`).

import type { ProvenLeaf } from '../core/types.ts'

export const provenArgs = ({ period, leaf, proof }: ProvenLeaf) => ({
  period: BigInt(period),
  leaf: {
    ...leaf,
    blockNumber: BigInt(leaf.blockNumber),
    periodsObserved: BigInt(leaf.periodsObserved),
    uptimeSum: BigInt(leaf.uptimeSum),
    diligenceSum: BigInt(leaf.diligenceSum),
  },
  proof,
})
