// Calls in words and back, for every function of every contract of a network: what is written is read again as it was given,
// whatever is read never fails and hides nothing, and what does not fit is refused by its place.
import type { AbiParameter } from 'abitype'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { argumentsOf } from '../../src/chain/call-arguments.ts'
import { createCallCodec } from '../../src/chain/call-codec.ts'
import type { Addresses } from '../../src/chain/call-codec.ts'
import { CouncilAbi } from '../../src/chain/abi/Council.ts'
import { MicroPoolsAbi } from '../../src/chain/abi/MicroPools.ts'
import { ProvidersAbi } from '../../src/chain/abi/Providers.ts'
import { QuotesAbi } from '../../src/chain/abi/Quotes.ts'
import { TimelockAbi } from '../../src/chain/abi/Timelock.ts'
import { readAmount } from '../../src/cli/units.ts'
import { codeOf } from '../../src/core/errors.ts'
import type { Hex } from '../../src/core/types.ts'

const test = suite('chain/call-codec')

const NAMES = [
  ...[
    'government',
    'council',
    'timelock',
    'quotes',
    'marketplace',
    'projects',
    'providers',
    'discipline',
    'dividends',
    'tiers',
    'custody',
  ],
  ...['microPools', 'aEth', 'nodes', 'rewardPool', 'insurancePool', 'requesters', 'staking', 'sidecars', 'token'],
]
const addressAt = (i: number): Hex => `0x${(i + 1).toString(16).padStart(40, '0')}`
const ADDRESSES = Object.fromEntries(NAMES.map((name, i) => [name, { address: addressAt(i) }])) as Readonly<
  Record<keyof Addresses, { readonly address: Hex }>
>
const codec = createCallCodec(ADDRESSES)

const hexOf = (least: number, most = least): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`)

/** Values of an ABI type. */
function valueOf(parameter: AbiParameter): fc.Arbitrary<unknown> {
  const { type } = parameter
  const list = /^(.*)\[\]$/.exec(type)
  if (list) return fc.array(valueOf({ ...parameter, type: list[1] ?? '' }), { maxLength: 3 })
  if ('components' in parameter)
    return fc.record(Object.fromEntries(parameter.components.map((part) => [part.name ?? '', valueOf(part)])))
  const size = Number(/\d+$/.exec(type)?.[0] ?? 256)
  if (type.startsWith('uint')) return fc.bigInt(0n, 2n ** BigInt(size) - 1n)
  if (type === 'address') return hexOf(20)
  if (type === 'bool') return fc.boolean()
  if (type === 'string') return fc.string({ unit: 'grapheme', maxLength: 20 })
  return type === 'bytes' ? hexOf(0, 40) : hexOf(size)
}

const WRITTEN = Object.entries({
  council: CouncilAbi,
  microPools: MicroPoolsAbi,
  providers: ProvidersAbi,
  quotes: QuotesAbi,
  timelock: TimelockAbi,
}).flatMap(([contract, abi]) =>
  abi.flatMap((item) =>
    item.type === 'function' && /payable/.test(item.stateMutability)
      ? [{ contract, name: item.name, inputs: item.inputs }]
      : [],
  ),
)

/** Small numbers are read as numbers. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' || typeof item === 'number' ? `${item}` : item))

test('property: what is written is read as it was given', () => {
  assert.ok(WRITTEN.length > 40)
  for (const { contract, name, inputs } of WRITTEN)
    fc.assert(
      fc.property(fc.tuple(...inputs.map(valueOf)), (values) => {
        const read = codec.read(codec.write(contract, name, values))
        assert.is(read.contract?.toLowerCase(), contract.toLowerCase())
        assert.is(read.function, name)
        assert.is(plain(Object.values(read.args)), plain(values))
      }),
      { numRuns: 20 },
    )
})

test('property: reading never fails, and keeps the call as it is', () => {
  const data = fc.oneof(
    hexOf(0, 300),
    fc.tuple(fc.constantFrom(...WRITTEN), hexOf(0, 200)).map(([{ contract, name, inputs }, tail]) => {
      const [sample = []] = fc.sample(fc.tuple(...inputs.map(valueOf)), 1)
      return codec.write(contract, name, sample).data + tail.slice(2)
    }),
  )
  fc.assert(
    fc.property(fc.nat(NAMES.length + 2), data, (at, bytes) => {
      const call = { to: addressAt(at), data: bytes as Hex }
      const read = codec.read(call)
      assert.equal([read.to, read.data], [call.to, call.data])
      assert.is(read.contract === undefined, at >= NAMES.length)
      // What is named in words says all of it: written again it is the same call.
      if (read.function !== undefined && read.contract !== undefined)
        assert.is(codec.write(read.contract, read.function, Object.values(read.args)).data, call.data.toLowerCase())
    }),
    { numRuns: 300 },
  )
})

test('data left over behind the arguments are not hidden', () => {
  const { to, data } = codec.write('Tiers', 'setTier', [1, 2, 0])
  assert.is(codec.read({ to, data: `${data}00` }).function, undefined)
})

test('amounts as people write them', () => {
  const { data } = codec.write('tiers', 'setTier', ['3', 1, '1.5 ETH'], readAmount)
  assert.equal(codec.read({ to: ADDRESSES.tiers.address, data }).args, {
    id: 3,
    tier: 1,
    stake: 1_500_000_000_000_000_000n,
  })
  const read = (text: string): bigint | undefined => readAmount(text)
  assert.equal(['500ankr', '0.1 usd', '10%', '2.5%', '7d', '90m', '5', '5 GBP', '1.5', '-1 ETH', '10%%'].map(read), [
    500n * 10n ** 18n,
    10n ** 17n,
    1000n,
    250n,
    604_800n,
    5_400n,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

const parameter = (type: string, components?: readonly AbiParameter[]): AbiParameter =>
  components ? { name: 'x', type, components } : { name: 'x', type }
const PAIR = [parameter('uint8'), { name: 'y', type: 'bool' }] as const

const REFUSED: readonly (readonly [value: unknown, parameter: AbiParameter, path: string])[] = [
  [256, parameter('uint8'), 'x is a whole number from 0 to 255'],
  [-1, parameter('uint8'), 'x is'],
  [1.5, parameter('uint8'), 'x is'],
  [1e21, parameter('uint256'), 'x is'],
  ['0x10', parameter('uint8'), 'x is'],
  ['', parameter('uint8'), 'x is'],
  [null, parameter('uint8'), 'x is'],
  [128, parameter('int8'), 'x is a whole number from -128 to 127'],
  ['yes', parameter('bool'), 'x is true or false'],
  [1, parameter('bool'), 'x is true or false'],
  ['0x12', parameter('address'), 'x is an address'],
  ['0x52908400098527886E0F7030069857D2E4169Ee7', parameter('address'), 'x is an address'],
  ['vitalik.eth', parameter('address'), 'x is an address'],
  ['0x123', parameter('bytes'), 'x is bytes'],
  ['0x12', parameter('bytes32'), 'x is 0x and 64 hex digits'],
  [5, parameter('string'), 'x is a text'],
  ['1', parameter('uint8[]'), 'x is a list'],
  [[1, 2], parameter('uint8[3]'), 'x is a list of 3'],
  [[1, 999], parameter('uint8[]'), 'x[1] is'],
  [[1, true], parameter('tuple', PAIR), 'x is an object with x, y'],
  [{ x: 1 }, parameter('tuple', PAIR), 'x.y is true or false'],
  [{ x: 1, y: true, z: 0 }, parameter('tuple', PAIR), 'x is an object with x, y and nothing else'],
  [{ x: 300, y: true }, parameter('tuple', PAIR), 'x.x is'],
]

for (const [value, wanted, path] of REFUSED)
  test(`refused: ${JSON.stringify(value)} as ${wanted.type}`, () => {
    try {
      argumentsOf([value], [wanted], () => undefined)
      assert.unreachable('it was taken')
    } catch (error) {
      assert.is(codeOf(error), 'call-argument', String(error))
      assert.ok((error as Error).message.startsWith(path), (error as Error).message)
    }
  })

test('refused: too few arguments, no such function or contract', () => {
  const said = (call: () => unknown): string => {
    try {
      call()
      return 'taken'
    } catch (error) {
      return `${codeOf(error)}: ${(error as Error).message}`
    }
  }
  assert.match(
    said(() => codec.write('Tiers', 'setTier', [1])),
    /^call-argument: it takes id uint32, tier uint8, stake uint256/,
  )
  assert.match(
    said(() => codec.write('Tiers', 'tierOf', [1])),
    /^call-unknown: Tiers has no function "tierOf": .*setTier/,
  )
  assert.match(
    said(() => codec.write('Bank', 'rob', [])),
    /^call-unknown: there is no contract "Bank": Government, /,
  )
})

test.run()
