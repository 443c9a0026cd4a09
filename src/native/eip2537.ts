// BLS12-381 points as the EVM's precompiles take them (EIP-2537): uncompressed, each field element padded to 64 bytes,
// the elements of the extension field with the real part first.
// Promises: only canonical points of the subgroup, infinity excluded, become encodings.
import blst from '@chainsafe/blst'
import { concatBytes } from '../core/bytes.ts'
import { reject } from '../core/errors.ts'

const FIELD_BYTES = 48
const PADDING = new Uint8Array(16)

/** blst writes the zcash form: x ‖ y, the imaginary part first. */
const encode = (uncompressed: Uint8Array, order: readonly number[]): Uint8Array =>
  concatBytes(
    ...order.flatMap((index) => [PADDING, uncompressed.subarray(index * FIELD_BYTES, (index + 1) * FIELD_BYTES)]),
  )

interface Point {
  readonly toBytes: (compress: boolean) => Uint8Array
}

const uncompress = (bytes: Uint8Array, size: number, parse: () => Point): Uint8Array => {
  try {
    if (bytes.length === size) return parse().toBytes(false)
  } catch {
    // Said below, once for every way to be no point.
  }
  throw reject('bls-point', 'bytes are not the compressed form of a subgroup point', { size, bytes: bytes.length })
}

/** 48 bytes compressed G1 → 128 bytes. @throws Fault reject `bls-point`. */
export const encodeG1 = (key: Uint8Array): Uint8Array =>
  encode(
    uncompress(key, FIELD_BYTES, () => blst.PublicKey.fromBytes(key, true)),
    [0, 1],
  )

/** 96 bytes compressed G2 → 256 bytes. @throws Fault reject `bls-point`. */
export const encodeG2 = (signature: Uint8Array): Uint8Array =>
  encode(
    uncompress(signature, 2 * FIELD_BYTES, () => blst.Signature.fromBytes(signature, true, true)),
    [1, 0, 3, 2],
  )
