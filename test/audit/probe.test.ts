// What a reply means, and that the auditor's own trouble is never the target's failure.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { roundDueAt } from '../../src/core/clock.ts'
import { Fault } from '../../src/core/errors.ts'
import type { ProbeReply, Prober, Workload } from '../../src/core/ports.ts'
import { encodeAnswer } from '../../src/core/answers.ts'
import type { Answer, ProbeRequest } from '../../src/core/answers.ts'
import { word } from '../../src/core/bytes.ts'
import { HEIGHT_SPAN_BLOCKS, drawHeight, drawMoments, probe } from '../../src/audit/probe.ts'
import type { ProbeDeps } from '../../src/audit/probe.ts'
import { REASONS } from '../../src/audit/reasons.ts'
import { signRecord } from '../../src/round/record.ts'
import { beaconOf, testNetwork, testPeriod } from '../support/audit.ts'
import { createVirtualClock } from '../support/sim-clock.ts'
import { memoVerifier, simKeys } from '../support/sim-crypto.ts'
import { createRandom } from '../support/sim-random.ts'

const test = suite('audit: probe')
const ROUND = 12
const OPTIONS = { network: testNetwork, probeTimeoutMs: 1_000, lagBlocks: 8, marginBlocks: 3 }
const { member } = testPeriod(4)
const hash = new Uint8Array(32).fill(5)
const status = { client: 'test/1', network: word(1), headNumber: 5_000, headHash: hash, peers: 3, syncDistance: 0 }
const node: Workload = { kind: 'ethereum-execution', status: async () => status, proof: async () => hash }
const other = new Uint8Array(32).fill(6)
const beaconNode: Workload = {
  kind: 'ethereum-beacon',
  status: async () => ({ ...status, network: other }),
  proof: async () => other,
}
/** A target that hosts a beacon node, as it answers whoever asks. */
const beaconTarget = ({ workload }: ProbeRequest): Partial<Answer> => ({
  workload: 'ethereum-beacon',
  network: other,
  ...(workload === 'ethereum-beacon' ? { proof: other } : { fault: REASONS['other-workload'].code }),
})

/** A target that hosts no job and has no node of its own. */
const idle: Partial<Answer> = { fault: REASONS['workload-idle'].code, network: new Uint8Array(32), headNumber: 0 }

interface Case {
  /** How the target's answer differs from a good one. */
  readonly answer?: Partial<Answer> | ((request: ProbeRequest) => Partial<Answer>)
  readonly signer?: string
  readonly sequence?: number
  readonly reply?: ProbeReply
  readonly workload?: Partial<Workload>
  readonly yardsticks?: readonly Workload[]
  /** Of the protocol that the target speaks. */
  readonly version?: 1 | 2
  readonly prober?: Partial<Prober>
  readonly runsJob?: ProbeDeps['runsJob']
  /** Rounds since the newest beacon we have. */
  readonly staleRounds?: number
}

async function run(change: Case) {
  const clock = createVirtualClock(roundDueAt(testNetwork.drand, ROUND + (change.staleRounds ?? 0)))
  const reply = (request: ProbeRequest): ProbeReply => {
    const answer: Answer = {
      nonce: request.nonce,
      fault: 0,
      workload: 'ethereum-execution',
      client: new Uint8Array(),
      network: word(1),
      headNumber: 5_000,
      headHash: hash,
      peers: 3,
      syncDistance: 0,
      height: request.height,
      proof: hash,
      ...(typeof change.answer === 'function' ? change.answer(request) : change.answer),
    }
    const { signer } = simKeys(change.signer ?? 'node 2')
    const { kind, body } = encodeAnswer(change.version ?? 2, answer)
    const header = { kind, author: 3, unit: 0, sequence: change.sequence ?? 1 }
    const record = signRecord(signer, testNetwork.separator, header, body)
    return { ok: true, record, answer, latencyMs: 42 }
  }
  const deps: ProbeDeps = {
    clock,
    random: createRandom('probe').bytes,
    beacons: { latest: () => beaconOf(ROUND) },
    verifier: memoVerifier(),
    workload: { ...node, ...change.workload },
    yardsticks: change.yardsticks ?? [],
    runsJob: change.runsJob,
    prober: {
      probe: async (_, request) => change.reply ?? reply(request),
      reachable: async () => true,
      ...change.prober,
    },
  }
  const task = { period: 0, auditor: 1, target: member(2), fresh: false }
  const running = probe(OPTIONS, deps, task, new AbortController().signal)
  await clock.run(clock.now() + 10_000)
  return running
}

const silent = async (): Promise<never> => {
  throw new Fault('workload-silent', 'no answer')
}
const hanging = (): Promise<never> => new Promise(() => undefined)
const unreachable: ProbeReply = { ok: false, reason: 'unreachable' }

test('what each reply means', async () => {
  const cases: readonly [string, string, Case][] = [
    ['up', 'none', {}],
    ['up', 'none', { answer: { headNumber: 4_992 } }],
    ['degraded', 'lagging', { answer: { headNumber: 4_991 } }],
    ['degraded', 'lagging', { answer: { syncDistance: 9 } }],
    ['degraded', 'wrong-chain', { answer: { network: word(2) } }],
    ['degraded', 'wrong-block', { answer: { proof: new Uint8Array(32) } }],
    ['degraded', 'block-missing', { answer: { fault: REASONS['block-missing'].code } }],
    ['down', 'workload-silent', { answer: { fault: REASONS['workload-silent'].code } }],
    ['down', 'workload-silent', { answer: { fault: 200 } }],
    ['down', 'workload-silent', { answer: { fault: REASONS['own-workload-silent'].code } }],
    ['down', 'workload-silent', { answer: { fault: REASONS['other-workload'].code } }],
    ['down', 'workload-silent', { answer: idle, runsJob: async () => true }],
    ['up', 'none', { version: 1 }],
    ['down', 'garbled', { answer: { nonce: hash } }],
    ['down', 'garbled', { answer: { height: 1 } }],
    ['down', 'garbled', { signer: 'node 1' }],
    ['down', 'garbled', { sequence: 2 }],
    ['down', 'unreachable', { reply: unreachable }],
    ['down', 'timeout', { reply: { ok: false, reason: 'timeout' } }],
    ['down', 'timeout', { prober: { probe: hanging } }],
    ['down', 'refused', { reply: { ok: false, reason: 'refused' } }],
    ['down', 'garbled', { reply: { ok: false, reason: 'garbled' } }],
  ]
  for (const [i, [outcome, reason, change]] of cases.entries()) {
    const result = await run(change)
    assert.equal([result.outcome, result.reason], [outcome, reason], `case ${i}`)
  }
})

test('our own trouble is inconclusive, whatever the target does', async () => {
  const cases: readonly [string, Case][] = [
    ['own-beacon-stale', { staleRounds: 4 }],
    ['own-workload-silent', { workload: { status: silent } }],
    ['own-workload-silent', { workload: { status: hanging } }],
    ['own-block-missing', { workload: { proof: async () => undefined } }],
    ['own-network', { reply: unreachable, prober: { reachable: async () => false } }],
    ['own-network', { reply: unreachable, prober: { reachable: hanging } }],
  ]
  for (const [i, [reason, change]] of cases.entries()) {
    const result = await run({ reply: unreachable, ...change })
    assert.equal([result.outcome, result.reason], ['inconclusive', reason], `case ${i}`)
  }
  let asked = 0
  const status_ = async () => (asked++ === 0 ? status : silent())
  const dies = await run({ reply: unreachable, workload: { status: status_ } })
  assert.is(dies.reason, 'own-workload-silent', 'our node died while we waited')
})

test('a target of another kind is measured by a node of its kind, or not at all', async () => {
  const generic = (network: Uint8Array): Partial<Answer> => ({ workload: 'generic', network })
  const own = (network: Uint8Array): Partial<Workload> => ({
    kind: 'generic',
    status: async () => ({ ...status, network, headNumber: 0 }),
  })
  const cases: readonly [string, string, Case][] = [
    ['inconclusive', 'other-workload', { answer: beaconTarget }],
    ['up', 'none', { answer: beaconTarget, yardsticks: [beaconNode] }],
    ['up', 'none', { answer: beaconTarget, workload: beaconNode }],
    ['degraded', 'wrong-block', { answer: beaconTarget, yardsticks: [{ ...beaconNode, proof: async () => hash }] }],
    ['down', 'workload-silent', { answer: { ...beaconTarget, fault: 5 }, yardsticks: [beaconNode] }],
    ['inconclusive', 'own-workload-silent', { answer: beaconTarget, yardsticks: [{ ...beaconNode, status: silent }] }],
    ['inconclusive', 'other-workload', { answer: generic(other), yardsticks: [beaconNode] }],
    // Everybody declares its own health probe: only the same declaration can be compared.
    ['inconclusive', 'other-workload', { answer: generic(other), workload: own(hash) }],
    ['up', 'none', { answer: generic(other), workload: own(other) }],
  ]
  for (const [i, [outcome, reason, change]] of cases.entries()) {
    const result = await run(change)
    assert.equal([result.outcome, result.reason], [outcome, reason], `case ${i}`)
  }
})

test('who owes no node is not down for having none', async () => {
  const cases: readonly [string, Case][] = [
    ['no market to ask', {}],
    ['the chain knows of no job', { runsJob: async () => false }],
    ['the chain cannot be asked', { runsJob: async () => Promise.reject(new Fault('rpc-unreachable', 'x')) }],
    ['the chain hangs', { runsJob: hanging }],
  ]
  for (const [why, change] of cases) {
    const result = await run({ answer: idle, ...change })
    assert.equal([result.outcome, result.reason], ['inconclusive', 'workload-idle'], why)
    assert.ok(result.answer, 'its word is kept')
  }
})

test('a second node of the same kind stands in for a silent one of our own', async () => {
  assert.is((await run({ workload: { status: silent }, yardsticks: [node] })).outcome, 'up')
})

test('an up answer is kept with its height and latency', async () => {
  const { answer, height, latencyMs } = await run({})
  assert.ok(answer)
  assert.is(latencyMs, 42)
  assert.ok(height !== undefined && height <= 4_997 && height > 4_997 - HEIGHT_SPAN_BLOCKS)
})

test('moments lie in the window; heights in the span below the margin', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20), fc.nat(1_000), fc.nat(5_000), (seed, count, from, span) => {
      const moments = drawMoments(createRandom(seed).bytes, count, from, from + span)
      assert.is(moments.length, count)
      for (const at of moments) assert.ok(at >= from && at <= from + span, `${at}`)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(1_000), fc.nat(50), (nonce, head, margin) => {
      const height = drawHeight(nonce, head, margin)
      const newest = Math.max(0, head - margin)
      assert.ok(height >= 0 && height <= newest && height > newest - HEIGHT_SPAN_BLOCKS, `${height} of ${head}`)
    }),
  )
})

test('reason codes are unique bytes', () => {
  const codes = Object.values(REASONS).map(({ code }) => code)
  assert.is(new Set(codes).size, codes.length)
  for (const code of codes) assert.ok(code >= 0 && code < 256, String(code))
})

test.run()
