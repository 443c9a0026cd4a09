// Both versions of probes and answers: frozen encodings, so that a sidecar of the first version still understands and
// verifies what it is told, and one view of both for the domain.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, isAnswer } from '../../src/core/answers.ts'
import type { Answer, ProbeRequest } from '../../src/core/answers.ts'
import { keccak256, toHex, utf8ToBytes, word } from '../../src/core/bytes.ts'
import { Fault } from '../../src/core/errors.ts'
import { RECORD_KINDS, WORKLOAD_KINDS } from '../../src/core/types.ts'
import { codeThrown } from '../support/faults.ts'

const test = suite('core/answers')

const VECTORS = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/probes.json'), 'utf8')) as {
  readonly requests: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<string, string>>
}

const request: ProbeRequest = {
  version: 1,
  period: 12,
  auditor: 7,
  round: 4_000,
  nonce: keccak256(utf8ToBytes('nonce')),
  workload: 'ethereum-execution',
  height: 19_000_000,
}
const answer: Answer = {
  nonce: request.nonce,
  fault: 0,
  workload: 'ethereum-execution',
  network: word(11_155_111),
  client: utf8ToBytes('client/v1'),
  headNumber: 19_000_010,
  headHash: keccak256(utf8ToBytes('head')),
  peers: 25,
  syncDistance: 2,
  height: request.height,
  proof: keccak256(utf8ToBytes('block')),
}
const beacon: Partial<Answer> = { workload: 'ethereum-beacon', network: keccak256(utf8ToBytes('genesis')) }

test('requests and answers are on the wire as they were', () => {
  const requests = {
    'version 1': toHex(encodeRequest(request)),
    'version 2, execution': toHex(encodeRequest({ ...request, version: 2 })),
    'version 2, beacon': toHex(encodeRequest({ ...request, version: 2, workload: 'ethereum-beacon' })),
  }
  assert.equal(requests, VECTORS.requests)
  const hex = ({ kind, body }: { readonly kind: number; readonly body: Uint8Array }) => `${kind} ${toHex(body)}`
  const answers = {
    'version 1': hex(encodeAnswer(1, answer)),
    'version 2, execution': hex(encodeAnswer(2, answer)),
    'version 2, beacon': hex(encodeAnswer(2, { ...answer, ...beacon })),
  }
  assert.equal(answers, VECTORS.answers)
})

test('one view of both versions', () => {
  for (const version of [1, 2] as const) {
    assert.equal(decodeRequest(version, encodeRequest({ ...request, version })), { ...request, version })
    assert.equal(decodeAnswer(encodeAnswer(version, answer)), answer, `version ${version}`)
  }
  assert.equal(decodeAnswer(encodeAnswer(2, { ...answer, ...beacon })), { ...answer, ...beacon })
  const first = decodeAnswer(encodeAnswer(1, { ...answer, ...beacon }))
  assert.equal([first.workload, first.network], ['ethereum-execution', word(0)], 'version 1 has no other kind')
})

test('a kind of workload or of record that this version does not know', () => {
  const bytes = encodeRequest({ ...request, version: 2 })
  const at = bytes.length - 9
  assert.is(bytes[at], WORKLOAD_KINDS['ethereum-execution'])
  assert.is(
    codeThrown(() => decodeRequest(2, bytes.with(at, 99))),
    'workload-unknown',
  )
  assert.is(
    codeThrown(() => decodeAnswer({ kind: RECORD_KINDS.seal, body: new Uint8Array() })),
    'unknown-kind',
  )
  assert.equal(
    [RECORD_KINDS.answer, RECORD_KINDS.workloadAnswer, 1].map((kind) => isAnswer({ kind })),
    [true, true, false],
  )
})

test('any bytes: decoded or refused by a Fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(1, 2), (bytes, version) => {
      const kind = version === 1 ? RECORD_KINDS.answer : RECORD_KINDS.workloadAnswer
      for (const run of [() => decodeRequest(version, bytes), () => decodeAnswer({ kind, body: bytes })])
        try {
          run()
        } catch (error) {
          assert.instance(error, Fault)
        }
    }),
  )
})

test.run()
