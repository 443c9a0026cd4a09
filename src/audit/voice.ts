// Everything we say in one period: signed once through the journal, durable, through our own door like anybody's record,
// then published. After a restart what was signed is published again, byte for byte; what could not be published is
// tried again with the next beacon.

import type { Gossip, Journal, RecordSigner, Topic, Verdict } from '../core/ports.ts'
import { RECORD_KINDS } from '../core/types.ts'
import type { SignedRecord } from '../core/types.ts'
import { nameOf, signOnce, signRecord } from '../round/record.ts'
import { RULES } from './checks.ts'
import { viewsOf } from './context.ts'
import type { PeriodContext } from './context.ts'

export interface VoiceDeps {
  readonly journal: Journal
  readonly signer: RecordSigner
  readonly gossip: Gossip
  /** Our own door. */
  admit(record: SignedRecord): Verdict
  /** True once we must be silent. */
  stopped(): boolean
  /** Publishing failed; it will be tried again. */
  unsent(record: SignedRecord, error: unknown): void
}

export interface Voice {
  /** Says a sign-once record; what was signed earlier in its place is said instead. */
  say(kind: number, sequence: number, body: () => Uint8Array): Promise<void>
  /** Says something that may be said more than once. */
  tell(kind: number, sequence: number, body: Uint8Array): Promise<void>
  /** What we signed before a restart: admitted and published again. */
  repeat(): Promise<void>
  /** Tries again to publish what failed. */
  resend(): Promise<void>
}

type OwnTopic = Exclude<Topic, 'beacon'>

const topicOf = (kind: number): OwnTopic | undefined => {
  const topic = RULES.get(kind)?.topic
  return topic === 'beacon' ? undefined : topic
}

export function createVoice(deps: VoiceDeps, context: PeriodContext, author: number): Voice {
  const { separator } = context.network
  const said = new Set<string>()
  const failed = new Map<string, SignedRecord>()
  const header = (kind: number, sequence: number) => ({ kind, author, unit: context.period, sequence })

  async function publish(record: SignedRecord): Promise<void> {
    const topic = topicOf(record.kind)
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

  async function say(kind: number, sequence: number, body: () => Uint8Array): Promise<void> {
    const key = `${kind}/${sequence}`
    if (said.has(key) || deps.stopped()) return
    const record = await signOnce(deps.journal, deps.signer, separator, header(kind, sequence), body)
    said.add(key)
    await put(record)
  }

  async function repeat(): Promise<void> {
    const views = [...Array(viewsOf(context.network)).keys()]
    const places: readonly [number, number][] = [
      [RECORD_KINDS.seal, 0],
      [RECORD_KINDS.reveal, 0],
      [RECORD_KINDS.statement, 0],
      [RECORD_KINDS.statement, 1],
      ...views.map((view): [number, number] => [RECORD_KINDS.proposal, view]),
      ...views.map((view): [number, number] => [RECORD_KINDS.vote, view]),
    ]
    for (const [kind, sequence] of places) {
      const record = await deps.journal.signed(kind, context.period, sequence)
      if (!record) continue
      said.add(`${kind}/${sequence}`)
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
