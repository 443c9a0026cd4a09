// The evidence of an auction as one byte string: the statements its admission rests on, the bids they list, the two
// certificates. What was opened, who won and what is paid follows from them and from public beacons, so it is not in it.
// A sequence of frames (section u8 ‖ length u32 big-endian ‖ SSZ): a damaged byte damages one named frame. Strict:
// sections in order, one encoding only.

import { ContainerType, UintNumberType } from '@chainsafe/ssz'
import { concatBytes, equalBytes, toHex } from '../core/bytes.ts'
import { Fault, reject } from '../core/errors.ts'
import type { AuctionStore } from '../core/ports.ts'
import { RecordType, SEATS_MAX, decode } from '../core/records.ts'
import type { Codec } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { SignedRecord } from '../core/types.ts'
import { nameOf } from '../round/record.ts'
import { openCertificate, openProposal, openStatement } from './bodies.ts'
import { FETCHED_MAX } from './book.ts'
import { PHASES } from './codec.ts'

const HeaderType = new ContainerType({ job: new UintNumberType(8) })

export interface JobBundle {
  readonly job: number
  /** In seat order, those the certified proposal named. */
  readonly statements: readonly SignedRecord[]
  /** Every bid that one of them lists and that was found, by name. */
  readonly bids: readonly SignedRecord[]
  readonly admission: SignedRecord
  readonly openings: SignedRecord
}

/** Sections in their order on the wire; index + 1 = tag. */
const SECTIONS = ['header', 'statements', 'bids', 'admission', 'openings'] as const
type Section = (typeof SECTIONS)[number]
const HEAD_BYTES = 5

function frame(section: Section, payload: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES)
  head[0] = SECTIONS.indexOf(section) + 1
  new DataView(head.buffer).setUint32(1, payload.length)
  return concatBytes(head, payload)
}

export const encodeBundle = ({ job, statements, bids, admission, openings }: JobBundle): Uint8Array =>
  concatBytes(
    frame('header', HeaderType.serialize({ job })),
    ...statements.map((record) => frame('statements', RecordType.serialize(record))),
    ...bids.map((record) => frame('bids', RecordType.serialize(record))),
    frame('admission', RecordType.serialize(admission)),
    frame('openings', RecordType.serialize(openings)),
  )

const damaged = (where: string, why: string): Fault => reject('bad-bundle', `${where}: ${why}`, { where })

function reader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0

  function* take<V>(section: Section, codec: Codec<V>, most: number): Generator<V> {
    const tag = SECTIONS.indexOf(section) + 1
    for (let i = 0; at < bytes.length && bytes[at] === tag; i++) {
      const where = `${section}[${i}]`
      if (i >= most) throw damaged(where, `more than ${most} frames`)
      const from = at + HEAD_BYTES
      const length = from <= bytes.length ? view.getUint32(at + 1) : Number.POSITIVE_INFINITY
      if (from + length > bytes.length) throw damaged(where, 'the frame is longer than the bundle')
      try {
        yield decode(codec, bytes.subarray(from, from + length), where)
      } catch (error) {
        throw damaged(where, error instanceof Fault ? error.message : String(error))
      }
      at = from + length
    }
  }

  function one<V>(section: Section, codec: Codec<V>): V {
    const [value] = [...take(section, codec, 1)]
    if (value === undefined) throw damaged(`${section}[0]`, 'the frame is missing')
    return value
  }

  function end(): void {
    if (at < bytes.length) throw damaged('the end', `section ${bytes[at] ?? 0} does not belong there`)
  }
  return { take, one, end }
}

/** Fault `bad-bundle` with the damaged frame as `data.where`, unless `bytes` is exactly one bundle's encoding. */
export function decodeBundle(bytes: Uint8Array): JobBundle {
  const { take, one, end } = reader(bytes)
  const bundle = {
    job: one('header', HeaderType).job,
    statements: [...take('statements', RecordType, SEATS_MAX)],
    bids: [...take('bids', RecordType, FETCHED_MAX)],
    admission: one('admission', RecordType),
    openings: one('openings', RecordType),
  }
  end()
  return bundle
}

/** The bundle of a job out of our own store; undefined when it is not certified or something is missing. */
export async function gatherBundle(job: number, store: Pick<AuctionStore, 'ofJob'>): Promise<Uint8Array | undefined> {
  const records = await store.ofJob(job)
  const byName = new Map(records.map((record) => [nameOf(record), record]))
  const certificate = (phase: number): SignedRecord | undefined =>
    records.find(({ kind, sequence }) => kind === RECORD_KINDS.auctionCertificate && sequence === phase)
  const admission = certificate(PHASES.admission)
  const openings = certificate(PHASES.openings)
  if (!admission || !openings) return undefined
  const { content } = openCertificate(admission)
  const proposal = records
    .filter(({ kind }) => kind === RECORD_KINDS.auctionProposal)
    .map(openProposal)
    .find((one) => equalBytes(one.content, content))
  if (!proposal) return undefined
  const statements = proposal.statements.flatMap((name) => byName.get(toHex(name)) ?? [])
  if (statements.length < proposal.statements.length) return undefined
  const listed = new Set(statements.flatMap((record) => openStatement(record).seen.map(toHex)))
  const bids = [...listed].sort().flatMap((name) => byName.get(name) ?? [])
  return encodeBundle({ job, statements, bids, admission, openings })
}
