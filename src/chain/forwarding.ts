// What completed jobs brought the two pools waits in Projects until somebody sends it on, a pool at a time.

import type { Call } from './contracts.ts'
import type { Economy } from './economy.ts'
import { isSome } from './yield.ts'

/** The transactions that send what waits now, each with its name; none when nothing does. */
export async function forwardingOf(
  economy: Pick<Economy, 'projects' | 'rewardPool' | 'insurancePool'>,
): Promise<readonly { readonly name: string; readonly call: Call }[]> {
  const { projects, rewardPool, insurancePool } = economy
  const pools = [
    ['forward to the Reward Pool', rewardPool.address],
    ['forward to the Insurance Pool', insurancePool.address],
  ] as const
  const waiting = await Promise.all(pools.map(([, pool]) => projects.read('owedTo', [pool])))
  return pools.flatMap(([name, pool], i) => {
    const owed = waiting[i]
    return owed !== undefined && isSome(owed) ? [{ name, call: projects.call('forward', [pool]) }] : []
  })
}
