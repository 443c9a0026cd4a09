// What a local network uses of its economy besides the audits and auctions themselves: stakes, votes and rewards (payday.ts)
// and threshold custody (custody.ts), side by side from the first period on chain until all jobs are over.

import type { DrandChain } from '../core/types.ts'
import { createCustody } from './custody.ts'
import type { CustodyReport } from './custody.ts'
import { createPayday } from './payday.ts'
import type { PaydayReport } from './payday.ts'
import type { Settlement } from './settlement.ts'

export interface EconomyReport extends PaydayReport {
  readonly custody: CustodyReport
}

export interface LocalEconomy {
  /** Begins once and returns at once; needs a period on chain. */
  start(): void
  /** The newest period the first measure knows; undefined before it. Faults of `start`. */
  begun(): Promise<number>
  /** Needs all jobs over and a later period on chain. Afterwards the chain's clock is days ahead. */
  end(): Promise<EconomyReport>
  /** Leaves nothing open. */
  stop(): Promise<void>
}

export interface EconomyOptions {
  /** Addresses of sidecars 1 …, each of the provider of its number. */
  readonly peers: readonly string[]
  readonly drand: Pick<DrandChain, 'hash'>
  readonly folder: string
  /** Nothing of it may take longer to answer. */
  readonly limitMs: number
}

export interface EconomyDeps {
  readonly settlement: Settlement
  readonly signal: AbortSignal
  readonly note: (text: string) => void
}

export async function createEconomy(options: EconomyOptions, deps: EconomyDeps): Promise<LocalEconomy> {
  const { peers, drand, folder, limitMs } = options
  const payday = await createPayday({ peers, drand }, deps)
  const custody = createCustody({ nodes: peers.length, folder, limitMs }, deps)
  return {
    start: () => {
      payday.start()
      custody.start()
    },
    begun: async () => {
      const [period] = await Promise.all([payday.begun(), custody.begun()])
      return period
    },
    end: async () => {
      const paid = await payday.end()
      // Two days have passed: the terms of what was delegated are over.
      return { ...paid, custody: await custody.end() }
    },
    stop: custody.stop,
  }
}
