// What misbehaviour costs on the gossip side: verdicts reach the score, and floods, oversized or undecodable frames,
// unknown topics and replays end with the sender cut off, while honest traffic costs nothing.

import fc from 'fast-check'
import { multiaddr } from '@multiformats/multiaddr'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '../../src/core/ports.ts'
import { RecordType } from '../../src/core/records.ts'
import type { Host } from '../../src/p2p/options.ts'
import { FRAME_MAX_BYTES, GOSSIP_RATES, createRecentIds } from '../../src/p2p/router.ts'
import { MESSAGE_MAX_BYTES, topicName } from '../../src/p2p/wire.ts'
import { openGossiper, openStranger } from '../support/p2p-stranger.ts'
import { NETWORK, addressOf, closers, openHost, record, seededBytes, until } from '../support/p2p.ts'

const test = suite('gossip guard')
const SEAL = topicName(NETWORK, 'seal')

const seal = (seed: number): Uint8Array => RecordType.serialize(record({ author: seed }, seededBytes(seed)))

/** A well-formed record with another signature: cheap to make by the thousand. */
function changed(signature: Uint8Array): Uint8Array {
  const bytes = seal(1)
  bytes.set(signature, 21)
  return bytes
}

type Gossiper = Awaited<ReturnType<typeof openGossiper>>

/** One host, one gossiper connected to it, and what the host's handler was shown. */
async function duel(
  verdict: Verdict,
  attack: (attacker: Gossiper, host: Host, shown: () => number) => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  const open = closers()
  try {
    let shown = 0
    const onRecord = async (): Promise<Verdict> => {
      shown++
      return verdict
    }
    const host = open.add(await openHost(1, { onRecord }))
    const attacker = open.add(await openGossiper(addressOf(host)))
    await attack(attacker, host, () => shown)
    return host.status().refused
  } finally {
    await open.close()
  }
}

const rejected: Verdict = { verdict: 'reject', code: 'bad-signature' }
const ignored: Verdict = { verdict: 'ignore', code: 'too-old' }

test('the fifth rejected message cuts the sender off', async () => {
  const refused = await duel(rejected, async (attacker, host, shown) => {
    for (let n = 1; n <= 4; n++) attacker.say(SEAL, seal(n))
    await until(
      () => shown() === 4,
      () => `${shown()} of 4 shown`,
    )
    assert.ok(attacker.connected(), 'four may be an accident')
    for (let n = 5; n <= 6; n++) attacker.say(SEAL, seal(n))
    await attacker.cutOff('the fifth')
    assert.is(host.status().banned, 1)
  })
  assert.ok((refused['bad-signature'] ?? 0) >= 5, JSON.stringify(refused))
})

test('ignored messages cost nothing', async () => {
  const refused = await duel(ignored, async (attacker, _host, shown) => {
    for (let n = 1; n <= 50; n++) attacker.say(SEAL, seal(n))
    await until(
      () => shown() === 50,
      () => `${shown()} of 50 shown`,
    )
    assert.ok(attacker.connected(), 'late or early is not wrong')
  })
  assert.equal(refused, { 'too-old': 50 })
})

test('a handler that throws is our trouble, not the sender’s', async () => {
  const open = closers()
  try {
    let asked = 0
    const onRecord = async (): Promise<Verdict> => {
      asked++
      throw new Error('out of disk')
    }
    const host = open.add(await openHost(1, { onRecord }))
    const sender = open.add(await openGossiper(addressOf(host)))
    for (let n = 1; n <= 20; n++) sender.say(SEAL, seal(n))
    await until(
      () => host.status().refused['internal'] === 20,
      () => `asked ${asked}`,
    )
    assert.ok(sender.connected())
    assert.is(host.status().pending, 0)
  } finally {
    await open.close()
  }
})

const accept: Verdict = { verdict: 'accept' }

const attacks: readonly (readonly [string, string, (attacker: Gossiper) => void])[] = [
  [
    'a frame above the limit',
    'gossip-oversized',
    (a) =>
      a.raw(Uint8Array.of(0x80 | ((FRAME_MAX_BYTES + 1) & 0x7f), 0x80 | (((FRAME_MAX_BYTES + 1) >> 7) & 0x7f), 0x7f)),
  ],
  [
    'a message above its topic’s limit',
    'gossip-oversized',
    (a) => a.say(SEAL, new Uint8Array(MESSAGE_MAX_BYTES.seal + 1)),
  ],
  [
    'undecodable frames',
    'gossip-undecodable',
    (a) => {
      for (let n = 0; n < 5; n++) a.frame(Uint8Array.of(0xff, 0xff, 0xff, n))
    },
  ],
  [
    'messages for unknown topics',
    'gossip-unknown-topic',
    (a) => {
      for (let n = 0; n < 30; n++) a.say(`/stkr/other/${n}`, seal(n + 1))
    },
  ],
  [
    'subscriptions to unknown topics without end',
    'gossip-unknown-subscription',
    (a) => {
      for (let n = 0; n < 130; n++) a.subscribe(`/stkr/other/${n}`)
    },
  ],
  [
    'the same message over and over',
    'gossip-replay',
    (a) => {
      for (let n = 0; n < 130; n++) a.say(SEAL, seal(1))
    },
  ],
  [
    'more messages than a full network has',
    'gossip-flood',
    (a) => {
      const many = GOSSIP_RATES.messages.burst + 5000
      const random = seededBytes(9)
      for (let n = 0; n < many; n += 500) a.say(SEAL, ...Array.from({ length: 500 }, () => changed(random(64))))
    },
  ],
  [
    'records that are none',
    'bad-encoding',
    (a) => {
      for (let n = 0; n < 6; n++) a.say(SEAL, seededBytes(n + 1)(40 + n))
    },
  ],
]

for (const [name, code, attack] of attacks)
  test(`${name} cost the connection`, async () => {
    const refused = await duel(accept, async (attacker, host) => {
      attack(attacker)
      await attacker.cutOff(name)
      assert.is(host.status().banned, 1, 'and the way back')
    })
    assert.ok((refused[code] ?? 0) > 0, `${code} in ${JSON.stringify(refused)}`)
  })

test('who was cut off cannot come back at once; others come as they like', async () => {
  await duel(accept, async (attacker, host) => {
    attacker.say(SEAL, new Uint8Array(MESSAGE_MAX_BYTES.seal + 1))
    await attacker.cutOff('the oversized message')
    const [address] = host.addresses()
    const back = await attacker.stranger.dial(multiaddr(address ?? '')).catch(() => undefined)
    await until(
      () => back?.status !== 'open',
      () => 'the banned peer is back',
    )
    const other = await openStranger()
    await other.dial(multiaddr(address ?? ''))
    await other.stop()
  })
})

test('random and mutated frames never stop the host', async () => {
  const open = closers()
  try {
    const seed = Date.now() % 100_000
    const host = open.add(await openHost(1))
    const friend = open.add(await openHost(2, {}, { bootstrap: [addressOf(host)] }))
    const good = seal(3)
    const frames = fc.sample(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, value]) => {
          const bytes = good.slice()
          bytes[at] = value
          return bytes
        }),
      ),
      { numRuns: 120, seed },
    )
    for (let at = 0; at < frames.length; at += 30) {
      const attacker = await openGossiper(addressOf(host))
      for (const [index, bytes] of frames.slice(at, at + 30).entries()) {
        if (index % 3 === 0) attacker.raw(bytes)
        else if (index % 3 === 1) attacker.frame(bytes)
        else attacker.say(SEAL, bytes)
      }
      await attacker.stop()
    }
    await until(
      () => host.status().mesh.seal === 1 && friend.status().mesh.seal === 1,
      () => `seed ${seed}: the host lost its friend`,
    )
    await until(
      () => host.status().pending === 0,
      () => `seed ${seed}: ${host.status().pending} messages never judged`,
    )
  } finally {
    await open.close()
  }
})

test('the memory of recent messages is bounded', () => {
  const ids = createRecentIds()
  const random = seededBytes(5)
  const first = random(64)
  assert.not(ids.again('a', first))
  assert.ok(ids.again('a', first), 'the same from the same')
  assert.not(ids.again('b', first), 'the same from another is how gossip works')
  for (let n = 0; n < 2000; n++) ids.again(`peer ${n}`, first)
  assert.ok(ids.size() <= 512, `${ids.size()} peers remembered`)
})

test.run()
