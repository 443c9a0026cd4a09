// The account of a command on the chain: the endpoints it asks, the key that pays, and which flags say where to look.

import type { Command } from 'commander'
import { createOutbox } from '../chain/outbox.ts'
import type { Outbox } from '../chain/outbox.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { createVolatilePending } from '../chain/pending.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import { silentLog, systemClock } from '../system.ts'
import { readKeyFile } from './key-file.ts'
import { addKnobs } from './knobs.ts'

const RPC_TIMEOUT_MS = 10_000
const SENDING = { confirmations: 1, pollMs: 500, replaceAfterMs: 60_000 }
/** Knobs of every command that has an account. */
const ACCOUNT = ['rpcUrls', 'feeCeiling', 'gasCeiling'] as const

type KnobName = keyof typeof SIDECAR_KNOBS

export interface Account {
  readonly provider: Provider
  readonly outbox: Outbox
}

/** Flags for the data directory and for the knobs that say where on the chain something is. */
export function addPlaceFlags(command: Command, names: readonly KnobName[]): Command {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, Object.fromEntries(names.map((name) => [name, SIDECAR_KNOBS[name]])))
  return command
}

/** Of all flags given, those that say where to look. */
export const placeOf = (flags: RawFlags, names: readonly KnobName[]): RawFlags =>
  Object.fromEntries(['dataDir', ...names].flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])))

/** Runs `use` with an account on the chain; `keyFile` undefined: only looks. Faults: `config-…`, `owner-key-…`, the chain's. */
export async function onChain<T>(
  flags: RawFlags,
  keyFile: string | undefined,
  use: (account: Account) => Promise<T>,
): Promise<T> {
  const { rpcUrls, feeCeiling, gasCeiling } = loadKnobs(ACCOUNT, placeOf(flags, ACCOUNT))
  const senderKey = keyFile === undefined ? undefined : readKeyFile(keyFile, '--key-file')
  const provider = await connectRpc({ urls: rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  const deps = { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog }
  const outbox = senderKey
    ? createOutbox({ ...SENDING, feeCeiling, gasCeiling: BigInt(gasCeiling), senderKey }, deps)
    : noOutbox
  await outbox.start()
  try {
    return await use({ provider, outbox })
  } finally {
    await outbox.stop()
    provider.destroy()
  }
}
