// An outbox that sends nothing: it says what would be sent, with the gas and the fee of the moment, and then waits until
// somebody else has done it. It holds no key, so there is nothing that it could send.

import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { estimateGas } from './execution.ts'
import { quoteFees } from './fees.ts'
import type { Intent, Outbox, OutboxOptions } from './outbox.ts'
import type { Provider } from './rpc.ts'

/** A transaction that a dry run kept to itself. */
export interface WouldSend {
  readonly name: string
  readonly to: Hex | undefined
  /** Gas limit it would have. */
  readonly gas: bigint
  /** Wei per gas that it would offer at most, and what it would then cost at most, value included. */
  readonly maxFee: bigint
  readonly cost: bigint
}

export interface RehearsalOptions extends Pick<OutboxOptions, 'pollMs' | 'feeCeiling' | 'gasCeiling'> {
  /** Whose transactions they would be. */
  readonly sender: Hex
}

export interface RehearsalDeps {
  readonly provider: Provider
  readonly clock: Clock
  onWouldSend(would: WouldSend): void
}

/** `submit` never resolves: Faults `tx-given-up` (somebody else did it), `outbox-stopped`, those of an estimate. */
export function createRehearsalOutbox(options: RehearsalOptions, deps: RehearsalDeps): Outbox {
  const { sender, pollMs, feeCeiling, gasCeiling } = options
  const { provider, clock } = deps
  const waiting = new Map<string, (fault: Fault) => void>()
  /** What was told: an intent that comes again is told once. */
  const told = new Set<string>()
  let stopped = false

  async function tell({ key, to, data, value = 0n }: Intent): Promise<void> {
    const gas = await estimateGas(provider, sender, { key, ...(to && { to }), data, value }, gasCeiling)
    const { max } = await quoteFees(provider, feeCeiling)
    if (told.has(key)) return
    told.add(key)
    deps.onWouldSend({ name: key, to, gas, maxFee: max, cost: gas * max + value })
  }

  const end = (key: string, code: 'tx-given-up' | 'outbox-stopped', why: string): Fault =>
    new Fault(code, `${key} is not sent in a dry run: ${why}`, { data: { intent: key, why } })

  /** Looks until it is pointless: then it was done by those who do it in earnest. */
  async function waitOut({ key, obsolete }: Intent): Promise<never> {
    for (;;) {
      const why = await obsolete?.().catch(() => undefined)
      if (why !== undefined) throw end(key, 'tx-given-up', why)
      if (stopped) throw end(key, 'outbox-stopped', 'it ends')
      await new Promise<void>((resolve, reject) => {
        const cancel = clock.at(clock.now() + pollMs, resolve)
        waiting.set(key, (fault) => {
          cancel()
          reject(fault)
        })
      })
      waiting.delete(key)
    }
  }

  return {
    sender,
    start: async () => undefined,
    submit: async (intent) => {
      if (stopped) throw end(intent.key, 'outbox-stopped', 'it ends')
      await tell(intent)
      return waitOut(intent)
    },
    unfinished: () => [],
    transactions: () => [],
    stop: async () => {
      stopped = true
      for (const [key, fail] of waiting) fail(end(key, 'outbox-stopped', 'it ends'))
    },
  }
}
