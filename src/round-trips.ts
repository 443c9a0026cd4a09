// What shows that the outside of one sidecar works, wired: a real question to the chain, a real write to the store, a real
// question to the workload. Whoever watches decides when; nothing in the sidecar waits for them.

import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Provider } from './chain/rpc.ts'
import type { Workload } from './core/ports.ts'
import type { Hex, WorkloadStatus } from './core/types.ts'
import type { Store } from './store/open.ts'

export interface RoundTrips {
  /** Balance of the signer, wei, and newest block. Fault `rpc-unreachable`. */
  chain(): Promise<{ readonly balance: bigint; readonly block: number }>
  /** Resolves when a write is on disk: bytes of store and peer store, bytes free on their disk. */
  store(): Promise<{ readonly bytes: number; readonly freeBytes: number }>
  /** Faults: `workload-…`. */
  workload(signal: AbortSignal): Promise<WorkloadStatus>
}

export interface RoundTripDeps {
  readonly provider: Provider
  readonly signer: Hex
  readonly store: Pick<Store, 'flush'>
  readonly workload: Workload
  /** Data directory. */
  readonly folder: string
}

const DATABASES = ['store', 'peers']

async function sizeOf(folder: string): Promise<number> {
  try {
    const names = await readdir(folder)
    // A database removes files while it is looked at.
    const sizes = names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  } catch {
    return 0
  }
}

export const createRoundTrips = ({ provider, signer, store, workload, folder }: RoundTripDeps): RoundTrips => ({
  async chain() {
    const [balance, block] = await Promise.all([provider.getBalance(signer), provider.getBlockNumber()])
    return { balance, block }
  },
  async store() {
    await store.flush()
    const sizes = await Promise.all(DATABASES.map((name) => sizeOf(join(folder, name))))
    const { bavail, bsize } = await statfs(folder)
    return { bytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: bavail * bsize }
  },
  workload: (signal) => workload.status(signal),
})
