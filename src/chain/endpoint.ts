// One JSON-RPC endpoint, asked once: a time limit, a limit on what it may send, and a check that what came is an answer
// to this request. An endpoint's own trouble (rate limits, proxies) is a Fault; an error that the chain means for the
// caller is an answer.

import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from 'ethers'
import { readBounded } from '../core/bounded.ts'
import { Fault, reject } from '../core/errors.ts'

/** A roster of 128 is about 100 KB of hex, a page of logs a few hundred. */
export const ANSWER_MAX_BYTES = 8 * 1024 * 1024

export type Answer = JsonRpcResult | JsonRpcError

/** Endpoint addresses may hold access keys: errors and logs name the host alone. */
export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'invalid address')

async function readText(response: Response, url: string): Promise<string> {
  const bytes = await readBounded(response.body, ANSWER_MAX_BYTES)
  if (bytes) return new TextDecoder().decode(bytes)
  throw reject('rpc-oversized', 'an RPC endpoint sent more than is accepted', { host: hostOf(url) })
}

/** How endpoints say "too many requests" in an answer with status 200: EIP-1474's code, or in words. */
const LIMITED = /^(?:-32005|429) |rate limit|too many requests/i

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

async function post(url: string, payload: JsonRpcPayload, timeoutMs: number) {
  const signal = AbortSignal.timeout(timeoutMs)
  const headers = { 'content-type': 'application/json' }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(payload),
      redirect: 'error',
      signal,
    })
    return { response, text: await readText(response, url) }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const data = { host: hostOf(url) }
    if (signal.aborted) throw new Fault('rpc-timeout', 'an RPC endpoint took too long', { data, cause })
    throw new Fault('rpc-no-connection', 'an RPC endpoint could not be reached, or cut the line', { data, cause })
  }
}

/** What an endpoint answers. Faults: `rpc-timeout`, `rpc-no-connection`, `rpc-status`, `rpc-garbled`, `rpc-oversized`. */
export async function ask(url: string, payload: JsonRpcPayload, timeoutMs: number): Promise<Answer> {
  const { response, text } = await post(url, payload, timeoutMs)
  // Some endpoints send JSON-RPC errors with status 400; rate limits and proxies in trouble send no such body.
  if (response.status === 429 || response.status >= 500)
    throw new Fault('rpc-status', 'an RPC endpoint answered with an error status', {
      data: { host: hostOf(url), status: response.status },
    })
  const answer = parseAnswer(text, payload, url)
  if ('error' in answer && LIMITED.test(`${answer.error.code} ${answer.error.message}`))
    throw new Fault('rpc-status', 'an RPC endpoint limits the rate', { data: { host: hostOf(url), status: 429 } })
  return answer
}

/** The result of one call. Faults: those of `ask`; `rpc-garbled` when it refuses. */
export async function askFor(url: string, method: string, params: unknown[], timeoutMs: number): Promise<unknown> {
  const answer = await ask(url, { id: 0, jsonrpc: '2.0', method, params }, timeoutMs)
  if ('result' in answer) return answer.result
  throw reject('rpc-garbled', `an RPC endpoint refuses ${method}`, { host: hostOf(url) })
}

/** A 64-bit quantity in JSON-RPC's words. Fault `rpc-garbled`. */
export async function askNumber(url: string, method: string, timeoutMs: number): Promise<bigint> {
  const value = await askFor(url, method, [], timeoutMs)
  if (typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value)
  throw reject('rpc-garbled', `what an RPC endpoint says to ${method} is no number`, { host: hostOf(url) })
}
