// Checks an auction from a bundle, the chain and three beacons: recomputes who was in time, what was opened, who took
// part, the draw, winner and price as every member and the contract did, and says `pass` or exactly what differs. Trusts
// nothing in the bundle, needs no peer, signs nothing.

import { equalBytes, toHex } from '../core/bytes.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { Timelock } from '../core/timelock.ts'
import type {
  Beacon,
  MarketJob,
  Network,
  OnChainBid,
  QualifiedBidder,
  Roster,
  Screened,
  SignedRecord,
} from '../core/types.ts'
import { nameOf } from '../round/record.ts'
import { admissionContent, admit, entryOf } from './admission.ts'
import type { AdmittedBid } from './admission.ts'
import { openCertificate, openStatement } from './bodies.ts'
import { createBook } from './book.ts'
import { decodeBundle } from './bundle.ts'
import type { JobBundle } from './bundle.ts'
import { checkRecord } from './checks.ts'
import type { CheckDeps } from './checks.ts'
import { PHASES } from './codec.ts'
import { drawAuction } from './context.ts'
import type { AuctionContext } from './context.ts'
import { oddsOf, openEntry, openingsHash, outcomeOf, takingPart } from './openings.ts'
import type { OpenedEntry } from './openings.ts'
import type { Award } from './outcome.ts'
import { isRefusal, statementsFlaw } from './proposals.ts'
import type { Refusal } from './proposals.ts'

/** What is known apart from the bundle: from the chain and from drand. */
export interface VerifyJobFacts extends CheckDeps {
  readonly network: Network
  readonly job: MarketJob
  readonly bidders: readonly QualifiedBidder[]
  readonly commitments: readonly OnChainBid[]
  /** Of the close round's epoch, and its first randomness when there are more members than seats. */
  readonly roster: Roster
  readonly epochRandomness?: Uint8Array
  /** Verified beacons of the job's three rounds. */
  readonly close: Beacon
  readonly open: Beacon
  readonly pick: Beacon
  readonly timelock: Pick<Timelock, 'open'>
  /** `Market.screen`: weights of the valid bids. */
  readonly screen: (bids: readonly { provider: number; price: bigint }[]) => Promise<readonly Screened[]>
}

export type JobVerification =
  | {
      readonly ok: true
      readonly entries: readonly OpenedEntry[]
      /** Undefined when nobody won. */
      readonly award: Award | undefined
      readonly odds: ReturnType<typeof oddsOf>
    }
  /** `where` names section and index, or what on chain differs: `bids[2] (sidecar 4)`, `chain.price`. */
  | { readonly ok: false; readonly code: string; readonly where: string }

const at = (section: string, i: number, record: SignedRecord): string => `${section}[${i}] (sidecar ${record.author})`

function recordFlaw(
  context: AuctionContext,
  where: string,
  record: SignedRecord,
  deps: CheckDeps,
): Refusal | undefined {
  try {
    checkRecord(context, record, deps)
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { code: codeOf(error), where }
  }
}

function recordsFlaw(context: AuctionContext, bundle: JobBundle, deps: CheckDeps): Refusal | undefined {
  for (const [i, record] of bundle.statements.entries()) {
    const flaw = recordFlaw(context, at('statements', i, record), record, deps)
    if (flaw) return flaw
  }
  for (const section of ['admission', 'openings'] as const) {
    const record = bundle[section]
    if (record.sequence !== PHASES[section]) return { code: 'bad-sequence', where: at(section, 0, record) }
    const flaw = recordFlaw(context, at(section, 0, record), record, deps)
    if (flaw) return flaw
  }
  return statementsFlaw(context, bundle.statements)
}

/** The admitted set as it follows from statements, bids and chain. */
function admitted(context: AuctionContext, bundle: JobBundle, facts: VerifyJobFacts): readonly AdmittedBid[] | Refusal {
  const signers = new Map(facts.bidders.map((bidder) => [bidder.author, bidder]))
  const { network, verifier } = facts
  const deps = { separator: network.separator, verifier, memberOf: (id: number) => signers.get(id) }
  const book = createBook({ job: facts.job, bidders: facts.bidders }, deps)
  const statements = bundle.statements.map(openStatement)
  const listed = new Set(statements.flatMap(({ seen }) => seen.map(toHex)))
  for (const [i, record] of bundle.bids.entries()) {
    const verdict = book.fetch(record)
    if (verdict.verdict !== 'accept') return { code: verdict.code, where: at('bids', i, record) }
    if (!listed.has(nameOf(record))) return { code: 'bid-not-listed', where: at('bids', i, record) }
  }
  const { committee } = context
  const admission = admit({
    committee,
    bidders: facts.bidders,
    statements,
    onChain: facts.commitments,
    byName: book.byName,
  })
  if (!admission.complete) return { code: 'bid-missing', where: admission.missing[0] ?? 'bids' }
  const entries = admission.bids.map(entryOf)
  const certified = openCertificate(bundle.admission)
  if (equalBytes(admissionContent(facts.job.id, entries), certified.content)) return admission.bids
  const differs = certified.admitted.findIndex(
    (one, i) => one.provider !== entries[i]?.provider || !equalBytes(one.name, entries[i].name),
  )
  const i = differs < 0 ? certified.admitted.length : differs
  return { code: 'wrong-admission', where: `admitted[${i}] (provider ${entries[i]?.provider ?? 0})` }
}

function openingsFlaw(
  entries: readonly OpenedEntry[],
  bundle: JobBundle,
  { job }: VerifyJobFacts,
): Refusal | undefined {
  const content = openingsHash(entries)
  if (!equalBytes(content, openCertificate(bundle.openings).content))
    return { code: 'wrong-openings', where: 'openings' }
  if (toHex(content) !== job.openingsHash) return { code: 'differs-from-chain', where: 'chain.openingsHash' }
  return undefined
}

function awardFlaw(award: Award | undefined, { job }: VerifyJobFacts): Refusal | undefined {
  const differs = (field: string): Refusal => ({ code: 'differs-from-chain', where: `chain.${field}` })
  if ((award?.winner.provider ?? 0) !== job.winner) return differs('winner')
  return award && award.price !== job.price ? differs('price') : undefined
}

/** Checks an encoded bundle of `facts.job`, a settled or unsold one. Throws only what the ports throw. */
export async function verifyJob(bytes: Uint8Array, facts: VerifyJobFacts): Promise<JobVerification> {
  const { network, job, timelock } = facts
  let bundle: JobBundle
  try {
    bundle = decodeBundle(bytes)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ok: false, code: error.code, where: String(error.data.where) }
  }
  if (bundle.job !== job.id) return { ok: false, code: 'differs-from-chain', where: 'header.job' }
  const { bidders, roster, close, epochRandomness } = facts
  const context = drawAuction(network, job, bidders, roster, close.randomness, epochRandomness)
  const flaw = recordsFlaw(context, bundle, facts)
  if (flaw) return { ok: false, ...flaw }
  const bids = admitted(context, bundle, facts)
  if (isRefusal(bids)) return { ok: false, ...bids }
  const entries = bids.map((bid) => openEntry(network, job, bid, facts.open, timelock))
  const other = openingsFlaw(entries, bundle, facts)
  if (other) return { ok: false, ...other }
  const valid = entries.flatMap(({ provider, result }) => (result.valid ? [{ provider, price: result.price }] : []))
  const part = takingPart(entries, await facts.screen(valid), job.took)
  const award = outcomeOf(network, job, part, facts.pick, job.rank)
  const wrong = awardFlaw(award, facts)
  return wrong ? { ok: false, ...wrong } : { ok: true, entries, award, odds: oddsOf(award) }
}
