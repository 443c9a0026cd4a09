// What `stkr gov`, `stkr stake` and `stkr rewards` share: finding the economy's contracts, the account that pays.

import type { Command } from 'commander'
import { findEconomy, governmentOf } from '../chain/economy.ts'
import type { Economy } from '../chain/economy.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { addPlaceFlags, onChain, placeOf } from './account.ts'
import type { Account } from './account.ts'
import type { PayFlags } from './sending.ts'

export const ECONOMY_PLACE = ['rpcUrls', 'government', 'marketplace', 'custody'] as const

/** Flags that say where the economy is. */
export const addEconomyFlags = (command: Command): Command => addPlaceFlags(command, ECONOMY_PLACE)

/**
 * Runs `use` with all contracts, the account of `--key-file` (zero without one), and the chain's own time in Unix seconds:
 * contracts go by it. Fault `usage` without an address.
 */
export async function withEconomy<T>(
  flags: PayFlags,
  use: (economy: Economy, account: Account, now: number) => Promise<T>,
): Promise<T> {
  const { government, marketplace, custody } = loadKnobs(ECONOMY_PLACE, placeOf(flags, ECONOMY_PLACE))
  if (government === undefined && marketplace === undefined)
    throw new Fault('usage', 'which network? give --government (or --marketplace), or set it in config.yaml')
  return onChain(flags, flags.keyFile, async (account) => {
    const { provider } = account
    const address = government ?? (await governmentOf(provider, marketplace as Hex))
    const [economy, head] = await Promise.all([findEconomy(provider, address, custody), provider.getBlock('latest')])
    return use(economy, account, head?.timestamp ?? 0)
  })
}
