// An API on a free loopback port over sources that a test sets as it likes, and callers that see status, head and body.
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { createApi } from '../../src/api/api.ts'
import type { Api } from '../../src/api/api.ts'
import type { ApiOptions, ApiSources } from '../../src/api/options.ts'
import type { ToldStatus } from '../../src/api/status.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Hex, WorkloadStatus } from '../../src/core/types.ts'
import { silentLog, systemClock } from '../../src/system.ts'

export const TOKEN = 'f'.repeat(64)
export const ROOT: Hex = `0x${'ab'.repeat(32)}`

export const WORKLOAD: WorkloadStatus = {
  client: 'geth/1.16',
  network: new Uint8Array(32).fill(1),
  headNumber: 77,
  headHash: new Uint8Array(32).fill(2),
  peers: 5,
  syncDistance: 0,
}

const TOPICS = { beacon: 3, seal: 3, reveal: 2, statement: 2, certificate: 3 }

export const statusNow = (clock: Clock): ToldStatus => ({
  peerId: '12D3KooWtest',
  addresses: ['/ip4/127.0.0.1/tcp/9470/p2p/12D3KooWtest'],
  signer: '0x00000000000000000000000000000000000000aa',
  audit: {
    round: 1234,
    period: 7,
    phase: 'seal',
    id: 3,
    slot: 2,
    seat: 1,
    members: 8,
    targets: [4, 5],
    auditors: [1, 2],
    lastPosted: 6,
    waiting: 2,
  },
  auctions: {
    round: 1234,
    waiting: 1,
    jobs: [
      {
        id: 9,
        kind: 'ethereum-execution',
        state: 'announced',
        phase: 'bidding',
        closeRound: 1300,
        openRound: 1310,
        pickRound: 1320,
        reserve: 5_000_000_000_000_000_000n,
        bidders: 4,
        seen: 1,
        admitted: undefined,
        void: undefined,
        own: { sequence: 0, price: undefined },
        winner: undefined,
        price: undefined,
      },
    ],
  },
  node: {
    state: 'ready',
    code: undefined,
    since: 5,
    mode: 'command',
    kind: 'ethereum-execution',
    endpoint: '127.0.0.1:8545',
    job: undefined,
    pid: 77,
    starts: 2,
    crashes: 1,
    retryAt: undefined,
    usage: { cpu: 0.5, memoryBytes: 1e9, descriptors: 50 },
    disk: { freeBytes: 1e12, totalBytes: 2e12, fullAt: undefined },
    clockOffsetMs: 250,
    warnings: [{ code: 'node-rpc-exposed', detail: 'reachable' }],
  },
  mesh: {
    peers: 3,
    connections: 4,
    mesh: TOPICS,
    subscribers: TOPICS,
    pending: 0,
    refused: { 'seal-late': 2 },
    banned: 0,
  },
  reach: {
    verdict: 'private',
    confirmed: [],
    relays: ['12D3KooWrelay'],
    relaying: 2,
    direct: 3,
    relayed: 1,
  },
  endpoints: [
    {
      kind: 'rpc',
      host: 'rpc.example',
      state: 'good',
      code: undefined,
      latencyMs: 80,
      demoted: undefined,
      lastCode: undefined,
    },
    {
      kind: 'rpc',
      host: 'slow.example',
      state: 'good',
      code: undefined,
      latencyMs: 4_000,
      demoted: 'rpc-slow',
      lastCode: 'rpc-timeout',
    },
    {
      kind: 'beacon',
      host: 'relay.example',
      state: 'silent',
      code: 'relay-status',
      latencyMs: undefined,
      demoted: undefined,
      lastCode: 'relay-status',
    },
  ],
  beacon: { round: 1234, dueAt: clock.now() - 1000, periodSeconds: 3 },
  relays: [
    {
      url: 'https://relay.example',
      counters: { served: 5, failed: 1 },
      lastFault: undefined,
      latencyMs: 12.5,
      cost: 12.5,
    },
  ],
  rpcFailures: [0, 4],
  pendingTransactions: ['post:7'],
  transactions: [{ name: 'post:7', nonce: 4, attempts: 2, maxFee: 500_000_000_000n, code: 'tx-fee-ceiling' }],
  gas: {
    balance: 1_500_000_000_000_000_000n,
    maxFee: 400_000_000_000n,
    postingCost: 99_510_800_000_000_000n,
    postingsLeft: 15,
    code: 'gas-low',
  },
})

export const LEAF = {
  id: 4,
  slot: 3,
  uptimeBps: 10_000,
  latencyMs: 12,
  observers: 5,
  blockNumber: 70,
  periodsObserved: 6,
  uptimeSum: 60_000,
  diligenceSum: 6,
}

export interface Given {
  readonly options?: Partial<ApiOptions>
  readonly sources?: Partial<ApiSources>
  readonly clock?: Clock
}

export interface RunningApi {
  readonly api: Api
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Everything works unless `sources` says otherwise. */
export const healthySources = (clock: Clock): ApiSources => ({
  status: () => statusNow(clock),
  peers: async () => [
    {
      peerId: '12D3KooWother',
      sidecar: 4,
      address: '/ip4/10.0.0.1/tcp/9470',
      direction: 'outbound',
      since: 5,
      latencyMs: 3.5,
      score: 0,
      points: 0,
      agent: 'stkr/0.1.0',
    },
  ],
  summary: async (period) => (period === 6 ? [LEAF] : undefined),
  chain: async () => ({ balance: 1_500_000_000_000_000_000n, block: 4321 }),
  store: async () => ({ bytes: 4096, freeBytes: 10 ** 10 }),
  workload: async () => WORKLOAD,
})

export async function startApi({ options, sources, clock = systemClock }: Given = {}): Promise<RunningApi> {
  const standard = { listen: '127.0.0.1:0', token: TOKEN, origins: [], version: '0.0.0-test' }
  const api = createApi({ ...standard, ...options }, { clock, log: silentLog })
  const url = await api.start({ ...healthySources(clock), ...sources })
  return { api, url, stop: api.stop }
}

export interface Said {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** One request on a connection of its own, with headers as they are given (fetch would forbid some). */
export const ask = (url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Said> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
