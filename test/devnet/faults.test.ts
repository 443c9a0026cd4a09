// Each behaviour does what its name says from its period on, and nothing before it.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Auditor, AuditorDeps, AuditorOptions } from '../../src/audit/auditor.ts'
import { keccak256 } from '../../src/core/bytes.ts'
import { recordDigest } from '../../src/core/records.ts'
import { nobleRecordSigner, nobleRecordVerifier } from '../../src/core/signature.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Beacon, SignedRecord } from '../../src/core/types.ts'
import { withFaults } from '../../src/devnet/faults.ts'

const faults = suite('faults')

const separator = new Uint8Array(32).fill(9)
const schedule = { genesisRound: 100, periodRounds: 20, sealRounds: 4, closeRounds: 6, revealCloseRounds: 8 }
const options = { network: { separator, schedule } } as unknown as AuditorOptions
const signer = nobleRecordSigner(new Uint8Array(32).fill(1))

/** The auditor is a mouthpiece: what it is asked to publish or probe goes straight to its ports. */
function start(text: string) {
  const published: SignedRecord[] = []
  const awaited: { round: number; come: () => void }[] = []
  const deps = {
    signer,
    gossip: { publish: async (_topic: string, record: SignedRecord) => void published.push(record) },
    prober: { probe: async () => ({ ok: true }), reachable: async () => false },
    beacons: {
      get: (round: number) =>
        new Promise<Beacon>((resolve) => {
          const beacon = { round, signature: new Uint8Array(48), randomness: new Uint8Array(32) }
          awaited.push({ round, come: () => resolve(beacon) })
        }),
    },
  } as unknown as AuditorDeps
  let inner = deps
  const auditor = withFaults([text], (_options, given) => {
    inner = given
    return { answer: async () => record(RECORD_KINDS.answer, 0) } as unknown as Auditor
  })(options, deps)
  return { auditor, ports: inner, published, awaited }
}

const record = (kind: number, unit: number): SignedRecord => {
  const header = { kind, author: 5, unit, sequence: 0 }
  const body = new Uint8Array(32).fill(unit)
  return { ...header, body, signature: signer.sign(recordDigest(separator, header, keccak256(body))) }
}
const probe = (period: number) =>
  ({
    version: 2,
    period,
    auditor: 1,
    round: 1,
    nonce: separator,
    workload: 'ethereum-execution',
    height: 1,
  }) as const
/** Whether a promise is decided by the time everything already queued has run. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false
  void promise.then(() => (done = true))
  await new Promise((resolve) => setImmediate(resolve))
  return done
}
const target = { id: 1, slot: 0, signer: signer.address, peerKey: separator, blsKey: separator }
const once = { fresh: false, signal: AbortSignal.timeout(1_000) }

faults('silent: nothing is published, nobody answered, from its period on', async () => {
  const { auditor, ports, published } = start('silent@period1')
  await ports.gossip.publish('seal', record(RECORD_KINDS.seal, 0))
  assert.is(published.length, 1)
  await ports.gossip.publish('seal', record(RECORD_KINDS.seal, 1))
  await ports.gossip.publish('certificate', record(RECORD_KINDS.vote, 2))
  assert.is(published.length, 1)
  assert.is(await settled(auditor.answer(probe(0), separator)), true)
  assert.is(await settled(auditor.answer(probe(1), separator)), false)
})

faults('liar: every target is unreachable, whatever the truth', async () => {
  const { ports } = start('liar@period1')
  assert.is((await ports.prober.probe(target, probe(0), once)).ok, true)
  assert.equal(await ports.prober.probe(target, probe(1), once), { ok: false, reason: 'unreachable' })
  assert.is(await ports.prober.reachable([], once.signal), true)
})

faults('late: the seal comes after the close, the rest in time', async () => {
  const { ports, published, awaited } = start('late')
  await ports.gossip.publish('seal', record(RECORD_KINDS.seal, 2))
  assert.is(published.length, 0)
  assert.is(awaited[0]?.round, 100 + 2 * 20 + 6 + 1)
  await ports.gossip.publish('reveal', record(RECORD_KINDS.reveal, 2))
  assert.equal(
    published.map(({ kind }) => kind),
    [RECORD_KINDS.reveal],
  )
  awaited[0]?.come()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(
    published.map(({ kind }) => kind),
    [RECORD_KINDS.reveal, RECORD_KINDS.seal],
  )
})

faults('equivocate: two seals of one place, both well signed, once', async () => {
  const { ports, published } = start('equivocate@period1')
  for (const unit of [0, 1, 2]) await ports.gossip.publish('seal', record(RECORD_KINDS.seal, unit))
  assert.equal(
    published.map(({ unit }) => unit),
    [0, 1, 1, 2],
  )
  const [, first, second] = published
  assert.ok(first && second)
  assert.not.equal(first.body, second.body)
  for (const said of [first, second]) {
    const digest = recordDigest(separator, said, keccak256(said.body))
    assert.ok(nobleRecordVerifier.verify(signer.address, digest, said.signature), 'signature')
  }
})

faults('an unknown behaviour is refused before anything starts', () => {
  assert.throws(() => start('sleepy'), /a sidecar can act/)
})

faults.run()
