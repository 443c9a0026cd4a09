// What `stkr export` and `stkr import` share: the keys by name, the network by its contracts, the store of a sidecar that
// does not run.

import { join } from 'node:path'
import type { Command } from 'commander'
import { findChainHash } from '../beacon/discover.ts'
import { createLedger } from '../chain/ledger.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { connectRpc } from '../chain/rpc.ts'
import { loadKnobs } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { Network } from '../core/types.ts'
import { readPublicKeys } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import type { PublicKeys } from '../keys/secrets.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/open.ts'
import { addKnobs } from './knobs.ts'

const RPC_TIMEOUT_MS = 10_000
const { keysFile, rpcUrls, ledger, drandRelays } = SIDECAR_KNOBS

export function addMovingFlags(command: Command): Command {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, { keysFile, rpcUrls, ledger, drandRelays })
  return command
}

/** Runs `work` with the store to itself. Faults: `store-locked` while the sidecar runs, those of config, keys and chain. */
export async function withStore<T>(
  flags: RawFlags,
  work: (parts: { readonly store: Store; readonly keys: PublicKeys; readonly network: Network }) => Promise<T>,
): Promise<T> {
  const config = loadKnobs(['keysFile', 'rpcUrls', 'ledger', 'drandRelays'], flags)
  checkFolder(config.dataDir)
  const keys = readPublicKeys(config.keysFile)
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  try {
    const drandHash = (chain: Parameters<typeof findChainHash>[0]) => findChainHash(chain, config.drandRelays)
    const opened = await createLedger(
      { ledger: config.ledger, confirmations: 1 },
      { provider, outbox: noOutbox, drandHash },
    )
    const network = await opened.network()
    const store = await openStore(join(config.dataDir, 'store'))
    try {
      return await work({ store, keys, network })
    } finally {
      await store.close()
    }
  } finally {
    provider.destroy()
  }
}
