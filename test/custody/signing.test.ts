// A signature of t holders in one process: any t make one that verifies, fewer make none, whoever lies is named and left
// out, a coordinator that lies gets nothing, and no pair of nonces ever serves twice.

import { secp256k1_FROST as FROST } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import { isGroupSigned } from '../../src/core/custody.ts'
import { NonceCommitmentType, SigningPackageType } from '../../src/core/custody-wire.ts'
import type { NonceCommitment } from '../../src/core/custody-wire.ts'
import { Fault } from '../../src/core/errors.ts'
import { collect } from '../../src/custody/coordinator.ts'
import { holderSign } from '../../src/custody/group.ts'
import { signCommitment } from '../../src/custody/nonces.ts'
import { OPEN_MAX, isOwnShare } from '../../src/custody/signer.ts'
import type { Signer } from '../../src/custody/signer.ts'
import { askOf, emptyBook, keysOf, openSigner, peopleOf } from '../support/custody.ts'
import type { People } from '../support/custody.ts'

const test = suite('custody/signing')
const SEED = 0x0c1
const DIGEST = keccak256(utf8ToBytes('a move'))
const OTHER = keccak256(utf8ToBytes('another move'))
const never = new AbortController().signal
const asked = { coordinator: 0, digest: DIGEST }

const groupOf = (people: People) => (keysOf(people)[0] as ReturnType<typeof keysOf>[number]).group
const signersOf = (people: People, name?: string): Signer[] =>
  people.seeds.map((_, holder) => openSigner(people, holder, emptyBook(DIGEST), name))

async function faultOf(act: () => unknown): Promise<readonly [code: string, holder: unknown]> {
  try {
    await act()
  } catch (error) {
    if (error instanceof Fault) return [error.code, error.data['holder']]
    throw error
  }
  throw new Error('nothing is refused')
}

for (const [threshold, count] of [
  [2, 3],
  [3, 5],
  [7, 11],
] as const)
  test(`${threshold} of ${count}: any that many sign under the group key, one fewer cannot`, async () => {
    const people = peopleOf(threshold, count)
    const group = groupOf(people)
    const all = signersOf(people)
    const subset = fc.shuffledSubarray([...all.keys()], { minLength: threshold, maxLength: threshold })
    await fc.assert(
      fc.asyncProperty(subset, fc.uint8Array({ minLength: 32, maxLength: 32 }), async (chosen, digest) => {
        const there = people.seeds.map((_, holder) =>
          chosen.includes(holder) ? openSigner(people, holder, emptyBook(digest)) : undefined,
        )
        const subject = { coordinator: chosen[0] ?? 0, digest }
        const { signature, signers } = await collect(group, subject, askOf(there), never)
        assert.equal(
          signers,
          chosen.toSorted((a, b) => a - b),
        )
        assert.ok(FROST.verify(signature, digest, group.groupKey))
        assert.ok(isGroupSigned(group.groupKey, digest, signature))
        assert.is(isGroupSigned(group.groupKey, OTHER, signature), false)
        const fewer = there.map((signer, holder) => (holder === chosen[0] ? undefined : signer))
        assert.equal(await faultOf(async () => collect(group, subject, askOf(fewer), never)), [
          'custody-too-few',
          undefined,
        ])
      }),
      { numRuns: count > 5 ? 2 : 8, seed: SEED },
    )
  })

test('a wrong share is named and its sender left out, as long as enough remain', async () => {
  const people = peopleOf(3, 5)
  const lie = (...liars: readonly number[]) =>
    askOf(signersOf(people), (holder, share) => (liars.includes(holder) ? share.with(31, (share[31] ?? 0) ^ 1) : share))
  const two = await collect(groupOf(people), asked, lie(0, 2), never)
  assert.equal(two.signers, [1, 3, 4])
  assert.equal(two.leftOut, [
    { holder: 0, why: 'custody-wrong-share' },
    { holder: 2, why: 'custody-wrong-share' },
  ])
  assert.ok(isGroupSigned(groupOf(people).groupKey, DIGEST, two.signature))
  const [code] = await faultOf(async () => collect(groupOf(people), asked, lie(0, 2, 4), never))
  assert.is(code, 'custody-too-few')
})

test('who commits and then says nothing, or what is no commitment, is left out', async () => {
  const people = peopleOf(2, 3)
  const all = signersOf(people)
  const honest = askOf(all)
  const { signers, leftOut } = await collect(
    groupOf(people),
    asked,
    {
      commit: async (holder, subject, signal) =>
        holder === 0 ? new Uint8Array(8) : honest.commit(holder, subject, signal),
      sign: honest.sign,
    },
    never,
  )
  assert.equal(signers, [1, 2])
  assert.equal(leftOut, [{ holder: 0, why: 'bad-encoding' }])
  const second = await collect(
    groupOf(people),
    asked,
    askOf(signersOf(people), (holder, share) => {
      if (holder === 1) throw new Fault('custody-silent', 'gone')
      return share
    }),
    never,
  )
  assert.equal([second.signers, second.leftOut], [[0, 2], [{ holder: 1, why: 'custody-silent' }]])
})

test('only what the operator approved is signed, looked up again before the share', async () => {
  const people = peopleOf(2, 3)
  const book = emptyBook()
  const signer = openSigner(people, 1, book)
  assert.equal(await faultOf(() => signer.commit(asked)), ['custody-not-approved', 1])
  book.approved.add(`0x${Buffer.from(DIGEST).toString('hex')}`)
  const mine = signer.commit(asked)
  const theirs = openSigner(people, 0, emptyBook(DIGEST)).commit(asked)
  book.approved.clear()
  assert.equal(await faultOf(() => signer.sign(asked, packageOf(theirs, mine))), ['custody-not-approved', 1])
  assert.equal(book.spent, [])
})

const commitmentOf = (bytes: Uint8Array): NonceCommitment => NonceCommitmentType.deserialize(bytes)
const packageOf = (...encoded: readonly Uint8Array[]): Uint8Array =>
  SigningPackageType.serialize(encoded.map(commitmentOf))

test('a pair serves once: not twice, not for another digest or coordinator, not after a restart', async () => {
  const people = peopleOf(2, 3)
  const book = emptyBook(DIGEST, OTHER)
  const other = openSigner(people, 0, emptyBook(DIGEST, OTHER))
  const signer = openSigner(people, 1, book)
  const chosen = packageOf(other.commit(asked), signer.commit(asked))
  assert.is(signer.sign(asked, chosen).length, 32)
  assert.is(book.spent.length, 1)
  assert.equal(await faultOf(() => signer.sign(asked, chosen)), ['custody-nonce-unknown', undefined])
  const again = packageOf(other.commit(asked), signer.commit(asked))
  for (const elsewhere of [
    { ...asked, digest: OTHER },
    { ...asked, coordinator: 2 },
  ])
    assert.equal(await faultOf(() => signer.sign(elsewhere, again)), ['custody-coordinator', elsewhere.coordinator])
  const restarted = openSigner(people, 1, book, 'restarted')
  assert.equal(await faultOf(() => restarted.sign(asked, again)), ['custody-nonce-unknown', undefined])
  // A process brought back from a picture of its memory: the same pair, but the book knows it.
  const thawed = openSigner(people, 1, book)
  thawed.commit(asked)
  assert.equal(await faultOf(() => thawed.sign(asked, chosen)), ['custody-nonce-spent', undefined])
  assert.is(book.spent.length, 1)
})

test('a coordinator that lies gets no share and is named', async () => {
  const people = peopleOf(2, 3)
  const [zero, one, two] = signersOf(people) as [Signer, Signer, Signer]
  const fresh = () => [zero, one, two].map((signer) => commitmentOf(signer.commit(asked)))
  const [a, b, c] = fresh() as [NonceCommitment, NonceCommitment, NonceCommitment]
  const noPoint = signCommitment(
    people.group,
    asked,
    { holder: 0, hiding: new Uint8Array(33), binding: a.binding },
    holderSign(people.seeds[0] as Uint8Array),
  )
  const lists: readonly (readonly [what: string, list: readonly NonceCommitment[]])[] = [
    ['too few', [b]],
    ['without the one asked', [a, c]],
    ['out of order', [b, a]],
    ['twice', [b, b]],
    ['made up', [{ ...a, hiding: c.hiding }, b]],
    ['of a stranger', [b, { ...c, holder: 9 }]],
    ['no point, though signed', [noPoint, b]],
  ]
  for (const [what, list] of lists)
    assert.equal(
      await faultOf(() => one.sign(asked, SigningPackageType.serialize([...list]))),
      ['custody-coordinator', 0],
      what,
    )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      assert.equal(await faultOf(() => one.sign(asked, bytes)), ['custody-coordinator', 0])
    }),
    { numRuns: 200, seed: SEED },
  )
})

test('pairs in memory are few for each coordinator, whoever asks how often', () => {
  const people = peopleOf(2, 3)
  const signer = openSigner(people, 1, emptyBook(DIGEST))
  for (let i = 0; i < 3 * OPEN_MAX; i++)
    for (const coordinator of [0, 2]) signer.commit({ coordinator, digest: DIGEST })
  assert.is(signer.open(), 2 * OPEN_MAX)
})

test('a share that is not the group’s is known before it signs', () => {
  const [first, second] = keysOf(peopleOf(2, 3)) as [
    ReturnType<typeof keysOf>[number],
    ReturnType<typeof keysOf>[number],
  ]
  assert.ok(isOwnShare(first.group, first.own))
  assert.ok(isOwnShare(first.group, second.own), 'all have the same group')
  assert.is(isOwnShare(first.group, { ...second.own, holder: 0 }), false)
  assert.is(isOwnShare(first.group, { ...first.own, holder: 7 }), false)
})

test.run()
