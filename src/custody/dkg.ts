// One holder's part in making a threshold key that no machine ever holds: FROST's distributed key generation as a pure
// state machine. Round 1 is the same for all and signed; all n confirm that they saw the same (noble's rounds would finish
// with different keys if somebody told two stories); then shares go to their receivers alone; at last all n confirm the
// result, and only then is there a key. Whoever can be proven wrong is named. It knows no clock and no network.

import { secp256k1_FROST as FROST } from '@noble/curves/secp256k1.js'
import type { DKG_Round1, Key } from '@noble/curves/abstract/frost.js'
import { equalBytes, keccak256 } from '../core/bytes.ts'
import { DkgContentType, DkgPackageType, DkgResultType, DkgShareType, DkgTranscriptType } from '../core/custody-wire.ts'
import type { DkgContent, DkgPackage, DkgTranscript } from '../core/custody-wire.ts'
import { Fault, codeOf, invariant, reject } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import { decode } from '../core/records.ts'
import type { Codec } from '../core/records.ts'
import { identifierOf, isSignedBy, rngOf, signersOf, statement } from './group.ts'
import type { Group, HolderSign, KeyedGroup, OwnShare } from './group.ts'

export const DKG_STEPS = ['package', 'transcript', 'share', 'result'] as const
export type DkgStep = (typeof DKG_STEPS)[number]

export interface DkgOptions {
  readonly group: Group
  /** Own number in the group. */
  readonly self: number
  /** Of this attempt, 32 bytes, the same for all and never used before. */
  readonly session: Uint8Array
}

export interface DkgDeps {
  readonly random: RandomBytes
  readonly sign: HolderSign
}

export interface MadeKey {
  readonly group: KeyedGroup
  readonly own: OwnShare
}

export interface Dkg {
  /** What this holder says to `to` in `step`; undefined: not yet. */
  messageFor(step: DkgStep, to: number): Uint8Array | undefined
  /**
   * Takes what `from` said in the step that is running. Faults that name the holder to blame, after which nothing goes on:
   * `custody-encoding`, `custody-signature`, `custody-proof`, `custody-equivocation`, `custody-transcript`,
   * `custody-share`, `custody-result`.
   */
  take(step: DkgStep, from: number, bytes: Uint8Array): void
  /** The step that is running and who has not yet spoken in it; undefined when all is said. */
  waiting(): { readonly step: DkgStep; readonly holders: readonly number[] } | undefined
  /** The key as soon as it is computed: to be kept as not yet confirmed. */
  computed(): MadeKey | undefined
  /** The computed key is on disk: from now on this holder says so. */
  stored(): void
  /** The key once all n have said that they have it; undefined before. */
  finished(): MadeKey | undefined
  /** Forgets the secrets; the machine is of no use afterwards. */
  forget(): void
}

/** Decoded, or a fault that names who sent it. */
function parse<V>(type: Codec<V>, bytes: Uint8Array, step: string, from: number): V {
  try {
    return decode(type, bytes, step)
  } catch (error) {
    throw reject('custody-encoding', `holder ${from} sent a ${step} that is no ${step} (${codeOf(error)})`, {
      holder: from,
    })
  }
}

const roundOneOf = (group: Group, holder: number, { commitments, proof }: DkgPackage): DKG_Round1 => ({
  identifier: identifierOf(group, holder),
  commitment: commitments.map((commitment) => Uint8Array.from(commitment)),
  proofOfKnowledge: Uint8Array.from(proof),
})

/**
 * Who of `packages` has no valid proof? The library says only that somebody has none: each is put among packages made
 * here, with which it alone can be at fault.
 */
function findWrongProof(
  { group, self }: DkgOptions,
  packages: ReadonlyMap<number, DkgPackage>,
  random: RandomBytes,
): number | undefined {
  const others = [...packages.keys()].filter((holder) => holder !== self)
  const signers = signersOf(group)
  const made = (holder: number) => FROST.DKG.round1(identifierOf(group, holder), signers, undefined, rngOf(random))
  const good = new Map(others.map((holder) => [holder, made(holder).public]))
  return others.find((suspect) => {
    const { secret } = made(self)
    const suspected = packages.get(suspect)
    invariant(suspected, 'a suspect has sent a package')
    const mixed = others.map((holder) =>
      holder === suspect ? roundOneOf(group, holder, suspected) : (good.get(holder) as DKG_Round1),
    )
    try {
      FROST.DKG.round2(secret, mixed)
      return false
    } catch {
      return true
    } finally {
      FROST.DKG.clean(secret)
    }
  })
}

const digestOf = ({ commitments, proof }: DkgContent): Uint8Array =>
  keccak256(DkgContentType.serialize({ commitments, proof }))

/** What the author of a package signs. Group and session are outside of the digest, so that a transcript shows them, too. */
const said = ({ group, session }: Pick<DkgOptions, 'group' | 'session'>, author: number, digest: Uint8Array) =>
  statement('package', group, session, Uint8Array.of(author), digest)

/** `content` as holder `self` says it. */
export const signPackage = (options: DkgOptions, content: DkgContent, sign: HolderSign): DkgPackage => ({
  commitments: content.commitments,
  proof: content.proof,
  signature: sign(said(options, options.self, digestOf(content))),
})

export function createDkg(options: DkgOptions, deps: DkgDeps): Dkg {
  const { group, self, session } = options
  const everybody = group.holders.map((_, holder) => holder)
  const others = everybody.filter((holder) => holder !== self)
  const own = FROST.DKG.round1(identifierOf(group, self), signersOf(group), undefined, rngOf(deps.random))

  const content = { commitments: own.public.commitment, proof: own.public.proofOfKnowledge }
  const packages = new Map<number, DkgPackage>([[self, signPackage(options, content, deps.sign)]])
  const transcripts = new Set<number>([self])
  const shares = new Map<number, Uint8Array>()
  const results = new Set<number>()
  let sending: Readonly<Record<string, { signingShare: Uint8Array }>> | undefined
  let made: MadeKey | undefined
  let isStored = false

  const isAuthor = (holder: number, digest: Uint8Array, signature: Uint8Array): boolean =>
    isSignedBy(group, holder, said(options, holder, digest), signature)

  const roundOne = (): DKG_Round1[] =>
    others.map((holder) => {
      const found = packages.get(holder)
      invariant(found, 'round 1 is complete')
      return roundOneOf(group, holder, found)
    })

  function transcript(): DkgTranscript {
    return everybody.map((holder) => {
      const found = packages.get(holder)
      invariant(found, 'a transcript is made when round 1 is complete')
      return { digest: digestOf(found), signature: found.signature }
    })
  }

  /** All proofs at once, as the library checks them; the shares to send come with it. */
  function endRoundOne(): void {
    try {
      sending = FROST.DKG.round2(own.secret, roundOne())
    } catch (cause) {
      const wrong = findWrongProof(options, packages, deps.random)
      if (wrong === undefined) throw cause
      throw reject('custody-proof', `holder ${wrong} does not prove that it knows its own part of the key`, {
        holder: wrong,
      })
    }
  }

  function takePackage(from: number, bytes: Uint8Array): void {
    const sent = parse(DkgPackageType, bytes, 'package', from)
    if (!isAuthor(from, digestOf(sent), sent.signature))
      throw reject('custody-signature', `holder ${from} sent a package that it did not sign for this ceremony`, {
        holder: from,
      })
    if (sent.commitments.length !== group.threshold)
      throw reject(
        'custody-proof',
        `holder ${from} committed to ${sent.commitments.length} coefficients, not ${group.threshold}`,
        { holder: from },
      )
    packages.set(from, sent)
    if (packages.size === everybody.length) endRoundOne()
  }

  function takeTranscript(from: number, bytes: Uint8Array): void {
    const theirs = parse(DkgTranscriptType, bytes, 'transcript', from)
    if (theirs.length !== everybody.length)
      throw reject(
        'custody-transcript',
        `holder ${from} speaks of ${theirs.length} packages, not ${everybody.length}`,
        { holder: from },
      )
    transcript().forEach(({ digest }, holder) => {
      const other = theirs[holder]
      if (other === undefined || equalBytes(other.digest, digest)) return
      // Two packages with one author's signature are that author's doing; one without is the teller's.
      if (isAuthor(holder, other.digest, other.signature))
        throw reject(
          'custody-equivocation',
          `holder ${holder} told two stories: it signed different packages for this ceremony`,
          { holder: holder },
        )
      throw reject(
        'custody-transcript',
        `holder ${from} shows a package of holder ${holder} that holder ${holder} did not sign`,
        { holder: from },
      )
    })
    transcripts.add(from)
  }

  function takeShare(from: number, bytes: Uint8Array): void {
    const { share } = parse(DkgShareType, bytes, 'share', from)
    const sender = packages.get(from)
    invariant(sender, 'shares are taken when round 1 is complete')
    const commitments = roundOneOf(group, from, sender).commitment
    try {
      FROST.validateSecret(
        { identifier: identifierOf(group, self), signingShare: share },
        { signers: signersOf(group), commitments, verifyingShares: {} },
      )
    } catch {
      throw reject('custody-share', `holder ${from} sent a share that is not what it committed to`, { holder: from })
    }
    shares.set(from, share)
    if (shares.size === others.length) made = endRoundThree()
  }

  function endRoundThree(): MadeKey {
    const sent = [...shares].map(([from, signingShare]) => ({ identifier: identifierOf(group, from), signingShare }))
    return madeKey(FROST.DKG.round3(own.secret, roundOne(), sent))
  }

  function madeKey({ public: { commitments, verifyingShares }, secret }: Key): MadeKey {
    const [groupKey] = commitments
    invariant(groupKey, 'a key has a commitment')
    const verificationShares = everybody.map((holder) => {
      const share = verifyingShares[identifierOf(group, holder)]
      invariant(share, 'each holder has a verification share')
      return share
    })
    return { group: { ...group, groupKey, verificationShares }, own: { holder: self, share: secret.signingShare } }
  }

  const resultDigest = ({ group: { groupKey, verificationShares } }: MadeKey): Uint8Array =>
    statement('result', group, session, groupKey, ...verificationShares)

  function takeResult(from: number, bytes: Uint8Array): void {
    const { digest } = parse(DkgResultType, bytes, 'result', from)
    invariant(made, 'results are taken when the key is computed')
    if (!equalBytes(digest, resultDigest(made)))
      throw reject(
        'custody-result',
        `holder ${from} has another key than this holder after one and the same transcript`,
        { holder: from },
      )
    results.add(from)
  }

  const TAKE = { package: takePackage, transcript: takeTranscript, share: takeShare, result: takeResult } as const

  const missing = (heard: { has(holder: number): boolean }) => others.filter((holder) => !heard.has(holder))
  const HEARD = { package: packages, transcript: transcripts, share: shares, result: results } as const

  function waiting(): ReturnType<Dkg['waiting']> {
    for (const step of DKG_STEPS) {
      const holders = missing(HEARD[step])
      if (holders.length > 0) return { step, holders }
    }
    return undefined
  }

  function shareFor(to: number): Uint8Array | undefined {
    // No share leaves before all have confirmed one transcript.
    if (missing(transcripts).length > 0 || sending === undefined) return undefined
    const share = sending[identifierOf(group, to)]?.signingShare
    return share && DkgShareType.serialize({ share })
  }

  // Kept from the start: the library forgets the shares it made when it has made the key.
  const SAY: Readonly<Record<DkgStep, (to: number) => Uint8Array | undefined>> = {
    package: () => {
      const mine = packages.get(self)
      return mine && DkgPackageType.serialize(mine)
    },
    transcript: () => (sending === undefined ? undefined : DkgTranscriptType.serialize(transcript())),
    share: shareFor,
    result: () => (made && isStored ? DkgResultType.serialize({ digest: resultDigest(made) }) : undefined),
  }

  return {
    messageFor: (step, to) => SAY[step](to),
    take(step, from, bytes) {
      const now = waiting()
      if (now?.step !== step || !now.holders.includes(from))
        throw new Fault('custody-step', `nothing is expected from holder ${from} in step ${step}`)
      TAKE[step](from, bytes)
    },
    waiting,
    computed: () => made,
    stored() {
      invariant(made, 'a key is stored when it is computed')
      isStored = true
    },
    finished: () => (made && isStored && waiting() === undefined ? made : undefined),
    forget() {
      FROST.DKG.clean(own.secret)
      for (const share of shares.values()) share.fill(0)
      for (const { signingShare } of Object.values(sending ?? {})) signingShare.fill(0)
    },
  }
}
