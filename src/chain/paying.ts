// Steps that a contract pulls ANKR for: the approval as far as it is missing, then the call.

import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { TestAnkrAbi } from './abi/TestAnkr.ts'
import type { Contract } from './contracts.ts'
import { laterStep } from './steps.ts'
import type { Planner, Step } from './steps.ts'

export interface Payment {
  readonly name: string
  /** Pulls `amount` base units from the sender into `to`. */
  readonly call: Step['call'] & { readonly to: Hex }
  readonly amount: bigint
}

export type PlanPayment = (payment: Payment) => Promise<readonly Step[]>

/** Fault `token-short` when the sender has less. */
export const createPaymentPlan =
  (planner: Planner, token: Contract<typeof TestAnkrAbi>, sender: Hex): PlanPayment =>
  async ({ name, call, amount }) => {
    const balance = await token.read('balanceOf', [sender])
    if (balance < amount)
      throw reject('token-short', `${name} takes ${amount} base units of ANKR, the account has ${balance}`, {
        amount,
        balance,
      })
    if ((await token.read('allowance', [sender, call.to])) >= amount) return [await planner.plan(name, call)]
    const approve = await planner.plan('approve', token.call('approve', [call.to, amount]))
    return [approve, laterStep(name, call)]
  }
