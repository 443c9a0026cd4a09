// Probe, evidence and summary between hosts and strangers: what is answered, what is refused and why, and that silent,
// slow, greedy and garbling peers are got rid of within bounds.

import fc from 'fast-check'
import { multiaddr } from '@multiformats/multiaddr'
import { encode } from 'it-length-prefixed'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { word } from '../../src/core/bytes.ts'
import { ignore } from '../../src/core/errors.ts'
import { encodeRequest } from '../../src/core/answers.ts'
import type { ProbeRequest } from '../../src/core/answers.ts'
import { RecordType, recordHash } from '../../src/core/records.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Leaf, Member, SignedRecord } from '../../src/core/types.ts'
import { BUNDLE_MAX_BYTES, EVIDENCE, HASHES_MAX } from '../../src/p2p/evidence.ts'
import { readFrame } from '../../src/p2p/frames.ts'
import type { Host, HostDeps } from '../../src/p2p/options.ts'
import { PROBES } from '../../src/p2p/probe.ts'
import { SUMMARY } from '../../src/p2p/summary.ts'
import { connected, drain, openStranger } from '../support/p2p-stranger.ts'
import {
  PROBE_REQUEST,
  addressOf,
  answerTo,
  closers,
  emptyLibrary,
  openHost,
  record,
  seededBytes,
  until,
} from '../support/p2p.ts'

const test = suite('streams')

const memberOf = (host: Host): Member => ({
  id: 1,
  slot: 0,
  signer: '0x00',
  peerKey: host.peerKey,
  blsKey: new Uint8Array(48),
})

/** A target with `deps` and an auditor that knows its address; both closed afterwards. */
async function pair(deps: Partial<HostDeps>, run: (auditor: Host, target: Host) => Promise<void>): Promise<void> {
  const open = closers()
  try {
    const target = open.add(await openHost(1, { onProbe: async (asked) => answerTo(asked), ...deps }))
    const auditor = open.add(await openHost(2))
    await auditor.connect(addressOf(target))
    await run(auditor, target)
  } finally {
    await open.close()
  }
}

const signal = (): AbortSignal => AbortSignal.timeout(15_000)
const probe = (auditor: Host, target: Member, fresh = false, limit = signal()) =>
  auditor.prober.probe(target, PROBE_REQUEST, { fresh, signal: limit })

test('a probe is answered over the open connection and over a fresh one', async () => {
  const askedBy: Uint8Array[] = []
  const onProbe = async (asked: ProbeRequest, auditor: Uint8Array): Promise<SignedRecord> => {
    askedBy.push(auditor)
    return answerTo(asked)
  }
  await pair({ onProbe }, async (auditor, target) => {
    await until(
      () => auditor.status().mesh.seal === 1 && target.status().mesh.seal === 1,
      () => 'no mesh',
    )
    for (const fresh of [false, true]) {
      const reply = await probe(auditor, memberOf(target), fresh)
      if (!reply.ok) throw new Error(`fresh ${fresh}: ${reply.reason}`)
      assert.equal(reply.answer.nonce, PROBE_REQUEST.nonce, `fresh ${fresh}`)
      assert.ok(reply.latencyMs > 0 && reply.latencyMs < 5000, `fresh ${fresh}: ${reply.latencyMs} ms`)
    }
    assert.equal(askedBy, [auditor.peerKey, auditor.peerKey], 'the target knows who asks')
    await until(
      () => auditor.status().connections === 1 && target.status().connections === 1,
      () => 'the fresh connection stays open',
    )
    assert.is(auditor.status().mesh.seal, 1, 'the mesh did not notice')
    assert.is(target.status().mesh.seal, 1, 'nor did the target')
  })
})

test('a target that knows the first version alone is asked in it, about execution clients only', async () => {
  const open = closers()
  try {
    const auditor = open.add(await openHost(1))
    const old = open.add(await openStranger())
    const asked: string[] = []
    await old.handle(PROBES[1].id, async (stream) => {
      await readFrame(stream, PROBES[1].request)
      asked.push(PROBES[1].id)
      stream.send(encode.single(Uint8Array.of(0)).subarray())
      stream.send(encode.single(RecordType.serialize(answerTo({ ...PROBE_REQUEST, version: 1 }))).subarray())
      await stream.close()
    })
    await old.dial(multiaddr(addressOf(auditor)))
    await until(
      () => auditor.status().connections === 1,
      () => 'the auditor has no connection',
    )
    const target = { ...memberOf(auditor), peerKey: old.peerId.publicKey?.raw ?? new Uint8Array() }
    const reply = await probe(auditor, target)
    if (!reply.ok) throw new Error(reply.reason)
    assert.equal([reply.record.kind, reply.answer.network], [RECORD_KINDS.answer, word(1)])
    const options = { fresh: false, signal: signal() }
    const beacon = await auditor.prober.probe(target, { ...PROBE_REQUEST, workload: 'ethereum-beacon' }, options)
    assert.equal(beacon, { ok: false, reason: 'refused' })
    assert.is(asked.length, 1)
  } finally {
    await open.close()
  }
})

test('what goes wrong with a probe is told apart', async () => {
  const open = closers()
  const answers: Partial<HostDeps>[] = [
    { isMember: () => false },
    { onProbe: async () => Promise.reject(ignore('unknown-round', 'not yet')) },
    { onProbe: async () => Promise.reject(new Error('disk')) },
    { onProbe: async () => record() },
    { onProbe: async () => record({ kind: RECORD_KINDS.answer }) },
    { onProbe: async () => new Promise(() => undefined) },
  ]
  try {
    const auditor = open.add(await openHost(50))
    const reasons: string[] = []
    for (const [index, deps] of answers.entries()) {
      const target = open.add(await openHost(60 + index, deps))
      await auditor.connect(addressOf(target))
      const reply = await probe(auditor, memberOf(target), false, AbortSignal.timeout(1500))
      reasons.push(reply.ok ? 'ok' : reply.reason)
    }
    const nobody = { ...memberOf(auditor), peerKey: new Uint8Array(32).fill(1) }
    const reply = await probe(auditor, nobody, false, AbortSignal.timeout(1500))
    reasons.push(reply.ok ? 'ok' : reply.reason)
    assert.equal(reasons, ['refused', 'refused', 'refused', 'garbled', 'garbled', 'timeout', 'unreachable'])
  } finally {
    await open.close()
  }
})

test('reachable says whether anybody but the suspects answers', async () => {
  const open = closers()
  try {
    const lonely = open.add(await openHost(1))
    assert.not(await lonely.prober.reachable([], signal()), 'nobody known')
    const suspect = open.add(await openHost(2))
    await lonely.connect(addressOf(suspect))
    assert.ok(await lonely.prober.reachable([], signal()))
    assert.not(await lonely.prober.reachable([memberOf(suspect)], AbortSignal.timeout(3000)), 'only the suspect')
    const other = open.add(await openHost(3))
    await lonely.connect(addressOf(other))
    assert.ok(await lonely.prober.reachable([memberOf(suspect)], signal()))
  } finally {
    await open.close()
  }
})

const records = Array.from({ length: 150 }, (_, index) => record({ author: index + 1 }, seededBytes(index + 1)))
const byHash = new Map(records.map((it) => [recordHash(it), it]))
const leaves: readonly Leaf[] = Array.from({ length: 500 }, (_, slot) => ({
  id: slot + 1,
  slot,
  uptimeBps: 9_000,
  latencyMs: 12,
  observers: 7,
  blockNumber: 100,
  periodsObserved: 3,
  uptimeSum: 27_000,
  diligenceSum: 30_000,
}))
const bundle = seededBytes(77)(300_000)

const library: HostDeps['library'] = {
  record: async (hash) => byHash.get(hash),
  bundle: async (period) => (period === 3 ? bundle : undefined),
  jobBundle: async (job) => (job === 4 ? bundle.slice(0, 1000) : undefined),
  answers: async (period) => (period === 3 ? records.slice(0, 70) : []),
  summary: async (period) => (period === 3 ? leaves : undefined),
}

test('records, bundle, answers and summary are had from whoever has them', async () => {
  const open = closers()
  try {
    const asker = open.add(await openHost(1))
    // Two without, one with records missing, one with all: asked in turn, in random order.
    const half = {
      ...emptyLibrary,
      record: async (hash: string) => records.slice(0, 75).find((it) => recordHash(it) === hash),
    }
    const keeper = open.add(await openHost(2, { library }))
    const others = [open.add(await openHost(3, { library: half })), open.add(await openHost(4))]
    for (const host of [keeper, ...others]) await asker.connect(addressOf(host))
    const { evidence } = asker
    const found = await evidence.records([...byHash.keys()], signal())
    assert.equal(new Set(found.map(recordHash)), new Set(byHash.keys()))
    assert.equal(await evidence.records([('0x' + '00'.repeat(32)) as `0x${string}`], signal()), [])
    assert.equal(await evidence.bundle(3, signal()), bundle)
    assert.is(await evidence.bundle(4, signal()), undefined)
    assert.equal(await evidence.summary(3, signal()), leaves)
    assert.is(await evidence.summary(4, signal()), undefined)
    assert.is((await evidence.answers(keeper.peerKey, 3, signal())).length, 70)
    assert.equal(await evidence.answers(keeper.peerKey, 9, signal()), [])
  } finally {
    await open.close()
  }
})

test('a bundle above the limit is not sent', async () => {
  const large = { ...emptyLibrary, bundle: async () => new Uint8Array(BUNDLE_MAX_BYTES + 1) }
  await pair({ library: large }, async (asker) => {
    assert.is(await asker.evidence.bundle(1, signal()), undefined)
  })
})

test('a plain libp2p client connects, identifies, pings and verifies, but may not probe', async () => {
  const open = closers()
  try {
    const host = open.add(await openHost(1, { library, isMember: () => false }))
    const stranger = open.add(await openStranger())
    const identified = new Promise<readonly string[]>((resolve) =>
      stranger.addEventListener('peer:identify', ({ detail }) => resolve(detail.protocols), { once: true }),
    )
    const address = multiaddr(addressOf(host))
    const connection = await stranger.dial(address)
    const protocols = await identified
    for (const id of [PROBES[1].id, PROBES[2].id, EVIDENCE.id, SUMMARY.id, '/ipfs/ping/1.0.0'])
      assert.ok(protocols.includes(id), `${id} in ${protocols.join(' ')}`)
    assert.ok((await stranger.services.ping.ping(address)) >= 0)

    const ask = async (id: string, bytes: Uint8Array): Promise<Uint8Array> => {
      const stream = await connection.newStream(id)
      stream.send(encode.single(bytes).subarray())
      await stream.close()
      return (await drain(stream)).bytes
    }
    const period = new Uint8Array(8)
    period[0] = 3
    const summary = await ask(SUMMARY.id, period)
    assert.equal([...summary.subarray(0, 2)], [1, 0], 'one byte, ok')
    assert.ok(summary.length > leaves.length * 48)
    for (const version of [1, 2] as const)
      assert.equal(
        [...(await ask(PROBES[version].id, encodeRequest({ ...PROBE_REQUEST, version })))],
        [1, 1],
        'refused',
      )
    assert.ok(connected(stranger))
  } finally {
    await open.close()
  }
})

test('silent and slow askers are let go, others are served meanwhile', async () => {
  const open = closers()
  try {
    const host = open.add(await openHost(1, { library }))
    const silent = open.add(await openStranger())
    const connection = await silent.dial(multiaddr(addressOf(host)))
    // Never finishes its request: the stream is held until the exchange's time is over, and no more than a few at once.
    const held = await Promise.all(
      Array.from({ length: 2 }, async () => {
        const stream = await connection.newStream(SUMMARY.id)
        stream.send(Uint8Array.of(8, 3))
        return stream
      }),
    )
    await until(
      async () => {
        const stream = await connection.newStream(SUMMARY.id)
        stream.send(encode.single(new Uint8Array(8)).subarray())
        return (await drain(stream)).bytes[1] === 2
      },
      () => 'the third is never told that we are busy',
    )
    const asker = open.add(await openHost(2))
    await asker.connect(addressOf(host))
    assert.equal(await asker.evidence.summary(3, signal()), leaves, 'others are served')
    assert.ok((host.status().refused['summary-busy'] ?? 0) > 0)
    for (const stream of held) stream.abort(new Error('enough'))
  } finally {
    await open.close()
  }
})

test('requests without end cost the connection', async () => {
  const open = closers()
  try {
    const host = open.add(await openHost(1, { library }))
    const greedy = open.add(await openStranger())
    const connection = await greedy.dial(multiaddr(addressOf(host)))
    const ask = async (): Promise<void> => {
      const stream = await connection.newStream(SUMMARY.id)
      stream.send(encode.single(new Uint8Array(8)).subarray())
      await stream.close()
      await drain(stream)
    }
    await until(
      async () => {
        await Promise.allSettled([ask(), ask(), ask(), ask()])
        return !connected(greedy)
      },
      () => `still connected: ${JSON.stringify(host.status().refused)}`,
    )
    assert.ok((host.status().refused['summary-busy'] ?? 0) > 0, 'it was told first')
    assert.is(host.status().banned, 1)
  } finally {
    await open.close()
  }
})

test('random bytes into every stream: a code, never a crash', async () => {
  const open = closers()
  try {
    const seed = Date.now() % 100_000
    const host = open.add(await openHost(1, { library }))
    for (const { id } of [PROBES[1], PROBES[2], EVIDENCE, SUMMARY]) {
      const cases = fc.sample(fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 200 })), {
        numRuns: 8,
        seed,
      })
      for (const [framed, bytes] of cases) {
        // A new identity each time: the third offence would end the game.
        const stranger = await openStranger()
        const stream = await (await stranger.dial(multiaddr(addressOf(host)))).newStream(id)
        stream.send(framed ? encode.single(bytes).subarray() : bytes)
        await stream.close().catch(() => undefined)
        const { bytes: answer, reset } = await drain(stream)
        const told = answer.length === 2 && [0, 3, 4].includes(answer[1] ?? 255)
        assert.ok(reset || told || answer.length === 0, `seed ${seed}, ${id}: ${answer.length} bytes came back`)
        await stranger.stop()
      }
    }
    await until(
      () => host.status().connections === 0,
      () => `seed ${seed}: ${host.status().connections} connections stay`,
    )
    assert.not(host.status().refused['probe-failed'], `seed ${seed}: nothing of ours failed`)
  } finally {
    await open.close()
  }
})

test('an answer that was not asked for, cut off or endless is no answer', async () => {
  const open = closers()
  try {
    const liar = open.add(await openStranger())
    const answers: Uint8Array[] = []
    await liar.handle(EVIDENCE.id, (stream) => {
      for (const bytes of answers) stream.send(bytes)
      stream.close().catch(() => undefined)
    })
    const asker = open.add(await openHost(1))
    await liar.dial(multiaddr(addressOf(asker)))
    const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
      ['nothing', []],
      ['no such status', [Uint8Array.of(1, 99)]],
      ['a frame cut off', [Uint8Array.of(1, 0), Uint8Array.of(50, 1, 2)]],
      ['a record nobody asked for', [Uint8Array.of(1, 0), encode.single(RecordType.serialize(record())).subarray()]],
      ['a frame above the limit', [Uint8Array.of(1, 0), Uint8Array.of(0xff, 0xff, 0xff, 0x7f)]],
    ]
    for (const [name, sent] of cases) {
      answers.splice(0, answers.length, ...sent)
      const hash = `0x${'11'.repeat(32)}` as const
      assert.equal(await asker.evidence.records([hash], AbortSignal.timeout(3000)), [], name)
    }
    assert.ok(connected(liar), 'asking a liar is not being attacked')
  } finally {
    await open.close()
  }
})

test('one request names a bounded number of records', () => {
  assert.is(EVIDENCE.request.frameMaxBytes, 1 + 8 + 4 + 32 * HASHES_MAX)
})

test.run()
