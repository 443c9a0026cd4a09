// The settlement chain over one or several JSON-RPC endpoints: an ethers provider whose requests go to the endpoint that
// answered last and, when that one fails, to the next. It promises that every endpoint used is on the same chain, that
// one that failed rests before it is asked again, that one which is slow or flaps is asked last for a while, and, where it
// is told to compare them, that one which lags or tells another history is set aside and that nobody is believed while two
// histories have no majority. It never retries by itself once all have failed: callers know better when.

import { JsonRpcApiProvider, Network as EthersNetwork } from 'ethers'
import type { JsonRpcPayload } from 'ethers'
import { Fault, codeOf, reject } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import { compareEndpoints } from './agreement.ts'
import type { Standing } from './agreement.ts'
import { createDemotions } from './demotion.ts'
import type { DemotionCode } from './demotion.ts'
import { ask, askNumber, hostOf } from './endpoint.ts'
import type { Answer } from './endpoint.ts'

export interface RpcOptions {
  /** Tried in this order. */
  readonly urls: readonly string[]
  /** Per endpoint and request. */
  readonly timeoutMs: number
  /** How several endpoints are compared with each other, before the first request and every so often; absent: not. */
  readonly compare?: { readonly everyMs: number; readonly depth: number; readonly lagBlocks: number }
}

export interface RpcDeps {
  readonly now: () => number
  readonly log?: Log
}

/** How one endpoint does, for status views. */
export interface Endpoint extends Standing {
  readonly host: string
  /** Moving average of its answers, ms; undefined before the first. */
  readonly latencyMs: number | undefined
  /** Why it is asked after the others for a while. */
  readonly demoted: DemotionCode | undefined
  /** Code of its newest failure. */
  readonly lastCode: string | undefined
}

const REST_MIN_MS = 1_000
const REST_MAX_MS = 60_000

type Transport = (payload: JsonRpcPayload) => Promise<Answer>

interface Kept {
  readonly url: string
  checked: boolean
  /** In a row. */
  failures: number
  /** Since the start. */
  failed: number
  /** Until then others are asked first. */
  restsUntil: number
  lastCode: string | undefined
  standing: Standing
}

const keep = (url: string): Kept => ({
  url,
  checked: false,
  failures: 0,
  failed: 0,
  restsUntil: 0,
  lastCode: undefined,
  standing: { state: 'good', code: undefined, head: undefined },
})

function createPool(options: RpcOptions, deps: RpcDeps) {
  const { timeoutMs, compare } = options
  const kept = options.urls.map(keep)
  const demotions = createDemotions(kept.length, timeoutMs, deps.now)
  let current = kept[0]
  let chainId: bigint | undefined
  let split = false
  let comparing: Promise<void> | undefined
  let comparedAt: number | undefined

  /** The first endpoint that answers says which chain this is; the others must agree before they are used. */
  async function check(endpoint: Kept): Promise<bigint> {
    const found = await askNumber(endpoint.url, 'eth_chainId', timeoutMs)
    chainId ??= found
    if (found !== chainId)
      throw reject('rpc-wrong-chain', 'an RPC endpoint serves another chain', {
        host: hostOf(endpoint.url),
        found,
        chainId,
      })
    endpoint.checked = true
    return chainId
  }

  function judged(endpoint: Kept, standing: Standing): void {
    const before = endpoint.standing
    endpoint.standing = standing
    const { state, code, head } = standing
    if (state === before.state && code === before.code) return
    const host = hostOf(endpoint.url)
    if (state === 'aside') deps.log?.warn('an RPC endpoint is set aside', { host, code, head })
    else if (before.state === 'aside') deps.log?.info('an RPC endpoint is no longer set aside', { host, state, head })
  }

  const demotedBy = (endpoint: Kept): DemotionCode | undefined => demotions.of(kept.indexOf(endpoint)).code

  /** `tookMs` undefined: it failed. */
  function noted(endpoint: Kept, tookMs: number | undefined): void {
    const at = kept.indexOf(endpoint)
    const caused = tookMs === undefined ? demotions.failed(at) : demotions.answered(at, tookMs)
    if (caused === undefined) return
    const { code, latencyMs } = demotions.of(at)
    deps.log?.warn('an RPC endpoint is asked last for a while', { host: hostOf(endpoint.url), code, latencyMs })
  }

  async function compareNow(id: bigint, how: NonNullable<RpcOptions['compare']>): Promise<void> {
    const agreement = await compareEndpoints(options.urls, id, { ...how, timeoutMs, now: deps.now })
    for (const [i, endpoint] of kept.entries()) {
      const standing = agreement.standings[i] ?? endpoint.standing
      judged(endpoint, standing)
      if (standing.state === 'silent') endpoint.lastCode = standing.code
      noted(endpoint, agreement.tookMs[i])
    }
    if (agreement.split && !split)
      deps.log?.warn('RPC endpoints tell two histories and neither has a majority: work waits', {
        code: 'rpc-split',
        hosts: options.urls.map(hostOf).join(' '),
      })
    split = agreement.split
    comparedAt = deps.now()
  }

  /** The first comparison is waited for; later ones go on beside the requests, or a hanging endpoint would stall them all. */
  async function agree(): Promise<void> {
    if (!compare || kept.length < 2 || chainId === undefined) return
    if (comparedAt === undefined || deps.now() - comparedAt >= compare.everyMs)
      comparing ??= compareNow(chainId, compare).finally(() => (comparing = undefined))
    if (comparedAt === undefined) await comparing
    if (split)
      throw new Fault('rpc-split', 'RPC endpoints tell two histories and neither has a majority: whom to believe?', {
        data: { hosts: options.urls.map(hostOf).join(' ') },
      })
  }

  /**
   * The one that answered last and the others in their order, then those that are demoted, then those that rest: none of it
   * must mean that nobody is asked. Those that could not be compared are asked only when there is no other.
   */
  function inTurn(): readonly Kept[] {
    const at = Math.max(0, current ? kept.indexOf(current) : 0)
    const turned = [...kept.slice(at), ...kept.slice(0, at)]
    const good = turned.filter(({ standing }) => standing.state === 'good')
    const usable = good.length > 0 ? good : turned.filter(({ standing }) => standing.state === 'silent')
    const rests = ({ restsUntil }: Kept): boolean => restsUntil > deps.now()
    const rank = (one: Kept): number => (rests(one) ? 2 : demotedBy(one) === undefined ? 0 : 1)
    return usable.toSorted((a, b) => rank(a) - rank(b))
  }

  async function failover<T>(use: (endpoint: Kept) => Promise<T>): Promise<T> {
    let last: unknown
    for (const endpoint of inTurn()) {
      try {
        if (!endpoint.checked) await check(endpoint)
        const askedAt = deps.now()
        const result = await use(endpoint)
        current = endpoint
        endpoint.failures = 0
        endpoint.restsUntil = 0
        noted(endpoint, deps.now() - askedAt)
        return result
      } catch (cause) {
        last = cause
        endpoint.failures++
        endpoint.failed++
        endpoint.lastCode = codeOf(cause)
        noted(endpoint, undefined)
        endpoint.restsUntil = deps.now() + Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** (endpoint.failures - 1))
      }
    }
    // Perhaps one that was set aside has recovered: found out at the next request.
    comparedAt &&= -Infinity
    const hosts = options.urls.map(hostOf).join(' ')
    throw new Fault('rpc-unreachable', `none of ${kept.length} RPC endpoints answered: are they running?`, {
      data: { hosts, last: codeOf(last) },
      cause: last,
    })
  }

  return {
    send: async (payload: JsonRpcPayload): Promise<Answer> => {
      await agree()
      return failover(({ url }) => ask(url, payload, timeoutMs))
    },
    chainId: () => failover(async (endpoint) => chainId ?? (await check(endpoint))),
    failures: (): readonly number[] => kept.map(({ failed }) => failed),
    endpoints: (): readonly Endpoint[] =>
      kept.map(({ url, standing, restsUntil, lastCode }, at) => ({
        ...standing,
        host: hostOf(url),
        latencyMs: demotions.of(at).latencyMs,
        demoted: demotions.of(at).code,
        lastCode,
        ...(standing.state === 'good' && restsUntil > deps.now() && ({ state: 'silent' } as const)),
      })),
  }
}

/** An ethers provider that always knows its chain. */
export class Provider extends JsonRpcApiProvider {
  readonly chainId: bigint
  readonly endpoints: () => readonly Endpoint[]
  /** Failed requests of each endpoint, in their order. */
  readonly failures: () => readonly number[]
  readonly #transport: Transport

  constructor(pool: Pick<ReturnType<typeof createPool>, 'send' | 'endpoints' | 'failures'>, chainId: bigint) {
    const network = EthersNetwork.from(chainId)
    // No batches: endpoints differ in what they allow. No cache: an answer 250 ms old may be before our own transaction.
    super(network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 })
    this.chainId = chainId
    this.endpoints = pool.endpoints
    this.failures = pool.failures
    this.#transport = pool.send
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<Answer[]> {
    return Promise.all((Array.isArray(payload) ? payload : [payload]).map(this.#transport))
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start()
    return super.send(method, params) as Promise<unknown>
  }
}

/**
 * A provider over `urls`. Faults: `rpc-unreachable` when none answers; later calls throw it as well, and `rpc-split`
 * while endpoints that are compared tell different histories.
 */
export async function connectRpc(options: RpcOptions, deps: RpcDeps = { now: Date.now }): Promise<Provider> {
  const pool = createPool(options, deps)
  return new Provider(pool, await pool.chainId())
}
