// Journal and evidence of one simulated sidecar: memory that outlives its process.

import type { EvidenceStore, Journal } from '../../src/core/ports.ts'
import type { Leaf, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { createSimJournal } from './sim-journal.ts'

export interface Disk {
  readonly journal: Journal
  readonly evidence: EvidenceStore
  /** All sign-once records ever written, in order. */
  readonly signed: readonly SignedRecord[]
  readonly secrets: ReadonlyMap<number, Uint8Array>
  /** Kills at the `nth` journal write from now, before or after it is durable. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void
}

export function createDisk(): Disk {
  const { write, signOnce, signed, records, killAt } = createSimJournal()
  const secrets = new Map<number, Uint8Array>()
  const journal: Journal = {
    signOnce,
    signed,
    putSecret: (unit, secret) =>
      write(() => {
        secrets.set(unit, secret)
      }),
    secret: async (unit) => secrets.get(unit),
  }
  return { journal, evidence: createEvidence(), signed: records, secrets, killAt }
}

function createEvidence(): EvidenceStore {
  const byName = new Map<string, SignedRecord>()
  const summaries = new Map<number, readonly Leaf[]>()
  const answers = new Map<number, readonly SignedRecord[]>()
  return {
    put: async (records) => records.forEach((record) => byName.set(nameOf(record), record)),
    get: async (name) => byName.get(name),
    ofUnit: async (unit) => [...byName.values()].filter((record) => record.unit === unit),
    putSummary: async (period, leaves) => void summaries.set(period, leaves),
    summary: async (period) => summaries.get(period),
    putAnswers: async (period, records) => void answers.set(period, records),
    answers: async (period) => answers.get(period) ?? [],
    async prune(unit) {
      for (const [name, record] of byName) if (record.unit < unit) byName.delete(name)
      for (const map of [summaries, answers]) for (const known of map.keys()) if (known < unit) map.delete(known)
    },
  }
}
