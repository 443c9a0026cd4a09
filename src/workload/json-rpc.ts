// JSON-RPC over HTTP to a node nobody has to trust: one request, one bounded answer, read strictly. It promises a Fault
// with a code for everything else, a limit on bytes whatever the other side sends, and to stop when told. It keeps no
// connection state and never retries: a probe wants to know how the node is now.

import { readBounded } from '../core/bounded.ts'
import { Fault, reject } from '../core/errors.ts'

/** A block without transaction bodies has about 1,000 hashes of 66 characters at most. */
export const ANSWER_MAX_BYTES = 1024 * 1024

export interface JsonRpc {
  /**
   * The `result`, unchecked. Faults: `workload-unreachable`, `workload-timeout`, `workload-status`, `workload-oversized`,
   * `workload-garbled`, `workload-error` (the node answered with a JSON-RPC error). An abort passes through.
   */
  call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown>
}

/** The address may hold an access key: errors name the host alone. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'invalid address')

export const garbled = (method: string, why: string): Fault =>
  reject('workload-garbled', `the blockchain node's answer to ${method} is ${why}`, { method })

async function readText(response: Response, method: string): Promise<string> {
  const bytes = await readBounded(response.body, ANSWER_MAX_BYTES)
  if (bytes) return new TextDecoder().decode(bytes)
  throw reject('workload-oversized', `the blockchain node's answer exceeds ${ANSWER_MAX_BYTES} bytes`, { method })
}

function parse(text: string, method: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw garbled(method, 'no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw garbled(method, 'no object')
  return { ...value }
}

/** The result of a JSON-RPC 2.0 response. */
function resultOf(answer: Readonly<Record<string, unknown>>, method: string): unknown {
  const { id, error } = answer
  if (id !== 1) throw garbled(method, 'for another request')
  if (error !== undefined && error !== null) {
    const code = typeof error === 'object' && 'code' in error ? Number(error.code) : undefined
    throw new Fault('workload-error', `the blockchain node refuses ${method}`, { data: { method, error: code } })
  }
  if (!('result' in answer)) throw garbled(method, 'neither result nor error')
  return answer['result']
}

/** `timeoutMs` bounds one request, from connecting to the last byte. */
export function createJsonRpc(options: { readonly url: string; readonly timeoutMs: number }): JsonRpc {
  const { url, timeoutMs } = options
  const host = hostOf(url)

  async function exchange(method: string, params: readonly unknown[], signal: AbortSignal): Promise<string> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      // A node answers itself; following a stranger's pointer would let it choose whom we ask.
      redirect: 'error',
      signal,
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Fault('workload-status', 'the blockchain node answered with an error status', {
        data: { host, status: response.status },
      })
    }
    return await readText(response, method)
  }

  return {
    call: async (method, params, signal) => {
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        return resultOf(parse(await exchange(method, params, AbortSignal.any([signal, timeout])), method), method)
      } catch (cause) {
        if (cause instanceof Fault || signal.aborted) throw cause
        if (timeout.aborted)
          throw new Fault('workload-timeout', `the blockchain node did not answer within ${timeoutMs} ms`, {
            data: { host, method },
          })
        throw new Fault('workload-unreachable', 'the blockchain node cannot be reached: is it running?', {
          data: { host, method },
          cause,
        })
      }
    },
  }
}
