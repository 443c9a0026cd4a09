// Gossipsub as this network runs it: its settings, its score, and a guard in front of it. The library lets unknown
// topics, undecodable frames, replays and floods go unpunished; the guard counts them against the sender before the
// library sees them. It judges form and rate only; what a message says is judged behind `gossipsub:message`.
// Numbers not explained here were measured: see docs/protocol.md, Gossip.

import { hash } from 'node:crypto'
import { StrictNoSign, gossipsub } from '@libp2p/gossipsub'
import type { GossipSub, GossipSubComponents, TopicValidatorResult } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerId } from '@libp2p/interface'
import { invariant } from '../core/errors.ts'
import type { Topic } from '../core/ports.ts'
import type { Conduct, Offence } from './conduct.ts'
import { createBuckets } from './limits.ts'
import type { Rate, Tally } from './limits.ts'
import { MESSAGE_MAX_BYTES, topicNames } from './wire.ts'

const HEARTBEAT_MS = 1000
/** How long a message may be judged before the library has dropped it and can forward it no more. */
export const VALIDATION_MS = 12_000
/** One frame: three of the largest record, so that a reply to IWANT need not be one message at a time. */
export const FRAME_MAX_BYTES = 512 * 1024
/** Room for protobuf tags, lengths and topic names around the messages of a frame we send. */
const FRAME_FILL_BYTES = FRAME_MAX_BYTES - 64 * 1024

/** Per peer. A whole network of 4096 may seal within seconds, and a single neighbour may be the first to bring it all. */
export const GOSSIP_RATES: { readonly messages: Rate; readonly bytes: Rate } = {
  messages: { perSecond: 1000, burst: 10_000 },
  bytes: { perSecond: 4 * 1024 * 1024, burst: 32 * 1024 * 1024 },
}

/** What the library's class offers beyond its published interface, typed here and checked once at the start. */
export interface Router extends GossipSub {
  reportMessageValidationResult(messageId: string, from: string, result: TopicValidatorResult): void
  getMeshPeers(topic: string): string[]
  /** The library's score of a peer, below 0 for those it trusts less. */
  getScore(peer: string): number
  /** Streams on which we can speak, by peer; a subscriber without one hears nothing of what is published. */
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  decodeRpc(bytes: Uint8Array): RPC
  handleReceivedRpc(from: PeerId, rpc: RPC): Promise<void>
  handlePeerReadStreamError(error: Error, peer: PeerId): void
  sendRpc(peer: string, rpc: RPC): boolean
}

const USED = [
  'reportMessageValidationResult',
  'getMeshPeers',
  'decodeRpc',
  'handleReceivedRpc',
  'handlePeerReadStreamError',
  'sendRpc',
] as const

function asRouter(service: GossipSub): Router {
  const router = service as Router
  for (const name of USED) invariant(typeof router[name] === 'function', `gossipsub no longer has ${name}`)
  invariant(router.streamsOutbound instanceof Map, 'gossipsub no longer has streamsOutbound')
  return router
}

/** Can anybody hear what we publish on the topic? */
export const hasListener = (router: Router, topic: string): boolean =>
  router.getSubscribers(topic).some((peer) => router.streamsOutbound.has(peer.toString()))

/** Scores that keep quiet topics alive and graylist a peer at its fifth invalid message (5² × 100 > 2000). */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshQuantum: 1000,
  timeInMeshWeight: 0.01,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 20,
  // Off, with the rest of their numbers only because the library wants them: what is quiet is not failing.
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 100,
  meshMessageDeliveriesThreshold: 20,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -100,
  invalidMessageDeliveriesDecay: 0.9,
}
const THRESHOLDS = { gossipThreshold: -500, publishThreshold: -1000, graylistThreshold: -2000 }

export interface RouterOptions {
  readonly network: string
  readonly local: boolean
}

/** Whole payload, signature included: an id made of header fields would let anybody censor a message. */
const messageId = (data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer').subarray(0, 20)

function settings(options: RouterOptions, topics: readonly string[], conduct: Conduct) {
  return {
    globalSignaturePolicy: StrictNoSign as 'StrictNoSign',
    fallbackToFloodsub: false,
    emitSelf: false,
    asyncValidation: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    msgIdFn: (message: { data: Uint8Array }) => messageId(message.data),
    floodPublish: true,
    batchPublish: true,
    idontwantMinDataSize: 16_384,
    D: 6,
    Dlo: 4,
    Dhi: 10,
    heartbeatInterval: HEARTBEAT_MS,
    mcacheLength: VALIDATION_MS / HEARTBEAT_MS + 3,
    mcacheGossip: 5,
    allowedTopics: [...topics],
    maxInboundDataLength: FRAME_MAX_BYTES,
    maxOutboundBufferSize: 4 * 1024 * 1024,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    decodeRpcLimits: {
      maxSubscriptions: 64,
      maxMessages: 5000,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxControlMessages: 256,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 16,
    },
    scoreThresholds: THRESHOLDS,
    scoreParams: {
      topics: Object.fromEntries(topics.map((topic) => [topic, { ...TOPIC_SCORE }])),
      appSpecificScore: (peer: string) => -conduct.points(peer),
      appSpecificWeight: 10,
      // A broken IHAVE promise now and then is a slow machine; many are an attack.
      behaviourPenaltyThreshold: 6,
      // Many sidecars behind one address are normal in a data centre and the rule on one machine.
      IPColocationFactorWeight: options.local ? 0 : -1,
      IPColocationFactorThreshold: 20,
    },
  }
}

export interface RouterDeps {
  readonly conduct: Conduct
  readonly tally: Tally
  now(): number
}

/** Service factory for createLibp2p: gossipsub with the guard in front. */
export function guardedGossipsub(
  options: RouterOptions,
  deps: RouterDeps,
): (components: GossipSubComponents) => Router {
  const topics = topicNames(options.network)
  const create = gossipsub(settings(options, [...topics.keys()], deps.conduct))
  return (components) => {
    const router = asRouter(create(components))
    guardInbound(router, topics, deps)
    splitOutbound(router)
    return router
  }
}

const SIZE_ERRORS = new Set(['InvalidMessageLengthError', 'InvalidDataLengthError', 'InvalidDataLengthLengthError'])

function guardInbound(router: Router, topics: ReadonlyMap<string, Topic>, deps: RouterDeps): void {
  const { conduct, tally } = deps
  const messages = createBuckets(GOSSIP_RATES.messages, deps.now)
  const bytes = createBuckets(GOSSIP_RATES.bytes, deps.now)
  const seen = createRecentIds()
  const malformed = new WeakSet<RPC>()
  const decode = router.decodeRpc.bind(router)
  const handle = router.handleReceivedRpc.bind(router)
  const readFailed = router.handlePeerReadStreamError.bind(router)

  const blame = (peer: string, offence: Offence): boolean => {
    tally.count(`gossip-${offence}`)
    return conduct.offend(peer, offence)
  }

  router.decodeRpc = (frame) => {
    try {
      return decode(frame)
    } catch {
      // The library would forget who sent it: an empty frame carries the blame to the handler below.
      const empty: RPC = { subscriptions: [], messages: [] }
      malformed.add(empty)
      return empty
    }
  }

  router.handlePeerReadStreamError = (error, peer) => {
    if (SIZE_ERRORS.has(error.name)) blame(peer.toString(), 'oversized')
    readFailed(error, peer)
  }

  function offenceOf(peer: string, message: RPC.Message): Offence | undefined {
    const topic = topics.get(message.topic)
    if (topic === undefined) return 'unknown-topic'
    const data = message.data ?? new Uint8Array()
    if (data.length > MESSAGE_MAX_BYTES[topic]) return 'oversized'
    return seen.again(peer, data) ? 'replay' : undefined
  }

  function admits(peer: string, message: RPC.Message): boolean {
    const offence = offenceOf(peer, message)
    if (offence !== undefined) blame(peer, offence)
    return offence === undefined
  }

  router.handleReceivedRpc = async (from, rpc) => {
    const peer = from.toString()
    if (conduct.isBanned(peer)) return
    if (malformed.has(rpc)) return void blame(peer, 'undecodable')
    let size = 0
    for (const message of rpc.messages) size += message.data?.length ?? 0
    if (!messages.take(peer, Math.max(1, rpc.messages.length)) || !bytes.take(peer, size))
      return void blame(peer, 'flood')
    for (const { topic } of rpc.subscriptions)
      if (topic !== undefined && !topics.has(topic)) blame(peer, 'unknown-subscription')
    rpc.messages = rpc.messages.filter((message) => admits(peer, message))
    if (!conduct.isBanned(peer)) await handle(from, rpc)
  }
}

/** Replies to IWANT may hold more than a frame: sent as several, or the receiver would have to cut us off. */
function splitOutbound(router: Router): void {
  const send = router.sendRpc.bind(router)
  router.sendRpc = (peer, rpc) => {
    let sent = true
    let batch: RPC.Message[] = []
    let size = 0
    for (const message of rpc.messages) {
      const length = message.data?.length ?? 0
      if (batch.length > 0 && size + length > FRAME_FILL_BYTES) {
        sent = send(peer, { subscriptions: [], messages: batch }) && sent
        batch = []
        size = 0
      }
      batch.push(message)
      size += length
    }
    rpc.messages = batch
    return send(peer, rpc) && sent
  }
}

const SLOTS = 2048
const PEERS_MAX = 512

/**
 * Has this peer sent these bytes lately? Remembers, for each of PEERS_MAX peers, one word of SLOTS messages: four bytes
 * from inside the signature, which differ between any two honest messages. Forging a collision only blames the forger.
 */
export function createRecentIds() {
  const peers = new Map<string, Uint32Array>()
  return {
    again(peer: string, data: Uint8Array): boolean {
      // Too short to hold a signature: refused by the codec anyway.
      if (data.length < 32) return false
      let table = peers.get(peer)
      if (table === undefined) {
        table = new Uint32Array(SLOTS)
        peers.set(peer, table)
        const oldest = peers.keys().next()
        if (peers.size > PEERS_MAX && oldest.done !== true) peers.delete(oldest.value)
      }
      const word = new DataView(data.buffer, data.byteOffset).getUint32(24) || 1
      const slot = word % SLOTS
      if (table[slot] === word) return true
      table[slot] = word
      return false
    },
    size: () => peers.size,
  }
}
