// Files that other tools make for a micro-pool's validator: the deposit data of its first ETH (as staking-deposit-cli and
// its kin write them), and proofs of what the beacon chain says of it. They are checked for form here, and for meaning as
// far as it needs no chain; contracts check the rest.

import * as z from 'zod'
import { reject } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'

/** What `predeposit` takes. */
export interface FirstDeposit {
  readonly pubkey: Hex
  readonly signature: Hex
  readonly depositDataRoot: Hex
}

/** `IBeaconChain.Proof`. */
export interface ValidatorProof {
  readonly timestamp: bigint
  readonly index: bigint
  /** Gwei. */
  readonly effectiveBalance: bigint
  readonly slashed: boolean
  readonly activationEligibilityEpoch: bigint
  readonly activationEpoch: bigint
  readonly exitEpoch: bigint
  readonly withdrawableEpoch: bigint
  readonly branch: readonly Hex[]
}

const FIRST_GWEI = 1_000_000_000
const BRANCH_LENGTH = 50

const hexOf = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^(0x)?[0-9a-fA-F]{${2 * bytes}}$`), `expected ${bytes} bytes of hex`)
    .transform((text) => (text.startsWith('0x') ? text : `0x${text}`).toLowerCase() as Hex)

const uint64 = z
  .union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative()])
  .transform(BigInt)
  .refine((value) => value < 2n ** 64n, 'expected a number of 64 bits')

const DepositFile = z
  .array(
    z.object({
      pubkey: hexOf(48),
      withdrawal_credentials: hexOf(32),
      amount: z.int(),
      signature: hexOf(96),
      deposit_data_root: hexOf(32),
    }),
  )
  .length(1)

/** The beacon API's own names for a validator's fields; the branch goes from the validator up to the block root. */
const ProofFile = z.object({
  timestamp: uint64,
  index: uint64,
  validator: z.object({
    effective_balance: uint64,
    slashed: z.boolean(),
    activation_eligibility_epoch: uint64,
    activation_epoch: uint64,
    exit_epoch: uint64,
    withdrawable_epoch: uint64,
  }),
  branch: z.array(hexOf(32)).length(BRANCH_LENGTH),
})

function parse<T>(schema: z.ZodType<T>, text: string, code: string, what: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw reject(code, `${what} is not JSON`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw reject(code, `${what}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'malformed'}`)
}

/** Exactly one deposit of 1 ETH that withdraws to the pool. Fault `deposit-file`. */
export function parseDepositData(text: string, credentials: Hex): FirstDeposit {
  const [deposit] = parse(DepositFile, text, 'deposit-file', 'the deposit data')
  if (deposit?.amount !== FIRST_GWEI)
    throw reject('deposit-file', 'the deposit data are not for 1 ETH: make them with an amount of 1 ETH')
  if (deposit.withdrawal_credentials !== credentials)
    throw reject('deposit-file', 'the deposit data do not withdraw to the pool: make them for its address', {
      credentials: deposit.withdrawal_credentials,
      expected: credentials,
    })
  const { pubkey, signature, deposit_data_root: depositDataRoot } = deposit
  return { pubkey, signature, depositDataRoot }
}

/** Fault `proof-file`. */
export function parseProof(text: string): ValidatorProof {
  const { timestamp, index, validator, branch } = parse(ProofFile, text, 'proof-file', 'the proof')
  return {
    timestamp,
    index,
    effectiveBalance: validator.effective_balance,
    slashed: validator.slashed,
    activationEligibilityEpoch: validator.activation_eligibility_epoch,
    activationEpoch: validator.activation_epoch,
    exitEpoch: validator.exit_epoch,
    withdrawableEpoch: validator.withdrawable_epoch,
    branch,
  }
}
