// Collects one signature: commitments from whoever answers, a list of t of them, a share from each. Any holder can do it
// and needs no trust: it learns no secret. Promises that a wrong share is found before it is added, that whoever sent it
// or nothing is named and left out, and that it tries again as long as t others remain. It asks through what it is given.

import { secp256k1_FROST as FROST } from '@noble/curves/secp256k1.js'
import { toHex } from '../core/bytes.ts'
import { isGroupSigned } from '../core/custody.ts'
import { SigningPackageType } from '../core/custody-wire.ts'
import type { NonceCommitment } from '../core/custody-wire.ts'
import { Fault, codeOf, invariant, reject } from '../core/errors.ts'
import { identifierOf, publicOf } from './group.ts'
import type { KeyedGroup } from './group.ts'
import { asList, checkCommitment } from './nonces.ts'
import type { Asked } from './nonces.ts'

/** Asks one holder, oneself among them; rejects when it refuses, lies in form or is silent. */
export interface AskHolder {
  commit(holder: number, asked: Asked, signal: AbortSignal): Promise<Uint8Array>
  sign(holder: number, asked: Asked, chosen: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
}

/** Why a holder was left out. */
export interface LeftOut {
  readonly holder: number
  /** Code of the Fault. */
  readonly why: string
}

export interface Collected {
  /** 65 bytes. */
  readonly signature: Uint8Array
  readonly signers: readonly number[]
  readonly leftOut: readonly LeftOut[]
}

/** Is `share` what this signer owes? */
export function isShareOf(
  group: KeyedGroup,
  digest: Uint8Array,
  chosen: readonly NonceCommitment[],
  holder: number,
  share: Uint8Array,
): boolean {
  try {
    return FROST.verifyShare(publicOf(group), asList(group, chosen), digest, identifierOf(group, holder), share)
  } catch {
    return false
  }
}

/**
 * The first `count` to come of what `holders` answer; the rest is given up. Who failed until then goes to `leaveOut`.
 * Fewer when no more come.
 */
async function firstOf<T>(
  holders: readonly number[],
  count: number,
  ask: (holder: number, signal: AbortSignal) => Promise<T>,
  leaveOut: (holder: number, error: unknown) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, T>> {
  const found = new Map<number, T>()
  const enough = new AbortController()
  const whole = AbortSignal.any([signal, enough.signal])
  const one = async (holder: number): Promise<void> => {
    try {
      const answer = await ask(holder, whole)
      if (found.size < count) found.set(holder, answer)
      if (found.size === count) enough.abort()
    } catch (error) {
      if (!whole.aborted) leaveOut(holder, error)
    }
  }
  await Promise.all(holders.map(one))
  signal.throwIfAborted()
  return found
}

/** Fault `custody-too-few`, with why each of the others was left out. */
export async function collect(
  group: KeyedGroup,
  asked: Asked,
  ask: AskHolder,
  signal: AbortSignal,
): Promise<Collected> {
  const { threshold } = group
  const leftOut = new Map<number, string>()
  const leaveOut = (holder: number, error: unknown): void => void leftOut.set(holder, codeOf(error))

  async function commitments(): Promise<readonly NonceCommitment[]> {
    const holders = group.holders.map((_, holder) => holder).filter((holder) => !leftOut.has(holder))
    const commit = async (holder: number, given: AbortSignal) =>
      checkCommitment(group, asked, holder, await ask.commit(holder, asked, given))
    const found = await firstOf(holders, threshold, commit, leaveOut, signal)
    if (found.size < threshold) throw tooFew(group, asked, found.size, leftOut)
    return [...found.values()].toSorted((a, b) => a.holder - b.holder)
  }

  async function shares(chosen: readonly NonceCommitment[]): Promise<ReadonlyMap<number, Uint8Array>> {
    const encoded = SigningPackageType.serialize([...chosen])
    const sign = async (holder: number, given: AbortSignal): Promise<Uint8Array> => {
      const share = await ask.sign(holder, asked, encoded, given)
      if (!isShareOf(group, asked.digest, chosen, holder, share))
        throw reject('custody-wrong-share', `holder ${holder} sent a wrong share of the signature`, { holder })
      return share
    }
    const holders = chosen.map(({ holder }) => holder)
    // All of them, and one that fails does not end the others: each that lies is found in the same round.
    return firstOf(holders, holders.length, sign, leaveOut, signal)
  }

  for (;;) {
    const chosen = await commitments()
    const found = await shares(chosen)
    if (found.size < chosen.length) continue
    const named = [...found].map(([holder, share]) => [identifierOf(group, holder), Uint8Array.from(share)] as const)
    const list = asList(group, chosen)
    const signature = FROST.aggregate(publicOf(group), list, asked.digest, Object.fromEntries(named))
    invariant(isGroupSigned(group.groupKey, asked.digest, signature), 'right shares make a right signature')
    return {
      signature,
      signers: chosen.map(({ holder }) => holder),
      leftOut: [...leftOut].map(([holder, why]) => ({ holder, why })),
    }
  }
}

function tooFew(group: KeyedGroup, { digest }: Asked, found: number, leftOut: ReadonlyMap<number, string>): Fault {
  const why = [...leftOut].map(([holder, code]) => `holder ${holder} ${code}`).join(', ')
  const message = `${found} of ${group.holders.length} holders sign ${toHex(digest)}, ${group.threshold} must: ${why}`
  return new Fault('custody-too-few', message, { data: { signers: found, threshold: group.threshold } })
}
