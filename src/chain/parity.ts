// The one byte of a signature that our records leave out: contracts need it to recover the signer, and whoever shows them
// a record finds it by trying.

import { Signature, recoverAddress } from 'ethers'
import { toHex } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'

/** v, 27 or 28, of r ‖ s by `signer` over a 32-byte digest. Fault `signer-mismatch` when neither fits. */
export function parityOf(digest: Uint8Array, signature: Uint8Array, signer: Hex): 27 | 28 {
  const [r, s] = [toHex(signature.subarray(0, 32)), toHex(signature.subarray(32))]
  for (const v of [27, 28] as const)
    if (recoverAddress(toHex(digest), Signature.from({ r, s, v })).toLowerCase() === signer) return v
  throw reject('signer-mismatch', 'the signature is not by the key it should be by', { signer })
}
