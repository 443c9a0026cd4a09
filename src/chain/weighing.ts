// What collateral weighs in the Reward Pool, after a part of it was taken: penalties leave the weight to a call of its own, which
// anybody may make, and which whoever took the collateral makes right behind.

import { DividendsAbi } from './abi/Dividends.ts'
import type { ProvidersAbi } from './abi/Providers.ts'
import { bindContract } from './contracts.ts'
import type { Contract } from './contracts.ts'
import type { Provider } from './rpc.ts'
import { laterStep } from './steps.ts'
import type { Step } from './steps.ts'

/** Behind a penalty of a provider; nothing if it has no weight. */
export async function weighingOf(
  id: number,
  providers: Contract<typeof ProvidersAbi>,
  provider: Provider,
): Promise<readonly Step[]> {
  const dividends = bindContract(DividendsAbi, await providers.read('dividends', []), provider)
  const weight = await dividends.read('weightOf', [id])
  return weight === 0n ? [] : [laterStep('weigh', dividends.call('synchronise', [id]))]
}
