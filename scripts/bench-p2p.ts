// What our host costs over the bare libraries, in CPU of this process so that sleeping sockets do not count: one gossiped
// and validated record against gossipsub that checks nothing, and one connection, ready for gossip, against the noise
// handshake inside it. Sockets on loopback; every round is measured warm, and the median round counts.

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { StrictNoSign, gossipsub } from '@libp2p/gossipsub'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { SealedBidBody } from '../src/auction/codec.ts'
import { keccak256 } from '../src/core/bytes.ts'
import type { Verdict } from '../src/core/ports.ts'
import { SealBody, recordDigest } from '../src/core/records.ts'
import { RECORD_KINDS } from '../src/core/types.ts'
import type { SignedRecord } from '../src/core/types.ts'
import { createRecordSigner, createRecordVerifier } from '../src/native/records.ts'
import { createHost } from '../src/p2p/host.ts'
import type { Host } from '../src/p2p/options.ts'
import { encodeRecord } from '../src/p2p/wire.ts'

export interface P2pMeasurement {
  readonly name: string
  readonly ours: number
  readonly bare: number
  readonly ratio: number
  readonly unit: 'ms'
}

const NODES = 6
const ROUNDS = 5
const RECORDS = 60
const CONNECTIONS = 20
const SEPARATOR = new Uint8Array(32).fill(1)
const TOPIC = '/stkr/bench/seal'
/** Long enough for any machine; a bench that hangs has failed. */
const LIMIT_MS = 60_000

const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1)
const signer = createRecordSigner(seedOf(200))

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

const measurement = (name: string, ours: readonly number[], bare: readonly number[]): P2pMeasurement => ({
  name,
  ours: median(ours),
  bare: median(bare),
  ratio: median(ours) / median(bare),
  unit: 'ms',
})

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`bench: ${what} took longer than ${LIMIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** CPU milliseconds of `task`, all threads. */
async function cpuMs(task: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await task()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** What is gossiped: a seal or a sealed bid, by kind and bytes of the body. */
interface Cargo {
  readonly kind: number
  readonly bytes: number
}
const SEAL: Cargo = { kind: RECORD_KINDS.seal, bytes: SealBody.fixedSize ?? 0 }
const BID: Cargo = { kind: RECORD_KINDS.bid, bytes: SealedBidBody.fixedSize ?? 0 }

function signedRecord(sequence: number, { kind, bytes }: Cargo = SEAL): SignedRecord {
  const header = { kind, author: 1, unit: 1, sequence }
  const body = new Uint8Array(bytes)
  return { ...header, body, signature: signer.sign(recordDigest(SEPARATOR, header, keccak256(body))) }
}

async function openHost(n: number, onRecord: (record: SignedRecord) => Verdict): Promise<Host> {
  const host = await createHost(
    {
      network: 'bench',
      secretKey: seedOf(n),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      local: true,
      reachable: false,
      mdns: false,
    },
    {
      log: { debug() {}, info() {}, warn() {}, error() {} },
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      onRecord: async (_topic, record) => onRecord(record),
      onBeacon: async () => ({ verdict: 'accept' }),
      isMember: () => true,
      members: () => [],
      onProbe: async () => signedRecord(0),
      library: {
        record: async () => undefined,
        bundle: async () => undefined,
        jobBundle: async () => undefined,
        answers: async () => [],
        summary: async () => undefined,
      },
    },
  )
  await host.start()
  return host
}

async function openBare(n: number) {
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', seedOf(n)),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    connectionManager: { inboundConnectionThreshold: 1000 },
    services: {
      identify: identify(),
      gossip: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        fallbackToFloodsub: false,
        scoreParams: { IPColocationFactorWeight: 0 },
      }),
    },
  })
}

/** CPU per record and receiving node: `publish` sends one, `received` counts all arrivals. */
async function gossipRounds(cargo: Cargo, publish: (data: SignedRecord) => Promise<unknown>, received: () => number) {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const records = Array.from({ length: RECORDS }, (_, index) => signedRecord(round * RECORDS + index, cargo))
    const target = received() + RECORDS * (NODES - 1)
    const spent = await cpuMs(async () => {
      for (const record of records) await publish(record)
      await until(() => received() >= target, 'delivering to everybody')
    })
    rounds.push(spent / RECORDS / (NODES - 1))
  }
  return rounds
}

async function gossipOurs(cargo: Cargo): Promise<readonly number[]> {
  const verifier = createRecordVerifier()
  let received = 0
  const onRecord = (record: SignedRecord): Verdict => {
    const digest = recordDigest(SEPARATOR, record, keccak256(record.body))
    if (!verifier.verify(signer.address, digest, record.signature)) return { verdict: 'reject', code: 'bad-signature' }
    received++
    return { verdict: 'accept' }
  }
  const hosts = await Promise.all(Array.from({ length: NODES }, (_, n) => openHost(n, onRecord)))
  try {
    for (const [n, host] of hosts.entries())
      for (const other of hosts.slice(0, n)) await host.connect(other.addresses()[0] ?? '')
    await until(() => hosts.every((host) => host.status().subscribers.seal === NODES - 1), 'the mesh of hosts')
    return await gossipRounds(
      cargo,
      async (record) => hosts[0]?.gossip.publish('seal', record),
      () => received,
    )
  } finally {
    await Promise.all(hosts.map((host) => host.stop()))
  }
}

async function gossipBare(cargo: Cargo): Promise<readonly number[]> {
  let received = 0
  const nodes = await Promise.all(Array.from({ length: NODES }, (_, n) => openBare(n)))
  try {
    for (const [n, node] of nodes.entries()) {
      node.services.gossip.addEventListener('message', () => received++)
      node.services.gossip.subscribe(TOPIC)
      for (const other of nodes.slice(0, n)) await node.dial(other.getMultiaddrs())
    }
    const formed = () => nodes.every((node) => node.services.gossip.getSubscribers(TOPIC).length === NODES - 1)
    await until(formed, 'the bare mesh')
    return await gossipRounds(
      cargo,
      async (record) => nodes[0]?.services.gossip.publish(TOPIC, encodeRecord('seal', { ...record, author: 2 })),
      () => received,
    )
  } finally {
    for (const node of nodes) await node.stop()
  }
}

/** CPU of a record sent to everybody, decoded and its signature checked, by receiving node. */
export async function benchGossip(): Promise<readonly P2pMeasurement[]> {
  const rows: P2pMeasurement[] = []
  for (const [what, cargo] of [
    ['record', SEAL],
    ['sealed bid', BID],
  ] as const) {
    const name = `gossip of a validated ${what}, each node, against bare gossipsub`
    rows.push(measurement(name, await gossipOurs(cargo), await gossipBare(cargo)))
  }
  return rows
}

const accept = (): Verdict => ({ verdict: 'accept' })

async function connectionsOurs(): Promise<readonly number[]> {
  const host = await openHost(0, accept)
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => openHost(n + 1, accept)))
  try {
    const spent: number[] = []
    for (const client of clients)
      spent.push(
        await cpuMs(async () => {
          await client.connect(host.addresses()[0] ?? '')
          await until(() => client.status().subscribers.seal === 1, 'getting ready for gossip')
        }),
      )
    return spent.slice(CONNECTIONS / 2)
  } finally {
    await Promise.all([...clients, host].map((it) => it.stop()))
  }
}

/** Only the handshake: measured around the encrypter, both sides being in this process. */
async function handshakesBare(): Promise<readonly number[]> {
  const spent: number[] = []
  const make = async (n: number, listen: readonly string[]) =>
    createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', seedOf(n)),
      addresses: { listen: [...listen] },
      transports: [tcp()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      connectionManager: { inboundConnectionThreshold: 1000 },
      connectionEncrypters: [
        (components) => {
          const encrypter = noise()(components)
          const secure = encrypter.secureOutbound.bind(encrypter)
          encrypter.secureOutbound = async (...given) => {
            const before = process.cpuUsage()
            const secured = await secure(...given)
            const { user, system } = process.cpuUsage(before)
            spent.push((user + system) / 1000)
            return secured
          }
          return encrypter
        },
      ],
    })
  const server = await make(0, ['/ip4/127.0.0.1/tcp/0'])
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => make(n + 1, [])))
  try {
    const [address] = server.getMultiaddrs()
    for (const client of clients) await client.dial(multiaddr(address?.toString() ?? ''))
    return spent.slice(CONNECTIONS / 2)
  } finally {
    for (const node of [...clients, server]) await node.stop()
  }
}

/** CPU of both sides, from the dial to subscriptions exchanged, warm. */
export async function benchConnection(): Promise<P2pMeasurement> {
  return measurement(
    'connection until ready for gossip, against the noise handshake',
    await connectionsOurs(),
    await handshakesBare(),
  )
}
