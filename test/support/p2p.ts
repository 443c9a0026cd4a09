// Hosts for p2p tests: made from seeds, given recording handlers, awaited on conditions and closed last opened first.
// Real sockets on loopback or the memory transport; nothing outside this process.

import { ed25519 } from '@noble/curves/ed25519.js'
import { encodeAnswer } from '../../src/core/answers.ts'
import type { ProbeRequest } from '../../src/core/answers.ts'
import { word } from '../../src/core/bytes.ts'
import { createHost } from '../../src/p2p/host.ts'
import type { Host, HostDeps, HostOptions } from '../../src/p2p/options.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import type { Log } from '../../src/core/ports.ts'
import type { SignedRecord } from '../../src/core/types.ts'

export const NETWORK = 'test'

/** xorshift32: the same bytes for the same seed, everywhere. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let state = (seed * 2654435761) >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>>= 0)
  }
  return (length) => Uint8Array.from({ length }, () => next() & 0xff)
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export const emptyLibrary: HostDeps['library'] = {
  record: async () => undefined,
  bundle: async () => undefined,
  jobBundle: async () => undefined,
  answers: async () => [],
  summary: async () => undefined,
}

const accept = async (): Promise<{ verdict: 'accept' }> => ({
  verdict: 'accept',
})

/** Deps that accept everything, know nobody and have nothing; override what the test is about. */
export function hostDeps(seed: number, over: Partial<HostDeps> = {}): HostDeps {
  return {
    log: silentLog,
    random: seededBytes(seed),
    onRecord: accept,
    onBeacon: accept,
    isMember: () => true,
    members: () => [],
    onProbe: async () => record({ kind: RECORD_KINDS.answer }),
    library: emptyLibrary,
    ...over,
  }
}

/** What is opened in a test, closed last opened first even when the test failed. */
export function closers() {
  const stack: (() => Promise<unknown>)[] = []
  return {
    add<T extends { stop(): unknown }>(it: T): T {
      stack.push(async () => it.stop())
      return it
    },
    async close(): Promise<void> {
      for (let close = stack.pop(); close; close = stack.pop()) await close()
    },
  }
}

/** Where the host of `seed` gets its identity from. */
const secretOf = (seed: number): Uint8Array => seededBytes(seed + 1000)(32)
/** Key by which the registry would know the host of `seed`. */
export const peerKeyOfSeed = (seed: number): Uint8Array => ed25519.getPublicKey(secretOf(seed))

let names = 0

/** A started host; `memory` keeps it off the network stack. */
export async function openHost(
  seed: number,
  over: Partial<HostDeps> = {},
  options: Partial<HostOptions> & { readonly memory?: boolean } = {},
): Promise<Host> {
  const { memory = false, ...rest } = options
  const host = await createHost(
    {
      network: NETWORK,
      secretKey: secretOf(seed),
      listen: [memory ? `/memory/host-${++names}` : '/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      local: true,
      reachable: false,
      mdns: false,
      ...rest,
    },
    hostDeps(seed, over),
  )
  await host.start()
  return host
}

export const addressOf = (host: Host): string => {
  const [address] = host.addresses()
  if (address === undefined) throw new Error('the host has no address')
  return address
}

/** Resolves when `condition` holds; rejects with what `describe` says after `limitMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  describe: () => string,
  limitMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`gave up waiting: ${describe()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A well-formed record; its signature is random bytes, because nobody here checks it. */
export function record(over: Partial<SignedRecord> = {}, random = seededBytes(1)): SignedRecord {
  return {
    kind: RECORD_KINDS.seal,
    author: 1,
    unit: 1,
    sequence: 0,
    body: random(32),
    signature: random(64),
    ...over,
  }
}

/** What an auditor asks in tests that are not about the question. */
export const PROBE_REQUEST: ProbeRequest = {
  version: 2,
  period: 3,
  auditor: 1,
  round: 40,
  nonce: new Uint8Array(32).fill(5),
  workload: 'ethereum-execution',
  height: 12,
}

/** The answer of a target whose blockchain node is well, signed by nobody. */
export function answerTo({ version, nonce, height, workload }: ProbeRequest): SignedRecord {
  const answer = encodeAnswer(version, {
    nonce,
    fault: 0,
    workload,
    client: new TextEncoder().encode('stub/1'),
    network: word(1),
    headNumber: 20,
    headHash: new Uint8Array(32),
    peers: 3,
    syncDistance: 0,
    height,
    proof: new Uint8Array(32).fill(7),
  })
  return record(answer)
}

/** Every host knows every other as a subscriber of the topic. */
export const meshed = (hosts: readonly Host[], least: number) => (): boolean =>
  hosts.every((host) => Object.values(host.status().mesh).every((count) => count >= least))
