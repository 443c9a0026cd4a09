// Writes test/vectors/frost.json: what forge's cross-check replays against contracts/lib/Frost.sol, signed by threshold groups
// of noble's FROST(secp256k1, SHA-256), and what noble refuses. Promises the same bytes on every run; a changed vector is a
// changed protocol. `--check` writes nothing and fails if the file is stale.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secp256k1, secp256k1_FROST } from '@noble/curves/secp256k1.js'
import { concat, dataSlice, getBytes, hexlify, id, sha256, toBeHex } from 'ethers'
import { groupFrom, signWith } from '../test/support/frost-group.ts'

const FILE = join(import.meta.dirname, '../test/vectors/frost.json')
const N = secp256k1.Point.Fn.ORDER

/** t of n, which members sign. */
const GROUPS: readonly (readonly [min: number, max: number, signers: readonly number[]])[] = [
  [2, 3, [1, 3]],
  [2, 3, [1, 2, 3]],
  [3, 5, [5, 1, 3]],
  [7, 11, [1, 2, 4, 6, 8, 10, 11]],
]

interface Signed {
  readonly key: string
  readonly message: string
  readonly signature: string
}

const signedBy = (min: number, max: number, signers: readonly number[], what: string): Signed => {
  const group = groupFrom({ min, max }, `stkr.vector.frost.${min}.${max}`)
  const message = id(`stkr.vector.frost.${what}`)
  const signature = signWith(group, getBytes(message), { signers, seed: what })
  return { key: hexlify(group.key), message, signature: hexlify(signature) }
}

function refusals({ key, message, signature }: Signed) {
  const [r, z] = [dataSlice(signature, 0, 33), BigInt(dataSlice(signature, 33))]
  const flipped = (point: string): string => concat([point.startsWith('0x02') ? '0x03' : '0x02', dataSlice(point, 1)])
  const other = (why: string, change: Partial<Signed>) => ({ why, key, message, signature, ...change })
  const scalar = (value: bigint): string => concat([r, toBeHex(value, 32)])
  return [
    other('another message', { message: sha256(message) }),
    other('the negative key', { key: flipped(key) }),
    other('the negative R', { signature: concat([flipped(r), toBeHex(z, 32)]) }),
    other('the negative z', { signature: scalar(N - z) }),
    other('z of another signature', { signature: scalar((z + 1n) % N) }),
    other('z is n', { signature: scalar(N) }),
    other('z above n', { signature: scalar(2n ** 256n - 1n) }),
    other('R is on no point', { signature: concat(['0x02', toBeHex(5n, 32), toBeHex(z, 32)]) }),
    other('the key is on no point', { key: concat(['0x02', toBeHex(5n, 32)]) }),
    other('R and z change places', { signature: concat([dataSlice(signature, 32), dataSlice(signature, 0, 32)]) }),
    other('the key signs for R', { key: r, signature: concat([key, toBeHex(z, 32)]) }),
  ]
}

const isSigned = ({ key, message, signature }: Signed): boolean => {
  try {
    return secp256k1_FROST.verify(getBytes(signature), getBytes(message), getBytes(key))
  } catch {
    return false
  }
}

function vectors() {
  const signatures = GROUPS.flatMap(([min, max, signers], i) =>
    ['a', 'b', 'c'].map((name) => signedBy(min, max, signers, `${name}${i}`)),
  )
  const refused = signatures.slice(0, 1).flatMap(refusals)
  if (!signatures.every(isSigned) || refused.some(isSigned)) throw new Error('bug: noble thinks otherwise')
  return { signatures, refused }
}

const text = `${JSON.stringify(vectors(), null, 1)}\n`
const current = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
if (process.argv.includes('--check')) {
  if (text !== current) throw new Error('test/vectors/frost.json is stale: run scripts/vectors-frost.ts')
} else {
  writeFileSync(FILE, text)
}
