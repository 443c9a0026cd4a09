// Early messages wait: five nodes enter a period one after another, each speaking as it enters. Gossipsub shows a message
// once, so one that is ignored for being early is lost: then the nodes end with 5, 1, 1, 0, 0 messages instead of 5 each.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Verdict } from '../../src/core/ports.ts'
import type { Host } from '../../src/p2p/options.ts'
import { addressOf, closers, meshed, openHost, record, seededBytes, until } from '../support/p2p.ts'

const test = suite('early messages')
const NODES = 5

/** A node that judges records only once it has entered the period, as the domain's waiting room does. */
function createEntrant(index: number) {
  const got = new Set<number>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  return {
    index,
    got,
    enter,
    onRecord: async (_topic: string, { author }: { author: number }): Promise<Verdict> => {
      await entered
      got.add(author)
      return { verdict: 'accept' }
    },
  }
}

test('every node ends with the messages of all, however late it enters', async () => {
  const open = closers()
  try {
    const entrants = Array.from({ length: NODES }, (_, index) => createEntrant(index))
    const hosts: Host[] = []
    for (const { index, onRecord } of entrants) {
      const host = open.add(await openHost(index, { onRecord }, { memory: true }))
      for (const other of hosts) await host.connect(addressOf(other))
      hosts.push(host)
    }
    await until(meshed(hosts, NODES - 1), () => JSON.stringify(hosts.map((host) => host.status().mesh)))

    for (const [index, host] of hosts.entries()) {
      await host.gossip.publish('seal', record({ author: index }, seededBytes(index + 1)))
      // Everybody holds all messages of others so far, judged or waiting, before the next node enters.
      const holds = (at: number): number => (hosts[at]?.status().pending ?? 0) + (entrants[at]?.got.size ?? 0)
      await until(
        () => hosts.every((_, at) => holds(at) === index + (at > index ? 1 : 0)),
        () => `after message ${index} the nodes hold ${hosts.map((_, at) => holds(at)).join(', ')}`,
      )
      entrants[index]?.enter()
    }
    await until(
      () => entrants.every(({ got }) => got.size === NODES - 1),
      () => `messages by node: ${entrants.map(({ got }) => got.size).join(', ')}`,
    )
    for (const { got, index } of entrants)
      assert.equal(got.size, NODES - 1, `node ${index} has every message but its own`)
  } finally {
    await open.close()
  }
})

test('a message judged after seconds is still passed on', async () => {
  const open = closers()
  try {
    const { promise: judged, resolve: judge } = Promise.withResolvers<Verdict>()
    let arrived = false
    let passedOn = false
    const first = open.add(await openHost(11, {}, { memory: true }))
    const onSecond = async (): Promise<Verdict> => {
      arrived = true
      return judged
    }
    const onThird = async (): Promise<Verdict> => {
      passedOn = true
      return { verdict: 'accept' }
    }
    const second = open.add(await openHost(12, { onRecord: onSecond }, { memory: true }))
    const third = open.add(await openHost(13, { onRecord: onThird }, { memory: true }))
    await second.connect(addressOf(first))
    await second.connect(addressOf(third))
    await until(meshed([first, second, third], 1), () => 'the line does not form')
    await first.gossip.publish('seal', record())
    await until(
      () => arrived,
      () => 'the message does not arrive',
    )
    // Longer than gossipsub keeps messages by default (five heartbeats of a second): the time is what is tested.
    await new Promise((resolve) => setTimeout(resolve, 6_500))
    assert.not(passedOn, 'nothing is passed on before it was judged')
    judge({ verdict: 'accept' })
    await until(
      () => passedOn,
      () => 'the message was forgotten while it was judged',
    )
    assert.is(second.status().pending, 0, 'nothing waits any more')
  } finally {
    await open.close()
  }
})

test.run()
