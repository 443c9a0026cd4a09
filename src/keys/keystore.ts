// Secrets under a password, in the two formats that standard tools open: EIP-2335 (version 4) for the peer and BLS keys,
// Ethereum's Web3 secret storage (version 3) for the secp256k1 key. One salt and so one scrypt for all of a file: a start
// pays for it once. Promises that a wrong password is told from nothing else, and that bounds hold before any work.

import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID, scryptSync } from 'node:crypto'
import * as z from 'zod'
import { concatBytes, equalBytes, keccak256 } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'

/** 128 MiB and about 0.4 s; OWASP's recommendation for scrypt, half of what EIP-2335 shows. */
export const SCRYPT = { n: 2 ** 17, r: 8, p: 1, dklen: 32 } as const
/** Half a gibibyte: more is no key file but an attack on memory. */
const MEMORY_MAX_BYTES = 512 * 1024 * 1024
const SALT_BYTES = 32
const IV_BYTES = 16

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))

const scryptShape = z.object({
  n: z
    .int()
    .min(2)
    .max(2 ** 20),
  r: z.int().min(1).max(64),
  p: z.int().min(1).max(16),
  dklen: z.literal(32),
  salt: hexOf(SALT_BYTES),
})

export const eip2335Shape = z.object({
  version: z.literal(4),
  pubkey: z.string(),
  crypto: z.object({
    kdf: z.object({ function: z.literal('scrypt'), params: scryptShape }),
    checksum: z.object({ function: z.literal('sha256'), message: hexOf(32) }),
    cipher: z.object({
      function: z.literal('aes-128-ctr'),
      params: z.object({ iv: hexOf(IV_BYTES) }),
      message: hexOf(32),
    }),
  }),
})

export const web3Shape = z.object({
  version: z.literal(3),
  address: hexOf(20),
  crypto: z.object({
    kdf: z.literal('scrypt'),
    kdfparams: scryptShape,
    mac: hexOf(32),
    cipher: z.literal('aes-128-ctr'),
    cipherparams: z.object({ iv: hexOf(IV_BYTES) }),
    ciphertext: hexOf(32),
  }),
})

export type Eip2335 = z.infer<typeof eip2335Shape>
export type Web3 = z.infer<typeof web3Shape>

/** EIP-2335, password requirements: NFKD without control codes. */
const controls = /[\p{Cc}]/gu
export const normalizedPassword = (password: string): string => password.normalize('NFKD').replaceAll(controls, '')

/** Derives keys, each password and salt once. */
export type Derive = (password: string, params: z.infer<typeof scryptShape>) => Uint8Array

export function createDerive(): Derive {
  const known = new Map<string, Uint8Array>()
  return (password, { n, r, p, salt, dklen }) => {
    const name = JSON.stringify([password, n, r, p, salt])
    const before = known.get(name)
    if (before) return before
    const memory = 128 * n * r
    if (memory > MEMORY_MAX_BYTES)
      throw new Fault('keys-malformed', `the keystore asks for ${memory} bytes of memory, at most ${MEMORY_MAX_BYTES}`)
    const key = new Uint8Array(scryptSync(password, unhex(salt), dklen, { N: n, r, p, maxmem: memory * 2 }))
    known.set(name, key)
    return key
  }
}

const wrongPassword = (): Fault =>
  new Fault('keys-password-wrong', 'the password does not open the keys (or the file is damaged): try it again')

const crypt = (
  create: typeof createCipheriv | typeof createDecipheriv,
  key: Uint8Array,
  iv: Uint8Array,
  text: Uint8Array,
) => {
  const cipher = create('aes-128-ctr', key.subarray(0, 16), iv)
  return concatBytes(new Uint8Array(cipher.update(text)), new Uint8Array(cipher.final()))
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/** Fault `keys-password-wrong`. */
export function openEip2335({ crypto }: Eip2335, password: string, derive: Derive): Uint8Array {
  const key = derive(normalizedPassword(password), crypto.kdf.params)
  const message = unhex(crypto.cipher.message)
  if (!equalBytes(sha256(concatBytes(key.subarray(16), message)), unhex(crypto.checksum.message))) throw wrongPassword()
  return crypt(createDecipheriv, key, unhex(crypto.cipher.params.iv), message)
}

/** Fault `keys-password-wrong`. */
export function openWeb3({ crypto }: Web3, password: string, derive: Derive): Uint8Array {
  const key = derive(normalizedPassword(password), crypto.kdfparams)
  const message = unhex(crypto.ciphertext)
  if (!equalBytes(keccak256(key.subarray(16), message), unhex(crypto.mac))) throw wrongPassword()
  return crypt(createDecipheriv, key, unhex(crypto.cipherparams.iv), message)
}

export const newSalt = (): string => hex(randomBytes(SALT_BYTES))

export interface Sealing {
  readonly password: string
  readonly salt: string
  readonly derive: Derive
}

function sealed(secret: Uint8Array, { password, salt, derive }: Sealing) {
  const params = { ...SCRYPT, salt }
  const key = derive(normalizedPassword(password), params)
  const iv = randomBytes(IV_BYTES)
  const message = crypt(createCipheriv, key, iv, secret)
  return { params, iv: hex(iv), message, rest: key.subarray(16) }
}

/** `pubkey` as hex without 0x. */
export function sealEip2335(secret: Uint8Array, pubkey: string, description: string, sealing: Sealing) {
  const { params, iv, message, rest } = sealed(secret, sealing)
  return {
    crypto: {
      kdf: { function: 'scrypt', params, message: '' },
      checksum: { function: 'sha256', params: {}, message: hex(sha256(concatBytes(rest, message))) },
      cipher: { function: 'aes-128-ctr', params: { iv }, message: hex(message) },
    },
    description,
    pubkey,
    path: '',
    uuid: randomUUID(),
    version: 4,
  } as const
}

/** `address` as hex without 0x. */
export function sealWeb3(secret: Uint8Array, address: string, sealing: Sealing) {
  const { params, iv, message, rest } = sealed(secret, sealing)
  return {
    version: 3,
    id: randomUUID(),
    address,
    crypto: {
      ciphertext: hex(message),
      cipherparams: { iv },
      cipher: 'aes-128-ctr',
      kdf: 'scrypt',
      kdfparams: params,
      mac: hex(keccak256(rest, message)),
    },
  } as const
}
