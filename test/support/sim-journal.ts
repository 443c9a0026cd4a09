// The journal of one simulated sidecar: memory that outlives its process. It can be told to kill its owner right before or
// right after a durable write: the two moments between which a crash must not matter.

import type { Journal } from '../../src/core/ports.ts'
import type { SignedRecord } from '../../src/core/types.ts'

export interface SimJournal extends Pick<Journal, 'signOnce' | 'signed'> {
  /** All sign-once records ever written, in order. */
  readonly records: readonly SignedRecord[]
  /** A durable write that a kill may fall on. */
  write<T>(effect: () => T): Promise<T>
  /** Kills at the `nth` durable write from now, before or after it is done. */
  killAt(nth: number, when: 'before' | 'after', kill: () => void): void
}

export function createSimJournal(): SimJournal {
  const places = new Map<string, SignedRecord>()
  const records: SignedRecord[] = []
  let trap: { left: number; when: 'before' | 'after'; kill: () => void } | undefined

  async function write<T>(effect: () => T): Promise<T> {
    const sprung = trap !== undefined && --trap.left === 0 ? trap : undefined
    if (!sprung) return effect()
    trap = undefined
    if (sprung.when === 'after') effect()
    sprung.kill()
    return new Promise<T>(() => undefined)
  }

  const placeOf = (kind: number, unit: number, sequence: number): string => `${kind}/${unit}/${sequence}`
  return {
    records,
    write,
    signOnce: (record) =>
      write(() => {
        const place = placeOf(record.kind, record.unit, record.sequence)
        const earlier = places.get(place)
        if (earlier) return earlier
        places.set(place, record)
        records.push(record)
        return record
      }),
    signed: async (kind, unit, sequence) => places.get(placeOf(kind, unit, sequence)),
    killAt: (nth, when, kill) => (trap = { left: nth, when, kill }),
  }
}
