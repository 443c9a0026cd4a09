// The target's side: whom it serves, what it refuses, and that a silent node is said so under its own signature.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { word } from '../../src/core/bytes.ts'
import { Fault, codeOf } from '../../src/core/errors.ts'
import type { Workload } from '../../src/core/ports.ts'
import { decodeAnswer } from '../../src/core/answers.ts'
import type { ProbeRequest } from '../../src/core/answers.ts'
import { AnswerBody } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import { ANSWERS_MAX, createResponder } from '../../src/audit/answer.ts'
import { auditorsOf } from '../../src/audit/assignment.ts'
import { REASONS } from '../../src/audit/reasons.ts'
import { isSignedBy } from '../../src/round/record.ts'
import { testNetwork, testPeriod } from '../support/audit.ts'
import { createVirtualClock } from '../support/sim-clock.ts'
import { memoVerifier, simKeys } from '../support/sim-crypto.ts'

const test = suite('audit: answer')
const SIZE = 12
const { context, member } = testPeriod(SIZE)
const me = member(4)
const [auditorSlot = -1] = auditorsOf(context.assignment, 4)
const auditor = member(auditorSlot)
const stranger = context.roster.members.find(
  ({ slot }) => slot !== 4 && !auditorsOf(context.assignment, 4).includes(slot),
)
const ROUND = context.phases.probe + 1
const hash = new Uint8Array(32).fill(5)
const request: ProbeRequest = {
  version: 2,
  period: 0,
  auditor: auditor.id,
  round: ROUND,
  nonce: hash,
  workload: 'ethereum-execution',
  height: 990,
}
const status = {
  client: 'test/1',
  network: word(7),
  headNumber: 1_000,
  headHash: hash,
  peers: 3,
  syncDistance: 0,
}
const node: Workload = {
  kind: 'ethereum-execution',
  status: async () => status,
  proof: async () => hash,
}

function responder(workload: Partial<Workload> = {}) {
  const clock = createVirtualClock(0)
  const signal = new AbortController().signal
  const deps = { clock, signer: simKeys('node 4').signer, workload: { ...node, ...workload }, timeoutMs: 100, signal }
  return { clock, ...createResponder(deps, context, me) }
}

test('an answer to our auditor, signed', async () => {
  const record = await responder().answer(request, auditor.peerKey, ROUND)
  const answer = decodeAnswer(record)
  assert.equal(
    [record.kind, record.author, record.unit, record.sequence],
    [RECORD_KINDS.workloadAnswer, me.id, 0, auditor.id],
  )
  assert.ok(isSignedBy(memoVerifier(), testNetwork.separator, me, record))
  assert.equal([answer.nonce, answer.height, answer.proof, answer.fault], [hash, 990, hash, 0])
})

test('asked in version 1 it answers in version 1', async () => {
  const record = await responder().answer({ ...request, version: 1 }, auditor.peerKey, ROUND)
  assert.is(record.kind, RECORD_KINDS.answer)
  const { chainId, blockHash, fault } = AnswerBody.deserialize(record.body)
  assert.equal([chainId, blockHash, fault], [7n, hash, 0])
})

test('asked about another kind it says what it is, in either version', async () => {
  const { answer } = responder({ kind: 'ethereum-beacon' })
  const second = decodeAnswer(await answer(request, auditor.peerKey, ROUND))
  assert.equal([second.workload, second.fault], ['ethereum-beacon', REASONS['other-workload'].code])
  assert.equal(second.proof, new Uint8Array(32))
  const first = await answer({ ...request, version: 1 }, auditor.peerKey, ROUND)
  assert.equal(
    [AnswerBody.deserialize(first.body).chainId, decodeAnswer(first).fault],
    [0n, REASONS['other-workload'].code],
  )
})

test('whom and what it refuses', async () => {
  assert.ok(stranger)
  const cases: readonly [string, Partial<ProbeRequest>, Uint8Array?, number?][] = [
    ['not-my-auditor', {}, stranger.peerKey],
    ['not-my-auditor', { auditor: stranger.id }, stranger.peerKey],
    ['not-my-auditor', { auditor: 99 }],
    ['wrong-period', { period: 1 }],
    ['wrong-round', { round: context.phases.probe - 1 }],
    ['wrong-round', { round: context.phases.seal }],
    ['wrong-round', { round: ROUND + 2 }],
  ]
  for (const [i, [code, change, from = auditor.peerKey]] of cases.entries())
    try {
      await responder().answer({ ...request, ...change }, from, ROUND)
      assert.unreachable(`case ${i} was answered`)
    } catch (error) {
      assert.is(codeOf(error), code, `case ${i}`)
    }
})

test('bounded: so many answers for each auditor', async () => {
  const { answer } = responder()
  for (let i = 0; i < ANSWERS_MAX; i++) await answer(request, auditor.peerKey, ROUND)
  try {
    await answer(request, auditor.peerKey, ROUND)
    assert.unreachable('one too many was answered')
  } catch (error) {
    assert.is(codeOf(error), 'too-many-probes')
  }
})

test('a node that is silent, hangs, lacks the block or is not owed is said so, signed', async () => {
  const fail = (code: string) => async (): Promise<never> => {
    throw new Fault(code, 'no')
  }
  const hang = (): Promise<never> => new Promise(() => undefined)
  const cases: readonly [number, Partial<Workload>][] = [
    [REASONS['workload-silent'].code, { status: fail('workload-silent') }],
    [REASONS['workload-timeout'].code, { status: fail('workload-timeout') }],
    [REASONS['workload-timeout'].code, { status: hang }],
    [REASONS['workload-idle'].code, { status: fail('workload-idle') }],
    [REASONS['workload-silent'].code, { proof: fail('workload-silent') }],
    [REASONS['workload-timeout'].code, { proof: hang }],
    [REASONS['block-missing'].code, { proof: async () => undefined }],
  ]
  for (const [i, [fault, workload]] of cases.entries()) {
    const { answer, clock } = responder(workload)
    const pending = answer(request, auditor.peerKey, ROUND)
    await clock.run(1_000)
    assert.is(decodeAnswer(await pending).fault, fault, `case ${i}`)
  }
})

test.run()
