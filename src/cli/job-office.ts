// What all `stkr job` commands share: finding the market, the account that pays.

import type { Command } from 'commander'
import { loadKnobs } from '../config/load.ts'
import type { RawFlags } from '../config/resolve.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { openJobOffice } from '../job-report.ts'
import type { JobOffice } from '../job-report.ts'
import { addPlaceFlags, onChain, placeOf } from './account.ts'
import type { Account } from './account.ts'
import { addSendFlags } from './sending.ts'

export interface OfficeFlags extends RawFlags {
  readonly json?: boolean
  readonly keyFile?: string
  readonly yes?: boolean
}

const PLACE = ['rpcUrls', 'marketplace'] as const

/** Flags that say where the market is. */
export const addMarketFlags = (command: Command): Command => addPlaceFlags(command, PLACE)

/** Flags of commands that pay. */
export const addSenderFlags = (command: Command): Command => addSendFlags(addMarketFlags(command))

/** Runs `use` with the market's address and an account. Fault `usage` without an address. */
export async function withAccount<T>(
  flags: RawFlags,
  keyFile: string | undefined,
  use: (marketplace: Hex, account: Account) => Promise<T>,
): Promise<T> {
  const { marketplace: address } = loadKnobs(PLACE, placeOf(flags, PLACE))
  if (address === undefined) throw new Fault('usage', 'which market? give --marketplace, or set it in config.yaml')
  return onChain(flags, keyFile, (account) => use(address, account))
}

/** The same with the market's office. */
export const withOffice = <T>(
  flags: RawFlags,
  keyFile: string | undefined,
  use: (office: JobOffice) => Promise<T>,
): Promise<T> => withAccount(flags, keyFile, async (address, account) => use(await openJobOffice(address, account)))
