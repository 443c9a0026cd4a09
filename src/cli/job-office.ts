// What all `stkr job` commands share: finding the market, the account that pays.

import type { Command } from 'commander'
import { createOutbox } from '../chain/outbox.ts'
import type { Outbox } from '../chain/outbox.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { createVolatilePending } from '../chain/pending.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { RawFlags } from '../config/resolve.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { openJobOffice } from '../job-report.ts'
import type { JobOffice } from '../job-report.ts'
import { silentLog, systemClock } from '../system.ts'
import { readKeyFile } from './key-file.ts'
import { addKnobs } from './knobs.ts'
import { addSendFlags } from './sending.ts'

const RPC_TIMEOUT_MS = 10_000
/** 500 gwei, as for sidecars. */
const FEE_CEILING = 500_000_000_000n
const SENDING = { confirmations: 1, pollMs: 500, replaceAfterMs: 60_000, feeCeiling: FEE_CEILING }

export interface OfficeFlags extends RawFlags {
  readonly json?: boolean
  readonly keyFile?: string
  readonly yes?: boolean
}

const { rpcUrls, marketplace } = SIDECAR_KNOBS

/** Flags that say where the market is. */
export function addMarketFlags(command: Command): Command {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, { rpcUrls, marketplace })
  return command
}

/** Flags of commands that pay. */
export const addSenderFlags = (command: Command): Command => addSendFlags(addMarketFlags(command))

/** What is needed of the flags to find the market. */
const whereOf = ({ rpcUrls: urls, marketplace: address, dataDir }: RawFlags): RawFlags => ({
  ...(urls !== undefined && { rpcUrls: urls }),
  ...(address !== undefined && { marketplace: address }),
  ...(dataDir !== undefined && { dataDir }),
})

export interface Account {
  readonly provider: Provider
  readonly outbox: Outbox
}

/** Runs `use` with an account on the chain; `keyFile` undefined: only looks. Faults: `owner-key-…`, the chain's. */
export async function onChain<T>(
  rpcUrls: readonly string[],
  keyFile: string | undefined,
  use: (account: Account) => Promise<T>,
): Promise<T> {
  const senderKey = keyFile === undefined ? undefined : readKeyFile(keyFile, '--key-file')
  const provider = await connectRpc({ urls: rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  const deps = { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog }
  const outbox = senderKey ? createOutbox({ ...SENDING, senderKey }, deps) : noOutbox
  await outbox.start()
  try {
    return await use({ provider, outbox })
  } finally {
    await outbox.stop()
    provider.destroy()
  }
}

/** The same with the market's address. Fault `usage` without one. */
export async function withAccount<T>(
  flags: RawFlags,
  keyFile: string | undefined,
  use: (marketplace: Hex, account: Account) => Promise<T>,
): Promise<T> {
  const found = loadKnobs(['rpcUrls', 'marketplace'], whereOf(flags))
  const { marketplace: address } = found
  if (address === undefined) throw new Fault('usage', 'which market? give --marketplace, or set it in config.yaml')
  return onChain(found.rpcUrls, keyFile, (account) => use(address, account))
}

/** The same with the market's office. */
export const withOffice = <T>(
  flags: RawFlags,
  keyFile: string | undefined,
  use: (office: JobOffice) => Promise<T>,
): Promise<T> => withAccount(flags, keyFile, async (address, account) => use(await openJobOffice(address, account)))
