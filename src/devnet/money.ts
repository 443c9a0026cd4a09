// The money of a local network: test tokens to whom needs them, ether for gas, a budget for bounties. All from one account
// and all at once: transactions of one sender keep their order by themselves.

import { TestAnkrAbi } from '../chain/abi/TestAnkr.ts'
import { AuditLedgerAbi } from '../chain/abi/AuditLedger.ts'
import { bindContract } from '../chain/contracts.ts'
import type { Deployed } from '../chain/deploy-options.ts'
import type { Outbox } from '../chain/outbox.ts'
import type { Provider } from '../chain/rpc.ts'
import type { Hex } from '../core/types.ts'

export interface Purse {
  readonly provider: Provider
  readonly outbox: Outbox
}

const GAS_MONEY: Hex = '0x8ac7230489e80000' // 10 ether in wei

/** ANKR base units to each account; the same account may be named twice. */
export async function mint(
  token: Hex,
  amounts: readonly (readonly [to: Hex, amount: bigint])[],
  { provider, outbox }: Purse,
): Promise<void> {
  const ankr = bindContract(TestAnkrAbi, token, provider)
  await Promise.all(
    amounts.map(([to, amount], i) => outbox.submit({ key: `mint:${i}:${to}`, ...ankr.call('mint', [to, amount]) })),
  )
}

export const giveGas = (provider: Provider, account: Hex): Promise<unknown> =>
  provider.send('anvil_setBalance', [account, GAS_MONEY])

/** The budget that bounties are paid from, out of the sender's tokens. */
export async function fundLedger(
  { token, ledger }: Pick<Deployed, 'token' | 'ledger'>,
  budget: bigint,
  { provider, outbox }: Purse,
): Promise<void> {
  const ankr = bindContract(TestAnkrAbi, token, provider)
  const approve = ankr.call('approve', [ledger, budget])
  const fund = bindContract(AuditLedgerAbi, ledger, provider).call('fund', [budget])
  await outbox.submit({ key: 'approve:budget', ...approve })
  await outbox.submit({ key: 'fund', ...fund })
}
