// One HTTP request to a node nobody has to trust: one bounded answer. It promises a Fault with a code for everything else,
// a limit on bytes whatever the other side sends, and to stop when told. It keeps no connection state and never retries: a
// probe wants to know how the node is now.

import { readBounded } from '../core/bounded.ts'
import { Fault, reject } from '../core/errors.ts'

/** A block without transaction bodies has about 1,000 hashes of 66 characters at most. */
export const ANSWER_MAX_BYTES = 1024 * 1024

export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

export interface Http {
  /**
   * `what` names the request in errors. Faults: `workload-unreachable`, `workload-timeout`, `workload-oversized`. An abort
   * passes through.
   */
  ask(path: string, what: string, signal: AbortSignal, init?: HttpInit): Promise<HttpAnswer>
}

export interface HttpInit {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The address may hold an access key: errors and views name the host alone. */
export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'invalid address')

export const garbled = (what: string, why: string): Fault =>
  reject('workload-garbled', `the node's answer to ${what} is ${why}`, { what })

export const errorStatus = (what: string, status: number): Fault =>
  new Fault('workload-status', `the node answered ${what} with the error status ${status}`, { data: { what, status } })

/** The JSON of a body. Fault `workload-garbled`. */
export function jsonOf({ body }: HttpAnswer, what: string): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return value
  } catch {
    throw garbled(what, 'no JSON')
  }
}

/** `timeoutMs` bounds one request, from connecting to the last byte. */
export function createHttp(options: { readonly url: string; readonly timeoutMs: number }): Http {
  const { url, timeoutMs } = options
  const host = hostOf(url)

  async function exchange(path: string, what: string, init: HttpInit, signal: AbortSignal): Promise<HttpAnswer> {
    // An empty path is the address as it was given: it may end in a key.
    const address = path === '' ? url : `${url.replace(/\/+$/, '')}${path}`
    // A node answers itself; following a stranger's pointer would let it choose whom we ask.
    const response = await fetch(address, { ...init, redirect: 'error', signal })
    const body = await readBounded(response.body, ANSWER_MAX_BYTES)
    if (body) return { status: response.status, body }
    throw reject('workload-oversized', `the node's answer exceeds ${ANSWER_MAX_BYTES} bytes`, { what })
  }

  return {
    ask: async (path, what, signal, init = {}) => {
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        return await exchange(path, what, init, AbortSignal.any([signal, timeout]))
      } catch (cause) {
        if (cause instanceof Fault || signal.aborted) throw cause
        if (timeout.aborted)
          throw new Fault('workload-timeout', `the node did not answer within ${timeoutMs} ms`, {
            data: { host, what },
          })
        throw new Fault('workload-unreachable', 'the node cannot be reached: is it running?', {
          data: { host, what },
          cause,
        })
      }
    },
  }
}
