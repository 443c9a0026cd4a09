// Journal and evidence of one simulated sidecar: memory that outlives its process. A journal can be told to kill its owner
// right before or right after a write: the two moments between which a crash must not matter.

import type { EvidenceStore, Journal } from '../../src/core/ports.ts'
import type { Leaf, SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'

export interface Disk {
  readonly journal: Journal
  readonly evidence: EvidenceStore
  /** All sign-once records ever written, in order. */
  readonly signed: readonly SignedRecord[]
  readonly secrets: ReadonlyMap<number, Uint8Array>
  /** Kills at the `nth` journal write from now, before or after it is durable. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void
}

const never = (): Promise<never> => new Promise(() => undefined)

export function createDisk(): Disk {
  const records = new Map<string, SignedRecord>()
  const signed: SignedRecord[] = []
  const secrets = new Map<number, Uint8Array>()
  let trap: { left: number; when: 'before' | 'after'; kill: () => void } | undefined

  async function write<T>(effect: () => T): Promise<T> {
    const sprung = trap !== undefined && --trap.left === 0 ? trap : undefined
    if (!sprung) return effect()
    trap = undefined
    if (sprung.when === 'after') effect()
    sprung.kill()
    return never()
  }

  const key = (kind: number, unit: number, sequence: number): string => `${kind}/${unit}/${sequence}`
  const journal: Journal = {
    signOnce: (record) =>
      write(() => {
        const place = key(record.kind, record.unit, record.sequence)
        const earlier = records.get(place)
        if (earlier) return earlier
        records.set(place, record)
        signed.push(record)
        return record
      }),
    signed: async (kind, unit, sequence) => records.get(key(kind, unit, sequence)),
    putSecret: (unit, secret) =>
      write(() => {
        secrets.set(unit, secret)
      }),
    secret: async (unit) => secrets.get(unit),
  }
  return {
    journal,
    evidence: createEvidence(),
    signed,
    secrets,
    killAt: (nth, when, kill) => (trap = { left: nth, when, kill }),
  }
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
