// The whole of it over real sockets: a key made and a signature collected by three hosts, and what a stranger, garbage, a
// flood and a holder that is not there get.

import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keccak256, utf8ToBytes } from '../../src/core/bytes.ts'
import { isGroupSigned } from '../../src/core/custody.ts'
import type { CustodyAnswer, CustodyRequest } from '../../src/core/custody-wire.ts'
import { codeOf } from '../../src/core/errors.ts'
import { answerOf, requestOf } from '../../src/custody/answers.ts'
import { createCeremony } from '../../src/custody/ceremony.ts'
import type { Ceremony } from '../../src/custody/ceremony.ts'
import { collect } from '../../src/custody/coordinator.ts'
import type { MadeKey } from '../../src/custody/dkg.ts'
import { holderOf, holderSign } from '../../src/custody/group.ts'
import { askHolders, createServing } from '../../src/custody/serving.ts'
import { createSigner } from '../../src/custody/signer.ts'
import { createCustodyHost } from '../../src/p2p/custody.ts'
import type { CustodyHost } from '../../src/p2p/custody.ts'
import { peerIdOf } from '../../src/p2p/peers.ts'
import { silentLog, systemRandom } from '../../src/system.ts'
import { peopleOf } from '../support/custody.ts'
import { closers } from '../support/p2p.ts'
import { freePort } from '../support/ports.ts'

const test = suite('custody/host')
const DIGEST = keccak256(utf8ToBytes('a move'))
const limit = (): AbortSignal => AbortSignal.timeout(60_000)

type Answer = (request: CustodyRequest, from: Uint8Array) => Promise<CustodyAnswer>

async function withHosts(count: number, answer: (holder: number) => Answer, run: (open: Opened) => Promise<void>) {
  const people = peopleOf(2, count)
  const ports = await Promise.all(people.seeds.map(freePort))
  const addresses = people.group.holders.map(
    (key, i) => `/ip4/127.0.0.1/tcp/${ports[i]}/p2p/${peerIdOf(key).toString()}`,
  )
  const open = closers()
  try {
    const hosts: CustodyHost[] = []
    for (const [i, seed] of people.seeds.entries()) {
      const listen = [`/ip4/127.0.0.1/tcp/${ports[i]}`]
      const options = { secretKey: seed, listen, addresses }
      const host = open.add(await createCustodyHost(options, { log: silentLog, onRequest: answer(i) }))
      await host.start()
      hosts.push(host)
    }
    await run({ people, hosts, addresses, add: open.add })
  } finally {
    await open.close()
  }
}

interface Opened {
  readonly people: ReturnType<typeof peopleOf>
  readonly hosts: readonly CustodyHost[]
  readonly addresses: readonly string[]
  readonly add: ReturnType<typeof closers>['add']
}

test('three hosts make a key and sign with it', async () => {
  type Local = (request: CustodyRequest, from: number) => CustodyAnswer
  const here: (Local | undefined)[] = []
  const answer =
    (holder: number): Answer =>
    async (request, from) =>
      here[holder]?.(request, holderOf(peopleOf(2, 3).group, from) ?? -1) ?? answerOf('waiting')
  await withHosts(3, answer, async ({ people: { group, seeds }, hosts }) => {
    const send = (self: number) => async (holder: number, request: CustodyRequest, signal: AbortSignal) =>
      (hosts[self] as CustodyHost).ask(group.holders[holder] as Uint8Array, request, signal)
    const ceremonies = seeds.map((seed, self): Ceremony => {
      const made = createCeremony(group, self, {
        random: systemRandom,
        sign: holderSign(seed),
        ask: send(self),
        store: () => undefined,
        onProgress: () => undefined,
        pause: async () => pause(20),
      })
      here[self] = made.answer
      return made
    })
    const keys = await Promise.all(ceremonies.map(async (each) => each.run(new AbortController().signal, limit())))
    keys.forEach((key: MadeKey, self) => {
      const signer = createSigner(key.group, key.own, {
        random: systemRandom,
        sign: holderSign(seeds[self] as Uint8Array),
        isApproved: () => self !== 1,
        spend: () => undefined,
      })
      here[self] = createServing(key.group, signer, () => undefined)
    })
    const keyed = (keys[0] as MadeKey).group
    const ask = askHolders(keyed, { self: 0, answer: here[0] as Local }, send(0))
    const { signature, signers } = await collect(keyed, { coordinator: 0, digest: DIGEST }, ask, limit())
    assert.ok(isGroupSigned(keyed.groupKey, DIGEST, signature))
    assert.equal(signers, [0, 2], 'holder 1 has not approved')
    await (hosts[2] as CustodyHost).stop()
    const error: unknown = await collect(keyed, { coordinator: 0, digest: DIGEST }, ask, limit()).catch(
      (e: unknown) => e,
    )
    assert.is(codeOf(error), 'custody-too-few')
    assert.match(String(error), /holder 1 custody-not-approved/)
    assert.match(String(error), /holder 2 custody-silent/)
  })
})

const codeFrom = async (work: Promise<unknown>): Promise<string> => work.then(() => 'none', codeOf)

test('nobody but holders gets a connection; an address nobody listens at is unreachable', async () => {
  await withHosts(
    2,
    () => async () => answerOf('waiting'),
    async ({ people, hosts, addresses, add }) => {
      const [zero, one] = people.group.holders as [Uint8Array, Uint8Array]
      const request = requestOf('hello', people.group, DIGEST)
      assert.is((await (hosts[1] as CustodyHost).ask(zero, request, limit())).state, 1)
      const stranger = add(
        await createCustodyHost(
          { secretKey: keccak256(utf8ToBytes('stranger')), listen: [], addresses },
          { log: silentLog, onRequest: async () => answerOf('waiting') },
        ),
      )
      await stranger.start()
      assert.is.not(await codeFrom(stranger.ask(zero, request, limit())), 'none')
      assert.is(await codeFrom((hosts[1] as CustodyHost).ask(DIGEST, request, limit())), 'unreachable')
      await (hosts[1] as CustodyHost).stop()
      assert.is(await codeFrom((hosts[0] as CustodyHost).ask(one, request, limit())), 'unreachable')
    },
  )
})

test('a holder that floods is told to wait', async () => {
  await withHosts(
    2,
    () => async () => answerOf('waiting'),
    async ({ people, hosts }) => {
      const [zero] = people.group.holders as [Uint8Array]
      const asker = hosts[1] as CustodyHost
      const request = requestOf('hello', people.group, DIGEST)
      // Connected first: libp2p gives up a new connection on which more than ten streams come before it is ready.
      const codes = new Set([await codeFrom(asker.ask(zero, request, limit()))])
      assert.equal([...codes], ['none'])
      // Together: on a slow machine one after another would never be too fast.
      for (let i = 0; i < 20 && !codes.has('busy'); i++) {
        const many = Array.from({ length: 20 }, async () => codeFrom(asker.ask(zero, request, limit())))
        for (const code of await Promise.all(many)) codes.add(code)
      }
      assert.ok(codes.has('busy'), [...codes].join())
      assert.ok(((hosts[0] as CustodyHost).refused()['custody-busy'] ?? 0) > 0)
    },
  )
})

test('a new connection that is given up under too many questions at once is dialled anew for the next', async () => {
  // Whether libp2p gives it up is a matter of moments: more than ten streams before it is ready.
  for (let attempt = 0; attempt < 5; attempt++)
    await withHosts(
      2,
      () => async () => answerOf('waiting'),
      async ({ people, hosts }) => {
        const [zero] = people.group.holders as [Uint8Array]
        const ask = async (): Promise<string> =>
          codeFrom((hosts[1] as CustodyHost).ask(zero, requestOf('hello', people.group, DIGEST), limit()))
        const many = await Promise.all(Array.from({ length: 20 }, ask))
        assert.is(await ask(), 'none', many.join())
      },
    )
})

test.run()
