// Asking sidecars as a stranger: a host with a fresh identity that listens nowhere, takes part in nothing and is gone when
// the question is answered. For commands that verify what sidecars keep.

import { Fault } from './core/errors.ts'
import type { Network } from './core/types.ts'
import type { Host } from './p2p/options.ts'
import { silentLog, systemRandom } from './system.ts'

const refuse = async (): Promise<never> => Promise.reject(new Fault('not-a-sidecar', 'this peer only verifies'))
const nothing = async (): Promise<undefined> => undefined

type Where = Pick<Network, 'chainId' | 'sidecars'>

async function createStranger({ chainId, sidecars }: Where, peers: readonly string[]): Promise<Host> {
  // Loaded when needed: a check from a file asks nobody.
  const [{ createHost }, { networkName }] = await Promise.all([import('./p2p/host.ts'), import('./p2p/wire.ts')])
  return createHost(
    {
      network: networkName(chainId, sidecars),
      secretKey: systemRandom(32),
      listen: [],
      // Also says which transports are needed: a peer may be reachable over WebSocket alone.
      bootstrap: peers,
      local: true,
      reachable: false,
      mdns: false,
    },
    {
      log: silentLog,
      random: systemRandom,
      onRecord: async () => ({ verdict: 'ignore', code: 'not-a-sidecar' }),
      onBeacon: async () => ({ verdict: 'ignore', code: 'not-a-sidecar' }),
      isMember: () => false,
      members: () => [],
      onProbe: refuse,
      library: { record: nothing, bundle: nothing, jobBundle: nothing, answers: async () => [], summary: nothing },
    },
  )
}

/** Runs `use` with a host connected to at least one of `peers`. Fault `peer-unreachable`. */
export async function withStranger<T>(
  network: Where,
  peers: readonly string[],
  signal: AbortSignal,
  use: (host: Host) => Promise<T>,
): Promise<T> {
  const host = await createStranger(network, peers)
  try {
    await host.start()
    const dialled = await Promise.allSettled(peers.map((peer) => host.connect(peer, signal)))
    if (dialled.every(({ status }) => status === 'rejected'))
      throw new Fault('peer-unreachable', `none of ${peers.length} peers could be dialled: check --peer`)
    return await use(host)
  } finally {
    await host.stop()
  }
}
