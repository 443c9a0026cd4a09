// The ceremony driven by its own asking, over a network in memory: it ends for all at once, survives a holder that was
// restarted in the middle, and tells everybody why when it cannot.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { toHex } from '../../src/core/bytes.ts'
import { CUSTODY_STEPS, DkgShareType } from '../../src/core/custody-wire.ts'
import type { CustodyAnswer, CustodyRequest } from '../../src/core/custody-wire.ts'
import { Fault, codeOf } from '../../src/core/errors.ts'
import { answerOf, faultBody, readFault, requestOf, stateOf } from '../../src/custody/answers.ts'
import { createCeremony } from '../../src/custody/ceremony.ts'
import type { Ceremony, Progress } from '../../src/custody/ceremony.ts'
import type { MadeKey } from '../../src/custody/dkg.ts'
import { holderSign, keyDigest } from '../../src/custody/group.ts'
import { peopleOf, streamOf } from '../support/custody.ts'
import type { People } from '../support/custody.ts'

const test = suite('custody/ceremony')

type Bend = (request: CustodyRequest, from: number, to: number, answer: CustodyAnswer) => CustodyAnswer

interface Network {
  readonly holders: (Ceremony | undefined)[]
  readonly stored: Map<number, MadeKey>
  readonly progress: Progress[]
  open(holder: number, name?: string): Ceremony
}

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function openNetwork({ group, seeds }: People, bend: Bend = (_request, _from, _to, answer) => answer): Network {
  const network: Network = {
    holders: [],
    stored: new Map(),
    progress: [],
    open(self, name = 'first') {
      const made = createCeremony(group, self, {
        random: streamOf(`${name} ${self}`),
        sign: holderSign(seeds[self] as Uint8Array),
        ask: async (holder, request) => {
          await turn()
          const there = network.holders[holder]
          if (!there) throw new Fault('unreachable', 'nobody there')
          return bend(request, self, holder, there.answer(request, self))
        },
        store: (key) => void network.stored.set(self, key),
        onProgress: (progress) => {
          if (self === 0) network.progress.push(progress)
        },
        pause: turn,
      })
      network.holders[self] = made
      return made
    },
  }
  return network
}

const never = (): AbortSignal => new AbortController().signal

function codeFrom(answer: () => unknown): string {
  try {
    answer()
  } catch (error) {
    return codeOf(error)
  }
  return 'answered'
}

test('all end with one key, which each had on disk before it said so', async () => {
  const people = peopleOf(3, 5)
  const network = openNetwork(people)
  const runs = people.seeds.map(async (_, holder) => network.open(holder).run(never(), never()))
  const keys = await Promise.all(runs)
  assert.is(new Set(keys.map(({ group }) => toHex(group.groupKey))).size, 1)
  assert.equal(
    [...network.stored].toSorted(([a], [b]) => a - b).map(([, { own }]) => own),
    keys.map(({ own }) => own),
  )
  assert.equal(new Set(network.progress.map(({ step }) => step)).has('share'), true)
})

test('a holder that is killed and comes back in any step begins anew with all the others', async () => {
  const people = peopleOf(2, 3)
  for (const step of ['package', 'transcript', 'share'] as const) {
    const kill = { done: false }
    const late: Ceremony[] = []
    const network = openNetwork(people, (request, from, to, answer) => {
      if (request.step === CUSTODY_STEPS[step] && !kill.done && to === 2 && from === 0) {
        kill.done = true
        late.push(network.open(2, 'second'))
      }
      return answer
    })
    const stop = new AbortController()
    const first = network.open(2)
    const ended = first.run(stop.signal, never()).catch(codeOf)
    const others = [0, 1].map(async (holder) => network.open(holder).run(never(), never()))
    while (!kill.done) await turn()
    stop.abort()
    const again = (late[0] as Ceremony).run(never(), never())
    const keys = await Promise.all([...others, again])
    assert.is(new Set(keys.map(({ group }) => toHex(group.groupKey))).size, 1, step)
    await ended
  }
})

test('at the limit those who are silent are named, and the step', async () => {
  const people = peopleOf(2, 3)
  const network = openNetwork(people)
  const limit = new AbortController()
  const [zero, one] = [network.open(0), network.open(1)]
  const ends = [zero, one].map(async (holder) => holder.run(never(), limit.signal).catch((error: unknown) => error))
  while (network.progress.every(({ holders }) => holders.join() !== '2')) await turn()
  limit.abort()
  for (const error of await Promise.all(ends)) {
    assert.is(codeOf(error), 'custody-silent')
    assert.match(String(error), 'holders 2 said nothing in step hello')
  }
  assert.is(network.stored.size, 0)
})

test('who finds a liar says so, and all stop', async () => {
  const people = peopleOf(2, 3)
  const network = openNetwork(people, (request, from, to, answer) => {
    if (request.step !== CUSTODY_STEPS.share || from !== 0 || to !== 2 || answer.body.length !== 32) return answer
    return { ...answer, body: DkgShareType.serialize({ share: new Uint8Array(32).fill(1) }) }
  })
  const ends = people.seeds.map(async (_, holder) =>
    network
      .open(holder)
      .run(never(), never())
      .catch((error: unknown) => error),
  )
  const [first, ...others] = await Promise.all(ends)
  assert.is(codeOf(first), 'custody-share')
  for (const error of others) {
    assert.is(codeOf(error), 'custody-ended')
    assert.match(String(error), /holder 0 gave up: it says custody-share and blames holder 2|says custody-ended/)
  }
})

test('a key that all confirmed is confirmed to who asks, by that key alone; before, by nobody', async () => {
  const people = peopleOf(2, 3)
  const early: string[] = []
  const network = openNetwork(people, (request, _from, to, answer) => {
    const stored = network.stored.get(to)
    const ask = stored && requestOf('confirm', people.group, keyDigest(stored.group))
    // It has the key on its disk, but not the word of all.
    if (ask && request.step === CUSTODY_STEPS.result && early.length === 0)
      early.push(codeFrom(() => network.holders[to]?.answer(ask, 1)))
    return answer
  })
  const keys = await Promise.all(people.seeds.map(async (_, holder) => network.open(holder).run(never(), never())))
  assert.equal(early, ['custody-step'])
  const [{ group }] = keys as [MadeKey]
  const holder = network.holders[0] as Ceremony
  const ask = requestOf('confirm', people.group, keyDigest(group))
  assert.is(stateOf(holder.answer(ask, 1)), 'given')
  const other = holder.answer({ ...ask, subject: keyDigest({ ...group, groupKey: new Uint8Array(33) }) }, 1)
  assert.equal([stateOf(other), readFault(other.body).said], ['refused', 'custody-result'])
})

test('a holder that signs already is not met, and does not stand for one that takes part', async () => {
  const people = peopleOf(2, 3)
  const refusal = answerOf('refused', faultBody(new Fault('custody-step', 'it signs')))
  const network = openNetwork(people, (_request, _from, to, answer) => (to === 2 ? refusal : answer))
  network.open(2)
  const limit = new AbortController()
  const ends = [0, 1].map(async (holder) =>
    network
      .open(holder)
      .run(never(), limit.signal)
      .catch((error: unknown) => error),
  )
  while (network.progress.every(({ holders }) => holders.join() !== '2')) await turn()
  for (let turns = 0; turns < 20; turns++) await turn()
  limit.abort()
  for (const said of await Promise.all(ends)) assert.match(String(said), 'holders 2 said nothing in step hello')
})

test('another group, a step of a signature, and words that are no code', () => {
  const people = peopleOf(2, 3)
  const holder = openNetwork(people).open(0)
  const code = (request: CustodyRequest): string => codeFrom(() => holder.answer(request, 1))
  assert.is(code(requestOf('hello', people.group, new Uint8Array(32))), 'answered')
  assert.is(code(requestOf('hello', { ...people.group, name: 'others' }, new Uint8Array(32))), 'custody-group-unknown')
  assert.is(code(requestOf('sign', people.group, new Uint8Array(32))), 'custody-step')
  assert.is(code({ ...requestOf('hello', people.group, new Uint8Array(32)), step: 99 }), 'custody-step')
  assert.equal(readFault(new TextEncoder().encode('\u001b[31m 7')), { said: 'garbled', holder: undefined })
})

test.run()
