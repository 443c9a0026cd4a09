// A sidecar's host that only answers questions about evidence: what strangers ask, without a sidecar behind it.
import { createHost } from '../../src/p2p/host.ts'
import type { Host, HostDeps } from '../../src/p2p/options.ts'
import { networkName } from '../../src/p2p/wire.ts'
import { silentLog, systemRandom } from '../../src/system.ts'
import type { Network } from '../../src/core/types.ts'

const nothing = async (): Promise<undefined> => undefined

/** Listens on `listen` once started; has what `library` names and nothing else. */
export const createLibraryHost = (
  { chainId, sidecars }: Pick<Network, 'chainId' | 'sidecars'>,
  listen: string,
  library: Partial<HostDeps['library']>,
): Promise<Host> =>
  createHost(
    {
      network: networkName(chainId, sidecars),
      secretKey: systemRandom(32),
      listen: [listen],
      bootstrap: [],
      local: true,
      reachable: true,
      mdns: false,
    },
    {
      log: silentLog,
      random: systemRandom,
      onRecord: async () => ({ verdict: 'accept' }),
      onBeacon: async () => ({ verdict: 'accept' }),
      isMember: () => false,
      members: () => [],
      onProbe: async () => Promise.reject(new Error('nobody probes')),
      library: {
        record: nothing,
        bundle: nothing,
        jobBundle: nothing,
        answers: async () => [],
        summary: nothing,
        ...library,
      },
    },
  )
