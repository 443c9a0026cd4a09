// What was said in one unit of work: for every (kind, author, sequence) the first record, and at most one that contradicts
// it. The second one is kept and spread once, because the pair is the evidence; after that the author has nothing more
// to say there. Callers check role, range and signature first: that bounds the keys.

import type { Hex, SignedRecord } from '../core/types.ts'
import { contradicts, nameOf } from './record.ts'

/** `first`: new. `known`: the same body was there. `contradiction`: the evidence pair is complete. `spent`: one too many. */
export type Insertion =
  | { readonly outcome: 'first' | 'known' | 'spent' }
  | { readonly outcome: 'contradiction'; readonly earlier: SignedRecord }

export type Equivocation = readonly [SignedRecord, SignedRecord]

export interface Envelopes {
  insert(record: SignedRecord): Insertion
  /** What `insert` would say, changing nothing: lets a validator skip the signature of what it has seen. */
  judge(record: SignedRecord): Insertion
  first(kind: number, author: number, sequence: number): SignedRecord | undefined
  byName(name: Hex): SignedRecord | undefined
  /** First proof against each author that contradicted itself in this unit. */
  equivocations(): ReadonlyMap<number, Equivocation>
  readonly size: number
}

interface Entry {
  readonly first: SignedRecord
  second: SignedRecord | undefined
}

const keyOf = (kind: number, author: number, sequence: number): string => `${kind}/${author}/${sequence}`

export function createEnvelopes(): Envelopes {
  const entries = new Map<string, Entry>()
  const named = new Map<Hex, SignedRecord>()
  const equivocations = new Map<number, Equivocation>()

  function judge(record: SignedRecord): Insertion {
    const entry = entries.get(keyOf(record.kind, record.author, record.sequence))
    if (!entry) return { outcome: 'first' }
    if (!contradicts(entry.first, record)) return { outcome: 'known' }
    return entry.second ? { outcome: 'spent' } : { outcome: 'contradiction', earlier: entry.first }
  }

  function insert(record: SignedRecord): Insertion {
    const insertion = judge(record)
    const key = keyOf(record.kind, record.author, record.sequence)
    if (insertion.outcome === 'first') entries.set(key, { first: record, second: undefined })
    if (insertion.outcome === 'contradiction') {
      const entry = entries.get(key)
      if (entry) entry.second = record
      if (!equivocations.has(record.author)) equivocations.set(record.author, [insertion.earlier, record])
    }
    if (insertion.outcome === 'first' || insertion.outcome === 'contradiction') named.set(nameOf(record), record)
    return insertion
  }

  return {
    insert,
    judge,
    first: (kind, author, sequence) => entries.get(keyOf(kind, author, sequence))?.first,
    byName: (name) => named.get(name),
    equivocations: () => equivocations,
    get size() {
      return named.size
    },
  }
}
