// Failed calls in the contracts' own words: the custom error's name becomes the Fault's code (PeriodNotAfterLast →
// `revert-period-not-after-last`) and its arguments the Fault's data. Errors bubble up through several contracts, so
// those of all are searched (REFUSING in scripts/compile.ts).

import { Interface, isCallException, isError } from 'ethers'
import { Fault } from '../core/errors.ts'
import type { FaultData } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { ErrorsAbi } from './abi/errors.ts'

let errors: Interface | undefined

/** PeriodNotAfterLast → revert-period-not-after-last, ERC20InvalidSender → revert-erc20-invalid-sender. */
export const revertCode = (name: string): string =>
  `revert-${name.replaceAll(/([a-z\d])([A-Z])/g, '$1-$2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')}`.toLowerCase()

const REVERTED = 'revert-unnamed'

/** What revert data say, as code and data. */
export function decodeRevert(data: string | null | undefined): { readonly code: string; readonly data: FaultData } {
  if (!data || data === '0x') return { code: REVERTED, data: {} }
  errors ??= new Interface(ErrorsAbi)
  const error = errors.parseError(data)
  if (!error) return { code: REVERTED, data: { selector: data.slice(0, 10) } }
  const args = error.fragment.inputs.map((input, i) => [input.name, String(error.args[i])])
  return { code: revertCode(error.name), data: Object.fromEntries(args) as FaultData }
}

/**
 * What `eth_call` or `eth_estimateGas` threw → a Fault: `revert-…` (verdict reject: asked again now, it says the same),
 * `chain-unfunded`, or `chain-failed`. Faults of the transport pass unchanged.
 */
export function revertFault(error: unknown, action: string): unknown {
  if (error instanceof Fault) return error
  if (isCallException(error)) {
    const { code, data } = decodeRevert(error.data)
    return new Fault(code, `${action} is refused by the contract`, {
      verdict: 'reject',
      data: { action, ...data },
      cause: error,
    })
  }
  if (isError(error, 'INSUFFICIENT_FUNDS'))
    return new Fault('chain-unfunded', `${action}: the sender has not enough ETH for gas`, {
      data: { action },
      cause: error,
    })
  return new Fault('chain-failed', `${action}: the RPC endpoint refused the request`, {
    data: { action },
    cause: error,
  })
}

export const noContract = (address: Hex, action: string, cause: unknown): Fault =>
  new Fault('contract-missing', `${address} does not answer ${action}: is it the right address on the right chain?`, {
    data: { address, action },
    cause,
  })
