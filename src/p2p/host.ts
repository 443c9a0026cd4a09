// The libp2p host of a sidecar: puts the node, gossip, streams and mesh keeping together behind the core's ports.
// Made unstarted; `start` listens, `stop` leaves nothing open. It has no opinion on what records say.

import { multiaddr } from '@multiformats/multiaddr'
import { Fault } from '../core/errors.ts'
import type { Topic } from '../core/ports.ts'
import type { Hex, Leaf, SignedRecord } from '../core/types.ts'
import { createConduct } from './conduct.ts'
import { dialBack, serveDialBack } from './dialback.ts'
import { HASHES_MAX, askAnswers, askBundle, askRecords, serveEvidence } from './evidence.ts'
import { createGossip } from './gossip.ts'
import { isRelayed } from './limited.ts'
import { createTally } from './limits.ts'
import { createMesh } from './mesh.ts'
import { listNeighbours } from './neighbours.ts'
import { createNode } from './node.ts'
import type { Node } from './node.ts'
import type { EvidenceClient, Host, HostDeps, HostOptions, ReachFound, ReachStatus } from './options.ts'
import { connectedPeers, createPeers, peerKeyOf } from './peers.ts'
import type { Peers } from './peers.ts'
import { createProber, serveProbe } from './probe.ts'
import { createReachability } from './reachability.ts'
import { askSummary, serveSummary } from './summary.ts'
import { topicName } from './wire.ts'
import type { Connection } from '@libp2p/interface'

/** Peers asked for the same thing before it counts as not to be had. */
const ASKED_MAX = 8
/** One peer's share of an exchange: a hanging one must not use up the whole time. */
const ASK_MS = 10_000
const DIAL_MS = 10_000

/** Peers in random order, one after another, until `enough` says so; what one peer fails at the next is asked. */
function createEvidence(node: Node, peers: Peers, random: HostDeps['random']): EvidenceClient {
  async function inTurn(signal: AbortSignal, ask: (connection: Connection, signal: AbortSignal) => Promise<boolean>) {
    for (const peer of connectedPeers(node, random).slice(0, ASKED_MAX)) {
      signal.throwIfAborted()
      const connection = node.getConnections(peer).find(({ status }) => status === 'open')
      if (connection === undefined) continue
      const share = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
      if (await ask(connection, share).catch(() => false)) return
    }
  }

  async function anyBundle(of: 'bundle' | 'jobBundle', unit: number, signal: AbortSignal) {
    let bundle: Uint8Array | undefined
    await inTurn(signal, async (connection) => {
      bundle = await askBundle(connection, of, unit, signal)
      return true
    })
    return bundle
  }

  return {
    async records(hashes, signal) {
      const found = new Map<Hex, SignedRecord>()
      const missing = new Set(hashes)
      await inTurn(signal, async (connection, share) => {
        for (const batch of batches([...missing])) {
          for (const [hash, record] of await askRecords(connection, batch, share)) {
            found.set(hash, record)
            missing.delete(hash)
          }
        }
        return missing.size === 0
      })
      return [...found.values()]
    },
    async summary(period, signal) {
      let leaves: readonly Leaf[] | undefined
      await inTurn(signal, async (connection, share) => {
        leaves = await askSummary(connection, period, share)
        return leaves !== undefined
      })
      return leaves
    },
    bundle: (period, signal) => anyBundle('bundle', period, signal),
    jobBundle: (job, signal) => anyBundle('jobBundle', job, signal),
    answers: async (auditor, period, signal) => {
      try {
        return await askAnswers(await peers.reach(auditor, signal), period, signal)
      } catch {
        return []
      }
    },
  }
}

function* batches(hashes: readonly Hex[]): Generator<readonly Hex[]> {
  for (let at = 0; at < hashes.length; at += HASHES_MAX) yield hashes.slice(at, at + HASHES_MAX)
}

/** The host, not started. Faults: `bad-secret-key`, `bad-address`, `peer-store`. */
export async function createHost(options: HostOptions, deps: HostDeps): Promise<Host> {
  const now = (): number => Date.now()
  const tally = createTally()
  const stopped = new AbortController()
  const conduct = createConduct({
    now,
    onBan(peer, offence) {
      deps.log.info('peer cut off', { peer, offence })
      hangUp(node, peer)
    },
  })
  const { node, parts, closeStore } = await createNode(options, { conduct, tally, now, isMember: deps.isMember })
  const router = node.services.gossip
  const binding = createGossip({ ...deps, router, network: options.network, conduct, tally })
  const peers = createPeers({ node, random: deps.random, members: deps.members, now })
  const reach = options.reach && parts && createReachability(options.reach, { ...deps, node, parts, now })
  const mesh = createMesh(options.bootstrap, { node, conduct, random: deps.random, members: deps.members, now })
  const server = { node, log: deps.log, conduct, tally, now, stopped: stopped.signal }
  const byTopic = (count: (name: string) => number): Readonly<Record<Topic, number>> => {
    const of = (topic: Topic): number => count(topicName(options.network, topic))
    return {
      beacon: of('beacon'),
      seal: of('seal'),
      reveal: of('reveal'),
      statement: of('statement'),
      certificate: of('certificate'),
    }
  }

  return {
    peerKey: ownKey(node),
    peerId: node.peerId.toString(),
    gossip: binding.gossip,
    prober: createProber(peers),
    evidence: createEvidence(node, peers, deps.random),
    addresses: () => node.getMultiaddrs().map(String),
    async start() {
      await serveProbe(server, deps)
      await serveEvidence(server, deps.library)
      await serveSummary(server, deps.library)
      await serveDialBack(server)
      await node.start()
      binding.start()
      mesh.start()
      reach?.start()
    },
    async stop() {
      if (stopped.signal.aborted) return
      stopped.abort()
      await reach?.stop()
      mesh.stop()
      binding.stop()
      await node.stop()
      await closeStore()
    },
    neighbours: () => listNeighbours(node, conduct),
    dialBack: (signal) => dialBack(node, signal),
    connect: (address, signal) => connect(node, address, signal),
    status: () => ({
      peers: node.getPeers().length,
      connections: node.getConnections().length,
      mesh: byTopic((name) => router.getMeshPeers(name).length),
      subscribers: byTopic((name) => router.getSubscribers(name).length),
      pending: binding.waiting().pending,
      reach: reachOf(node, reach?.status()),
      refused: tally.read(),
      banned: conduct.size().banned,
    }),
  }
}

function reachOf(node: Node, found: ReachFound | undefined): ReachStatus {
  const connections = node.getConnections()
  const relayed = connections.filter(isRelayed).length
  const unchecked = { verdict: 'unchecked', confirmed: [], relays: [], relaying: 0 } as const
  return { ...(found ?? unchecked), direct: connections.length - relayed, relayed }
}

function ownKey(node: Node): Uint8Array {
  const key = peerKeyOf(node.peerId)
  if (key === undefined) throw new Error('bug: the host was made with another kind of key than Ed25519')
  return key
}

function hangUp(node: Node, peer: string): void {
  for (const connection of node.getConnections())
    if (connection.remotePeer.toString() === peer) connection.abort(new Fault('banned', 'the peer misbehaved'))
}

async function connect(node: Node, address: string, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(DIAL_MS)
  try {
    await node.dial(multiaddr(address), { signal: signal ? AbortSignal.any([signal, limit]) : limit })
  } catch (cause) {
    throw new Fault('dial-failed', `${address} could not be dialled`, { cause })
  }
}
