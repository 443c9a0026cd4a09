// Points no honest party sends.
import { bls12_381 } from '@noble/curves/bls12-381.js'

const isSquare = (value: bigint): boolean => {
  const { Fp } = bls12_381.fields
  return Fp.eql(Fp.pow(value, (Fp.ORDER - 1n) / 2n), Fp.ONE)
}

/** A point of the curve that is not in the subgroup: the first x with a point, cofactor not cleared. Compressed. */
export const outsideG1 = (): Uint8Array => {
  const { Fp } = bls12_381.fields
  let x = 1n
  while (!isSquare(Fp.add(Fp.pow(x, 3n), 4n))) x++
  const bytes = Fp.toBytes(x)
  bytes[0] = 0x80
  return bytes
}
