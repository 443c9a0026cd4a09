// Proposals of one period: what a leader puts together and how a member judges it. A member believes nothing: it finds or
// fetches every named record, passes it through the same checks as gossip, asks its own view of the chain for the base,
// and recomputes leaves, root and content id. Only what comes out equal is signed.

import { equalBytes, fromHex, toHex } from '../core/bytes.ts'
import type { EvidencePeers, Verdict } from '../core/ports.ts'
import { ProposalBody, SEATS_MAX } from '../core/records.ts'
import type { ProposalValue } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { AuditResult, Hex, SignedRecord } from '../core/types.ts'
import type { Computed } from '../round/agreement.ts'
import { certificateDigest } from '../round/certificate.ts'
import type { Envelopes } from '../round/envelopes.ts'
import { nameOf } from '../round/record.ts'
import { openProposal } from './bodies.ts'
import type { Base, PeriodContext } from './context.ts'
import { admittedSlots, claimOf, contentOf, derive, inputsFlaw, resultOf } from './result.ts'
import type { Derived, Inputs } from './result.ts'
import type { Summaries } from './summaries.ts'

/** A result is refused, or cannot be judged, with a code an operator can look up. */
export type Refusal = { readonly code: string; readonly where: string }

export interface ProposalDeps {
  readonly envelopes: Envelopes
  readonly peers: Pick<EvidencePeers, 'records'>
  readonly summaries: Summaries
  readonly signal: AbortSignal
  base(): Promise<Base>
  /** Our own door, for fetched records. */
  admit(record: SignedRecord): Verdict
  /** Checks content and signature of a record that the envelopes have no place for (the same body under another signature). */
  isSound(record: SignedRecord): boolean
}

export interface Proposals {
  /** Body of our own proposal. */
  make(): Promise<Uint8Array | Refusal>
  judge(record: SignedRecord): Promise<Computed<AuditResult> | Refusal>
}

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'where' in value

/** One proposal may bring in so many records that gossip did not: variants and late ones. */
const variantsMax = (context: PeriodContext): number => 2 * SEATS_MAX + context.roster.members.length

export function createProposals(context: PeriodContext, deps: ProposalDeps): Proposals {
  const { committee, roster } = context
  const variants = new Map<Hex, SignedRecord>()
  const isEquivocator = (id: number): boolean => deps.envelopes.equivocations().has(id)

  const statements = (sequence: number): SignedRecord[] =>
    committee.seats.flatMap(({ id }) =>
      isEquivocator(id) ? [] : (deps.envelopes.first(RECORD_KINDS.statement, id, sequence) ?? []),
    )

  async function make(): Promise<Uint8Array | Refusal> {
    const sealStatements = statements(0)
    const revealStatements = statements(1)
    if (Math.min(sealStatements.length, revealStatements.length) < committee.quorum)
      return { code: 'too-few-statements', where: `${sealStatements.length} and ${revealStatements.length}` }
    const excluded = roster.members.filter(({ id }) => isEquivocator(id)).map(({ slot }) => slot)
    const slots = admittedSlots(context, sealStatements, revealStatements, excluded)
    const reveals = slots.flatMap(
      (slot) => deps.envelopes.first(RECORD_KINDS.reveal, roster.members[slot]?.id ?? 0, 0) ?? [],
    )
    if (reveals.length < slots.length) return { code: 'reveal-missing', where: `${reveals.length} of ${slots.length}` }
    const inputs = { sealStatements, revealStatements, reveals, excluded }
    const base = await deps.base()
    const derived = await deriveOn(base, inputs)
    return isRefusal(derived) ? derived : encode(base, inputs, derived)
  }

  function encode(base: Base, inputs: Inputs, { root, contentId }: Derived): Uint8Array {
    const names = (records: readonly SignedRecord[]): Uint8Array[] => records.map((record) => fromHex(nameOf(record)))
    return ProposalBody.serialize({
      ...claimOf({ base, root, contentId }),
      sealStatements: names(inputs.sealStatements),
      revealStatements: names(inputs.revealStatements),
      reveals: names(inputs.reveals),
      excluded: [...inputs.excluded],
    })
  }

  async function deriveOn(base: Base, inputs: Inputs): Promise<Derived | Refusal> {
    if (base && base.period >= context.period) return { code: 'superseded', where: `period ${base.period} is on chain` }
    const leaves = await deps.summaries.leavesOf(base, deps.signal)
    if (!leaves) return { code: 'base-leaves-missing', where: `period ${base?.period ?? -1}` }
    const derived = derive(context, inputs, leaves)
    deps.summaries.remember(derived.root, derived.leaves)
    return derived
  }

  async function judge(record: SignedRecord): Promise<Computed<AuditResult> | Refusal> {
    const proposal = openProposal(record)
    const claimed = resultOf(context.period, proposal)
    const base = await deps.base()
    if (base?.period !== claimed.base?.period || base?.root !== claimed.base?.root)
      return { code: 'other-base', where: `base ${claimed.base?.period ?? 'none'}, on chain ${base?.period ?? 'none'}` }
    // Exclusion costs a report: only with the evidence in our own hands.
    const unproven = proposal.excluded.find((slot) => !isEquivocator(roster.members[slot]?.id ?? 0))
    if (unproven !== undefined) return { code: 'unproven-exclusion', where: `slot ${unproven}` }
    const inputs = await gather(proposal)
    if (isRefusal(inputs)) return inputs
    const derived = await deriveOn(base, inputs)
    if (isRefusal(derived)) return derived
    if (!equalBytes(fromHex(derived.root), proposal.root)) return { code: 'wrong-root', where: 'root' }
    if (!equalBytes(fromHex(derived.contentId), proposal.contentId))
      return { code: 'wrong-content', where: 'contentId' }
    return computed(claimed)
  }

  function computed(result: AuditResult): Computed<AuditResult> {
    const content = contentOf(result.base, result.root, result.contentId)
    const certified = { kind: CERTIFICATE_KINDS.audit, unit: context.period, epoch: context.epoch, content }
    return { digest: certificateDigest(context.network.separator, certified), result }
  }

  async function gather(proposal: ProposalValue): Promise<Inputs | Refusal> {
    const wanted = [...proposal.sealStatements, ...proposal.revealStatements, ...proposal.reveals].map(toHex)
    await fetch(wanted.filter((name) => !find(name)))
    const missing = wanted.find((name) => !find(name))
    if (missing) return { code: 'record-missing', where: missing }
    const all = (names: readonly Uint8Array[]): SignedRecord[] => names.flatMap((name) => find(toHex(name)) ?? [])
    const inputs = {
      sealStatements: all(proposal.sealStatements),
      revealStatements: all(proposal.revealStatements),
      reveals: all(proposal.reveals),
      excluded: proposal.excluded,
    }
    return inputsFlaw(context, inputs) ?? inputs
  }

  const find = (name: Hex): SignedRecord | undefined => deps.envelopes.byName(name) ?? variants.get(name)

  async function fetch(names: readonly Hex[]): Promise<void> {
    if (names.length === 0) return
    const asked = new Set(names)
    for (const record of await deps.peers.records(names, deps.signal)) {
      const name = nameOf(record)
      if (!asked.has(name)) continue
      deps.admit(record)
      if (find(name) || variants.size >= variantsMax(context)) continue
      if (deps.isSound(record)) variants.set(name, record)
    }
  }

  return { make, judge }
}
