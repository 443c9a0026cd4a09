// Can the account still pay? Its balance against what the next postings cost at the fee of the moment, looked at now and
// then while a sidecar runs, so that an operator hears of it before a posting fails. It warns when that changes and sends
// nothing.

import { codeOf } from '../core/errors.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { Hex } from '../core/types.ts'
import { quoteFees } from './fees.ts'
import type { Provider } from './rpc.ts'

/** Posting a period, from test/contracts/gas.json. */
export const POSTING_GAS = 249_217n
/** Postings it should be able to pay for; with fewer than the last it hardly posts. */
export const POSTINGS_LOW = 20
export const POSTINGS_OUT = 2
/** What is said to be enough where gas costs nothing. */
const POSTINGS_MOST = 1_000_000n
/** It has recovered with so much more, or a fee that breathes would warn again and again. */
const RECOVERED = 1.25

export type GasCode = 'gas-low' | 'gas-out'

export interface GasStatus {
  /** wei. */
  readonly balance: bigint
  /** Wei per gas that a transaction would offer at most now, and what a posting then costs at most. */
  readonly maxFee: bigint
  readonly postingCost: bigint
  /** Postings the balance is enough for. */
  readonly postingsLeft: number
  readonly code: GasCode | undefined
}

export interface GasWatchOptions {
  readonly account: Hex
  readonly everyMs: number
  readonly feeCeiling: bigint
}

export interface GasWatchDeps {
  readonly provider: Provider
  readonly clock: Clock
  readonly log: Log
}

export interface GasWatch {
  start(): void
  /** Undefined before the first answer of the chain. */
  status(): GasStatus | undefined
  stop(): Promise<void>
}

/** `before`: what was thought of it at the last look. */
export function judgeGas(balance: bigint, maxFee: bigint, before: GasCode | undefined): GasStatus {
  const postingCost = POSTING_GAS * maxFee
  const enough = postingCost === 0n ? POSTINGS_MOST : balance / postingCost
  const postingsLeft = Number(enough > POSTINGS_MOST ? POSTINGS_MOST : enough)
  const below = (limit: number, was: boolean): boolean => postingsLeft < (was ? limit * RECOVERED : limit)
  const code = below(POSTINGS_OUT, before === 'gas-out')
    ? 'gas-out'
    : below(POSTINGS_LOW, before !== undefined)
      ? 'gas-low'
      : undefined
  return { balance, maxFee, postingCost, postingsLeft, code }
}

export function createGasWatch({ account, everyMs, feeCeiling }: GasWatchOptions, deps: GasWatchDeps): GasWatch {
  const { provider, clock, log } = deps
  let status: GasStatus | undefined
  let looking: Promise<void> = Promise.resolve()
  let cancel: () => void = () => undefined
  let stopped = false

  async function look(): Promise<void> {
    const [balance, fees] = await Promise.all([provider.getBalance(account), quoteFees(provider, feeCeiling)])
    const before = status?.code
    status = judgeGas(balance, fees.max, before)
    const { code, postingsLeft } = status
    if (code === before) return
    if (code !== undefined) log.warn('the signer can pay for few postings', { code, account, postingsLeft, balance })
    else log.info('the signer can pay for its postings again', { account, postingsLeft, balance })
  }

  function beat(): void {
    looking = look()
      .catch((error: unknown) => {
        log.debug('the balance of the signer could not be looked up', { code: codeOf(error) })
      })
      .then(() => {
        if (!stopped) cancel = clock.at(clock.now() + everyMs, beat)
      })
  }

  return {
    start: beat,
    status: () => status,
    stop: async () => {
      stopped = true
      cancel()
      await looking
    },
  }
}
