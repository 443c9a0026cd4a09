// Handing signed bytes to the chain, and what its answer means. Endpoints word the same thing differently and a request
// may have worked although its answer was lost: anything that can mean "I have it" counts as sent, and whoever waits for
// the receipt finds out.

import { isError } from 'ethers'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Provider } from './rpc.ts'

export type Sending =
  | { readonly type: 'sent' }
  /** Nobody answered, not everybody did, or gas costs more than we offer at the moment: try again later. */
  | { readonly type: 'unheard'; readonly fault: Fault }
  /** The chain will not take it. */
  | { readonly type: 'refused'; readonly fault: Fault }

const KNOWN = /already (?:known|imported|in (?:the )?(?:mem)?pool)|known transaction/i

const PRICED_OUT = /less than block base fee|underpriced/i

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return ''
  const inner: unknown = 'error' in error ? error.error : undefined
  const said = typeof inner === 'object' && inner !== null && 'message' in inner ? String(inner.message) : ''
  return said || error.message
}

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

export async function broadcast(provider: Provider, raw: Hex): Promise<Sending> {
  const failures = sum(provider.failures())
  try {
    await provider.send('eth_sendRawTransaction', [raw])
    return { type: 'sent' }
  } catch (error) {
    if (error instanceof Fault) return { type: 'unheard', fault: error }
    // A used nonce means that one of our attempts was mined, or somebody else's: the receipt tells.
    if (isError(error, 'NONCE_EXPIRED') || isError(error, 'REPLACEMENT_UNDERPRICED') || KNOWN.test(messageOf(error)))
      return { type: 'sent' }
    if (PRICED_OUT.test(messageOf(error)))
      return { type: 'unheard', fault: new Fault('tx-priced-out', 'gas costs more than is offered', { cause: error }) }
    // One endpoint may have taken it without our hearing so, and the next one refused it.
    const certain = sum(provider.failures()) === failures
    const unfunded = isError(error, 'INSUFFICIENT_FUNDS')
    const code = unfunded ? 'chain-unfunded' : 'tx-refused'
    const why = unfunded ? 'the sender has not enough ETH for gas' : 'the chain refuses the transaction'
    const fault = new Fault(code, `${why}: ${messageOf(error).slice(0, 200)}`, { cause: error })
    return { type: certain ? 'refused' : 'unheard', fault }
  }
}
