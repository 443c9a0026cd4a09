// Everything we say in one unit of work (a period, a job): signed once through the journal, durable, through our own door like anybody's record,
// then published. After a restart what was signed is published again, byte for byte; what could not be published is tried
// again with the next beacon.

import type { Gossip, Journal, RecordSigner, Topic, Verdict } from '../core/ports.ts'
import type { SignedRecord } from '../core/types.ts'
import { nameOf, signOnce, signRecord } from './record.ts'

export interface VoiceDeps {
  readonly journal: Journal
  readonly signer: RecordSigner
  readonly gossip: Gossip
  /** The topic that carries a kind; undefined for kinds that are not this workflow's. */
  topicOf(kind: number): Exclude<Topic, 'beacon'> | undefined
  /** Our own door. */
  admit(record: SignedRecord): Verdict
  /** True once we must be silent. */
  stopped(): boolean
  /** Publishing failed; it will be tried again. */
  unsent(record: SignedRecord, error: unknown): void
}

export interface Voice {
  /** Says a sign-once record; what was signed earlier in its place is said instead. Resolves to what was said. */
  say(kind: number, sequence: number, body: () => Uint8Array): Promise<SignedRecord | undefined>
  /** Says something that may be said more than once. */
  tell(kind: number, sequence: number, body: Uint8Array): Promise<void>
  /** What we signed before a restart, in `places`: admitted and published again. */
  repeat(places: Iterable<Place>): Promise<void>
  /** Tries again to publish what failed. */
  resend(): Promise<void>
}

/** Kind and sequence. */
export type Place = readonly [kind: number, sequence: number]

/** All places of `kind` with sequences below `count`. */
export const places = (kind: number, count: number): Place[] => Array.from({ length: count }, (_, i) => [kind, i])

/** What one voice speaks about. */
export interface Speaker {
  readonly separator: Uint8Array
  readonly unit: number
  readonly author: number
}

export function createVoice(deps: VoiceDeps, { separator, unit, author }: Speaker): Voice {
  const said = new Map<string, SignedRecord>()
  const failed = new Map<string, SignedRecord>()
  const header = (kind: number, sequence: number) => ({ kind, author, unit, sequence })

  async function publish(record: SignedRecord): Promise<void> {
    const topic = deps.topicOf(record.kind)
    if (!topic || deps.stopped()) return
    const name = nameOf(record)
    try {
      await deps.gossip.publish(topic, record)
      failed.delete(name)
    } catch (error) {
      failed.set(name, record)
      deps.unsent(record, error)
    }
  }

  async function put(record: SignedRecord): Promise<void> {
    const verdict = deps.admit(record)
    if (verdict.verdict === 'reject') throw new Error(`bug: our own record was rejected: ${verdict.code}`)
    await publish(record)
  }

  async function say(kind: number, sequence: number, body: () => Uint8Array): Promise<SignedRecord | undefined> {
    const key = `${kind}/${sequence}`
    const earlier = said.get(key)
    if (earlier || deps.stopped()) return earlier
    const record = await signOnce(deps.journal, deps.signer, separator, header(kind, sequence), body)
    said.set(key, record)
    await put(record)
    return record
  }

  async function repeat(where: Iterable<Place>): Promise<void> {
    for (const [kind, sequence] of where) {
      const record = await deps.journal.signed(kind, unit, sequence)
      if (!record || said.has(`${kind}/${sequence}`)) continue
      said.set(`${kind}/${sequence}`, record)
      await put(record)
    }
  }

  return {
    say,
    tell: (kind, sequence, body) => put(signRecord(deps.signer, separator, header(kind, sequence), body)),
    repeat,
    async resend() {
      for (const record of failed.values()) await publish(record)
    },
  }
}
