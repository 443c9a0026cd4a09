// Bids in the contracts' form, and back: lists and proofs for certifying and settling, words for screening, commitments
// posted on chain.

import { fromHex, keccak256, toHex } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'
import { recordDigest } from '../core/records.ts'
import type { BidProof, Hex, ListedBid, MarketJob, OnChainBid, Screened, SignedRecord } from '../core/types.ts'
import type { MarketHandles } from './market-handles.ts'
import { parityOf } from './parity.ts'

const COMMITMENT_BYTES = 32
const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`

export const listOf = (bids: readonly ListedBid[]) =>
  bids.map(({ provider, opened, content }) => ({ provider, opened, content: toHex(content) }))

/** A proof that points to a commitment on chain. */
const onChain = (position: number) =>
  ({ position, sidecar: 0, sequence: 0, v: 0, r: ZERO_HASH, s: ZERO_HASH, ciphertext: '0x' }) as const

/** A bid's record as the contract recovers its signer. Fault `signer-mismatch` for a record that is not its author's. */
function recordProof(position: number, record: SignedRecord, separator: Uint8Array, signer: Hex) {
  const { author: sidecar, sequence, body, signature } = record
  const digest = recordDigest(separator, record, keccak256(body))
  return {
    position,
    sidecar,
    sequence,
    v: parityOf(digest, signature, signer),
    r: toHex(signature.subarray(0, 32)),
    s: toHex(signature.subarray(32)),
    ciphertext: toHex(body.subarray(COMMITMENT_BYTES)),
  }
}

/** Faults: `bid-not-enrolled` when a record's author bids for nobody, `signer-mismatch`. */
export async function proofsOf(
  { providers, separator }: Pick<MarketHandles, 'providers' | 'separator'>,
  proofs: readonly BidProof[],
) {
  return Promise.all(
    proofs.map(async ({ position, record }) => {
      if (!record) return onChain(position)
      const [provider, signer] = await providers.read('bidderOf', [record.author])
      if (provider === 0)
        throw reject('bid-not-enrolled', `sidecar ${record.author} bids for no provider`, { sidecar: record.author })
      return recordProof(position, record, fromHex(separator, 32), signer)
    }),
  )
}

/** What a job asks of its bidders (`IProviders.Need`). `closesAt`: Unix seconds of the close round. */
export const needOf = ({ requirements, rules }: MarketJob, closesAt: number) => ({
  capacity: {
    cpuMilliGhz: requirements.cpuMilliGhz,
    memoryMilliGb: requirements.memoryMilliGb,
    storageMilliGb: requirements.storageMilliGb,
  },
  reserve: rules.reserve,
  closesAt,
})

/** price (96) | weight (32), left out | provider (32). */
export const bidWord = ({ provider, price }: { readonly provider: number; readonly price: bigint }): bigint =>
  (price << 64n) | BigInt(provider)

const UINT32 = 0xffff_ffffn

/** A screened word: weight from bit 32, able at bit 160. */
export const readScreened = (word: bigint): Screened => ({
  provider: Number(word & UINT32),
  weight: Number((word >> 32n) & UINT32),
  able: ((word >> 160n) & 1n) === 1n,
})

/** Newest commitment of each provider, in provider order, from events in the order they happened. */
export function newestCommitments(
  events: readonly { readonly provider: number; readonly commitment: Hex; readonly ciphertext: Hex }[],
): readonly OnChainBid[] {
  const newest = new Map(
    events.map(({ provider, commitment, ciphertext }) => [
      provider,
      { commitment: fromHex(commitment, 32), ciphertext: fromHex(ciphertext) },
    ]),
  )
  return [...newest].map(([provider, bid]) => ({ provider, bid })).sort((a, b) => a.provider - b.provider)
}
