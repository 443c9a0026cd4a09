// Binds the topics: inbound bytes are decoded, queued within bounds, handed to the wiring and reported back to gossipsub
// as accept, ignore or reject; outbound records pass the same size checks. A message may be judged for seconds, because
// early ones wait in the domain; one never judged is ignored. Errors of our own never punish a peer.

import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { GossipsubMessage } from '@libp2p/gossipsub'
import { Fault, codeOf } from '../core/errors.ts'
import type { Log, Topic, Verdict } from '../core/ports.ts'
import type { SignedRecord } from '../core/types.ts'
import type { Conduct } from './conduct.ts'
import { plain } from './frames.ts'
import type { Tally } from './limits.ts'
import type { HostDeps, MeshGossip, OfferedBeacon } from './options.ts'
import { peerKeyOf } from './peers.ts'
import { VALIDATION_MS, hasListener } from './router.ts'
import type { Router } from './router.ts'
import { TOPICS, decodeBeacon, decodeRecord, encodeBeacon, encodeRecord, topicName, topicNames } from './wire.ts'
import type { RecordTopic } from './wire.ts'

/** Messages waiting for a verdict: a full network's early seals or reveals of one phase, twice. */
export const PENDING_MAX = 8192
export const PENDING_MAX_BYTES = 32 * 1024 * 1024
/** Nobody may fill the whole room alone. */
export const PENDING_PER_PEER_MAX = PENDING_MAX / 2
/** Handlers started before timers, sockets and everybody else get a turn. */
const STARTED_AT_ONCE = 16
/** Own messages kept while nobody is subscribed yet; the oldest goes first. */
const OUTBOX_MAX = 64

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const

export interface GossipDeps extends Pick<HostDeps, 'log' | 'onRecord' | 'onBeacon'> {
  readonly router: Router
  readonly network: string
  readonly conduct: Conduct
  readonly tally: Tally
}

export interface GossipBinding {
  readonly gossip: MeshGossip
  start(): void
  stop(): void
  /** Messages waiting for a verdict, and own ones waiting for a subscriber. */
  waiting(): { readonly pending: number; readonly bytes: number; readonly outbox: number }
}

interface Inbound {
  readonly topic: Topic
  readonly data: Uint8Array
  readonly from: Uint8Array
  readonly peer: string
  readonly messageId: string
}

/** Room for messages under judgement, in number and bytes, in all and per peer. */
function createRoom() {
  const perPeer = new Map<string, number>()
  let pending = 0
  let bytes = 0
  return {
    enter(message: Inbound): boolean {
      const own = perPeer.get(message.peer) ?? 0
      const size = message.data.length
      if (pending >= PENDING_MAX || bytes + size > PENDING_MAX_BYTES || own >= PENDING_PER_PEER_MAX) return false
      perPeer.set(message.peer, own + 1)
      pending++
      bytes += size
      return true
    },
    leave(message: Inbound): void {
      const own = (perPeer.get(message.peer) ?? 1) - 1
      if (own > 0) perPeer.set(message.peer, own)
      else perPeer.delete(message.peer)
      pending--
      bytes -= message.data.length
    },
    read: () => ({ pending, bytes }),
  }
}

/** Runs tasks in order, a few at a time, giving way in between. The caller bounds how many there are. */
function createTurns() {
  let queue: (() => void)[] = []
  let scheduled = false
  const run = (): void => {
    scheduled = false
    for (const task of queue.splice(0, STARTED_AT_ONCE)) task()
    schedule()
  }
  const schedule = (): void => {
    if (scheduled || queue.length === 0) return
    scheduled = true
    setImmediate(run)
  }
  return {
    add(task: () => void): void {
      queue.push(task)
      schedule()
    },
    clear: () => void (queue = []),
  }
}

const late: Verdict = { verdict: 'ignore', code: 'gossip-late' }

/** The verdict, or `gossip-late` once the library has forgotten the message. */
async function within(limitMs: number, judging: Promise<Verdict>): Promise<Verdict> {
  const { promise, resolve } = Promise.withResolvers<Verdict>()
  const timer = setTimeout(() => resolve(late), limitMs)
  timer.unref()
  try {
    return await Promise.race([judging, promise])
  } finally {
    clearTimeout(timer)
  }
}

export function createGossip(deps: GossipDeps): GossipBinding {
  const { router, network, conduct, tally } = deps
  const topics = topicNames(network)
  const room = createRoom()
  const turns = createTurns()
  const outbox = createOutbox(router)

  function report({ messageId, peer }: Inbound, verdict: Verdict): void {
    router.reportMessageValidationResult(messageId, peer, RESULTS[verdict.verdict])
    if (verdict.verdict === 'accept') return
    tally.count(verdict.code)
    if (verdict.verdict === 'reject') conduct.offend(peer, 'rejected')
  }

  async function judge({ topic, data, from }: Inbound): Promise<Verdict> {
    try {
      if (topic === 'beacon') return await deps.onBeacon(decodeBeacon(data), from)
      return await deps.onRecord(topic, decodeRecord(topic, data), from)
    } catch (error) {
      return verdictOf(error, topic, deps.log)
    }
  }

  function onMessage({ detail }: CustomEvent<GossipsubMessage>): void {
    const { msg, msgId: messageId, propagationSource } = detail
    const topic = topics.get(msg.topic)
    const peer = propagationSource.toString()
    const from = peerKeyOf(propagationSource) ?? new Uint8Array()
    if (topic === undefined) return
    const message: Inbound = { topic, data: plain(msg.data), from, peer, messageId }
    if (!room.enter(message)) return report(message, { verdict: 'ignore', code: 'gossip-full' })
    turns.add(() => {
      void within(VALIDATION_MS, judge(message)).then((verdict) => {
        room.leave(message)
        report(message, verdict)
      })
    })
  }

  async function publish(topic: Topic, bytes: Uint8Array): Promise<void> {
    const name = topicName(network, topic)
    if (!hasListener(router, name)) return outbox.keep(name, bytes)
    await router.publish(name, bytes).catch((cause: unknown) => {
      throw new Fault('publish-failed', `the ${topic} message could not be published`, { cause })
    })
  }

  return {
    gossip: {
      publish: (topic: RecordTopic, record: SignedRecord) => publish(topic, encodeRecord(topic, record)),
      publishBeacon: (beacon: OfferedBeacon) => publish('beacon', encodeBeacon(beacon)),
    },
    start() {
      router.addEventListener('gossipsub:message', onMessage)
      router.addEventListener('gossipsub:heartbeat', outbox.flush)
      for (const topic of TOPICS) router.subscribe(topicName(network, topic))
    },
    stop() {
      router.removeEventListener('gossipsub:message', onMessage)
      router.removeEventListener('gossipsub:heartbeat', outbox.flush)
      turns.clear()
    },
    waiting: () => ({ ...room.read(), outbox: outbox.size() }),
  }
}

function verdictOf(error: unknown, topic: Topic, log: Log): Verdict {
  if (error instanceof Fault) return { verdict: error.verdict, code: error.code }
  log.error('a gossip message could not be judged', { topic, error })
  return { verdict: 'ignore', code: codeOf(error) }
}

/**
 * Own messages from before anybody could hear them: published at the first heartbeat at which somebody can. Published
 * earlier they would count as seen, reach nobody, and never be sent again.
 */
function createOutbox(router: Router) {
  let kept: { readonly name: string; readonly bytes: Uint8Array }[] = []
  return {
    keep(name: string, bytes: Uint8Array): void {
      kept.push({ name, bytes })
      if (kept.length > OUTBOX_MAX) kept.shift()
    },
    flush(): void {
      const ready = kept.filter(({ name }) => hasListener(router, name))
      kept = kept.filter((message) => !ready.includes(message))
      for (const { name, bytes } of ready) router.publish(name, bytes).catch(() => kept.push({ name, bytes }))
    },
    size: () => kept.length,
  }
}
