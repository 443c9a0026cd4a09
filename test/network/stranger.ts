// Somebody without a sidecar, with an account and public data alone: gathers the evidence of a job whose openings are
// certified, opens the bids, recomputes the outcome and settles.

import { decodeBundle } from '../../src/auction/bundle.ts'
import { openCertificate, openSealedBid } from '../../src/auction/bodies.ts'
import type { AdmittedBid } from '../../src/auction/admission.ts'
import { listOf, openEntry, outcomeOf, pricesOf, proofsFor, takingPart } from '../../src/auction/openings.ts'
import type { VerifyJobFacts } from '../../src/auction/verify.ts'
import { findBundle, jobFacts } from '../../src/cli/verify-job.ts'
import { loadSidecarConfig } from '../../src/config/load.ts'
import { toHex } from '../../src/core/bytes.ts'
import type { Market } from '../../src/core/ports.ts'
import type { Devnet } from '../../src/devnet/devnet.ts'
import { nameOf } from '../../src/round/record.ts'

const LIMIT_MS = 60_000

export const factsOf = ({ rpcUrl, ledger, marketplace, drandRelay }: Devnet, job: number): Promise<VerifyJobFacts> => {
  const flags = { rpcUrls: rpcUrl, ledger, marketplace, drandRelays: drandRelay, dataDir: '/nowhere' }
  return jobFacts(loadSidecarConfig(flags, {}), job, AbortSignal.timeout(LIMIT_MS))
}

/** Evidence of a job, from the sidecar `peer`. */
export const bundleOf = ({ plans }: Devnet, { network }: VerifyJobFacts, job: number, peer: number) =>
  findBundle(network, job, { peer: [plans[peer - 1]?.address ?? ''] }, AbortSignal.timeout(LIMIT_MS))

function admittedBy(bytes: Uint8Array, { commitments }: VerifyJobFacts): readonly AdmittedBid[] {
  const { admission, bids } = decodeBundle(bytes)
  return openCertificate(admission).admitted.flatMap(({ provider, author, name }): AdmittedBid[] => {
    const record = author === 0 ? undefined : bids.find((bid) => nameOf(bid) === toHex(name))
    const bid = record ? openSealedBid(record) : commitments.find((one) => one.provider === provider)?.bid
    return bid ? [{ provider, bid, record }] : []
  })
}

/** What a settlement is made of. */
export async function settlementOf(bytes: Uint8Array, facts: VerifyJobFacts) {
  const { network, job, open, pick, timelock } = facts
  const entries = admittedBy(bytes, facts).map((bid) => openEntry(network, job, bid, open, timelock))
  const award = outcomeOf(network, job, takingPart(entries, await facts.screen(pricesOf(entries))), pick)
  return [job, listOf(entries), proofsFor(entries, award), pick] satisfies Parameters<Market['settle']>
}
