// Transactions planned before they are sent: plain steps, each with its gas as far as the chain can say before the step
// in front of it is done, so that whoever pays can look first. Knows neither what steps mean nor who is asked.

import type { Hex } from '../core/types.ts'
import { estimateGas } from './execution.ts'
import type { Intent, Outbox } from './outbox.ts'
import type { Provider } from './rpc.ts'

export interface Step {
  readonly name: string
  /** Without `to` it creates a contract. */
  readonly call: Pick<Intent, 'to' | 'data' | 'value'>
  /** Undefined: cannot be known before an earlier step is done. */
  readonly gas: bigint | undefined
  /** Asked right before it is sent: true when it is not needed after all, as when somebody else was faster. */
  readonly isNeedless?: () => Promise<boolean>
}

export interface Sent {
  readonly name: string
  readonly tx: Hex
  readonly gasUsed: bigint
}

export interface Planner {
  /** A step that could be sent now. Fault `revert-…`: what stands against it. */
  plan(name: string, call: Step['call']): Promise<Step>
  /** Sends the steps in order, but those that are needless by then. Faults: `revert-…`, those of the outbox. */
  send(steps: readonly Step[]): Promise<readonly Sent[]>
}

export interface PlannerDeps {
  readonly provider: Provider
  /** Its sender pays; only looked at while planning. */
  readonly outbox: Pick<Outbox, 'sender' | 'submit'>
}

export const createPlanner = ({ provider, outbox }: PlannerDeps): Planner => ({
  plan: async (name, call) => ({ name, call, gas: await estimateGas(provider, outbox.sender, { key: name, ...call }) }),
  send: async (steps) => {
    const sent: Sent[] = []
    for (const { name, call, isNeedless } of steps) {
      if (await isNeedless?.()) continue
      const receipt = await outbox.submit({ key: name, ...call })
      sent.push({ name, tx: receipt.hash as Hex, gasUsed: receipt.gasUsed })
    }
    return sent
  },
})

/** A step behind others: what it costs depends on them. */
export const laterStep = (name: string, call: Step['call']): Step => ({ name, call, gas: undefined })
