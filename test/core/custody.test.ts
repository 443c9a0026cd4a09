// Signatures of threshold groups: what noble's groups signed is taken, what is not theirs is not, whatever the bytes; digests
// are EIP-712's as ethers computes them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TypedDataEncoder } from 'ethers'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import { isGroupSigned, moveDigest, possessionDigest } from '../../src/core/custody.ts'
import type { Move } from '../../src/core/custody.ts'
import type { Hex } from '../../src/core/types.ts'
import { groupFrom, signWith } from '../support/frost-group.ts'

const test = suite('core/custody')

interface Signed {
  readonly key: Hex
  readonly message: Hex
  readonly signature: Hex
}
const file = readFileSync(join(import.meta.dirname, '../vectors/frost.json'), 'utf8')
const vectors = JSON.parse(file) as { signatures: Signed[]; refused: (Signed & { why: string })[] }
const isSigned = ({ key, message, signature }: Signed): boolean =>
  isGroupSigned(fromHex(key), fromHex(message), fromHex(signature))

test('the frozen signatures, as the contract takes and refuses them', () => {
  for (const signed of vectors.signatures) assert.ok(isSigned(signed), signed.signature)
  for (const refused of vectors.refused) assert.not(isSigned(refused), refused.why)
})

test('any t of the group sign what everybody takes; fewer cannot', () => {
  const group = groupFrom({ min: 3, max: 5 }, 'five')
  const message = new Uint8Array(32).fill(7)
  for (const signers of [
    [1, 2, 3],
    [5, 4, 2],
    [1, 2, 3, 4, 5],
  ])
    assert.ok(isGroupSigned(group.key, message, signWith(group, message, { signers })), signers.join())
  assert.throws(() => signWith(group, message, { signers: [1, 2] }))
})

test('any bytes are answered, and a changed byte with no', () => {
  const group = groupFrom({ min: 2, max: 2 }, 'two')
  const bytes = fc.uint8Array({ maxLength: 70 })
  fc.assert(fc.property(bytes, bytes, (key, junk) => !isGroupSigned(key, new Uint8Array(32), junk)))
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat(64),
      fc.integer({ min: 1, max: 255 }),
      (message, at, by) => {
        const signature = signWith(group, message)
        const changed = signature.map((byte, i) => (i === at ? byte ^ by : byte))
        return isGroupSigned(group.key, message, signature) && !isGroupSigned(group.key, message, changed)
      },
    ),
    { numRuns: 10 },
  )
})

const DOMAIN = { name: 'Stkr custody', version: '1', chainId: 31337, verifyingContract: `0x${'c0'.repeat(20)}` }
const field = (type: string, name: string) => ({ type, name })
const MOVE = [
  field('uint64', 'delegation'),
  field('uint32', 'provider'),
  field('address', 'token'),
  field('address', 'to'),
  field('uint256', 'amount'),
  field('uint32', 'nonce'),
  field('uint32', 'providerEpoch'),
  field('uint32', 'systemEpoch'),
  field('uint40', 'deadline'),
]

test('digests are the typed data of EIP-712', () => {
  const separator = TypedDataEncoder.hashDomain(DOMAIN) as Hex
  const move: Move = {
    delegation: 2n ** 63n + 1n,
    provider: 7,
    token: `0x${'0a'.repeat(20)}`,
    to: `0x${'b0'.repeat(20)}`,
    amount: 2n ** 127n + 5n,
    nonce: 3,
    providerEpoch: 2,
    systemEpoch: 1,
    deadline: 1_900_000_000,
  }
  assert.is(toHex(moveDigest(separator, move)), TypedDataEncoder.hash(DOMAIN, { Move: MOVE }, move))
  const possession = { group: 7, epoch: 2 }
  const types = { Possession: [field('uint32', 'group'), field('uint32', 'epoch')] }
  assert.is(toHex(possessionDigest(separator, 7, 2)), TypedDataEncoder.hash(DOMAIN, types, possession))
})

test.run()
