// Which bids take part: a pure function of closing statements, records and on-chain commitments, the same for everybody
// who has them. f+1 listings contain an honest one, q statements contain f+1 honest ones: what every honest member saw is
// in, what none saw is out. It also names what the committee certifies before the open round and after it.

import { concatBytes, fromHex, keccak256, taggedHash, toHex, word } from '../core/bytes.ts'
import { ignore, reject } from '../core/errors.ts'
import { decode } from '../core/records.ts'
import type { Bidder, Hex, OnChainBid, SealedBid, SignedRecord } from '../core/types.ts'
import type { Committee } from '../round/committee.ts'
import { AuctionStatementBody, SealedBidBody } from './codec.ts'
import type { AdmittedEntry, AuctionStatement } from './codec.ts'
import { BIDS_MAX } from './job.ts'
import { nameOf } from '../round/record.ts'

/** A bid that takes part. */
export interface AdmittedBid {
  readonly provider: number
  readonly bid: SealedBid
  /** The signed record; undefined for a commitment posted on chain, where the transaction says who made it. */
  readonly record: SignedRecord | undefined
}

export interface AdmissionInput {
  readonly committee: Pick<Committee, 'faulty' | 'quorum'>
  readonly bidders: readonly Bidder[]
  /** One of each member that made one. */
  readonly statements: readonly AuctionStatement[]
  readonly onChain: readonly OnChainBid[]
  readonly byName: (name: Hex) => SignedRecord | undefined
}

export type Admission =
  | {
      readonly complete: true
      /** In provider order, one each. */
      readonly bids: readonly AdmittedBid[]
      /** Providers left out although listed: two admitted bids of theirs contradict each other. */
      readonly contradicted: readonly number[]
    }
  /** Records that are listed but not here: ask for them and try again. */
  | { readonly complete: false; readonly missing: readonly Hex[] }

/** @throws Fault `oversized`, `bad-encoding`, `statement-order` unless names are strictly increasing. */
export function decodeStatement(body: Uint8Array): AuctionStatement {
  const statement = decode(AuctionStatementBody, body, 'an auction statement')
  const names = statement.seen.map(toHex)
  if (names.some((name, i) => i > 0 && name <= (names[i - 1] ?? '')))
    throw reject('statement-order', 'an auction statement lists names that are not strictly increasing')
  return statement
}

export const statementOf = (names: readonly Hex[]): AuctionStatement => ({
  seen: names.map((name) => fromHex(name, 32)),
})

function listedEnough({ committee, statements }: AdmissionInput): readonly Hex[] {
  const listings = new Map<Hex, number>()
  for (const { seen } of statements)
    for (const bytes of seen) {
      const name = toHex(bytes)
      listings.set(name, (listings.get(name) ?? 0) + 1)
    }
  return [...listings].flatMap(([name, count]) => (count > committee.faulty ? [name] : [])).sort()
}

/** The live one among a bidder's admitted records: the highest sequence; undefined when two contradict each other. */
function liveOf(records: readonly SignedRecord[]): SignedRecord | undefined {
  const places = new Set(records.map((record) => record.sequence))
  if (places.size < records.length) return undefined
  return records.toSorted((a, b) => b.sequence - a.sequence)[0]
}

const byProvider = (a: { readonly provider: number }, b: { readonly provider: number }): number =>
  a.provider - b.provider

/** @throws Fault `admission-quorum` with fewer than q statements: a smaller set could leave out what all honest saw. */
export function admit(input: AdmissionInput): Admission {
  const { committee, bidders, statements, onChain, byName } = input
  if (statements.length < committee.quorum)
    throw ignore('admission-quorum', 'too few closing statements', { have: statements.length, need: committee.quorum })
  const names = listedEnough(input)
  const missing = names.filter((name) => !byName(name))
  if (missing.length > 0) return { complete: false, missing }
  const byAuthor = Map.groupBy(
    names.flatMap((name) => byName(name) ?? []),
    (record) => record.author,
  )
  // What stands on chain is beyond anybody's statement, and its maker's last word: the contract insists on it.
  const bids: AdmittedBid[] = onChain.map((one) => ({ ...one, record: undefined }))
  const posted = new Set(onChain.map(({ provider }) => provider))
  const contradicted: number[] = []
  for (const { provider, author } of bidders.toSorted(byProvider)) {
    const records = byAuthor.get(author) ?? []
    if (posted.has(provider) || records.length === 0 || bids.length >= BIDS_MAX) continue
    const live = liveOf(records)
    if (live) bids.push({ provider, bid: decode(SealedBidBody, live.body, 'a sealed bid'), record: live })
    else contradicted.push(provider)
  }
  bids.sort(byProvider)
  return { complete: true, bids, contradicted }
}

/** How certificates name a bid: by its record, or by what stands on chain. */
export const entryOf = ({ provider, bid, record }: AdmittedBid): AdmittedEntry => ({
  provider,
  author: record?.author ?? 0,
  name: record ? fromHex(nameOf(record), 32) : keccak256(bid.commitment, bid.ciphertext),
})

/** Content of the certificate before the open round: keccak256 over provider, author and name of each bid, in order. */
export const admissionContent = (job: number, entries: readonly AdmittedEntry[]): Uint8Array =>
  taggedHash(
    'stkr.admission',
    word(job),
    keccak256(concatBytes(...entries.flatMap(({ provider, author, name }) => [word(provider), word(author), name]))),
  )
