// Relayed connections, bounded in time and bytes by the relay, and who relays for whom.

import type { Connection, PeerId } from '@libp2p/interface'
import { removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { multiaddr } from '@multiformats/multiaddr'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, toHex } from '../core/bytes.ts'

export const isLimited = ({ limits }: Connection): boolean => limits !== undefined
export const isRelayed = ({ remoteAddr }: Connection): boolean => remoteAddr.toString().includes('/p2p-circuit')

/** Of the open internet; the library's own filter, so that the DHT and we mean the same. */
export const isPublic = (id: PeerId, address: string): boolean =>
  removePrivateAddressesMapper({ id, multiaddrs: [multiaddr(address)] }).multiaddrs.length > 0

export const HOP = '/libp2p/circuit/relay/0.2.0/hop'

/** Relays of a member that are tried: with two reservations among them several may be down or behind a NAT themselves. */
const RANKED_MAX = 8

/** The members that relay for `target`, best first: by hash of both keys, so that the load spreads evenly. */
export function rankRelays(members: readonly Uint8Array[], target: Uint8Array): readonly Uint8Array[] {
  return members
    .filter((member) => !equalBytes(member, target))
    .map((member) => ({ member, rank: toHex(sha256(concatBytes(target, member))) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, RANKED_MAX)
    .map(({ member }) => member)
}
