// Holders of a threshold key in one process: keys from a seed, the ceremony driven step by step, and a place where a test
// may bend what one says to another.

import { ed25519 } from '@noble/curves/ed25519.js'
import { concatBytes, keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import type { RandomBytes } from '../../src/core/ports.ts'
import type { AskHolder } from '../../src/custody/coordinator.ts'
import { DKG_STEPS, createDkg } from '../../src/custody/dkg.ts'
import type { Dkg, DkgStep, MadeKey } from '../../src/custody/dkg.ts'
import { holderOf, holderSign, makeGroup } from '../../src/custody/group.ts'
import type { Group } from '../../src/custody/group.ts'
import { createSigner } from '../../src/custody/signer.ts'
import type { Signer } from '../../src/custody/signer.ts'

/** Deterministic bytes: every test names its stream. */
export function streamOf(name: string): RandomBytes {
  let count = 0
  return (length) => {
    let out = new Uint8Array()
    while (out.length < length) out = Uint8Array.from(concatBytes(out, keccak256(utf8ToBytes(name), word(count++))))
    return out.slice(0, length)
  }
}

export interface People {
  readonly group: Group
  /** Seeds of the peers, by holder. */
  readonly seeds: readonly Uint8Array[]
}

export function peopleOf(threshold: number, count: number, name = 'governors'): People {
  const seeds = Array.from({ length: count }, (_, i) => keccak256(utf8ToBytes(`holder ${i}`)))
  const keys = seeds.map((seed) => ed25519.getPublicKey(seed))
  const group = makeGroup({ name, threshold, holders: keys })
  const sorted = seeds.toSorted(
    (a, b) => (holderOf(group, ed25519.getPublicKey(a)) ?? 0) - (holderOf(group, ed25519.getPublicKey(b)) ?? 0),
  )
  return { group, seeds: sorted }
}

export const SESSION = keccak256(utf8ToBytes('a session'))

/** One machine for each holder; each has a stream of its own under `name`. */
export const openCeremony = ({ group, seeds }: People, name: string, session = SESSION): readonly Dkg[] =>
  seeds.map((seed, self) =>
    createDkg({ group, self, session }, { random: streamOf(`${name} ${self}`), sign: holderSign(seed) }),
  )

/** What arrives instead of `said`; undefined: nothing. */
export type Bend = (step: DkgStep, from: number, to: number, said: Uint8Array) => Uint8Array | undefined

/** Everybody tells everybody what is waited for, step by step, until `last` is done; what one throws is thrown. */
export function talk(
  holders: readonly Dkg[],
  bend: Bend = (_step, _from, _to, said) => said,
  last: DkgStep = 'result',
) {
  for (const step of DKG_STEPS.slice(0, DKG_STEPS.indexOf(last) + 1)) {
    if (step === 'result') for (const holder of holders) if (holder.computed()) holder.stored()
    holders.forEach((receiver, to) => {
      holders.forEach((sender, from) => {
        const open = receiver.waiting()
        const isAwaited = open?.step === step && open.holders.includes(from)
        const said = isAwaited ? sender.messageFor(step, to) : undefined
        const heard = said && bend(step, from, to, said)
        if (heard) receiver.take(step, from, heard)
      })
    })
  }
}

const made = new Map<string, readonly MadeKey[]>()

/** The keys of an honest ceremony, made once for each size. */
export function keysOf(people: People): readonly MadeKey[] {
  const name = `${people.group.name} ${people.group.threshold} of ${people.seeds.length}`
  const known = made.get(name)
  if (known) return known
  const holders = openCeremony(people, name)
  talk(holders)
  const keys = holders.map((holder) => {
    const key = holder.finished()
    if (!key) throw new Error('the ceremony has no end')
    return key
  })
  made.set(name, keys)
  return keys
}

export interface SignerBook {
  /** Names of spent pairs, in order. */
  readonly spent: string[]
  readonly approved: Set<string>
}

export const emptyBook = (...approved: readonly Uint8Array[]): SignerBook => ({
  spent: [],
  approved: new Set(approved.map(toHex)),
})

/** A signer with a book in memory that knows a pair again. */
export function openSigner(people: People, holder: number, book: SignerBook, name = 'signer'): Signer {
  const key = keysOf(people)[holder] as MadeKey
  return createSigner(key.group, key.own, {
    random: streamOf(`${name} ${holder}`),
    sign: holderSign(people.seeds[holder] as Uint8Array),
    isApproved: (digest) => book.approved.has(toHex(digest)),
    spend(nonce) {
      if (book.spent.includes(toHex(nonce))) throw new Fault('custody-nonce-spent', 'spent')
      book.spent.push(toHex(nonce))
    },
  })
}

/** Asks signers in this process; `bend` changes a share on its way, or throws. */
export const askOf = (
  signers: readonly (Signer | undefined)[],
  bend: (holder: number, share: Uint8Array) => Uint8Array = (_holder, share) => share,
): AskHolder => {
  const of = (holder: number): Signer => {
    const signer = signers[holder]
    if (!signer) throw new Fault('custody-silent', 'nobody there')
    return signer
  }
  return {
    commit: async (holder, asked) => of(holder).commit(asked),
    sign: async (holder, asked, chosen) => bend(holder, of(holder).sign(asked, chosen)),
  }
}
