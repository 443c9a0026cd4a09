// The start of a sidecar's micro-pool: once 32 ETH wait in it, anybody deposits them with Ethereum, and who would rather than the
// sidecar whose node they pay for.

import { ZeroAddress } from 'ethers'
import type { Posting } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { IMicroPoolAbi } from './abi/IMicroPool.ts'
import { MicroPoolsAbi } from './abi/MicroPools.ts'
import { bindContract } from './contracts.ts'
import type { MarketHandles } from './market-handles.ts'
import { POOL_STATES } from './micro-pools.ts'
import type { Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

const FILLED = POOL_STATES.indexOf('filled')

/** `Market.startPool`. */
export function createPoolStart(
  { nodes }: Pick<MarketHandles, 'nodes'>,
  provider: Provider,
  outbox: Pick<Outbox, 'submit'>,
): (sidecar: number) => Promise<Posting | undefined> {
  /** Installed once. */
  let factory: Hex | undefined

  async function newestOf(sidecar: number): Promise<Hex | undefined> {
    factory ??= await nodes.read('microPools', [])
    if (factory === ZeroAddress) return (factory = undefined)
    const pool = await bindContract(MicroPoolsAbi, factory, provider).read('poolOf', [sidecar])
    return pool === ZeroAddress ? undefined : pool
  }

  return async (sidecar) => {
    const address = await newestOf(sidecar)
    if (address === undefined) return undefined
    const pool = bindContract(IMicroPoolAbi, address, provider)
    const isWaiting = async (): Promise<boolean> => (await pool.read('pool', [])).state === FILLED
    if (!(await isWaiting())) return undefined
    const obsolete = async () => ((await isWaiting()) ? undefined : 'done-already')
    try {
      const receipt = await outbox.submit({ key: `start:${address}`, ...pool.call('start', []), obsolete })
      return { tx: receipt.hash as Hex, gasUsed: receipt.gasUsed, ours: true }
    } catch (error) {
      if (await isWaiting()) throw error
      return { tx: undefined, gasUsed: 0n, ours: false }
    }
  }
}
