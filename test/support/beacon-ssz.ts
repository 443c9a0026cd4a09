// What a consensus client hashes, by the library that one of them uses: deposits, validators, a state and its block
// header, and the branch from a validator up to the block's root. Only the fields that matter here are real; the others
// are roots in their places, which is all that a Merkle tree knows of them.
import { createHash } from 'node:crypto'
import {
  BooleanType,
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  UintBigintType,
  UintNumberType,
} from '@chainsafe/ssz'
import { fromHex, toHex } from '../../src/core/bytes.ts'
import type { Hex } from '../../src/core/types.ts'

const Bytes32 = new ByteVectorType(32)
const Bytes48 = new ByteVectorType(48)
const Bytes96 = new ByteVectorType(96)
const Uint64 = new UintBigintType(8)

export const DepositData = new ContainerType({
  pubkey: Bytes48,
  withdrawalCredentials: Bytes32,
  amount: Uint64,
  signature: Bytes96,
})
/** `deposit_data_list` of the specification: its root is what the deposit contract answers. */
export const Deposits = new ListCompositeType(DepositData, 2 ** 32)

export const Validator = new ContainerType({
  pubkey: Bytes48,
  withdrawalCredentials: Bytes32,
  effectiveBalance: Uint64,
  slashed: new BooleanType(),
  activationEligibilityEpoch: Uint64,
  activationEpoch: Uint64,
  exitEpoch: Uint64,
  withdrawableEpoch: Uint64,
})
const VALIDATORS_LIMIT = 2 ** 40
const Validators = new ListCompositeType(Validator, VALIDATORS_LIMIT)

const FIELDS = 38
const VALIDATORS_FIELD = 11
const names = Array.from({ length: FIELDS }, (_, i) => (i === VALIDATORS_FIELD ? 'validators' : `field${i}`))
const State = new ContainerType(
  Object.fromEntries(names.map((name) => [name, name === 'validators' ? Validators : Bytes32])),
)
const Header = new ContainerType({
  slot: new UintNumberType(8),
  proposerIndex: new UintNumberType(8),
  parentRoot: Bytes32,
  stateRoot: Bytes32,
  bodyRoot: Bytes32,
})

export type ValidatorFields = ReturnType<typeof Validator.defaultValue>

export const FAR_FUTURE = 2n ** 64n - 1n

const filler = (name: string): Uint8Array => createHash('sha256').update(name).digest()

/** Known to the beacon chain by its first deposit, and no more. */
export const youngValidator = (pubkey: Hex, credentials: Hex): ValidatorFields => ({
  pubkey: fromHex(pubkey),
  withdrawalCredentials: fromHex(credentials),
  effectiveBalance: 1_000_000_000n,
  slashed: false,
  activationEligibilityEpoch: FAR_FUTURE,
  activationEpoch: FAR_FUTURE,
  exitEpoch: FAR_FUTURE,
  withdrawableEpoch: FAR_FUTURE,
})

/** Some other validator. */
const neighbour = (i: number): ValidatorFields => ({
  ...youngValidator(
    toHex(Buffer.concat([filler(`key ${i}`), filler('tail').subarray(0, 16)])),
    toHex(filler(`to ${i}`)),
  ),
  effectiveBalance: 32_000_000_000n,
})

const hash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  createHash('sha256').update(left).update(right).digest()

/** Siblings of leaf `index` up to the root of a tree of 2^depth leaves, zeros behind those given. */
function siblings(leaves: readonly Uint8Array[], index: number, depth: number): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  let level = leaves
  let zero: Uint8Array = new Uint8Array(32)
  for (let at = index, height = 0; height < depth; height++, at = Math.floor(at / 2)) {
    const nothing = zero
    const node = (i: number): Uint8Array => level[i] ?? nothing
    found.push(node(at ^ 1))
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => hash(node(2 * i), node(2 * i + 1)))
    zero = hash(zero, zero)
  }
  return found
}

const littleEndian = (value: number): Uint8Array => {
  const chunk = Buffer.alloc(32)
  chunk.writeUInt32LE(value)
  return chunk
}

export interface Witnessed {
  readonly index: number
  readonly branch: readonly Hex[]
  /** What EIP-4788 keeps. */
  readonly blockRoot: Hex
}

/** A block whose state has `validator` among others at `index`, by the library; the branch by hand. */
export function witness(validator: ValidatorFields, index: number, total: number): Witnessed {
  const validators = Array.from({ length: total }, (_, i) => (i === index ? validator : neighbour(i)))
  const fields = names.map((name) => (name === 'validators' ? validators : filler(name)))
  const state = Object.fromEntries(names.map((name, i) => [name, fields[i]]))
  const header = {
    slot: 9_000_000,
    proposerIndex: 17,
    parentRoot: filler('parent'),
    stateRoot: State.hashTreeRoot(state as never),
    bodyRoot: filler('body'),
  }
  const stateChunks = names.map((name) => (name === 'validators' ? Validators.hashTreeRoot(validators) : filler(name)))
  const headerChunks = [littleEndian(header.slot), littleEndian(header.proposerIndex)]
  headerChunks.push(header.parentRoot, header.stateRoot, header.bodyRoot)
  const branch = [
    ...siblings(
      validators.map((one) => Validator.hashTreeRoot(one)),
      index,
      40,
    ),
    littleEndian(total),
    ...siblings(stateChunks, VALIDATORS_FIELD, 6),
    ...siblings(headerChunks, 3, 3),
  ]
  return { index, branch: branch.map((node) => toHex(node)), blockRoot: toHex(Header.hashTreeRoot(header)) }
}
