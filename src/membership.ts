// Who belongs to the network now and next, as the chain tells it: whom a sidecar lets probe it and whom it looks for.

import { toHex } from './core/bytes.ts'
import { epochOf, periodOf } from './core/clock.ts'
import { codeOf } from './core/errors.ts'
import type { Ledger, Log } from './core/ports.ts'
import type { Hex, Member, Network } from './core/types.ts'

/** Who may probe us and whom we look for: members of the running epoch and, as soon as they are final, of the next. */
export function createMembership(ledger: Ledger, network: Network, log: Log) {
  const rosters = new Map<number, readonly Member[]>()
  const current = () => [...rosters.values()].flat()
  let keys = new Set<Hex>()

  async function load(epoch: number): Promise<void> {
    if (epoch < 0 || rosters.has(epoch)) return
    const { members } = await ledger.roster(epoch)
    rosters.set(epoch, members)
    for (const old of rosters.keys()) if (old < epoch - 1) rosters.delete(old)
    keys = new Set(current().map(({ peerKey }) => toHex(peerKey)))
  }

  return {
    isMember: (peerKey: Uint8Array): boolean => keys.has(toHex(peerKey)),
    members: (): readonly Uint8Array[] => current().map(({ peerKey }) => peerKey),
    idOf: (peerKey: Hex | undefined): number | undefined =>
      current().find((member) => toHex(member.peerKey) === peerKey)?.id,
    async follow(round: number): Promise<void> {
      const epoch = epochOf(network.schedule, Math.max(0, periodOf(network.schedule, round)))
      try {
        await load(epoch)
        await load(epoch + 1)
      } catch (error) {
        log.debug('a roster is not readable yet', { epoch, code: codeOf(error) })
      }
    },
  }
}
