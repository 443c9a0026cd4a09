// One unfinished transaction as it is kept: what it does, its nonce, and everything that was ever signed for it, since
// any of those may be the one that is mined. Signing happens here so that bytes, hash and fees never part.

import { SigningKey, Transaction, computeAddress } from 'ethers'
import { utf8ToBytes } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Fees } from './fees.ts'

/** One signed transaction of an entry. */
export interface Attempt extends Fees {
  readonly hash: Hex
  readonly raw: Hex
  /** Why the entry's purpose was given up: this one only frees the nonce. */
  readonly givenUp?: string
}

export interface Entry {
  readonly nonce: number
  /** Undefined creates a contract. */
  readonly to?: Hex
  readonly data: Hex
  /** Wei sent along; undefined for none. */
  readonly value?: bigint
  readonly gas: bigint
  /** Oldest first; never empty once stored. */
  readonly attempts: readonly Attempt[]
}

/** A transfer of nothing to ourselves. */
const GAS_OF_NOTHING = 21_000n

export interface Sender {
  readonly address: Hex
  /** `entry` with one more attempt. With `givenUp` the attempt does nothing but use up the nonce. */
  sign(entry: Entry, fees: Fees, givenUp?: string): Entry
}

export function createSender(secretKey: Uint8Array, chainId: bigint): Sender {
  const key = new SigningKey(secretKey)
  const address = computeAddress(key.publicKey).toLowerCase() as Hex
  return {
    address,
    sign: (entry, fees, givenUp) => {
      const purpose =
        givenUp === undefined
          ? { to: entry.to ?? null, data: entry.data, value: entry.value ?? 0n, gasLimit: entry.gas }
          : { to: address, data: '0x', gasLimit: GAS_OF_NOTHING }
      const signed = Transaction.from({
        ...purpose,
        type: 2,
        chainId,
        nonce: entry.nonce,
        maxFeePerGas: fees.max,
        maxPriorityFeePerGas: fees.tip,
      })
      signed.signature = key.sign(signed.unsignedHash)
      const attempt: Attempt = {
        ...fees,
        hash: signed.hash as Hex,
        raw: signed.serialized as Hex,
        ...(givenUp !== undefined && { givenUp }),
      }
      return { ...entry, attempts: [...entry.attempts, attempt] }
    },
  }
}

export const newestAttempt = (entry: Entry): Attempt => {
  const attempt = entry.attempts.at(-1)
  if (!attempt) throw new Error('bug: an entry is signed before it is kept')
  return attempt
}

export const encodeEntry = (entry: Entry): Uint8Array =>
  utf8ToBytes(JSON.stringify(entry, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)))

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-f]*$/.test(value)

function revive(_: string, value: unknown): unknown {
  return typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value
}

const isAttempt = (value: unknown): value is Attempt =>
  typeof value === 'object' &&
  value !== null &&
  'hash' in value &&
  isHex(value.hash) &&
  'raw' in value &&
  isHex(value.raw) &&
  'max' in value &&
  typeof value.max === 'bigint' &&
  'tip' in value &&
  typeof value.tip === 'bigint'

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' &&
  value !== null &&
  'nonce' in value &&
  Number.isSafeInteger(value.nonce) &&
  'data' in value &&
  isHex(value.data) &&
  (!('value' in value) || typeof value.value === 'bigint') &&
  'gas' in value &&
  typeof value.gas === 'bigint' &&
  'attempts' in value &&
  Array.isArray(value.attempts) &&
  value.attempts.length > 0 &&
  value.attempts.every(isAttempt)

function senderOf(raw: Hex): string | undefined {
  try {
    return Transaction.from(raw).from?.toLowerCase()
  } catch {
    return undefined
  }
}

/** Fault `outbox-corrupt` names the entry: unreadable, or signed by another key, which must finish it. */
export function decodeEntry(key: string, bytes: Uint8Array, sender: Hex): Entry {
  const corrupt = (why: string) => new Fault('outbox-corrupt', `pending transaction ${key}: ${why}`, { data: { key } })
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), revive)
  } catch {
    throw corrupt('not readable')
  }
  if (!isEntry(parsed)) throw corrupt('not in the form this version writes')
  const from = senderOf(newestAttempt(parsed).raw)
  if (from !== sender) throw corrupt(`signed by ${from ?? 'nobody'}, but this sidecar sends as ${sender}`)
  return parsed
}
