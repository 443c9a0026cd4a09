// How each peer behaves: offences cost points, points heal with time, and at BAN_POINTS the peer loses its connection
// and may not come back for BAN_MS. The points are also gossipsub's application score, so that a peer on its way down
// is trusted less before it is cut off. Both maps are bounded; peers are named by their peer id.

/** Points per offence. Five rejected records are the limit; what no honest program can send ends it at once. */
const POINTS = {
  /** A frame or message above its limit, or gossip faster than GOSSIP_RATES of router.ts. */
  oversized: 100,
  flood: 100,
  /** A message whose content alone proves it wrong. */
  rejected: 20,
  /** A frame that is no protobuf, a request that is no SSZ. */
  undecodable: 25,
  /** A message for a topic this network does not have; a newer version may subscribe to topics we do not know. */
  'unknown-topic': 5,
  'unknown-subscription': 1,
  /** The same message again: rarely honest, when a reply to IWANT crosses the forwarded message. */
  replay: 1,
  /** A request above the rate limit: an impatient client is told `busy` long before it is cut off. */
  impatient: 2,
} as const

export type Offence = keyof typeof POINTS

export const BAN_POINTS = 100
export const BAN_MS = 300_000
/** One point heals in a second: a burst counts, a bad minute last week does not. */
const HEAL_PER_MS = 1 / 1000
/** More peers than a host ever holds connections to; beyond it the one longest without offence is forgotten. */
export const PEERS_MAX = 4096

export interface Conduct {
  /** Counts an offence; true when the peer is banned by it. */
  offend(peer: string, offence: Offence): boolean
  /** Points from 0 (clean) to BAN_POINTS. */
  points(peer: string): number
  isBanned(peer: string): boolean
  size(): { readonly watched: number; readonly banned: number }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= PEERS_MAX) return
  const oldest = map.keys().next()
  if (oldest.done !== true) map.delete(oldest.value)
}

/** `now` in ms; `onBan` closes the peer's connections. */
export function createConduct(deps: { now(): number; onBan(peer: string, offence: Offence): void }): Conduct {
  const records = new Map<string, { points: number; at: number }>()
  const bans = new Map<string, number>()

  function points(peer: string): number {
    const record = records.get(peer)
    return record === undefined ? 0 : Math.max(0, record.points - (deps.now() - record.at) * HEAL_PER_MS)
  }

  function isBanned(peer: string): boolean {
    const until = bans.get(peer)
    if (until === undefined) return false
    if (until > deps.now()) return true
    bans.delete(peer)
    return false
  }

  function ban(peer: string, offence: Offence): boolean {
    if (isBanned(peer)) return true
    records.delete(peer)
    bans.set(peer, deps.now() + BAN_MS)
    forgetOldest(bans)
    deps.onBan(peer, offence)
    return true
  }

  return {
    points: (peer) => (isBanned(peer) ? BAN_POINTS : points(peer)),
    isBanned,
    size: () => ({ watched: records.size, banned: bans.size }),
    offend(peer, offence) {
      const total = points(peer) + POINTS[offence]
      if (total >= BAN_POINTS) return ban(peer, offence)
      // Re-inserted, so that the map's order is that of the last offence.
      records.delete(peer)
      records.set(peer, { points: total, at: deps.now() })
      forgetOldest(records)
      return false
    },
  }
}
