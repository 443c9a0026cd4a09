// Rosters by epoch: fetched ahead, because the first record of an epoch arrives with its first beacon, and kept for the
// epochs that may still be talked about. A roster of a fixed epoch never changes.

import type { Ledger } from '../core/ports.ts'
import { codeOf } from '../core/errors.ts'
import type { Roster } from '../core/types.ts'

export interface Rosters {
  known(epoch: number): Roster | undefined
  /** Faults: the ledger's. */
  get(epoch: number): Promise<Roster>
  /** Makes this epoch's and the next one's known. Faults: the ledger's; a next epoch that is not fixed yet is fine. */
  ahead(epoch: number): Promise<void>
  prune(epoch: number): void
}

export function createRosters(ledger: Pick<Ledger, 'roster'>): Rosters {
  const rosters = new Map<number, Roster>()
  const asking = new Map<number, Promise<Roster>>()

  async function ask(epoch: number): Promise<Roster> {
    try {
      const roster = await ledger.roster(epoch)
      rosters.set(epoch, roster)
      return roster
    } finally {
      asking.delete(epoch)
    }
  }

  async function get(epoch: number): Promise<Roster> {
    const known = rosters.get(epoch)
    if (known) return known
    const pending = asking.get(epoch) ?? ask(epoch)
    asking.set(epoch, pending)
    return pending
  }

  return {
    known: (epoch) => rosters.get(epoch),
    get,
    async ahead(epoch) {
      await get(epoch)
      try {
        await get(epoch + 1)
      } catch (error) {
        if (codeOf(error) !== 'epoch-not-fixed') throw error
      }
    },
    prune(epoch) {
      for (const known of rosters.keys()) if (known < epoch - 1) rosters.delete(known)
    },
  }
}
