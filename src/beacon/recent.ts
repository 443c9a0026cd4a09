// A bounded memory of beacons by round. It forgets what it was told longest ago, not the lowest round: rounds looked
// up on demand are old by nature and must survive long enough to be used.
import type { Beacon } from '../core/types.ts'

export interface Recent {
  readonly get: (round: number) => Beacon | undefined
  readonly put: (beacon: Beacon) => void
}

export const createRecent = (limit: number): Recent => {
  const rounds = new Map<number, Beacon>()
  return {
    get: (round) => rounds.get(round),
    put: (beacon) => {
      rounds.delete(beacon.round)
      rounds.set(beacon.round, beacon)
      const oldest = rounds.keys().next()
      if (rounds.size > limit && oldest.done !== true) rounds.delete(oldest.value)
    },
  }
}
