// What the chain does with a transaction: how much gas it will want before it is sent, and, once mined, what that means
// for its intent, with the contract's own reason where it refused.

import type { TransactionReceipt } from 'ethers'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Attempt, Entry } from './outbox-entry.ts'
import { revertFault } from './reverts.ts'
import type { Provider } from './rpc.ts'

export type Outcome = { readonly receipt: TransactionReceipt } | { readonly fault: Fault }

export interface Mined {
  readonly receipt: TransactionReceipt
  readonly attempt: Attempt
}

/** Largest gas of one transaction (EIP-7825). */
export const GAS_CEILING = 16_777_216n

interface Purpose {
  readonly key: string
  readonly to?: Hex
  readonly data: Hex
  readonly value?: bigint
}

/** Gas limit for a transaction. Faults: `revert-…`, `chain-unfunded`, `chain-failed`, `tx-gas-ceiling`. */
export async function estimateGas(
  provider: Provider,
  from: Hex,
  { key, to, data, value = 0n }: Purpose,
  ceiling: bigint = GAS_CEILING,
): Promise<bigint> {
  let estimate: bigint
  try {
    estimate = await provider.estimateGas({ from, to: to ?? null, data, value })
  } catch (error) {
    throw revertFault(error, key)
  }
  if (estimate > ceiling)
    throw new Fault('tx-gas-ceiling', `${key} needs ${estimate} gas, a transaction may have ${ceiling}`)
  // State may change before it is mined; a quarter more covers a few more storage writes.
  const roomy = (estimate * 5n) / 4n
  return roomy < ceiling ? roomy : ceiling
}

/** The attempt that was mined, if any was. */
export async function findMined(provider: Provider, entry: Entry): Promise<Mined | undefined> {
  for (const attempt of entry.attempts.toReversed()) {
    const receipt = await provider.getTransactionReceipt(attempt.hash)
    if (receipt) return { receipt, attempt }
  }
  return undefined
}

/** What a mined attempt means for its intent. A refused one is called again at its block, to hear the reason. */
export async function judge(
  provider: Provider,
  from: Hex,
  key: string,
  entry: Entry,
  { receipt, attempt }: Mined,
): Promise<Outcome> {
  if (attempt.givenUp !== undefined) {
    const data = { intent: key, why: attempt.givenUp }
    return { fault: new Fault('tx-given-up', `${key} was given up before it was mined`, { data }) }
  }
  if (receipt.status === 1) return { receipt }
  try {
    const { to, data, value = 0n, gas } = entry
    await provider.call({ from, to: to ?? null, data, value, gasLimit: gas, blockTag: receipt.blockNumber })
  } catch (error) {
    const named = revertFault(error, key)
    // Nobody answered: the reason can still be heard at the next look.
    if (named === error) throw error
    if (named instanceof Fault && named.code.startsWith('revert-')) return { fault: named }
  }
  return { fault: new Fault('revert-unnamed', `${key} was mined and refused`, { data: { tx: receipt.hash } }) }
}
