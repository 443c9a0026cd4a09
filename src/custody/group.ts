// A group: who together hold one threshold key, and how many of them sign. Pure. Everything holders say is bound to the
// group's name, threshold and holders by `groupId`, so that nothing said in one group means anything in another.

import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1_FROST } from '@noble/curves/secp256k1.js'
import type { FrostPublic } from '@noble/curves/abstract/frost.js'
import { concatBytes, keccak256, taggedHash, toHex, utf8ToBytes, word } from '../core/bytes.ts'
import { HOLDERS_MAX } from '../core/custody-wire.ts'
import { Fault } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'

export interface Group {
  /** 1 to 32 lower-case letters, digits and hyphens. */
  readonly name: string
  /** How many sign together: 2 to all. */
  readonly threshold: number
  /** Ed25519 keys of the holders' peers, 32 bytes each, in byte order: everybody's numbering is the same. */
  readonly holders: readonly Uint8Array[]
}

/** A group whose key exists. */
export interface KeyedGroup extends Group {
  /** Compressed, 33 bytes: what a contract checks signatures against. */
  readonly groupKey: Uint8Array
  /** Public counterpart of each holder's share, by holder, 33 bytes each. */
  readonly verificationShares: readonly Uint8Array[]
}

/** The same as the library's functions take it. */
export const publicOf = (group: KeyedGroup): FrostPublic => ({
  signers: signersOf(group),
  // Signing looks at the first alone; the others made the verification shares, which are here.
  commitments: [Uint8Array.from(group.groupKey)],
  verifyingShares: Object.fromEntries(
    group.verificationShares.map((share, holder) => [identifierOf(group, holder), Uint8Array.from(share)]),
  ),
})

/** The one secret: 32 bytes of scalar. */
export interface OwnShare {
  readonly holder: number
  readonly share: Uint8Array
}

/** The group with its holders in order. Fault `custody-group`. */
export function makeGroup({ name, threshold, holders }: Group): Group {
  const wrong = (why: string): Fault => new Fault('custody-group', `the group ${why}`)
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name))
    throw wrong('needs a name of 1 to 32 lower-case letters, digits and hyphens')
  const sorted = holders.toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1))
  if (holders.some(({ length }) => length !== 32)) throw wrong('has a holder whose peer key is not 32 bytes')
  if (new Set(sorted.map(toHex)).size !== holders.length) throw wrong('names a holder twice')
  if (holders.length < 2 || holders.length > HOLDERS_MAX)
    throw wrong(`has ${holders.length} holders: 2 to ${HOLDERS_MAX} can share a key`)
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > holders.length)
    throw wrong(`cannot sign with ${threshold} of ${holders.length}: 2 to all of them`)
  return { name, threshold, holders: sorted }
}

/** 32 bytes. */
export const groupId = ({ name, threshold, holders }: Group): Uint8Array =>
  taggedHash('stkr.custody.group', keccak256(utf8ToBytes(name)), word(threshold), word(holders.length), ...holders)

/** Number of the holder with this peer key; undefined for a stranger. */
export function holderOf(group: Group, peerKey: Uint8Array): number | undefined {
  const index = group.holders.findIndex((key) => toHex(key) === toHex(peerKey))
  return index < 0 ? undefined : index
}

/** FROST's name of a holder: bound to the group, so that a proof of knowledge made for another group proves nothing here. */
export const identifierOf = (group: Group, holder: number): string =>
  secp256k1_FROST.Identifier.derive(`stkr custody ${toHex(groupId(group))} ${holder}`)

export const signersOf = ({ threshold, holders }: Group) => ({ min: threshold, max: holders.length })

/** The same randomness as the library asks for it. */
export const rngOf =
  (random: RandomBytes) =>
  (length = 32): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(random(length))

/** Holders sign what others will be shown with the key of their peer. */
export type HolderSign = (message: Uint8Array) => Uint8Array

export const holderSign =
  (seed: Uint8Array): HolderSign =>
  (message) =>
    ed25519.sign(message, seed)

export function isSignedBy(group: Group, holder: number, message: Uint8Array, signature: Uint8Array): boolean {
  const key = group.holders[holder]
  // Only our own strict form: `zip215` would take encodings that others refuse.
  return key !== undefined && ed25519.verify(signature, message, key, { zip215: false })
}

/** What `what` says for one group and subject: no signature of ours can be taken for another kind. */
export const statement = (what: string, group: Group, subject: Uint8Array, ...parts: readonly Uint8Array[]) =>
  taggedHash(`stkr.custody.${what}`, groupId(group), subject, keccak256(concatBytes(...parts)))

/** Name of a key, 32 bytes: what a holder that has it confirms to one that does not know whether all have. */
export const keyDigest = (group: KeyedGroup): Uint8Array =>
  statement('key', group, group.groupKey, ...group.verificationShares)
