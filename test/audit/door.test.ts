// Every reject and ignore sentence of the door and of the checks behind it, and random bytes through all of it.

import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { viewStart } from '../../src/core/clock.ts'
import { ignore } from '../../src/core/errors.ts'
import type { Topic, Verdict } from '../../src/core/ports.ts'
import { CertificateBody, ProposalBody, VoteBody } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Roster, SignedRecord } from '../../src/core/types.ts'
import { createDoor } from '../../src/audit/door.ts'
import type { OpenPeriod } from '../../src/audit/door.ts'
import { createEnvelopes } from '../../src/round/envelopes.ts'
import { createWaiting } from '../../src/round/waiting.ts'
import { testNetwork, testPeriod } from '../support/audit.ts'
import { memoBls, memoVerifier } from '../support/sim-crypto.ts'

const test = suite('audit: door')
const verifier = memoVerifier()
const bls = memoBls()
const SIZE = 6
const { context, roster, seal, reveal, statement, sign } = testPeriod(SIZE)
const drawn = testPeriod(SIZE, 0)
const { phases, endRound } = context
const zero = new Uint8Array(32)
const leader = context.leader(0)
const proposal = (): Uint8Array =>
  ProposalBody.serialize({
    basePeriod: 0,
    baseRoot: zero,
    root: zero,
    contentId: zero,
    sealStatements: [],
    revealStatements: [],
    reveals: [],
    excluded: [],
  })
const vote = VoteBody.serialize({ digest: zero, signature: new Uint8Array(96) })

interface Setup {
  readonly round?: number
  readonly roster?: Roster | undefined
  readonly open?: OpenPeriod | undefined
}

function setup(options: Setup = {}) {
  const arrived: SignedRecord[] = []
  const equivocations: SignedRecord[] = []
  const waiting = createWaiting({ perAuthor: 2, total: 4, aheadRounds: 3 })
  let round = options.round ?? phases.certify
  waiting.handled(round)
  const period: OpenPeriod = {
    context,
    envelopes: createEnvelopes(),
    redundant: () => false,
    arrived: (record) => void arrived.push(record),
    equivocated: (_, later) => void equivocations.push(later),
  }
  const door = createDoor({
    network: testNetwork,
    verifier,
    bls,
    waiting,
    round: () => round,
    roster: () => ('roster' in options ? options.roster : roster),
    open: async () => ('open' in options ? options.open : period),
  })
  const handled = (next: number): void => {
    round = next
    waiting.handled(next)
  }
  return { door, arrived, equivocations, waiting, handled }
}

const codeOf = (verdict: Verdict): string =>
  verdict.verdict === 'accept' ? 'accept' : `${verdict.verdict} ${verdict.code}`
const judge = async (topic: Topic, record: SignedRecord, options: Setup = {}): Promise<string> =>
  codeOf(await setup(options).door.enter(topic, record))

test('what honest sidecars send is accepted', async () => {
  const cases: readonly [Topic, SignedRecord][] = [
    ['seal', seal(1)],
    ['reveal', reveal(2)],
    ['statement', statement(3, 0, [1, 2])],
    ['statement', statement(3, 1, [])],
    ['certificate', sign(leader, RECORD_KINDS.proposal, 0, proposal())],
    ['certificate', sign(4, RECORD_KINDS.vote, 0, vote)],
  ]
  for (const [topic, record] of cases) assert.is(await judge(topic, record), 'accept', `kind ${record.kind}`)
})

test('every refusal by its code', async () => {
  const certificate = (change: object) =>
    sign(
      1,
      RECORD_KINDS.certificate,
      0,
      CertificateBody.serialize({
        certificateKind: 1,
        epoch: 0,
        basePeriod: 0,
        baseRoot: zero,
        root: zero,
        contentId: zero,
        absentees: [],
        signature: new Uint8Array(96),
        ...change,
      }),
    )
  const cases: readonly [string, Topic, SignedRecord, Setup?][] = [
    ['reject wrong-topic', 'reveal', seal(1)],
    ['reject wrong-topic', 'seal', sign(1, RECORD_KINDS.bid, 0, zero)],
    ['reject wrong-topic', 'seal', sign(1, RECORD_KINDS.answer, 0, zero)],
    ['reject bad-sequence', 'seal', sign(1, RECORD_KINDS.seal, 1, seal(1).body)],
    ['reject bad-sequence', 'statement', statement(1, 2, [])],
    ['reject bad-sequence', 'certificate', sign(1, RECORD_KINDS.vote, 999, vote)],
    ['ignore too-late', 'seal', seal(1), { round: endRound }],
    ['ignore too-early', 'seal', seal(1), { round: phases.seal - 4 }],
    ['ignore roster-unknown', 'seal', seal(1), { round: phases.seal - 1, roster: undefined }],
    ['reject unknown-author', 'seal', { ...seal(1), author: 99 }, { round: phases.seal - 1 }],
    ['reject bad-signature', 'seal', { ...seal(1), author: 3 }, { round: phases.seal - 1 }],
    ['ignore period-unknown', 'seal', seal(1), { open: undefined }],
    ['reject unknown-author', 'seal', { ...seal(1), author: 99 }],
    ['reject bad-signature', 'seal', { ...seal(1), author: 3 }],
    ['reject bad-encoding', 'seal', sign(1, RECORD_KINDS.seal, 0, new Uint8Array(31))],
    ['reject oversized', 'seal', sign(1, RECORD_KINDS.seal, 0, new Uint8Array(33))],
    ['reject wrong-targets', 'reveal', reveal(1, (entry) => ({ ...entry, slot: 1 }))],
    ['reject bad-counts', 'reveal', reveal(1, (entry) => ({ ...entry, attempts: 2 }))],
    ['reject no-evidence', 'reveal', reveal(1, (entry) => ({ ...entry, answersRoot: zero }))],
    [
      'reject bad-opening',
      'reveal',
      sign(
        1,
        RECORD_KINDS.reveal,
        0,
        reveal(2).body.map((byte, i) => (i < 96 ? byte : (reveal(1).body[i] ?? 0))),
      ),
    ],
    ['reject wrong-length', 'statement', sign(1, RECORD_KINDS.statement, 0, new Uint8Array([4, 0, 0, 0, 0b111]))],
    ['reject not-the-leader', 'certificate', sign((leader + 1) % SIZE, RECORD_KINDS.proposal, 0, proposal())],
    ['reject wrong-certificate-kind', 'certificate', certificate({ certificateKind: 2 })],
    ['reject wrong-epoch', 'certificate', certificate({ epoch: 1 })],
    ['reject too-few-signers', 'certificate', certificate({ absentees: [0, 1] })],
    ['reject bad-certificate', 'certificate', certificate({})],
  ]
  for (const [i, [expected, topic, record, options]] of cases.entries())
    assert.is(await judge(topic, record, options), expected, `case ${i}: ${expected}`)
})

test('members only: a sidecar without a seat states nothing', async () => {
  const network = { ...testNetwork, schedule: { ...testNetwork.schedule, seatsMax: 3 } }
  const { drawContext } = await import('../../src/audit/context.ts')
  const small = drawContext(network, 0, roster, context.beacon)
  const outsider = roster.members.find(({ id }) => small.committee.seatOf(id) === undefined)
  assert.ok(outsider)
  const open: OpenPeriod = {
    context: small,
    envelopes: createEnvelopes(),
    redundant: () => false,
    arrived: () => undefined,
    equivocated: () => undefined,
  }
  assert.is(await judge('statement', statement(outsider.slot, 0, []), { open }), 'reject not-a-member')
})

test('a contradiction is accepted once and reported; repetitions are ignored', async () => {
  const { door, arrived, equivocations } = setup()
  const other = sign(1, RECORD_KINDS.seal, 0, new Uint8Array(32).fill(9))
  const third = sign(1, RECORD_KINDS.seal, 0, new Uint8Array(32).fill(8))
  assert.is(codeOf(await door.enter('seal', seal(1))), 'accept')
  assert.is(codeOf(await door.enter('seal', drawn.seal(1))), 'ignore known')
  assert.is(codeOf(await door.enter('seal', other)), 'accept')
  assert.is(codeOf(await door.enter('seal', third)), 'ignore spent')
  assert.is(arrived.length, 1)
  assert.equal(equivocations, [other])
})

test('early waits for its round and is judged then', async () => {
  const { door, arrived, waiting, handled } = setup({ round: phases.seal - 2 })
  const early = door.enter('seal', seal(1))
  await Promise.resolve()
  assert.is(waiting.size, 1)
  handled(phases.seal - 1)
  assert.is(waiting.size, 1)
  handled(phases.seal)
  assert.is(codeOf(await early), 'accept')
  assert.is(arrived.length, 1)
})

test('a proposal of a later view waits for that view', async () => {
  const { door, handled } = setup({ round: phases.certify })
  const pending = door.enter('certificate', sign(context.leader(1), RECORD_KINDS.proposal, 1, proposal()))
  handled(viewStart(testNetwork.schedule, 0, 1))
  assert.is(codeOf(await pending), 'accept')
})

test('an error of ours blames nobody', async () => {
  const { door } = setup()
  const broken = createDoor({
    network: testNetwork,
    verifier,
    bls,
    waiting: createWaiting({ perAuthor: 1, total: 1, aheadRounds: 1 }),
    round: () => phases.certify,
    roster: () => roster,
    open: async () => {
      throw new TypeError('a bug')
    },
  })
  assert.is(codeOf(await broken.enter('seal', seal(1))), 'ignore internal')
  assert.ok(door)
  const busy = createDoor({
    network: testNetwork,
    verifier,
    bls,
    waiting: createWaiting({ perAuthor: 1, total: 1, aheadRounds: 1 }),
    round: () => phases.certify,
    roster: () => roster,
    open: async () => {
      throw ignore('rpc-unreachable', 'later')
    },
  })
  assert.is(codeOf(await busy.enter('seal', seal(1))), 'ignore rpc-unreachable')
})

test('anything at all through the door: a verdict with a code', async () => {
  const kinds = fc.constantFrom(...Object.values(RECORD_KINDS), 0, 77)
  const topics = fc.constantFrom<Topic>('seal', 'reveal', 'statement', 'certificate', 'beacon')
  const { door } = setup({ round: endRound - 1 }) // nothing is early any more
  await fc.assert(
    fc.asyncProperty(
      topics,
      kinds,
      fc.nat(8),
      fc.nat(2),
      fc.nat(9),
      fc.uint8Array({ maxLength: 400 }),
      fc.boolean(),
      async (topic, kind, author, unit, sequence, body, honest) => {
        const record = honest
          ? sign(author % SIZE, kind, sequence, body)
          : { kind, author, unit, sequence, body, signature: new Uint8Array(64) }
        const verdict = await door.enter(topic, { ...record, unit: honest ? 0 : 0 * unit })
        assert.ok(
          verdict.verdict === 'accept' || verdict.code !== 'internal',
          `${kind}/${sequence}: ${codeOf(verdict)}`,
        )
      },
    ),
    { numRuns: 400 },
  )
})

test.run()
