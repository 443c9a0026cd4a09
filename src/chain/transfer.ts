// Ether from one account to another, so that a sidecar's signer can pay for its transactions. Tops up to an amount: to
// repeat it costs nothing.

import { Wallet } from 'ethers'
import { toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Provider } from './rpc.ts'

/**
 * Sends what `account` lacks of `amount` (wei) and waits for it; the wei that were sent.
 * Faults: `transfer-failed` with the chain's reason, those of the endpoint.
 */
export async function topUp(provider: Provider, senderKey: Uint8Array, account: Hex, amount: bigint): Promise<bigint> {
  const missing = amount - (await provider.getBalance(account))
  if (missing <= 0n) return 0n
  try {
    const sent = await new Wallet(toHex(senderKey), provider).sendTransaction({ to: account, value: missing })
    await sent.wait()
    return missing
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const reason = cause instanceof Error && 'shortMessage' in cause ? String(cause.shortMessage) : 'unknown'
    throw new Fault('transfer-failed', `ether could not be sent to ${account}: ${reason}`, { cause })
  }
}
