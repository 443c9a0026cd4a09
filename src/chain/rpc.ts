// The settlement chain over one or several JSON-RPC endpoints: an ethers provider whose transport tries them in order,
// each with a time limit and a limit on what it may send, and stays with the one that answered. It promises that every
// endpoint used is on the same chain. It does not compare what different endpoints say, and never retries by itself
// once all have failed: callers know better when.

import { JsonRpcApiProvider, Network as EthersNetwork } from 'ethers'
import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from 'ethers'
import { readBounded } from '../core/bounded.ts'
import { Fault, reject } from '../core/errors.ts'

export interface RpcOptions {
  /** Tried in this order. */
  readonly urls: readonly string[]
  /** Per endpoint and request. */
  readonly timeoutMs: number
}

/** A roster of 128 is about 100 KB of hex, a page of logs a few hundred. */
export const ANSWER_MAX_BYTES = 8 * 1024 * 1024

type Answer = JsonRpcResult | JsonRpcError
type Payloads = JsonRpcPayload | JsonRpcPayload[]

/** Endpoint addresses may hold access keys: errors and logs name the host alone. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'invalid address')

async function readText(response: Response, url: string): Promise<string> {
  const bytes = await readBounded(response.body, ANSWER_MAX_BYTES)
  if (bytes) return new TextDecoder().decode(bytes)
  throw reject('rpc-oversized', 'an RPC endpoint sent more than is accepted', { host: hostOf(url) })
}

const isAnswer = (value: unknown, id: number): value is Answer =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  value.id === id &&
  ('result' in value || ('error' in value && typeof value.error === 'object' && value.error !== null))

function parseAnswer(text: string, payload: JsonRpcPayload, url: string): Answer {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isAnswer(parsed, payload.id)) return parsed
  } catch {
    // Falls through: text that is not JSON is as garbled as JSON that is no answer.
  }
  throw reject('rpc-garbled', 'an RPC endpoint sent something that is no JSON-RPC answer', { host: hostOf(url) })
}

async function ask(url: string, payload: JsonRpcPayload, timeoutMs: number): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await readText(response, url)
  // Some endpoints send JSON-RPC errors with status 400; rate limits and proxies in trouble send no such body.
  if (response.status === 429 || response.status >= 500)
    throw new Fault('rpc-status', 'an RPC endpoint answered with an error status', {
      data: { host: hostOf(url), status: response.status },
    })
  return parseAnswer(text, payload, url)
}

type Transport = (payload: JsonRpcPayload) => Promise<Answer>

async function chainIdOf(url: string, timeoutMs: number): Promise<bigint> {
  const answer = await ask(url, { id: 0, jsonrpc: '2.0', method: 'eth_chainId', params: [] }, timeoutMs)
  const id: unknown = 'result' in answer ? answer.result : undefined
  if (typeof id !== 'string' || !/^0x[0-9a-f]{1,16}$/i.test(id))
    throw reject('rpc-garbled', 'an RPC endpoint does not say which chain it serves', { host: hostOf(url) })
  return BigInt(id)
}

interface Failover {
  readonly send: Transport
  readonly chainId: () => Promise<bigint>
  /** Failed requests since the start, by position in `urls`. */
  readonly failures: readonly number[]
}

function createTransport(options: RpcOptions): Failover {
  const { urls, timeoutMs } = options
  const failures = urls.map(() => 0)
  const checked = new Set<string>()
  let current = 0
  let chainId: bigint | undefined

  /** The first endpoint that answers says which chain this is; the others must agree before they are used. */
  async function check(url: string): Promise<bigint> {
    const found = await chainIdOf(url, timeoutMs)
    chainId ??= found
    if (found !== chainId)
      throw reject('rpc-wrong-chain', 'an RPC endpoint serves another chain', { host: hostOf(url), found, chainId })
    checked.add(url)
    return chainId
  }

  async function failover<T>(use: (url: string) => Promise<T>): Promise<T> {
    let last: unknown
    const start = current
    for (let i = 0; i < urls.length; i++) {
      const index = (start + i) % urls.length
      const url = urls[index] ?? ''
      try {
        if (!checked.has(url)) await check(url)
        const result = await use(url)
        current = index
        return result
      } catch (cause) {
        failures[index] = (failures[index] ?? 0) + 1
        last = cause
      }
    }
    const code = last instanceof Fault ? last.code : 'unreachable'
    throw new Fault('rpc-unreachable', `none of ${urls.length} RPC endpoints answered: are they running?`, {
      data: { hosts: urls.map(hostOf).join(' '), last: code },
      cause: last,
    })
  }

  return {
    send: (payload) => failover((url) => ask(url, payload, timeoutMs)),
    chainId: () => failover(async (url) => chainId ?? (await check(url))),
    failures,
  }
}

/** An ethers provider that always knows its chain. */
export class Provider extends JsonRpcApiProvider {
  readonly chainId: bigint
  /** Failed requests of each endpoint, in their order. */
  readonly failures: readonly number[]
  readonly #transport: Transport

  constructor({ send, failures }: Pick<Failover, 'send' | 'failures'>, chainId: bigint) {
    const network = EthersNetwork.from(chainId)
    // No batches: endpoints differ in what they allow. No cache: an answer 250 ms old may be before our own transaction.
    super(network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 })
    this.chainId = chainId
    this.failures = failures
    this.#transport = send
  }

  override async _send(payload: Payloads): Promise<Answer[]> {
    return Promise.all((Array.isArray(payload) ? payload : [payload]).map(this.#transport))
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start()
    return super.send(method, params) as Promise<unknown>
  }
}

/** A provider over `urls`. Faults: `rpc-unreachable` when none answers; later calls throw it as well. */
export async function connectRpc(options: RpcOptions): Promise<Provider> {
  const transport = createTransport(options)
  return new Provider(transport, await transport.chainId())
}
