// Checks a period from a bundle, the chain and a beacon: recomputes ring, admission, medians, leaves, root and content id
// as every member did, and says `pass` or exactly which record or field differs. Trusts nothing in the bundle, needs no
// peer, signs nothing. (That the root was certified is the contract's word: it verified the certificate.)

import { equalBytes, toHex } from '../core/bytes.ts'
import { epochOf } from '../core/clock.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { Ledger } from '../core/ports.ts'
import { NO_BASE, RecordType } from '../core/records.ts'
import type { Beacon, Leaf, Network, Roster, SignedRecord } from '../core/types.ts'
import { decodeBundle } from './bundle.ts'
import type { Bundle, Section } from './bundle.ts'
import { checkRecord, sealOf } from './checks.ts'
import type { CheckDeps } from './checks.ts'
import { drawContext } from './context.ts'
import type { PeriodContext } from './context.ts'
import { derive, inputsFlaw, resultOf } from './result.ts'
import type { Derived, Flaw } from './result.ts'
import { summaryRoot } from './tree.ts'

/** What is known apart from the bundle: from the chain and from drand. */
export interface VerifyFacts extends CheckDeps {
  readonly network: Network
  readonly period: number
  readonly roster: Roster
  /** Verified beacon of the period's first round. */
  readonly beacon: Beacon
  /** Randomness of the epoch's first round; needed when there are more members than seats. */
  readonly epochRandomness?: Uint8Array
  /** `Ledger.posted`. */
  readonly posted: Ledger['posted']
}

export type Verification =
  | { readonly ok: true; readonly leaves: readonly Leaf[]; readonly derived: Derived }
  /** `where` names section, index and field: `reveals[3] (sidecar 4)`, `leaves[2].uptimeBps`, `header.root`. */
  | { readonly ok: false; readonly code: string; readonly where: string }

type Records = Exclude<Section, 'header' | 'leaves' | 'baseLeaves'>

const at = (section: Records, i: number, record: SignedRecord): string => `${section}[${i}] (sidecar ${record.author})`

async function headerFlaw({ header }: Bundle, facts: VerifyFacts): Promise<Flaw | undefined> {
  const { period, network } = facts
  const differs = (field: string): Flaw => ({ code: 'differs-from-chain', where: `header.${field}` })
  if (header.period !== period) return differs('period')
  if (header.epoch !== epochOf(network.schedule, period)) return differs('epoch')
  const posted = await facts.posted(period)
  if (!posted) return { code: 'not-posted', where: `period ${period}` }
  const { root, contentId, base } = resultOf(period, header)
  if (root !== posted.root) return differs('root')
  if (contentId !== posted.contentId) return differs('contentId')
  if (header.basePeriod === NO_BASE) return header.baseRoot.some((byte) => byte !== 0) ? differs('baseRoot') : undefined
  if (!base || header.basePeriod >= period) return differs('basePeriod')
  const on = await facts.posted(base.period)
  if (!on) return differs('basePeriod')
  return on.root === base.root ? undefined : differs('baseRoot')
}

function recordsFlaw(context: PeriodContext, bundle: Bundle, deps: CheckDeps): Flaw | undefined {
  for (const section of ['sealStatements', 'revealStatements', 'seals', 'reveals'] as const)
    for (const [i, record] of bundle[section].entries()) {
      try {
        checkRecord(context, record, deps)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        return { code: codeOf(error), where: at(section, i, record) }
      }
    }
  for (const [i, reveal] of bundle.reveals.entries()) {
    const seal = bundle.seals[i]
    const opened = sealOf(context.network.separator, reveal)
    if (!seal) return { code: 'seal-missing', where: `seals[${i}] (sidecar ${reveal.author})` }
    if (!equalBytes(RecordType.serialize(seal), RecordType.serialize(opened)))
      return { code: 'not-the-opened-seal', where: at('seals', i, seal) }
  }
  return bundle.seals.length > bundle.reveals.length
    ? { code: 'seal-without-reveal', where: `seals[${bundle.reveals.length}]` }
    : undefined
}

function leavesFlaw(derived: readonly Leaf[], given: readonly Leaf[]): Flaw | undefined {
  for (const [i, leaf] of derived.entries()) {
    const other = given[i]
    if (!other) return { code: 'leaf-missing', where: `leaves[${i}]` }
    for (const field of Object.keys(leaf) as (keyof Leaf)[])
      if (leaf[field] !== other[field]) return { code: 'leaf-differs', where: `leaves[${i}].${field}` }
  }
  return given.length > derived.length ? { code: 'leaf-too-many', where: `leaves[${derived.length}]` } : undefined
}

function baseFlaw({ header, baseLeaves }: Bundle): Flaw | undefined {
  const flaw: Flaw = { code: 'not-the-base', where: 'baseLeaves' }
  if (header.basePeriod === NO_BASE) return baseLeaves.length > 0 ? flaw : undefined
  const unordered = baseLeaves.findIndex((leaf, i) => leaf.slot !== i)
  if (unordered >= 0) return { code: 'not-the-base', where: `baseLeaves[${unordered}].slot` }
  if (baseLeaves.length === 0) return flaw
  return summaryRoot(baseLeaves) === toHex(header.baseRoot) ? undefined : flaw
}

/** Checks an encoded bundle of `facts.period`. Throws only what the ports throw. */
export async function verifyPeriod(bytes: Uint8Array, facts: VerifyFacts): Promise<Verification> {
  let bundle: Bundle
  try {
    bundle = decodeBundle(bytes)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { ok: false, code: error.code, where: String(error.data.where) }
  }
  const context = drawContext(facts.network, facts.period, facts.roster, facts.beacon, facts.epochRandomness)
  const inputs = { ...bundle, excluded: bundle.header.excluded }
  const flaw =
    (await headerFlaw(bundle, facts)) ??
    recordsFlaw(context, bundle, facts) ??
    inputsFlaw(context, inputs) ??
    baseFlaw(bundle)
  if (flaw) return { ok: false, ...flaw }
  const derived = derive(context, inputs, bundle.baseLeaves)
  const late = leavesFlaw(derived.leaves, bundle.leaves)
  if (late) return { ok: false, ...late }
  if (derived.contentId !== toHex(bundle.header.contentId)) return { ok: false, code: 'wrong-content', where: 'header' }
  if (derived.root !== toHex(bundle.header.root)) return { ok: false, code: 'wrong-root', where: 'header.root' }
  return { ok: true, leaves: derived.leaves, derived }
}
