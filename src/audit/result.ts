// The result of a period: how admitted records become leaves, root and content id, and what a certificate over them says.
// Pure: leaders propose with it, members recompute with it, `verify` repeats it from a bundle. Same records, same bytes.

import { fromHex, keccak256, taggedHash, toHex, word } from '../core/bytes.ts'
import { NO_BASE } from '../core/records.ts'
import type { CertificateValue, ProposalValue } from '../core/records.ts'
import { CERTIFICATE_KINDS, RECORD_KINDS } from '../core/types.ts'
import type { AuditResult, Certificate, Hex, Leaf, SignedRecord } from '../core/types.ts'
import { nameOf } from '../round/record.ts'
import { admitted } from '../round/statement.ts'
import { openReveal, openStatement } from './bodies.ts'
import type { Base, PeriodContext } from './context.ts'
import { reduce } from './reduce.ts'
import { summaryRoot } from './tree.ts'

/** The records a result is made of; each passed `checkRecord`. Statements by seat, reveals by slot, both increasing. */
export interface Inputs {
  readonly sealStatements: readonly SignedRecord[]
  readonly revealStatements: readonly SignedRecord[]
  readonly reveals: readonly SignedRecord[]
  /** Slots left out for equivocation, increasing. */
  readonly excluded: readonly number[]
}

/** Something that does not fit, and where: `sealStatements[3]`, `reveals[0]`, `excluded`. */
export interface Flaw {
  readonly code: string
  readonly where: string
}

export interface Derived {
  readonly leaves: readonly Leaf[]
  readonly root: Hex
  readonly contentId: Hex
}

const NO_BASE_WORD = 2n ** 64n - 1n

/** keccak256(abi.encode(base period, base root, root, content id)): what an audit certificate certifies. */
export const contentOf = (base: Base, root: Hex, contentId: Hex): Uint8Array =>
  keccak256(
    word(base ? base.period : NO_BASE_WORD),
    base ? fromHex(base.root, 32) : word(0),
    fromHex(root, 32),
    fromHex(contentId, 32),
  )

/** Name of the evidence: one hash over the names of all records used and over who was left out. */
export function contentIdOf(context: PeriodContext, inputs: Inputs): Hex {
  const names = (records: readonly SignedRecord[]): Uint8Array =>
    keccak256(...records.map((record) => fromHex(nameOf(record))), new Uint8Array())
  return toHex(
    taggedHash(
      'stkr.evidence',
      context.network.separator,
      word(context.period),
      names(inputs.sealStatements),
      names(inputs.revealStatements),
      names(inputs.reveals),
      keccak256(...inputs.excluded.map(word), new Uint8Array()),
    ),
  )
}

function statementsFlaw(
  { committee }: PeriodContext,
  statements: readonly SignedRecord[],
  sequence: number,
  where: string,
): Flaw | undefined {
  let last = -1
  for (const [i, { kind, author, sequence: said }] of statements.entries()) {
    const seat = committee.seatOf(author) ?? -1
    const at = `${where}[${i}]`
    if (kind !== RECORD_KINDS.statement || said !== sequence) return { code: 'not-such-a-statement', where: at }
    if (seat <= last) return { code: 'not-in-seat-order', where: at }
    last = seat
  }
  return statements.length < committee.quorum ? { code: 'too-few-statements', where } : undefined
}

const bitsOf = (statements: readonly SignedRecord[]) => statements.map((record) => openStatement(record).seen)

/** Slots whose seal and reveal were both seen in time, less the excluded: whose reports count. */
export function admittedSlots(
  context: PeriodContext,
  sealStatements: readonly SignedRecord[],
  revealStatements: readonly SignedRecord[],
  excluded: readonly number[],
): readonly number[] {
  const slots = context.roster.members.length
  const sealed = new Set(admitted(context.committee, slots, bitsOf(sealStatements)))
  const out = new Set(excluded)
  return admitted(context.committee, slots, bitsOf(revealStatements)).filter((s) => sealed.has(s) && !out.has(s))
}

/** What does not fit together in `inputs`; undefined when they are exactly what the rules admit. */
export function inputsFlaw(context: PeriodContext, inputs: Inputs): Flaw | undefined {
  const { sealStatements, revealStatements, reveals, excluded } = inputs
  const slots = context.roster.members.length
  if (excluded.some((slot, i) => slot >= slots || slot <= (excluded[i - 1] ?? -1)))
    return { code: 'bad-exclusions', where: 'excluded' }
  const flaw =
    statementsFlaw(context, sealStatements, 0, 'sealStatements') ??
    statementsFlaw(context, revealStatements, 1, 'revealStatements')
  if (flaw) return flaw
  const expected = admittedSlots(context, sealStatements, revealStatements, excluded)
  for (const [i, reveal] of reveals.entries()) {
    const slot = context.member(reveal.author)?.slot
    if (reveal.kind !== RECORD_KINDS.reveal || slot !== expected[i])
      return { code: 'not-the-admitted-reveal', where: `reveals[${i}]` }
  }
  return reveals.length < expected.length ? { code: 'reveal-missing', where: `reveals[${reveals.length}]` } : undefined
}

/** Leaves, root and content id of inputs without a flaw. */
export function derive(context: PeriodContext, inputs: Inputs, baseLeaves: readonly Leaf[]): Derived {
  const reports = new Map(
    inputs.reveals.map((reveal) => [context.member(reveal.author)?.slot ?? -1, openReveal(reveal).report]),
  )
  const leaves = reduce({
    roster: context.roster,
    assignment: context.assignment,
    reports,
    base: new Map(baseLeaves.map((leaf) => [leaf.id, leaf])),
  })
  return { leaves, root: summaryRoot(leaves), contentId: contentIdOf(context, inputs) }
}

type Claim = Pick<ProposalValue, 'basePeriod' | 'baseRoot' | 'root' | 'contentId'>

/** Base, root and content id as a proposal or a certificate writes them. */
export const claimOf = (result: Omit<AuditResult, 'period'>): Claim => ({
  basePeriod: result.base ? result.base.period : NO_BASE,
  baseRoot: result.base ? fromHex(result.base.root, 32) : word(0),
  root: fromHex(result.root, 32),
  contentId: fromHex(result.contentId, 32),
})

export const resultOf = (period: number, claim: Claim): AuditResult => ({
  period,
  base: claim.basePeriod === NO_BASE ? undefined : { period: claim.basePeriod, root: toHex(claim.baseRoot) },
  root: toHex(claim.root),
  contentId: toHex(claim.contentId),
})

/** A certificate record's body as certificate and result. */
export function certificateOf(
  period: number,
  value: CertificateValue,
): { readonly certificate: Certificate; readonly result: AuditResult } {
  const result = resultOf(period, value)
  return {
    result,
    certificate: {
      kind: CERTIFICATE_KINDS.audit,
      unit: period,
      epoch: value.epoch,
      content: contentOf(result.base, result.root, result.contentId),
      absentees: value.absentees,
      signature: value.signature,
    },
  }
}
