// The ceremony with all holders in one process: what an honest one ends with, that nothing is said too early, and that
// whoever breaks it is named by those who can prove it.

import { secp256k1_FROST as FROST } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, toHex, utf8ToBytes } from '../../src/core/bytes.ts'
import { DkgPackageType, DkgShareType, DkgTranscriptType } from '../../src/core/custody-wire.ts'
import { Fault } from '../../src/core/errors.ts'
import type { DkgContent } from '../../src/core/custody-wire.ts'
import { DKG_STEPS, createDkg, signPackage } from '../../src/custody/dkg.ts'
import type { Dkg, DkgStep } from '../../src/custody/dkg.ts'
import { groupId, holderOf, holderSign, identifierOf, isSignedBy, makeGroup } from '../../src/custody/group.ts'
import { SESSION, keysOf, openCeremony, peopleOf, streamOf, talk } from '../support/custody.ts'
import type { Bend } from '../support/custody.ts'

const test = suite('custody/dkg')
const DIGEST = keccak256(utf8ToBytes('a move'))
const SIZES: readonly (readonly [threshold: number, count: number])[] = [
  [2, 2],
  [2, 3],
  [3, 5],
  [7, 11],
]

/** Code and holder of what `act` throws. */
function blamed(act: () => void): readonly [code: string, holder: unknown] {
  try {
    act()
  } catch (error) {
    if (error instanceof Fault) return [error.code, error.data['holder']]
    throw error
  }
  throw new Error('nobody is blamed')
}

const first = (holders: readonly Dkg[]): Dkg => holders[0] as Dkg

for (const [threshold, count] of SIZES)
  test(`${threshold} of ${count}: one key, a share for each, and t of them make its signature`, () => {
    const keys = keysOf(peopleOf(threshold, count))
    assert.is(new Set(keys.map(({ group }) => toHex(group.groupKey))).size, 1)
    assert.is(new Set(keys.map(({ own }) => toHex(own.share))).size, count)
    const { group } = keys[0] as (typeof keys)[number]
    const shares = keys.map(({ own }) => ({
      identifier: identifierOf(group, own.holder),
      signingShare: own.share,
    }))
    const secret = FROST.combineSecret(shares.slice(0, threshold), { min: threshold, max: count })
    assert.ok(FROST.verify(FROST.sign(DIGEST, secret), DIGEST, group.groupKey), 't shares are the key')
    const { signingShare } = shares[count - 1] as (typeof shares)[number]
    assert.is(FROST.utils.Fn.fromBytes(signingShare) === FROST.utils.Fn.fromBytes(secret), false)
  })

test('nothing is said before its time, and nothing is kept before all have confirmed', () => {
  const holders = openCeremony(peopleOf(2, 3), 'early')
  const said = (step: DkgStep) => first(holders).messageFor(step, 1) !== undefined
  const can = () => DKG_STEPS.filter(said)
  assert.equal(can(), ['package'])
  talk(holders, undefined, 'package')
  assert.equal(can(), ['package', 'transcript'], 'no share leaves before all have confirmed one transcript')
  talk(holders, undefined, 'transcript')
  assert.equal(can(), ['package', 'transcript', 'share'])
  talk(holders, undefined, 'share')
  assert.ok(first(holders).computed())
  assert.equal(can(), ['package', 'transcript', 'share'], 'not stored yet')
  first(holders).stored()
  assert.equal(can(), [...DKG_STEPS])
  assert.is(first(holders).finished(), undefined, 'the others have not said that they have it')
  assert.equal(first(holders).waiting(), { step: 'result', holders: [1, 2] }, 'who is silent is named')
})

test('a holder that says nothing is named, and nobody has a key', () => {
  for (const step of DKG_STEPS) {
    const holders = openCeremony(peopleOf(2, 3), `silent in ${step}`)
    talk(holders, (now, from, _to, said) => (now === step && from === 2 ? undefined : said))
    assert.equal(first(holders).waiting(), { step, holders: [2] }, step)
    assert.is(first(holders).finished(), undefined, step)
  }
})

test('two stories in round 1 are caught before any share leaves, and their author is named', () => {
  const people = peopleOf(3, 5)
  const holders = openCeremony(people, 'honest')
  const other = createDkg(
    { group: people.group, self: 4, session: SESSION },
    { random: streamOf('second story'), sign: holderSign(people.seeds[4] as Uint8Array) },
  )
  const twoStories: Bend = (step, from, to, said) =>
    step === 'package' && from === 4 && to >= 2 ? other.messageFor('package', to) : said
  talk(holders, twoStories, 'package')
  for (const [to, from] of [
    [0, 2],
    [2, 0],
  ] as const) {
    const transcript = (holders[from] as Dkg).messageFor('transcript', to) as Uint8Array
    assert.equal(
      blamed(() => {
        ;(holders[to] as Dkg).take('transcript', from, transcript)
      }),
      ['custody-equivocation', 4],
    )
    assert.is((holders[to] as Dkg).messageFor('share', from), undefined)
  }
})

test('nobody can make another look like an equivocator', () => {
  const people = peopleOf(2, 3)
  const holders = openCeremony(people, 'framed')
  talk(holders, undefined, 'package')
  const honest = DkgTranscriptType.deserialize((holders[2] as Dkg).messageFor('transcript', 0) as Uint8Array)
  const elsewhere = openCeremony(people, 'another session', keccak256(utf8ToBytes('another session')))
  talk(elsewhere, undefined, 'package')
  const old = DkgTranscriptType.deserialize((elsewhere[2] as Dkg).messageFor('transcript', 0) as Uint8Array)
  const forged = { digest: DIGEST, signature: holderSign(people.seeds[2] as Uint8Array)(DIGEST) }
  for (const entry of [forged, old[1] as typeof forged])
    assert.equal(
      blamed(() => {
        first(holders).take('transcript', 2, DkgTranscriptType.serialize(honest.with(1, entry)))
      }),
      ['custody-transcript', 2],
    )
})

/** Bends one field of what `from` says in `step`. */
const bent = (step: DkgStep, from: number, change: (said: Uint8Array) => Uint8Array): Bend => {
  return (now, sender, _to, said) => (now === step && sender === from ? change(said) : said)
}

test('a wrong proof, signature, share or result, and bytes that are none of them, name their author', () => {
  const people = peopleOf(3, 5)
  const sign = holderSign(people.seeds[3] as Uint8Array)
  const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1)
  /** A package of another group, signed anew for this one: its proof does not fit. */
  const foreign = openCeremony(peopleOf(3, 5, 'others'), 'foreign')[3] as Dkg
  const cases: readonly (readonly [code: string, Bend])[] = [
    ['custody-encoding', bent('package', 3, (said) => said.subarray(1))],
    ['custody-signature', bent('package', 3, (said) => flip(said, 8))],
    ['custody-signature', bent('package', 3, () => foreign.messageFor('package', 0) as Uint8Array)],
    ['custody-share', bent('share', 3, (said) => flip(said, 31))],
    ['custody-share', bent('share', 3, () => DkgShareType.serialize({ share: new Uint8Array(32) }))],
    ['custody-share', bent('share', 3, () => DkgShareType.serialize({ share: new Uint8Array(32).fill(255) }))],
    ['custody-result', bent('result', 3, (said) => flip(said, 0))],
    ['custody-transcript', bent('transcript', 3, (said) => said.subarray(0, 96))],
    ['custody-encoding', bent('transcript', 3, (said) => said.subarray(1))],
  ]
  for (const [code, bend] of cases)
    assert.equal(
      blamed(() => {
        talk(openCeremony(people, 'bent'), bend)
      }),
      [code, 3],
      code,
    )
  const anew = (change: (content: DkgContent) => Partial<DkgContent>): Bend =>
    bent('package', 3, (said) => {
      const content = DkgPackageType.deserialize(said)
      const options = { group: people.group, self: 3, session: SESSION }
      return DkgPackageType.serialize(signPackage(options, { ...content, ...change(content) }, sign))
    })
  for (const bend of [
    anew(({ proof }) => ({ proof: flip(proof, 64) })),
    anew(({ commitments }) => ({ commitments: commitments.slice(1) })),
    anew(({ commitments }) => ({ commitments: commitments.with(2, new Uint8Array(33)) })),
    anew(() => DkgPackageType.deserialize(foreign.messageFor('package', 0) as Uint8Array)),
  ])
    assert.equal(
      blamed(() => {
        talk(openCeremony(people, 'bent'), bend)
      }),
      ['custody-proof', 3],
    )
})

test('any bytes from anybody in any step: a fault that names the sender, never anything else', () => {
  const people = peopleOf(2, 2)
  fc.assert(
    fc.property(fc.constantFrom(...DKG_STEPS), fc.uint8Array({ maxLength: 2048 }), (step, bytes) => {
      const holders = openCeremony(people, 'fuzz')
      const [code, holder] = blamed(() => {
        talk(
          holders,
          bent(step, 1, () => bytes),
        )
      })
      assert.is(holder, 1)
      assert.match(code, /^custody-(?:encoding|signature|transcript|share|result)$/)
    }),
    { numRuns: 60, seed: 0x0c1 },
  )
})

test('what nobody asked for is not taken', () => {
  const holders = openCeremony(peopleOf(2, 3), 'unasked')
  const said = (holders[1] as Dkg).messageFor('package', 0) as Uint8Array
  first(holders).take('package', 1, said)
  for (const [step, from] of [
    ['package', 1],
    ['package', 0],
    ['package', 7],
    ['share', 2],
  ] as const)
    assert.throws(
      () => {
        first(holders).take(step, from, said)
      },
      (error: unknown) => error instanceof Fault && error.code === 'custody-step',
    )
})

test('a group is named by everything in it, in any order', () => {
  const { group } = peopleOf(2, 3)
  const names = [
    group,
    { ...group, name: 'others' },
    { ...group, threshold: 3 },
    { ...group, holders: group.holders.slice(0, 2) },
  ].map((each) => toHex(groupId(makeGroup(each))))
  assert.is(new Set(names).size, names.length)
  assert.equal(makeGroup({ ...group, holders: group.holders.toReversed() }), group)
  assert.is(holderOf(group, group.holders[2] as Uint8Array), 2)
  assert.is(holderOf(group, new Uint8Array(32)), undefined)
  assert.is(isSignedBy(group, 9, DIGEST, new Uint8Array(64)), false)
})

test('a group that cannot be is refused', () => {
  const { group } = peopleOf(2, 3)
  const one = group.holders[0] as Uint8Array
  for (const wrong of [
    { ...group, name: '' },
    { ...group, name: '../up' },
    { ...group, threshold: 1 },
    { ...group, threshold: 4 },
    { ...group, threshold: 2.5 },
    { ...group, holders: [one] },
    { ...group, holders: [one, one] },
    { ...group, holders: [one, one.subarray(1)] },
    { ...group, holders: Array.from({ length: 33 }, (_, i) => new Uint8Array(32).fill(i)) },
  ])
    assert.throws(
      () => makeGroup(wrong),
      (error: unknown) => error instanceof Fault && error.code === 'custody-group',
      JSON.stringify(wrong),
    )
})

test.run()
