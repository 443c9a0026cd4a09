// What a transaction offers for its gas (EIP-1559), and by how much a replacement must outbid it. Never above the
// operator's ceiling: a transaction that would cost more waits for better times.

import type { Provider } from './rpc.ts'

/** Wei per gas. */
export interface Fees {
  readonly max: bigint
  readonly tip: bigint
}

/** Tip where an endpoint does not suggest one. */
const TIP_DEFAULT = 1_000_000_000n

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

const capped = (fees: Fees, ceiling: bigint): Fees => {
  const max = smaller(fees.max, ceiling)
  return { max, tip: smaller(fees.tip, max) }
}

/** What the market asks now: twice the base fee and the suggested tip, so that six full blocks do not price us out. */
export async function quoteFees(provider: Provider, ceiling: bigint): Promise<Fees> {
  const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await provider.getFeeData()
  const tip = maxPriorityFeePerGas ?? TIP_DEFAULT
  return capped({ max: larger(maxFeePerGas ?? gasPrice ?? tip, tip), tip }, ceiling)
}

/** Nodes accept a replacement that raises both fees by 10 %; some ask for 12.5 %. Rounded up. */
const raised = (fee: bigint): bigint => (fee * 9n) / 8n + 1n

/** Fees that replace `previous`, at least what the market asks; undefined when the ceiling does not allow it. */
export function outbid(previous: Fees, market: Fees, ceiling: bigint): Fees | undefined {
  if (raised(previous.max) > ceiling) return undefined
  const max = smaller(larger(raised(previous.max), market.max), ceiling)
  const tip = larger(raised(previous.tip), market.tip)
  return tip > max ? { max, tip: max } : { max, tip }
}
