import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answersRoot } from '../../src/audit/tree.ts'
import { backingFlaw } from '../../src/audit/backing.ts'
import { targetsOf } from '../../src/audit/assignment.ts'
import { ZERO_32, keccak256, word } from '../../src/core/bytes.ts'
import { AnswerBody } from '../../src/core/records.ts'
import { nobleRecordVerifier } from '../../src/core/signature.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { SignedRecord } from '../../src/core/types.ts'
import { nameOf } from '../../src/round/record.ts'
import { testPeriod } from '../support/audit.ts'

const test = suite('audit/backing')
const AUDITOR = 0
const UP = 2
const period = testPeriod(6)
const targets = targetsOf(period.context.assignment, AUDITOR)

const bodyOf = (nonce: number, fault = 0): Uint8Array =>
  AnswerBody.serialize({
    nonce: keccak256(word(nonce)),
    fault,
    client: new Uint8Array(0),
    chainId: 1n,
    headNumber: 100,
    headHash: ZERO_32,
    peers: 3,
    syncDistance: 0,
    height: 90,
    blockHash: keccak256(word(90)),
  })

const answerBy = (slot: number, nonce: number, fault = 0, auditor = AUDITOR + 1): SignedRecord =>
  period.sign(slot, RECORD_KINDS.answer, auditor, bodyOf(nonce, fault))

/** Two answers of each target. */
const kept = targets.flatMap((slot) => [answerBy(slot, 1), answerBy(slot, 2)])

/** The auditor's reveal, committed to `answers`. */
const revealOver = (answers: readonly SignedRecord[]): SignedRecord =>
  period.reveal(AUDITOR, (entry) => ({
    ...entry,
    up: UP,
    answersRoot: answersRoot(answers.filter(({ author }) => author === entry.slot + 1).map(nameOf)),
  }))

const flaw = (committed: readonly SignedRecord[], shown: readonly SignedRecord[]): string | undefined =>
  backingFlaw(period.context, revealOver(committed), shown, nobleRecordVerifier)?.code

const firstReplacedBy = (answer: SignedRecord): readonly SignedRecord[] => [answer, ...kept.slice(1)]
const [first = -1] = targets

test('an honest auditor shows what it committed to, in any order', () => {
  assert.is(flaw(kept, kept), undefined)
  assert.is(flaw(kept, kept.toReversed()), undefined)
})

test('answers that are missing, added or changed do not make the root', () => {
  assert.is(flaw(kept, []), 'answers-not-shown')
  assert.is(flaw([], kept), 'answers-differ')
  assert.is(flaw(kept, kept.slice(1)), 'answers-differ')
  assert.is(flaw(kept, [...kept, answerBy(first, 3)]), 'answers-differ')
  assert.is(flaw(kept, firstReplacedBy(answerBy(first, 3))), 'answers-differ')
})

test('answers nobody gave to this auditor back nothing, even under a matching root', () => {
  const forged = { ...answerBy(AUDITOR, 1), author: first + 1 }
  const toAnother = answerBy(first, 1, 0, AUDITOR + 2)
  const otherKind = period.sign(first, RECORD_KINDS.certificate, AUDITOR + 1, bodyOf(1))
  for (const [name, answer] of Object.entries({ forged, toAnother, otherKind })) {
    const answers = firstReplacedBy(answer)
    assert.is(flaw(answers, answers), 'answer-not-signed', name)
  }
})

test('an `up` needs an answer without a fault, and a whole one', () => {
  const faulty = firstReplacedBy(answerBy(first, 1, 20))
  assert.is(flaw(faulty, faulty), 'answers-too-few')
  const garbled = firstReplacedBy(period.sign(first, RECORD_KINDS.answer, AUDITOR + 1, Uint8Array.of(1, 2, 3)))
  assert.is(flaw(garbled, garbled), 'answers-too-few')
})

test('the flaw names target and auditor', () => {
  const found = backingFlaw(period.context, revealOver(kept), [], nobleRecordVerifier)
  assert.is(found?.where, `answers of sidecar ${first + 1} to sidecar ${AUDITOR + 1}`)
})

test.run()
