// The evidence of a period as one byte string: everything that is needed to recompute its result, and nothing else. A
// sequence of frames (section u8 ‖ length u32 big-endian ‖ SSZ), one for each record and leaf, so that a damaged byte
// damages one named frame and never hides the others. Strict: sections in order, one encoding only.

import { ByteVectorType, ContainerType, ListBasicType, UintNumberType } from '@chainsafe/ssz'
import type { ValueOf } from '@chainsafe/ssz'
import { concatBytes, toHex } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { EvidenceStore, Ledger } from '../core/ports.ts'
import { LeafType, NO_BASE, RecordType, SLOTS_MAX, decode } from '../core/records.ts'
import type { Codec, ProposalValue } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { Hex, Leaf, SignedRecord } from '../core/types.ts'
import { openProposal } from './bodies.ts'
import { sealOf } from './checks.ts'

const u32 = new UintNumberType(4)
const u64 = new UintNumberType(8)
const bytes32 = new ByteVectorType(32)

/** What the proposal claimed; all of it is checked against the chain or recomputed. */
const HeaderType = new ContainerType({
  period: u64,
  epoch: u64,
  basePeriod: u64,
  baseRoot: bytes32,
  root: bytes32,
  contentId: bytes32,
  excluded: new ListBasicType(u32, SLOTS_MAX),
})
export type BundleHeader = ValueOf<typeof HeaderType>

export interface Bundle {
  readonly header: BundleHeader
  readonly sealStatements: readonly SignedRecord[]
  readonly revealStatements: readonly SignedRecord[]
  /** One for each reveal, in the same order: what it opens. */
  readonly seals: readonly SignedRecord[]
  readonly reveals: readonly SignedRecord[]
  readonly leaves: readonly Leaf[]
  readonly baseLeaves: readonly Leaf[]
}

/** Sections in their order on the wire; index + 1 = tag. */
export const SECTIONS = [
  'header',
  'sealStatements',
  'revealStatements',
  'seals',
  'reveals',
  'leaves',
  'baseLeaves',
] as const
export type Section = (typeof SECTIONS)[number]

const HEAD_BYTES = 5

function frame(section: Section, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES)
  head[0] = SECTIONS.indexOf(section) + 1
  new DataView(head.buffer).setUint32(1, payload.length)
  return concatBytes(head, payload)
}

export function encodeBundle(bundle: Bundle): Uint8Array {
  const records = (section: Exclude<Section, 'header' | 'leaves' | 'baseLeaves'>): Uint8Array[] =>
    bundle[section].map((record) => frame(section, RecordType.serialize(record)))
  const leaves = (section: 'leaves' | 'baseLeaves'): Uint8Array[] =>
    bundle[section].map((leaf) => frame(section, LeafType.serialize(leaf)))
  return concatBytes(
    frame('header', HeaderType.serialize(bundle.header)),
    ...records('sealStatements'),
    ...records('revealStatements'),
    ...records('seals'),
    ...records('reveals'),
    ...leaves('leaves'),
    ...leaves('baseLeaves'),
  )
}

const damaged = (where: string, why: string): Fault => reject('bad-bundle', `${where}: ${why}`, { where })

interface Reader {
  /** Payloads of all frames of `section`, which must come next. */
  take<V>(section: Section, codec: Codec<V>): V[]
  end(): void
}

function reader(bytes: Uint8Array): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let last = 'header[0]'

  function take<V>(section: Section, codec: Codec<V>): V[] {
    const values: V[] = []
    const tag = SECTIONS.indexOf(section) + 1
    while (at < bytes.length && bytes[at] === tag) {
      last = `${section}[${values.length}]`
      if (values.length >= SLOTS_MAX) throw damaged(last, `more than ${SLOTS_MAX} frames`)
      const from = at + HEAD_BYTES
      const length = from <= bytes.length ? view.getUint32(at + 1) : Number.POSITIVE_INFINITY
      if (from + length > bytes.length) throw damaged(last, 'the frame is longer than the bundle')
      try {
        values.push(decode(codec, bytes.subarray(from, from + length), last))
      } catch (error) {
        throw damaged(last, error instanceof Fault ? error.message : String(error))
      }
      at = from + length
    }
    return values
  }

  function end(): void {
    if (at < bytes.length) throw damaged(`the frame after ${last}`, `section ${bytes[at] ?? 0} does not belong there`)
  }
  return { take, end }
}

/** Fault `bad-bundle` with the damaged frame as `data.where`, unless `bytes` is exactly one bundle's encoding. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const { take, end } = reader(bytes)
  const [header, ...more] = take('header', HeaderType)
  if (!header || more.length > 0) throw damaged('header[0]', 'a bundle has one header')
  const bundle = {
    header,
    sealStatements: take('sealStatements', RecordType),
    revealStatements: take('revealStatements', RecordType),
    seals: take('seals', RecordType),
    reveals: take('reveals', RecordType),
    leaves: take('leaves', LeafType),
    baseLeaves: take('baseLeaves', LeafType),
  }
  end()
  return bundle
}

interface GatherDeps {
  readonly ledger: Pick<Ledger, 'network' | 'posted'>
  readonly evidence: Pick<EvidenceStore, 'get' | 'ofUnit' | 'summary'>
}

/** The bundle of a posted period out of our own store; undefined when it is not posted or something is missing. */
export async function gatherBundle(period: number, { ledger, evidence }: GatherDeps): Promise<Uint8Array | undefined> {
  const posted = await ledger.posted(period)
  if (!posted) return undefined
  const certified = ({ root, contentId }: ProposalValue): boolean =>
    toHex(root) === posted.root && toHex(contentId) === posted.contentId
  const proposal = (await evidence.ofUnit(period))
    .filter(({ kind }) => kind === RECORD_KINDS.proposal)
    .map(openProposal)
    .find(certified)
  const leaves = await evidence.summary(period)
  if (!proposal || !leaves) return undefined
  const { basePeriod } = proposal
  const baseLeaves = basePeriod === NO_BASE ? [] : await evidence.summary(basePeriod)
  if (!baseLeaves) return undefined

  const all = async (names: readonly Uint8Array[]): Promise<SignedRecord[]> =>
    (await Promise.all(names.map((name) => evidence.get(toHex(name) satisfies Hex)))).flatMap((found) => found ?? [])
  const sealStatements = await all(proposal.sealStatements)
  const revealStatements = await all(proposal.revealStatements)
  const reveals = await all(proposal.reveals)
  const wanted = proposal.sealStatements.length + proposal.revealStatements.length + proposal.reveals.length
  if (sealStatements.length + revealStatements.length + reveals.length < wanted) return undefined
  const { separator, schedule } = await ledger.network()
  const { baseRoot, root, contentId, excluded } = proposal
  const epoch = Math.floor(period / schedule.epochPeriods)
  const seals = reveals.map((reveal) => sealOf(separator, reveal))
  const header = { period, epoch, basePeriod, baseRoot, root, contentId, excluded }
  return encodeBundle({ header, sealStatements, revealStatements, seals, reveals, leaves, baseLeaves })
}
