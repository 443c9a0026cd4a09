// Records on their way into the evidence store: collected as they arrive and written in batches, because a durable write
// costs the same for one record as for a hundred. Losing the last batch in a crash loses copies that others have too.

import type { EvidenceStore } from '../core/ports.ts'
import type { SignedRecord } from '../core/types.ts'

export interface Archive {
  add(record: SignedRecord): void
  /** Everything added so far is durable when this resolves. */
  flush(): Promise<void>
}

export function createArchive(store: Pick<EvidenceStore, 'put'>): Archive {
  let batch: SignedRecord[] = []
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const records = batch
    batch = []
    if (records.length === 0) return
    try {
      await store.put(records)
    } catch (error) {
      batch = [...records, ...batch] // kept for the next flush; the period's records bound it
      throw error
    }
  }

  return {
    add: (record) => void batch.push(record),
    flush() {
      writing = writing.catch(() => undefined).then(write)
      return writing
    },
  }
}
